//! A simulated wallbox in this process, and the real binary against it.

pub(crate) mod em;
pub(crate) mod generic;
#[cfg(unix)]
pub(crate) mod terminal;
#[cfg(unix)]
pub(crate) mod twc;

use std::io::{BufRead as _, BufReader};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use evse::duosida::proto::config::keys;
use evse::duosida::proto::message::ChargePointStatus;
use evse_sim::duosida::{Device, Event, GroundTruth, Violation, ViolationKind};
use evse_sim::shell::{Simulator, SimulatorOptions};

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// The one JSON object on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    run_with(arguments, None)
}

pub(crate) fn run_with(arguments: &[&str], state_file: Option<PathBuf>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evse"));
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .env_remove("RUST_BACKTRACE")
        .env_remove("EVSE_CONFIG");
    let folder = tempfile::tempdir().expect("a folder");
    command.env("XDG_CONFIG_HOME", folder.path());
    command.env(
        "EVSE_STATE_FILE",
        state_file.unwrap_or_else(|| folder.path().join("state.json")),
    );
    let output = command.output().expect("the binary runs");
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `evse sim duosida` on free ports.
pub(crate) fn spawn_sim(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_evse"))
        .args(["sim", "duosida", "--port", "0", "--discovery-port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs")
}

/// What a child says first, and the rest of its output.
pub(crate) fn first_line(child: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut reader = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    (line.trim_end().to_owned(), reader)
}

/// Ends a child that we started, by its number.
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

/// A simulated wallbox with a state file of its own.
pub(crate) struct Bench {
    simulator: Option<Simulator>,
    events: Option<tokio::sync::broadcast::Receiver<Event>>,
    port: u16,
    discovery_port: u16,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// No car.
    pub(crate) fn empty() -> Self {
        Self::with(SimulatorOptions::for_tests())
    }

    /// No car; at the usual ports of this address.
    pub(crate) fn at(ip: Ipv4Addr) -> Self {
        let usual = SimulatorOptions::default();
        Self::with(SimulatorOptions {
            bind: ip.into(),
            discovery_bind: ip.into(),
            port: usual.port,
            discovery_port: usual.discovery_port,
            ..SimulatorOptions::for_tests()
        })
    }

    fn with(mut options: SimulatorOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        options.device.slot_busy = Duration::ZERO;
        let simulator = runtime
            .block_on(Simulator::start(options))
            .expect("free ports");
        Self {
            port: simulator.address().port(),
            discovery_port: simulator
                .discovery_address()
                .expect("discovery is on")
                .port(),
            events: Some(simulator.events()),
            simulator: Some(simulator),
            folder: tempfile::tempdir().expect("a folder"),
            runtime,
        }
    }

    /// A car that waits for a start.
    pub(crate) fn plugged() -> Self {
        let bench = Self::empty();
        bench.simulator().device(Device::plug_in);
        bench
    }

    /// A car that charges.
    pub(crate) fn charging() -> Self {
        let bench = Self::empty();
        bench.simulator().device(|device, now| {
            device.set_setting(now, keys::DIRECT_WORK_MODE, "1");
            device.plug_in(now);
        });
        for _ in 0..100 {
            if bench.is_charging() {
                return bench;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not begin to charge");
    }

    /// The ports of a wallbox that was switched off.
    pub(crate) fn gone() -> Self {
        let mut bench = Self::empty();
        let simulator = bench.simulator.take().expect("running");
        bench.runtime.block_on(simulator.shutdown());
        bench
    }

    fn simulator(&self) -> &Simulator {
        self.simulator.as_ref().expect("running")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn state_file(&self) -> PathBuf {
        self.folder.path().join("state.json")
    }

    /// Runs a command with the wallbox's address.
    pub(crate) fn evse(&self, command: &str) -> Output {
        self.evse_at("127.0.0.1", command)
    }

    /// Runs a command with the wallbox's port at another name.
    pub(crate) fn evse_at(&self, host: &str, command: &str) -> Output {
        let port = self.port.to_string();
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.extend(["--host", host, "--port", &port]);
        run_with(&arguments, Some(self.state_file()))
    }

    /// Runs a Duosida command that has to search first.
    pub(crate) fn discover(&self, command: &str) -> Output {
        let ports = [self.port.to_string(), self.discovery_port.to_string()];
        let mut arguments = vec!["duosida"];
        arguments.extend(command.split(' '));
        arguments.extend([
            "--broadcast",
            "127.0.0.1",
            "--port",
            &ports[0],
            "--discovery-port",
            &ports[1],
        ]);
        run_with(&arguments, Some(self.state_file()))
    }

    pub(crate) fn truth(&self) -> GroundTruth {
        self.simulator().device(|device, now| {
            device.handle_timeout(now);
            device.ground_truth()
        })
    }

    pub(crate) fn is_charging(&self) -> bool {
        self.truth().status == ChargePointStatus::Charging
    }

    pub(crate) fn setting(&self, key: &str) -> Option<String> {
        self.truth().settings.get(key).cloned()
    }

    pub(crate) fn flash_writes(&self) -> u64 {
        self.truth().flash_writes
    }

    /// Whether any client opened a session since the last time this was asked.
    pub(crate) fn was_opened(&mut self) -> bool {
        let events = self.events.as_mut().expect("subscribed");
        std::iter::from_fn(|| events.try_recv().ok()).any(|event| event == Event::Opened)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let Some(simulator) = self.simulator.take() else {
            return;
        };
        let mut violations = simulator.device(|device, _| device.violations().to_vec());
        forgive_late_deliveries(&mut violations);
        self.runtime.block_on(simulator.shutdown());
        if !std::thread::panicking() {
            assert!(
                violations.is_empty(),
                "our own client broke rules: {violations:?}"
            );
        }
    }
}

/// On a busy machine a request that is read late makes the next one look early, and one that the whole machine slept
/// over makes it look as if nobody had held it back: that happens once, if at all. The pace of 200 ms itself is proven
/// in virtual time.
pub(crate) fn forgive_late_deliveries(violations: &mut Vec<Violation>) {
    let mut naps = 1;
    violations.retain(|violation| match violation.kind {
        ViolationKind::TooFast { gap } if gap >= Duration::from_millis(50) => false,
        ViolationKind::TooFast { .. } if naps > 0 => {
            naps -= 1;
            false
        }
        _ => true,
    });
}
