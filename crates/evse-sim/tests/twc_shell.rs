//! Simulated wall connectors behind a real pty and a real TCP port, in real time.
#![cfg(unix)]
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::sleep;
use std::time::{Duration, Instant};

use evse_sim::faults::FaultSpec;
use evse_sim::faults::twc::Fault;
use evse_sim::shell::Sender;
use evse_sim::shell::twc::{Error, Place, Simulator, SimulatorOptions, Tap};
use evse_sim::twc::{BusConfig, BusEvent, Event, Peripheral, PeripheralConfig};
use rustix::fs::OFlags;
use twc_proto::Address;
use twc_proto::frame::{Decoder, Trailer};
use twc_proto::message::{Action, ControllerHeartbeat, Message, ProtocolVersion};

const LIMIT: Duration = Duration::from_secs(10);
const UNIT: Address = Address(0x3495);
const CLIENT: Address = Address(0xF00D);

/// A client that does not wait for what it reads.
struct Client<T> {
    port: T,
    decoder: Decoder,
}

impl Client<File> {
    fn open(path: &Path) -> Self {
        let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
        let port = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
            .expect("a pty");
        Self {
            port,
            decoder: Decoder::new(),
        }
    }
}

impl<T: Read + Write> Client<T> {
    /// The next message within the limit; `None` when the line is gone or silent.
    fn next(&mut self, limit: Duration) -> Option<Message> {
        let end = Instant::now() + limit;
        let mut byte = [0];
        while Instant::now() < end {
            match self.port.read(&mut byte) {
                Ok(1) => {
                    if let Some(Ok(frame)) = self.decoder.push(&byte).next() {
                        return Some(Message::decode(&frame));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    sleep(Duration::from_millis(2));
                }
                _ => return None,
            }
        }
        None
    }

    fn claim(&mut self, unit: Address) {
        let claim = Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: CLIENT,
            recipient: unit,
            action: Action::None,
            current_ca: 0,
            controller_plugged: false,
        });
        let wire = claim.encode(ProtocolVersion::V2).encode(Trailer::default());
        self.port.write_all(&wire).expect("written");
    }

    /// Claims the unit until it answers; others may talk in between.
    fn is_answered(&mut self, unit: Address) -> bool {
        for _ in 0..10 {
            self.claim(unit);
            while let Some(message) = self.next(Duration::from_millis(100)) {
                if matches!(message, Message::PeripheralHeartbeat(reply) if reply.sender == unit && reply.recipient == CLIENT)
                {
                    return true;
                }
            }
        }
        false
    }
}

fn options(faults: Vec<FaultSpec<Fault>>) -> SimulatorOptions {
    let bus = BusConfig {
        faults,
        ..BusConfig::new(1, vec![PeripheralConfig::new(UNIT, ProtocolVersion::V2)])
    };
    SimulatorOptions {
        speed: 10.0,
        ..SimulatorOptions::for_tests(bus)
    }
}

fn path(simulator: &Simulator) -> PathBuf {
    PathBuf::from(simulator.address())
}

