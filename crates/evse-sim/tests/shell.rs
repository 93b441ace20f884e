//! The simulator on real sockets, in real time.
use std::time::Duration;

use duosida_proto::discovery::{PROBE, parse_reply};
use duosida_proto::frame::{Decoder, Direction, Framing};
use duosida_proto::message;
use duosida_proto::session::{Config, Session};
use evse_sim::duosida::{DelayRange, Device, DeviceConfig};
use evse_sim::shell::{Error, Simulator, SimulatorOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(10);

fn quick() -> SimulatorOptions {
    let device = DeviceConfig {
        opening_delay: DelayRange::NONE,
        slot_busy: Duration::ZERO,
        ..DeviceConfig::default()
    };
    SimulatorOptions {
        device,
        ..SimulatorOptions::for_tests()
    }
}

fn opening() -> Vec<u8> {
    let mut session = Session::new(Config::default(), std::time::Instant::now(), 1_790_000_000);
    session.poll_transmit().expect("the opening message")
}

async fn first_names(stream: &mut TcpStream, count: usize) -> Vec<&'static str> {
    let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
    let mut names = Vec::new();
    let mut buffer = [0; 1024];
    while names.len() < count {
        let length = timeout(LIMIT, stream.read(&mut buffer))
            .await
            .expect("in time")
            .expect("read");
        assert!(length > 0, "closed after {names:?}");
        decoder.push(&buffer[..length]);
        while let Some(frame) = decoder.next_frame() {
            let envelope = message::decode(&frame).expect("valid");
            names.push(message::field_and_name(&envelope.message.expect("a body")).1);
        }
    }
    names
}

#[tokio::test]
async fn opening_over_tcp_is_answered() {
    let simulator = Simulator::start(quick()).await.expect("started");
    let mut stream = TcpStream::connect(simulator.address())
        .await
        .expect("connected");
    stream.write_all(&opening()).await.expect("written");
    let names = first_names(&mut stream, 3).await;
    assert_eq!(
        names,
        [
            "BootNotificationReq",
            "TriggerMessageConf",
            "StatusNotificationReq"
        ]
    );
    simulator.device(Device::plug_in);
    assert_eq!(first_names(&mut stream, 1).await, ["StatusNotificationReq"]);
    timeout(LIMIT, simulator.shutdown()).await.expect("in time");
}

#[tokio::test]
async fn second_connection_is_closed_at_once() {
    let simulator = Simulator::start(quick()).await.expect("started");
    let _first = TcpStream::connect(simulator.address())
        .await
        .expect("connected");
    let mut second = TcpStream::connect(simulator.address())
        .await
        .expect("connected");
    let mut buffer = [0; 16];
    let read = timeout(LIMIT, second.read(&mut buffer))
        .await
        .expect("in time");
    assert!(!matches!(read, Ok(length) if length > 0));
    simulator.shutdown().await;
}

#[tokio::test]
async fn probes_are_answered_with_the_address() {
    let simulator = Simulator::start(quick()).await.expect("started");
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let address = simulator.discovery_address().expect("discovery");
    socket.send_to(&PROBE, address).await.expect("sent");
    let mut buffer = [0; 256];
    let (length, _) = timeout(LIMIT, socket.recv_from(&mut buffer))
        .await
        .expect("in time")
        .expect("received");
    let reply = parse_reply(&buffer[..length], std::net::Ipv4Addr::LOCALHOST).expect("a reply");
    assert_eq!(reply.kind, "smart_wifi");
    simulator.shutdown().await;
}

#[tokio::test]
async fn virtual_time_runs_at_its_speed() {
    let simulator = Simulator::start(SimulatorOptions {
        speed: 600.0,
        ..quick()
    })
    .await
    .expect("started");
    let begin = simulator.device(|device, now| {
        device.set_setting(now, "VendorDirectWorkMode", "1");
        device.plug_in(now);
        now
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (now, truth) = simulator.device(|device, now| {
        device.handle_timeout(now);
        (now, device.ground_truth())
    });
    assert!(now.duration_since(begin) >= Duration::from_secs(110));
    assert!(truth.session_wh > 50.0);
    simulator.shutdown().await;
}

#[tokio::test]
async fn taken_port_and_bad_speed_are_errors() {
    let simulator = Simulator::start(quick()).await.expect("started");
    let port = simulator.address().port();
    let taken = Simulator::start(SimulatorOptions { port, ..quick() }).await;
    assert!(matches!(taken, Err(Error::Bind { what: "TCP", .. })));
    let speed = Simulator::start(SimulatorOptions {
        speed: 0.0,
        ..quick()
    })
    .await;
    assert!(matches!(speed, Err(Error::Speed(_))));
    simulator.shutdown().await;
}

#[tokio::test]
async fn a_stalled_charger_takes_no_more_than_fits() {
    // Each lasts 5 s at least: from the first after the connection on, the stall goes on and on.
    let faults = (1..200).map(|number| format!("stall@{}ms", number * 500));
    let faults = faults.map(|fault| fault.parse().expect("a fault"));
    let simulator = Simulator::start(SimulatorOptions {
        faults: faults.collect(),
        ..quick()
    })
    .await
    .expect("started");
    let mut stream = TcpStream::connect(simulator.address())
        .await
        .expect("connected");
    let chunk = vec![0xFF; 1 << 20];
    let mut accepted = 0;
    while let Ok(written) = timeout(Duration::from_secs(2), stream.write_all(&chunk)).await {
        written.expect("the connection stays");
        accepted += 1;
        assert!(accepted < 256, "{accepted} MiB were taken");
    }
    simulator.shutdown().await;
}
