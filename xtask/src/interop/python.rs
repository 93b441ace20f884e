//! Virtual environments with fixed versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Where the environment has its commands.
pub(super) fn bin(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// Makes the environment, unless it already holds the package at this version.
pub(super) fn install(environment: &Path, requirement: &str) -> Result<()> {
    let done = environment.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|text| text == requirement) {
        return Ok(());
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(environment);
    run(&mut venv).context("Python 3 with venv and pip is needed")?;
    let mut pip = Command::new(bin(environment).join("python"));
    pip.args(["-m", "pip", "install", "--quiet", requirement]);
    run(&mut pip).with_context(|| format!("cannot install {requirement}"))?;
    std::fs::write(done, requirement)?;
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        bail!("{}", String::from_utf8_lossy(&text).trim());
    }
    Ok(())
}
