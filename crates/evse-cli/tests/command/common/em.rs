//! A simulated EM charger in this process, and the real binary against it.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use evse::em::proto::message::{ChargerState, StartMethod};
use evse_sim::DelayRange;
use evse_sim::em::{Device, DeviceConfig, GroundTruth, Model, ViolationKind};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

use super::Output;

pub(crate) const SERIAL: &str = "9181102751219513";
pub(crate) const PIN: &str = "123456";

/// Simulated chargers on one client port, with a folder of their own for the commands' files.
pub(crate) struct Bench {
    simulator: Option<Simulator>,
    address: SocketAddrV4,
    port: u16,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// A charger with one phase and a car that waits for a start.
    pub(crate) fn plugged() -> Self {
        Self::new(Model::BesenBs20, |options| options.plugged = true)
    }

    /// No car.
    pub(crate) fn empty() -> Self {
        Self::new(Model::BesenBs20, |_| {})
    }

    /// A charger of this model that charges.
    pub(crate) fn charging(model: Model) -> Self {
        Self::new(model, |options| {
            options.plugged = true;
            options.device.start_method = StartMethod::Automatic;
        })
    }

    pub(crate) fn new(model: Model, change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let port = free_port();
        let serial = SERIAL.parse().expect("a serial");
        let mut device = DeviceConfig::new(model, 1, serial, PIN.parse().expect("six digits"));
        device.announce_interval = DelayRange::from_millis(200, 300);
        (device.history_capacity, device.history_records) = (4, 2);
        let mut options = SimulatorOptions {
            unix_time_s: None,
            ..SimulatorOptions::for_tests(device, port)
        };
        change(&mut options);
        let simulator = runtime.block_on(Simulator::start(options)).expect("free");
        Self {
            address: simulator.address(0).expect("one at least"),
            simulator: Some(simulator),
            port,
            folder: tempfile::tempdir().expect("a folder"),
            runtime,
        }
    }

    /// The port and address of a charger that was switched off.
    pub(crate) fn gone() -> Self {
        let mut bench = Self::empty();
        let simulator = bench.simulator.take().expect("running");
        bench.runtime.block_on(simulator.shutdown());
        bench
    }

    /// A file beside the state file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the charger sends from.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Runs `evse em` with address and PIN.
    pub(crate) fn em(&self, command: &str) -> Output {
        self.run(&format!("{command} --host {} --pin {PIN}", self.host()))
    }

    /// Runs `evse em` without: it has to search, and to know the PIN.
    pub(crate) fn run(&self, command: &str) -> Output {
        self.run_with(command, &[])
    }

    pub(crate) fn run_with(&self, command: &str, environment: &[(&str, &str)]) -> Output {
        let mut process = Command::new(env!("CARGO_BIN_EXE_evse"));
        process
            .arg("em")
            .args(["--client-port", &self.port.to_string()])
            .args(["--broadcast", "127.0.0.1"])
            .args(command.split(' '))
            .env_remove("RUST_LOG")
            .env_remove("RUST_BACKTRACE")
            .env_remove("EVSE_PIN")
            .env_remove("EVSE_CONFIG")
            .env("XDG_CONFIG_HOME", self.folder.path())
            .env("TZ", "UTC")
            .env("EVSE_STATE_FILE", self.file("state.json"))
            .envs(environment.iter().copied());
        let output = process.output().expect("the binary runs");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn device<T>(&self, act: impl FnOnce(&mut Device, std::time::Instant) -> T) -> T {
        let simulator = self.simulator.as_ref().expect("running");
        simulator.device(0, act).expect("one at least")
    }

    pub(crate) fn truth(&self) -> GroundTruth {
        self.device(|device, now| {
            device.handle_timeout(now);
            device.ground_truth()
        })
    }

    pub(crate) fn charger_state(&self) -> ChargerState {
        self.device(|device, _| device.state())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let Some(simulator) = self.simulator.take() else {
            return;
        };
        let violations = simulator.device(0, |device, _| device.violations().to_vec());
        self.runtime.block_on(simulator.shutdown());
        // Who logs in and leaves acknowledges nothing any more.
        let broken = violations.unwrap_or_default().into_iter();
        let broken: Vec<_> = broken
            .filter(|violation| !matches!(violation.kind, ViolationKind::MissingAck(_)))
            .collect();
        if !std::thread::panicking() {
            assert!(broken.is_empty(), "our own client broke rules: {broken:?}");
        }
    }
}

/// A UDP port that nobody has at this moment.
fn free_port() -> u16 {
    // The system gives ports above these to whoever does not care.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 100).expect("small") * 100;
    let mut ports =
        std::iter::repeat_with(|| 20_000 + first + NEXT.fetch_add(1, Ordering::Relaxed));
    let is_free = |port: &u16| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok();
    ports.find(is_free).expect("one is free")
}
