//! A simulated bus of Tesla Gen2 units in this process, on a pty, and the real binary against it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evse::twc::proto::Address;
use evse::twc::proto::message::ProtocolVersion;
use evse_sim::shell::Sender;
use evse_sim::shell::twc::{Simulator, SimulatorOptions, Tap};
use evse_sim::twc::{BusConfig, Car, GroundTruth, Peripheral, PeripheralConfig, ViolationKind};

use super::{Output, run_with};

/// Id of the first unit; the others count up.
pub(crate) const UNIT: u16 = 0x3495;

/// How fast the bus is. The controller's own times stay as they are.
const SPEED: f64 = 8.0;

/// What cars have at that speed, as the controller has by its own times.
const PATIENCE: Duration = Duration::from_mins(4);

/// A bus, with a folder of its own for the commands' files.
pub(crate) struct Bench {
    simulator: Option<Simulator>,
    address: String,
    /// Bytes that clients sent.
    sent: Arc<AtomicUsize>,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// So many units of protocol version 2, each with a Tesla.
    pub(crate) fn units(count: u16) -> Self {
        Self::new(count, |_| {})
    }

    /// One unit with a car that does not mind when the contactors open.
    pub(crate) fn other_car() -> Self {
        Self::new(1, |options| options.bus.peripherals[0].car = Car::Other)
    }

    /// One unit of protocol version 1.
    pub(crate) fn old() -> Self {
        Self::new(1, |options| {
            options.bus.peripherals =
                vec![PeripheralConfig::new(Address(UNIT), ProtocolVersion::V1)];
        })
    }

    /// One unit, and another controller.
    pub(crate) fn foreign() -> Self {
        Self::new(1, |options| options.bus.has_controller = true)
    }

    pub(crate) fn new(count: u16, change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let unit = |index| PeripheralConfig {
            patience: PATIENCE,
            ..PeripheralConfig::new(Address(UNIT + index), ProtocolVersion::V2)
        };
        let bus = BusConfig::new(1, (0..count).map(unit).collect());
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let mut options = SimulatorOptions {
            plugged: true,
            speed: SPEED,
            tap: Some(Tap::new(move |traffic| {
                if traffic.sender == Sender::Client {
                    counter.fetch_add(traffic.bytes.len(), Ordering::Relaxed);
                }
            })),
            ..SimulatorOptions::for_tests(bus)
        };
        change(&mut options);
        let simulator = runtime.block_on(Simulator::start(options)).expect("a pty");
        Self {
            address: simulator.address(),
            simulator: Some(simulator),
            sent,
            folder: tempfile::tempdir().expect("a folder"),
            runtime,
        }
    }

    /// A file beside the state file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a command is given as its port.
    pub(crate) fn port(&self) -> &str {
        &self.address
    }

    /// Runs `evse twc` to its end.
    pub(crate) fn twc(&self, command: &str) -> Output {
        let mut arguments = vec!["twc"];
        arguments.extend(command.split(' '));
        arguments.push(self.port());
        run_with(&arguments, Some(self.file("state.json")))
    }

    /// `evse twc`, to be spawned.
    pub(crate) fn command(&self, command: &str) -> Command {
        let mut process = Command::new(env!("CARGO_BIN_EXE_evse"));
        process
            .arg("twc")
            .args(command.split(' '))
            .arg(self.port())
            .env_remove("RUST_LOG")
            .env_remove("RUST_BACKTRACE")
            .env("TERM", "xterm")
            .env("EVSE_STATE_FILE", self.file("state.json"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        process
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        self.simulator.as_ref().expect("running")
    }

    /// Of the unit with this index.
    pub(crate) fn truth(&self, index: usize) -> GroundTruth {
        let simulator = self.simulator();
        let truth = simulator.peripheral(index, |unit: &mut Peripheral, now| {
            unit.handle_timeout(now);
            unit.ground_truth()
        });
        truth.expect("there is such a unit")
    }

    /// How many bytes commands have sent.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let Some(simulator) = self.simulator.take() else {
            return;
        };
        let violations = simulator.bus(|bus, _| bus.violations().to_vec());
        // At this speed the silence before a frame is 6 ms long, less than a loaded machine keeps to; and what is read
        // late lies there as two frames.
        let is_late = |kind: &ViolationKind| {
            matches!(
                kind,
                ViolationKind::NoSilence | ViolationKind::FrameCount(2..)
            )
        };
        let broken = violations.into_iter();
        let broken: Vec<_> = broken
            .filter(|violation| !is_late(&violation.kind))
            .collect();
        self.runtime.block_on(simulator.shutdown());
        if !std::thread::panicking() {
            assert!(
                broken.is_empty(),
                "our own controller broke rules: {broken:?}"
            );
        }
    }
}

/// Does several things at once: each command listens and announces itself for 11 s.
pub(crate) fn at_once(acts: &[&(dyn Fn() + Sync)]) {
    std::thread::scope(|scope| {
        for act in acts {
            scope.spawn(act);
        }
    });
}
