//! What whole processes cost: `evse` as people run it, against simulated chargers of the same binary that answer at once.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::interop::process::Charger;
use crate::workspace::{metadata, root};

/// Measures this binary, or one that is built as for a release.
pub(super) fn run(evse: Option<&Path>) -> Result<()> {
    let evse = evse.map_or_else(build, |evse| Ok(evse.to_owned()))?;
    let folder = std::env::temp_dir().join(format!("evse-report-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let rows = rows(&evse, &folder);
    fs::remove_dir_all(&folder)?;
    println!("| what | time, ms | memory, MiB |\n| --- | ---: | ---: |");
    for (what, cost) in rows? {
        let (time, memory) = (cost.time.as_millis(), mib(cost.memory_kib * 1024));
        println!("| {what} | {time} | {memory} |");
    }
    println!("\nThe binary: {} MiB.", mib(fs::metadata(&evse)?.len()));
    Ok(())
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root());
    build.args(["build", "--release", "--locked", "--package", "evse-cli"]);
    if !build.status()?.success() {
        bail!("evse-cli does not build");
    }
    let target = metadata()?.target_directory.into_std_path_buf();
    Ok(target.join("release/evse"))
}

fn rows(evse: &Path, folder: &Path) -> Result<[(&'static str, Cost); 3]> {
    let command = |words: &str| {
        let mut command = Command::new(evse);
        command.args(words.split_whitespace());
        command.env("EVSE_STATE_FILE", folder.join("state.json"));
        command
    };
    let duosida = format!("sim duosida --port 0 --discovery-port 0 --slot-busy 0 {AT_ONCE}");
    let duosida = Charger::start(&mut command(&duosida))?;
    let em = Charger::start(&mut command(&format!("sim em {CLIENT_PORT} {AT_ONCE}")))?;
    let (duosida_host, port) = host_and_port(&duosida)?;
    let (em_host, _) = host_and_port(&em)?;
    let duosida = format!("duosida status --json --host {duosida_host} --port {port}");
    let em = format!("em status --json --host {em_host} --pin 123456 {CLIENT_PORT}");
    let cost = |words: &str, said| median(said, || command(words));
    Ok([
        (
            "`evse duosida status --json`",
            cost(&duosida, "\"state\":")?,
        ),
        ("`evse em status --json`", cost(&em, "\"state\":")?),
        (
            "`evse demo --json`, to its first reading",
            cost("demo --json --for 10", "\"event\":\"readings\"")?,
        ),
    ])
}

fn host_and_port(charger: &Charger) -> Result<(&str, &str)> {
    let place = &charger.place;
    let parts = place.split_once(':');
    parts.with_context(|| format!("a simulated charger is at {place}"))
}

struct Cost {
    /// From its start until it said what it was run for.
    time: Duration,
    /// The most that was resident from its start to its end; 0 where the system does not tell.
    memory_kib: u64,
}

/// Of several runs; each figure by itself.
fn median(said: &'static str, command: impl Fn() -> Command) -> Result<Cost> {
    let runs = (0..RUNS).map(|_| measure(&mut command(), said));
    let runs = runs.collect::<Result<Vec<Cost>>>()?;
    let mut times = runs.iter().map(|run| run.time).collect::<Vec<_>>();
    let mut memory_kib = runs.iter().map(|run| run.memory_kib).collect::<Vec<_>>();
    times.sort_unstable();
    memory_kib.sort_unstable();
    Ok(Cost {
        time: times[RUNS / 2],
        memory_kib: memory_kib[RUNS / 2],
    })
}

fn measure(command: &mut Command, said: &'static str) -> Result<Cost> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("no standard output")?;
    let listening = spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let time = lines
            .any(|line| line.contains(said))
            .then(|| began.elapsed());
        lines.for_each(drop);
        time
    });
    let mut memory_kib = 0;
    while child.try_wait()?.is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
        memory_kib = memory_kib.max(status.map_or(0, |status| peak_kib(&status)));
        sleep(TICK);
    }
    let time = listening.join().ok().flatten();
    let time = time.ok_or_else(|| anyhow!("{command:?} never said {said}"))?;
    Ok(Cost { time, memory_kib })
}

/// From a process's status as Linux tells it; 0 once it has ended.
fn peak_kib(status: &str) -> u64 {
    let mut lines = status.lines();
    let peak = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let number = peak.and_then(|peak| peak.split_whitespace().next());
    number.and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

/// With one decimal.
fn mib(bytes: u64) -> String {
    let tenths = bytes * 10 / (1024 * 1024);
    format!("{}.{}", tenths / 10, tenths % 10)
}

const RUNS: usize = 5;
/// The peak is read this often.
const TICK: Duration = Duration::from_millis(1);
/// A car that charges, and answers within a thousandth of the usual time.
const AT_ONCE: &str = "--car charging --speed 1000";
/// Not that of real chargers, which another program may have.
const CLIENT_PORT: &str = "--client-port 28399";

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{measure, mib, peak_kib};

    #[test]
    fn the_peak_is_read_from_the_status() {
        let status = "Name:\tevse\nVmPeak:\t  90000 kB\nVmHWM:\t   10240 kB\nVmRSS:\t    9000 kB\n";
        assert_eq!(peak_kib(status), 10_240);
        assert_eq!(peak_kib("Name:\tevse\nState:\tZ (zombie)\n"), 0);
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(mib(10_276_044), "9.7");
    }

    #[test]
    fn what_a_process_never_said_is_no_time() {
        let mut cargo = Command::new("cargo");
        cargo.arg("--version");
        assert!(measure(&mut cargo, "cargo").is_ok());
        assert!(measure(&mut cargo, "\"state\":").is_err());
    }
}