fn wait_until(mut done: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !done() {
        assert!(Instant::now() < end, "it never happened");
        sleep(Duration::from_millis(2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_on_a_pty_is_claimed_and_outlives_its_client() {
    let simulator = Simulator::start(options(Vec::new())).await.expect("starts");
    let mut events = simulator.events();
    let path = path(&simulator);
    let mut client = Client::open(&path);
    let presence = client.next(LIMIT).expect("a presence");
    assert!(matches!(presence, Message::PeripheralPresence(presence) if presence.sender == UNIT));
    assert!(client.is_answered(UNIT));
    let claimed = BusEvent::Peripheral {
        index: 0,
        id: UNIT,
        event: Event::Claimed(CLIENT),
    };
    while events.recv().await.expect("an event") != claimed {}
    drop(client);
    // At once, and after a pause.
    assert!(Client::open(&path).is_answered(UNIT));
    sleep(Duration::from_millis(100));
    assert!(Client::open(&path).is_answered(UNIT));
    simulator.shutdown().await;
    assert!(!path.is_symlink(), "the link is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_reads_does_not_wait_for_the_next_client() {
    let (tell, told) = mpsc::channel();
    let options = SimulatorOptions {
        // Whether anybody still listens does not matter to it.
        tap: Some(Tap::new(move |_| tell.send(()).unwrap_or_default())),
        ..options(Vec::new())
    };
    let simulator = Simulator::start(options).await.expect("starts");
    let path = path(&simulator);
    let client = Client::open(&path);
    // Some presences come while this client is there and does not read, then one while nobody is.
    for _ in 0..2 {
        told.recv_timeout(LIMIT).expect("a presence");
    }
    drop(client);
    sleep(Duration::from_millis(300));
    while told.try_recv().is_ok() {}
    told.recv_timeout(LIMIT).expect("a presence");
    let mut client = Client::open(&path);
    // The next one is due after 0.6 s.
    assert_eq!(
        client.next(Duration::from_millis(100)),
        None,
        "an old frame"
    );
    assert!(client.next(LIMIT).is_some());
    simulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unplugged_adapter_takes_the_link_away_and_brings_another_pty() {
    let fault = FaultSpec::once(Fault::Unplug, Duration::from_secs(20));
    let simulator = Simulator::start(options(vec![fault]))
        .await
        .expect("starts");
    let path = path(&simulator);
    let mut client = Client::open(&path);
    assert!(client.is_answered(UNIT));
    wait_until(|| !path.is_symlink());
    wait_until(|| {
        client.next(Duration::from_millis(10)).is_none() && client.port.write(&[0]).is_err()
    });
    wait_until(|| path.exists());
    assert!(Client::open(&path).is_answered(UNIT));
    simulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_carries_the_line_over_tcp() {
    let seen: Arc<Mutex<Vec<(Sender, usize)>>> = Arc::default();
    let record = Arc::clone(&seen);
    let simulator = Simulator::start(SimulatorOptions {
        place: Place::Tcp(([127, 0, 0, 1], 0).into()),
        tap: Some(Tap::new(move |traffic| {
            let entry = (traffic.sender, traffic.bytes.len());
            record.lock().expect("sound").push(entry);
        })),
        ..options(Vec::new())
    })
    .await
    .expect("starts");
    for _ in 0..2 {
        let port = TcpStream::connect(simulator.address()).expect("connected");
        port.set_nonblocking(true).expect("set");
        let decoder = Decoder::new();
        let mut client = Client { port, decoder };
        assert!(client.is_answered(UNIT));
    }
    simulator.shutdown().await;
    let seen = seen.lock().expect("sound");
    assert!(seen.contains(&(Sender::Client, 19)), "{seen:?}");
    assert!(seen.iter().any(|(sender, _)| *sender == Sender::Charger));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cars_are_plugged_in_while_it_runs() {
    let simulator = Simulator::start(SimulatorOptions {
        plugged: true,
        ..options(Vec::new())
    })
    .await
    .expect("starts");
    let is_plugged = || simulator.peripheral(0, |unit, _| unit.vehicle_mut().is_plugged());
    assert_eq!(is_plugged(), Some(true));
    simulator.peripheral(0, Peripheral::unplug);
    assert_eq!(is_plugged(), Some(false));
    assert!(simulator.peripheral(1, Peripheral::unplug).is_none());
    simulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_left_behind_is_replaced_and_nothing_else_is() {
    let mut options = options(Vec::new());
    let Place::Pty(path) = options.place.clone() else {
        panic!("a pty");
    };
    symlink("/dev/pts/gone", &path).expect("a link");
    let simulator = Simulator::start(options.clone()).await.expect("starts");
    let error = Simulator::start(options.clone()).await.expect_err("taken");
    assert!(matches!(error, Error::Pty { .. }), "{error}");
    simulator.shutdown().await;
    fs::write(&path, "mine").expect("a file");
    assert!(Simulator::start(options.clone()).await.is_err());
    assert_eq!(fs::read_to_string(&path).expect("kept"), "mine");
    fs::remove_file(&path).expect("removed");
    options.speed = 0.0;
    let error = Simulator::start(options).await.expect_err("no speed");
    assert!(matches!(error, Error::Speed(_)), "{error}");
}
