//! Clients that others wrote, against our simulators, and ours against theirs: real processes, real sockets.

mod check;
mod duosida;
mod em;
mod faults;
mod namespace;
pub(crate) mod process;
mod python;
mod table;
mod twc;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::workspace::root;
use evse_capture::decode::CaptureOptions;
use evse_capture::scrub::scrub;
use faults::KnownFault;
use python::Package;
use table::Row;

/// Options of `cargo xtask interop`.
///
/// Needs Python 3.11 or later with venv and pip, and the package index at the first run. What searches by broadcast
/// needs a network namespace (Linux: unshare, and root or unprivileged user namespaces); there is one for each peer, so
/// that all run at once. What cannot run here is said on standard error; that is a failure where the environment
/// variable CI is set, and none elsewhere.
#[derive(Args)]
pub(crate) struct Interop {
    /// One family instead of all.
    family: Option<String>,
    /// Keep what was recorded as DIR/peer-*.pcap, scrubbed.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// This process is already in a network namespace, with everything built, for this peer alone.
    #[arg(long, hide = true, value_name = "PACKAGE")]
    isolated: Option<String>,
}

/// What others wrote for a family of chargers.
struct Peer {
    family: &'static str,
    package: Package,
    /// Anything else that a simulator complains of fails.
    known_faults: &'static [KnownFault],
    run: fn(&Place) -> Result<Vec<Row>>,
}

impl Peer {
    fn title(&self) -> String {
        format!("{} {}", self.package.name, self.package.version)
    }
}

/// One row for each peer; what it can do and must report is in the family's module.
const PEERS: [Peer; 4] = [
    Peer {
        family: "duosida",
        package: Package::new("duosida-ev", "0.1.3"),
        known_faults: &duosida::KNOWN_FAULTS,
        run: duosida::run,
    },
    Peer {
        family: "em",
        package: Package::for_newer_python("evsemaster", "3.0.0"),
        known_faults: &em::evsemaster::KNOWN_FAULTS,
        run: em::evsemaster::run,
    },
    Peer {
        family: "em",
        package: Package::for_newer_python("besen", "0.6.1"),
        known_faults: &em::besen::KNOWN_FAULTS,
        run: em::besen::run,
    },
    Peer {
        family: "twc",
        package: Package::new("twc-director", "0.0.1"),
        known_faults: &twc::KNOWN_FAULTS,
        run: twc::run,
    },
];

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

impl Place {
    /// Keeps a capture, scrubbed, if that is wanted and it is small enough for a fixture: a whole history is not.
    fn keep(&self, name: &str, capture: &[u8]) -> Result<()> {
        let Some(folder) = &self.record else {
            return Ok(());
        };
        if capture.len() > LARGEST_FIXTURE {
            eprintln!("{name} is not kept: {} bytes", capture.len());
            return Ok(());
        }
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("peer-{name}.pcap"));
        let scrubbed = scrub(capture, &CaptureOptions::default())?;
        std::fs::write(&path, scrubbed.write(Vec::new())?)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

pub(crate) fn run(options: &Interop) -> Result<()> {
    let wanted = options.family.as_deref();
    let isolated = options.isolated.as_deref();
    let is_wanted = |peer: &&Peer| {
        wanted.is_none_or(|name| name == peer.family)
            && isolated.is_none_or(|name| name == peer.package.name)
    };
    let chosen: Vec<&Peer> = PEERS.iter().filter(is_wanted).collect();
    if chosen.is_empty() {
        let names = BTreeSet::from(PEERS.map(|peer| peer.family));
        bail!("there is no such family; there are: {names:?}");
    }
    let program = std::env::current_exe()?;
    let built = program.parent().context("this program is nowhere")?;
    let work = built.parent().unwrap_or(built).join("interop");
    if isolated.is_none() {
        build()?;
        if let Err(error) = install(&chosen, &work) {
            return not_run("interop", &format!("{error:#}"));
        }
        if let Some(way) = namespace::way() {
            return run_again(&chosen, way, &program);
        }
        let what = "interop: the peers' commands that search by broadcast";
        not_run(what, "this system gives no network namespace")?;
    }
    let mut rows = Vec::new();
    for peer in &chosen {
        let work = environment(peer, &work);
        let place = Place {
            bin: python::bin(&work),
            evse: built.join("evse"),
            work,
            isolated: isolated.is_some(),
            record: options.record.clone(),
        };
        let found = (peer.run)(&place)?.into_iter();
        rows.extend(found.map(|row| (peer.title(), row)));
    }
    report(&rows, &chosen)
}

fn report(rows: &[(String, Row)], peers: &[&Peer]) -> Result<()> {
    table::print(rows);
    for peer in peers {
        println!("\nknown faults of {}:", peer.title());
        for (number, KnownFault { text, reason }) in (1..).zip(peer.known_faults) {
            println!("{number}. {text}: {reason}");
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

/// Installs the peers, all at once.
fn install(peers: &[&Peer], work: &Path) -> Result<()> {
    std::thread::scope(|scope| {
        let installs: Vec<_> = peers
            .iter()
            .map(|peer| scope.spawn(|| python::install(&environment(peer, work), &peer.package)))
            .collect();
        installs
            .into_iter()
            .try_for_each(|install| install.join().unwrap_or_else(|_| bail!("it panicked")))
    })
}

/// Does the rest in network namespaces, for all peers at once: most of it is waiting.
fn run_again(peers: &[&Peer], way: namespace::Way, program: &Path) -> Result<()> {
    let mut running = Vec::new();
    for peer in peers {
        let mut inside = namespace::command(way);
        inside.arg(program).args(std::env::args_os().skip(1));
        inside.args(["--isolated", peer.package.name]);
        let child = inside.stdout(Stdio::piped()).spawn();
        running.push((peer, child.context("cannot enter a network namespace")?));
    }
    let mut failed = Vec::new();
    for (peer, child) in running {
        let output = child.wait_with_output()?;
        println!("{}", String::from_utf8_lossy(&output.stdout));
        if !output.status.success() {
            failed.push(peer.title());
        }
    }
    ensure!(failed.is_empty(), "failed with {}", failed.join(", "));
    Ok(())
}

fn environment(peer: &Peer, work: &Path) -> PathBuf {
    work.join(format!("{}-{}", peer.package.name, peer.package.version))
}

/// Says loudly what is missing: a failure in CI, elsewhere not.
fn not_run(what: &str, why: &str) -> Result<()> {
    if std::env::var_os("CI").is_some() {
        bail!("{what} could not run: {why}");
    }
    eprintln!("\n!!! {what}: NOT RUN: {why}\n");
    Ok(())
}

const LARGEST_FIXTURE: usize = 32_768;
