//! All protocols are searched at once.

use std::future::poll_fn;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::{Address, DiscoverOptions, FoundKind, Identity, Protocol, discover};
use evse_sim::DelayRange;
use evse_sim::em::{DeviceConfig, Model};
use evse_sim::shell::em;
use evse_sim::shell::{self, Sender, twc};
use evse_sim::twc::{BusConfig, PeripheralConfig};
use futures_util::{FutureExt as _, StreamExt as _};

/// A port that is free at this moment.
fn free_port() -> u16 {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("bound").port()
}

const SERIAL: &str = "9181102751219513";

/// An EM charger that announces itself often.
async fn carport(client: u16) -> em::Simulator {
    let serial = SERIAL.parse().expect("a serial");
    let pin = "123456".parse().expect("six digits");
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(50, 100);
    let em = em::Simulator::start(em::SimulatorOptions::for_tests(device, client)).await;
    em.expect("started")
}

#[tokio::test]
async fn chargers_of_all_kinds_are_found_and_buses_are_only_listened_to() {
    let duosida = shell::Simulator::start(shell::SimulatorOptions::for_tests()).await;
    let duosida = duosida.expect("free ports");
    let client = free_port();
    let em = carport(client).await;
    let unit = PeripheralConfig {
        presence_interval: Duration::from_millis(1_300),
        ..PeripheralConfig::new(Unit(0x3495), ProtocolVersion::V2)
    };
    let bus = BusConfig::new(1, vec![unit]);
    let is_disturbed = Arc::new(AtomicBool::new(false));
    let seen = is_disturbed.clone();
    let mut options = twc::SimulatorOptions::for_tests(bus);
    options.tap = Some(twc::Tap::new(move |traffic| {
        seen.fetch_or(traffic.sender == Sender::Client, Ordering::Relaxed);
    }));
    let twc = twc::Simulator::start(options).await.expect("a pty");

    let mut options = DiscoverOptions::default();
    options.duration = Duration::from_secs(2);
    options.broadcasts = vec![Ipv4Addr::LOCALHOST];
    options.ports = vec![twc.address(), "/no/such/port".to_owned()];
    options.duosida.port = duosida.discovery_address().expect("it answers").port();
    options.em.bind = format!("127.0.0.1:{client}").parse().expect("an address");
    let began = Instant::now();
    let items: Vec<_> = discover(&options).collect().await;
    assert!(
        began.elapsed() < Duration::from_secs(18),
        "the time is bounded"
    );

    let of = |protocol| {
        let mut found = items.iter().flatten().filter(|found| {
            found.kind == FoundKind::Charger && found.address.protocol() == protocol
        });
        let first = found.next();
        let first = first
            .unwrap_or_else(|| panic!("no {protocol}: {items:?}"))
            .clone();
        assert_eq!(found.next(), None, "once");
        first
    };
    assert_eq!(of(Protocol::Duosida).identity, None, "nobody asked");
    let found = of(Protocol::Em);
    assert_eq!(found.identity, Some(Identity::new(Protocol::Em, SERIAL)));
    assert!(found.device.model.is_some());
    let address = Address::twc(twc.address(), Some(Unit(0x3495)));
    assert_eq!(of(Protocol::Twc).address, address);
    let issues: Vec<_> = items
        .iter()
        .filter_map(|item| item.as_ref().err())
        .collect();
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert_eq!(issues[0].protocol, Protocol::Twc);
    assert!(
        issues[0].text.starts_with("there is no /no/such/port"),
        "{issues:?}"
    );
    assert!(
        !is_disturbed.load(Ordering::Relaxed),
        "the bus was only listened to"
    );
    duosida.shutdown().await;
    em.shutdown().await;
    twc.shutdown().await;
}

#[tokio::test]
async fn a_search_has_let_go_of_its_port_when_it_ends() {
    let client = free_port();
    let em = carport(client).await;
    let mut options = DiscoverOptions::default();
    options.protocols = vec![Protocol::Em];
    options.duration = Duration::from_millis(500);
    options.em.bind = format!("127.0.0.1:{client}").parse().expect("an address");
    let mut search = discover(&options).collect::<Vec<_>>();
    // Twice at a time: the last two steps follow each other, and no other task has its turn between them.
    let items = poll_fn(|context| match search.poll_unpin(context) {
        Poll::Pending => search.poll_unpin(context),
        Poll::Ready(items) => Poll::Ready(items),
    });
    let items = items.await;
    let next = std::net::UdpSocket::bind(("127.0.0.1", client));
    next.expect("who connects next can have the port");
    assert_eq!(items.len(), 1, "{items:?}");
    em.shutdown().await;
}
