//! Simulated EM chargers on real sockets, in real time.
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use emproto::frame::datagrams;
use emproto::message::{ChargerState, Message, Status};
use emproto::{Command, Password, Pin, Serial};
use evse_sim::em::{Device, DeviceConfig, Event, Model};
use evse_sim::faults::FaultSpec;
use evse_sim::faults::em::Fault;
use evse_sim::shell::em::{Error, Simulator, SimulatorOptions};
use tokio::net::UdpSocket;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(10);

fn pin() -> Pin {
    "123456".parse().expect("six digits")
}

fn config() -> DeviceConfig {
    let serial = "9181102751219513".parse().expect("a serial");
    let mut config = DeviceConfig::new(Model::BesenBs20, 1, serial, pin());
    config.announce_interval = evse_sim::DelayRange::from_millis(50, 100);
    config
}

/// A client's socket with a port of its own.
struct Client {
    socket: UdpSocket,
    port: u16,
}

impl Client {
    async fn bind() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("bound");
        let port = socket.local_addr().expect("an address").port();
        Self { socket, port }
    }

    /// Waits for a command from a charger; returns its sender and what it holds.
    async fn wait_for(&self, command: Command) -> (SocketAddrV4, Serial, Message) {
        let wait = async {
            let mut buffer = [0; 2048];
            loop {
                let (length, from) = self.socket.recv_from(&mut buffer).await.expect("received");
                for datagram in datagrams(&buffer[..length]) {
                    let datagram = datagram.expect("whole");
                    if datagram.command == command {
                        let message = Message::decode(&datagram).expect("long enough");
                        let std::net::SocketAddr::V4(from) = from else {
                            panic!("IPv4")
                        };
                        return (from, datagram.serial, message);
                    }
                }
            }
        };
        timeout(LIMIT, wait).await.expect("in time")
    }

    async fn send(&self, to: SocketAddrV4, serial: Serial, message: &Message) {
        let packet = message.to_datagram(serial, pin().into()).expect("short");
        self.socket.send_to(&packet, to).await.expect("sent");
    }

    async fn log_in(&self) -> (SocketAddrV4, Serial) {
        let (from, serial, _) = self.wait_for(Command::Announce).await;
        self.send(from, serial, &signal(Command::LoginRequest))
            .await;
        self.wait_for(Command::LoginOk).await;
        self.send(from, serial, &signal(Command::LoginConfirm))
            .await;
        (from, serial)
    }
}

fn signal(command: Command) -> Message {
    Message::signal(command).expect("a signal")
}

#[tokio::test]
async fn a_client_logs_in_and_gets_reports() {
    let client = Client::bind().await;
    let options = SimulatorOptions::for_tests(config(), client.port);
    let simulator = Simulator::start(options).await.expect("started");
    let (from, _) = client.log_in().await;
    assert_eq!(Some(from), simulator.address(0));
    client.wait_for(Command::StatusPush).await;
    simulator.device(0, Device::plug_in);
    let plugged = |status: &Status| status.state == ChargerState::Ready;
    while !matches!(client.wait_for(Command::StatusPush).await.2, Message::StatusPush(status) if plugged(&status))
    {
    }
    assert_eq!(
        simulator.device(0, |device, _| device.client()),
        Some(Some(Ipv4Addr::LOCALHOST))
    );
    timeout(LIMIT, simulator.shutdown()).await.expect("in time");
}

#[tokio::test]
async fn a_probe_is_answered_by_the_port_that_datagrams_come_from() {
    let client = Client::bind().await;
    let mut options = SimulatorOptions::for_tests(config(), client.port);
    options.bind = Ipv4Addr::new(127, 41, 0, 1);
    options.probe_port = Some(7248);
    let simulator = Simulator::start(options).await.expect("started");
    let probe = Message::probe()
        .to_datagram(Serial::ZERO, Password::NONE)
        .expect("short");
    client
        .socket
        .send_to(&probe, (Ipv4Addr::new(127, 41, 0, 1), 7248))
        .await
        .expect("sent");
    let (from, serial, _) = client.wait_for(Command::PasswordError).await;
    assert_eq!(
        (Some(from), Some(serial)),
        (simulator.address(0), simulator.serial(0))
    );
    assert_ne!(from.port(), 7248);
    assert_eq!(
        simulator.device(0, |device, _| device.ground_truth().probes),
        Some(1)
    );
}

#[tokio::test]
async fn many_chargers_have_addresses_and_serials_of_their_own() {
    let client = Client::bind().await;
    let options = SimulatorOptions {
        count: 300,
        bind: Ipv4Addr::new(127, 42, 0, 250),
        ..SimulatorOptions::for_tests(config(), client.port)
    };
    let simulator = Simulator::start(options).await.expect("started");
    assert_eq!(simulator.count(), 300);
    let mut heard = std::collections::BTreeMap::new();
    while heard.len() < 300 {
        let (from, serial, _) = client.wait_for(Command::Announce).await;
        heard.insert(serial, from);
    }
    for index in 0..300 {
        let serial = simulator.serial(index).expect("there");
        assert_eq!(heard.get(&serial).copied(), simulator.address(index));
    }
    assert_eq!(
        simulator.serial(299).expect("there").to_string(),
        "918110275121963e"
    );
    assert_eq!(
        simulator.address(299).map(|address| *address.ip()),
        Some(Ipv4Addr::new(127, 42, 2, 37))
    );
    timeout(LIMIT, simulator.shutdown()).await.expect("in time");
}

#[tokio::test]
async fn an_address_change_moves_the_port() {
    let client = Client::bind().await;
    let options = SimulatorOptions {
        faults: vec![FaultSpec::once(Fault::IpChange, Duration::from_secs(2))],
        ..SimulatorOptions::for_tests(config(), client.port)
    };
    let simulator = Simulator::start(options).await.expect("started");
    let first = client.wait_for(Command::Announce).await.0;
    let wait = async { while client.wait_for(Command::Announce).await.0 == first {} };
    timeout(LIMIT, wait).await.expect("in time");
    assert_ne!(simulator.address(0), Some(first));
}

#[tokio::test]
async fn events_name_the_charger() {
    let client = Client::bind().await;
    let options = SimulatorOptions {
        count: 2,
        ..SimulatorOptions::for_tests(config(), client.port)
    };
    let simulator = Simulator::start(options).await.expect("started");
    let mut events = simulator.events();
    simulator.device(1, Device::plug_in);
    let event = timeout(LIMIT, events.recv())
        .await
        .expect("in time")
        .expect("an event");
    assert_eq!(
        (event.index, event.event),
        (1, Event::State(ChargerState::Ready))
    );
    assert_eq!(Some(event.serial), simulator.serial(1));
    assert_eq!(simulator.device(2, |_, _| ()), None);
}

#[tokio::test]
async fn impossible_options_are_refused() {
    let start = |options| async { Simulator::start(options).await.map(|_| ()) };
    let options = || SimulatorOptions::for_tests(config(), 1);
    let speed = SimulatorOptions {
        speed: 0.0,
        ..options()
    };
    assert!(matches!(start(speed).await, Err(Error::Speed(_))));
    let end = SimulatorOptions {
        count: 2,
        bind: Ipv4Addr::new(127, 255, 255, 254),
        ..options()
    };
    assert!(matches!(start(end).await, Err(Error::TooMany(2))));
    let foreign = SimulatorOptions {
        bind: Ipv4Addr::new(192, 0, 2, 1),
        ..options()
    };
    assert!(matches!(start(foreign).await, Err(Error::Bind { .. })));
}
