//! Virtual environments with fixed versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Where the environment has its commands.
pub(super) fn bin(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// A package from the index.
pub(super) struct Package {
    /// In the index and as a module.
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// It asks for a newer Python than most systems have, only because that one evaluates annotations late. It is
    /// installed all the same, and the installed modules are told to do so: `from __future__ import annotations`.
    pub(super) is_for_newer_python: bool,
}

impl Package {
    pub(super) const fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            is_for_newer_python: false,
        }
    }

    pub(super) const fn for_newer_python(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            is_for_newer_python: true,
        }
    }
}

/// Makes the environment, unless it already holds the package at this version.
pub(super) fn install(environment: &Path, package: &Package) -> Result<()> {
    let requirement = &format!("{}=={}", package.name, package.version);
    let done = environment.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|text| text == *requirement) {
        return Ok(());
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(environment);
    run(&mut venv).context("Python 3 with venv and pip is needed")?;
    let mut pip = Command::new(bin(environment).join("python"));
    pip.args(["-m", "pip", "install", "--quiet", requirement]);
    if package.is_for_newer_python {
        pip.arg("--ignore-requires-python");
    }
    run(&mut pip).with_context(|| format!("cannot install {requirement}"))?;
    if package.is_for_newer_python {
        eprintln!("{requirement} asks for a newer Python: its installed modules are patched");
        postpone_annotations(environment, package.name)?;
    }
    std::fs::write(done, requirement)?;
    Ok(())
}

/// Lets the modules of an installed package evaluate their annotations late.
fn postpone_annotations(environment: &Path, package: &str) -> Result<()> {
    let mut python = Command::new(bin(environment).join("python"));
    python.args(["-c", PURELIB]);
    let packages = PathBuf::from(run(&mut python)?.trim());
    for entry in packages.join(package).read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            let module = std::fs::read_to_string(&path)?;
            if !module.contains(POSTPONED) {
                std::fs::write(&path, format!("{POSTPONED}\n{module}"))?;
            }
        }
    }
    Ok(())
}

/// Gives what it prints.
fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        bail!("{}", String::from_utf8_lossy(&text).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

const PURELIB: &str = "import sysconfig; print(sysconfig.get_path('purelib'))";
const POSTPONED: &str = "from __future__ import annotations";
