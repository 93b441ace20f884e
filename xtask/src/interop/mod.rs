//! Clients that others wrote, against our simulators: real processes, real sockets.

mod duosida;
mod namespace;
mod process;
mod python;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::root;
use table::Row;

/// Options of `cargo xtask interop`.
///
/// Needs Python 3 with venv and pip, and the package index at the first run. Commands that search by broadcast run in
/// a network namespace of their own (Linux: unshare, and root or unprivileged user namespaces). What cannot run here
/// is said on standard error; that is a failure where the environment variable CI is set, and none elsewhere.
#[derive(Args)]
pub(crate) struct Interop {
    /// One family instead of all.
    family: Option<String>,
    /// Keep what the simulators recorded as DIR/peer-*.pcap, scrubbed.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// This process is already in a network namespace, with everything built.
    #[arg(long, hide = true)]
    isolated: bool,
}

/// A family of chargers and the client that others wrote for it.
struct Family {
    name: &'static str,
    /// The package and its version.
    peer: (&'static str, &'static str),
    /// Anything else that a simulator complains of fails.
    known_faults: &'static [KnownFault],
    run: fn(&Place) -> Result<Vec<Row>>,
}

impl Family {
    fn title(&self) -> String {
        format!("{} {}", self.peer.0, self.peer.1)
    }
}

/// One row for each family; what a peer can do and must report is in the family's module.
const FAMILIES: [Family; 1] = [Family {
    name: "duosida",
    peer: ("duosida-ev", "0.1.3"),
    known_faults: &duosida::KNOWN_FAULTS,
    run: duosida::run,
}];

/// What a charger would complain of.
struct KnownFault {
    /// Part of the violation's text.
    text: &'static str,
    /// Why the peer does it.
    reason: &'static str,
}

/// Where things are.
struct Place {
    /// The peer's commands.
    bin: PathBuf,
    /// Our command.
    evse: PathBuf,
    /// For captures and outputs.
    work: PathBuf,
    /// Nothing else is on this network, so that default ports are free and broadcasts stay here.
    isolated: bool,
    record: Option<PathBuf>,
}

pub(crate) fn run(options: &Interop) -> Result<()> {
    let wanted = options.family.as_deref();
    let is_wanted = |family: &&Family| wanted.is_none_or(|name| name == family.name);
    let chosen: Vec<&Family> = FAMILIES.iter().filter(is_wanted).collect();
    if chosen.is_empty() {
        let names = FAMILIES.map(|family| family.name).join(", ");
        bail!("there is no such family; there are: {names}");
    }
    let program = std::env::current_exe()?;
    let built = program.parent().context("this program is nowhere")?;
    let work = built.parent().unwrap_or(built).join("interop");
    if !options.isolated {
        build()?;
        if let Err(error) = install(&chosen, &work) {
            return not_run("interop", &format!("{error:#}"));
        }
        if let Some(inside) = namespace::command() {
            return run_again(inside, &program);
        }
        let what = "interop: the peers' commands that search by broadcast";
        not_run(what, "this system gives no network namespace")?;
    }
    let mut rows = Vec::new();
    for family in &chosen {
        let place = Place {
            bin: python::bin(&environment(family, &work)),
            evse: built.join("evse"),
            work: work.clone(),
            isolated: options.isolated,
            record: options.record.clone(),
        };
        let found = (family.run)(&place)?.into_iter();
        rows.extend(found.map(|row| (family.title(), row)));
    }
    report(&rows, &chosen)
}

fn report(rows: &[(String, Row)], families: &[&Family]) -> Result<()> {
    table::print(rows);
    for family in families {
        println!("\nknown faults of {}:", family.title());
        for KnownFault { text, reason } in family.known_faults {
            println!("- {text}: {reason}");
        }
    }
    match rows.iter().filter(|(_, row)| row.failure.is_some()).count() {
        0 => Ok(()),
        failed => bail!("{failed} of {} failed", rows.len()),
    }
}

/// Builds our command.
fn build() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root());
    build.args(["build", "--quiet", "--locked", "--package", "evse-cli"]);
    if !build.status()?.success() {
        bail!("evse-cli does not build");
    }
    Ok(())
}

/// Installs the peers.
fn install(families: &[&Family], work: &Path) -> Result<()> {
    for family in families {
        let (package, version) = family.peer;
        python::install(&environment(family, work), &format!("{package}=={version}"))?;
    }
    Ok(())
}

/// Does the rest in a network namespace.
fn run_again(mut inside: Command, program: &Path) -> Result<()> {
    inside.arg(program).args(std::env::args_os().skip(1));
    let status = inside.arg("--isolated").status();
    if !status
        .context("cannot enter a network namespace")?
        .success()
    {
        bail!("interop failed");
    }
    Ok(())
}

fn environment(family: &Family, work: &Path) -> PathBuf {
    work.join(format!("{}-{}", family.peer.0, family.peer.1))
}

/// Says loudly what is missing: a failure in CI, elsewhere not.
fn not_run(what: &str, why: &str) -> Result<()> {
    if std::env::var_os("CI").is_some() {
        bail!("{what} could not run: {why}");
    }
    eprintln!("\n!!! {what}: NOT RUN: {why}\n");
    Ok(())
}
