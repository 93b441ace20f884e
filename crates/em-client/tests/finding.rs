//! Finding simulated chargers on real sockets, and listening to them.

mod sim;

use std::{
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    sync::{Arc, Mutex},
    time::Duration,
};

use em_client::{
    Communicator, DiscoverOptions, Error, Event, Options, Sender, Tap, Whom,
    proto::{
        Command, Direction,
        endpoint::{Dump, Target},
        session::{Changes, RequestFailure, Session},
    },
};
use evse_sim::{
    em::Model,
    shell::em::{Simulator, SimulatorOptions},
};
use futures_util::{FutureExt, StreamExt};
use sim::{
    PIN, SERIAL, assert_no_violations, device, logged_in, options, serial, simulator, simulators,
    soon, started, until, with_pin,
};

#[tokio::test]
async fn a_hundred_chargers_share_one_socket() {
    let mut settings = options();
    settings.endpoint.session.offline_after = Duration::from_mins(1);
    let (communicator, port) = started(settings);
    let many = SimulatorOptions {
        count: 100,
        ..SimulatorOptions::for_tests(device(Model::BesenBs20, 1), port)
    };
    let simulator = simulators(many).await;
    for index in 0..100 {
        let serial = simulator.serial(index).expect("a charger");
        communicator.add(serial, with_pin()).expect("a place");
    }
    for evse in communicator.evses() {
        until(&evse, &communicator, Session::is_registered).await;
    }
    assert_eq!(communicator.evses().len(), 100);
    let one = communicator.by_ip(Ipv4Addr::new(127, 0, 0, 77));
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].address(), simulator.address(75));
    let error = communicator.one_matching("bs20").expect_err("all are");
    assert!(
        matches!(error, Error::Ambiguous { count: 100, .. }),
        "{error}"
    );
    let error = communicator.one_matching("garage").expect_err("none is");
    assert!(matches!(error, Error::NoMatch { .. }), "{error}");
    assert_eq!(
        communicator.one_matching(SERIAL).expect("one").serial(),
        serial()
    );
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_probe_finds_a_charger_that_is_silent() {
    let (communicator, port) = started(options());
    let mut config = device(Model::BesenBs20, 1);
    config.announce_interval = evse_sim::DelayRange::from_millis(600_000, 600_000);
    let simulator = simulator(config, port).await;
    let address = simulator.address(0).expect("a charger");
    let search = |targets| DiscoverOptions {
        targets,
        duration: Duration::from_millis(600),
        probe_interval: Duration::from_millis(100),
        ..DiscoverOptions::default()
    };
    let nobody = Target::Socket("127.0.0.99:7248".parse().expect("an address"));
    let found = communicator.discover(search(vec![nobody])).await;
    assert_eq!(found.expect("a search"), []);
    let found = communicator
        .discover(search(vec![Target::Socket(address)]))
        .await;
    let found = found.expect("a search");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].serial(), found[0].address()),
        (serial(), Some(address))
    );
    assert!(!found[0].has_password());
    let heard = communicator.wait_for(Whom::Ip(*address.ip()), Duration::from_millis(1));
    assert_eq!(heard.await.expect("online"), found[0]);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_charger_that_is_not_there_is_named_when_time_is_over() {
    let (communicator, _) = started(options());
    let limit = Duration::from_millis(50);
    let error = communicator.wait_for(Whom::Serial(serial()), limit).await;
    let error = error.expect_err("nobody");
    assert!(matches!(error, Error::NotHeard { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("…7788") && text.contains("VLAN"), "{text}");
    assert!(!text.contains(SERIAL), "{text}");
}

#[tokio::test]
async fn a_removed_charger_comes_back_when_it_is_heard() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    let mut events = communicator.events();
    let waiting = evse.history(|_, _| {});
    let removed = async { communicator.remove(serial()) };
    let (history, ()) = soon(async { tokio::join!(biased; waiting, removed) }).await;
    let error = history.expect_err("it is gone");
    assert!(
        matches!(
            error,
            Error::Failed {
                source: RequestFailure::Removed,
                ..
            }
        ),
        "{error}"
    );
    let mut kinds = Vec::new();
    soon(async {
        while !kinds.ends_with(&["removed", "added"]) {
            match events.next().await {
                Some(Event::Removed { .. }) => kinds.push("removed"),
                Some(Event::Added { .. }) => kinds.push("added"),
                Some(_) => {}
                None => unreachable!("it runs"),
            }
        }
    })
    .await;
    // Without a PIN: that was removed, too.
    assert!(evse.is_online() && !evse.has_password());
    drop(simulator);
}

#[tokio::test]
async fn listeners_see_changes_and_dumps_without_the_pin() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let tap = {
        let seen = seen.clone();
        Tap::new(move |traffic| {
            let mut seen = seen.lock().expect("not poisoned");
            seen.push((traffic.sender, traffic.packet.to_vec()));
        })
    };
    let mut settings = Options {
        tap: Some(tap),
        ..options()
    };
    settings.endpoint.dump = true;
    let (communicator, port) = started(settings);
    let mut events = communicator.events();
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    logged_in(&communicator).await;

    let mut changes = Vec::new();
    let mut dumps = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        match event {
            Event::Changed { changes: these, .. } => changes.push(these),
            Event::Datagram(dump) => dumps.push(dump),
            _ => {}
        }
    }
    for change in [
        Changes::ADDRESS,
        Changes::ONLINE,
        Changes::LOGIN,
        Changes::INFO,
        Changes::CONFIGURATION,
        Changes::STATUS,
    ] {
        assert!(
            changes.iter().any(|these| these.contains(change)),
            "{change:?}"
        );
    }
    let has = |direction, command| {
        let is = |dump: &Dump| (dump.direction, dump.command) == (direction, command);
        dumps.iter().any(|dump| is(dump))
    };
    assert!(has(Direction::ToCharger, Command::LoginRequest));
    assert!(has(Direction::FromCharger, Command::LoginOk));
    let holds_pin = |bytes: &[u8]| bytes.windows(6).any(|six| six == PIN.as_bytes());
    assert!(!dumps.iter().any(|dump| holds_pin(&dump.bytes)));
    // The tap sees the truth, both ways.
    let seen = seen.lock().expect("not poisoned");
    let sent =
        |(sender, packet): &(Sender, Vec<u8>)| *sender == Sender::Client && holds_pin(packet);
    assert!(seen.iter().any(sent));
    assert!(seen.iter().any(|(sender, _)| *sender == Sender::Charger));
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_broadcast_leaves_by_every_network_and_holds_no_pin() {
    let networks = ["127.0.0.50", "127.0.0.51"];
    let first = UdpSocket::bind((networks[0], 0)).expect("a free port");
    let charger_port = first.local_addr().expect("bound").port();
    let second = UdpSocket::bind((networks[1], charger_port)).expect("a free port");
    let mut settings = options();
    settings.broadcasts = networks.map(|ip| ip.parse().expect("an address")).into();
    settings.endpoint.charger_port = charger_port;
    let (communicator, port) = started(settings);
    communicator.add(serial(), with_pin()).expect("a place");
    communicator.probe(Target::Broadcast).expect("it runs");
    for network in [first, second] {
        let mut packet = [0; 100];
        let received = tokio::task::spawn_blocking(move || {
            network.set_read_timeout(Some(Duration::from_secs(5)))?;
            network.recv_from(&mut packet)
        });
        let (len, from) = received.await.expect("it ends").expect("a probe");
        assert_eq!((len, from.port()), (25, port));
        assert_eq!(packet[5..19], [0; 14]);
    }
}

/// Bound to every address of loopback, so that it hears a probe to each of them.
async fn everywhere(port: u16) -> Simulator {
    simulators(SimulatorOptions {
        bind: Ipv4Addr::UNSPECIFIED,
        ..SimulatorOptions::for_tests(device(Model::BesenBs20, 1), port)
    })
    .await
}

#[tokio::test]
async fn a_charger_that_hears_every_probe_twice_does_not_refuse_the_pin() {
    let mut settings = options();
    let networks = ["127.0.0.50", "127.0.0.51"];
    settings.broadcasts = networks.map(|ip| ip.parse().expect("an address")).into();
    let (communicator, port) = started(settings);
    let simulator = everywhere(port).await;
    let charger_port = simulator.address(0).expect("a charger").port();
    let evse = logged_in(&communicator).await;
    let mut events = communicator.events();
    let to_all = Target::Socket(SocketAddrV4::new(Ipv4Addr::BROADCAST, charger_port));
    let search = DiscoverOptions {
        targets: vec![to_all],
        probes: 5,
        probe_interval: Duration::from_millis(50),
        duration: Duration::from_millis(400),
    };
    let probes = || simulator.device(0, |device, _| device.ground_truth().probes);
    let (found, stop) = soon(async {
        let asks = async {
            while probes() == Some(0) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            evse.charge_stop(None).await
        };
        tokio::join!(communicator.discover(search), asks)
    })
    .await;
    stop.expect("the PIN is right");
    assert!(found.expect("a search").contains(&evse));
    // The probes' answers come first, since the charger answers in turn.
    soon(evse.refresh()).await.expect("an answer");
    soon(evse.charge_stop(None))
        .await
        .expect("the PIN is right");
    assert!(probes() > Some(1), "{:?}", probes());
    assert_eq!(evse.is_authorised(), Some(true));
    while let Some(Some(event)) = events.next().now_or_never() {
        assert!(!matches!(event, Event::Alarm { .. }), "{event:?}");
    }
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn probes_that_do_not_fit_into_the_search_are_left_out() {
    let (communicator, _) = started(options());
    let nobody = UdpSocket::bind("127.0.0.50:0").expect("a free port");
    nobody.set_nonblocking(true).expect("a socket");
    let to = nobody.local_addr().expect("bound").to_string();
    for probes in [50, u32::MAX] {
        let search = DiscoverOptions {
            targets: vec![Target::Socket(to.parse().expect("an address"))],
            probes,
            probe_interval: Duration::from_millis(100),
            duration: Duration::from_millis(300),
        };
        soon(communicator.discover(search)).await.expect("it ends");
    }
    // What is left to send leaves.
    soon(communicator.stop()).await;
    let heard = std::iter::from_fn(|| nobody.recv(&mut [0; 100]).ok()).count();
    assert!((2..=8).contains(&heard), "{heard}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_network_that_is_not_reached_is_named_only_when_no_other_is() {
    // A socket of loopback does not reach other networks.
    let unreachable = Ipv4Addr::new(192, 0, 2, 255);
    let network = UdpSocket::bind("127.0.0.50:0").expect("a free port");
    let mut settings = options();
    settings.broadcasts = vec![unreachable, Ipv4Addr::new(127, 0, 0, 50)];
    settings.endpoint.charger_port = network.local_addr().expect("bound").port();
    let (communicator, _) = started(settings.clone());
    communicator.probe(Target::Broadcast).expect("it runs");
    let received = tokio::task::spawn_blocking(move || {
        network.set_read_timeout(Some(Duration::from_secs(20)))?;
        network.recv(&mut [0; 100])
    });
    received.await.expect("it ends").expect("a probe");
    let moment = Duration::from_millis(1);
    let not_sent =
        async |communicator: &Communicator, whom| match communicator.wait_for(whom, moment).await {
            Err(Error::NotHeard { not_sent, .. }) => not_sent,
            other => unreachable!("{other:?}"),
        };
    assert_eq!(not_sent(&communicator, Whom::Any).await, None);
    assert_eq!(not_sent(&communicator, Whom::Serial(serial())).await, None);

    settings.broadcasts = vec![unreachable];
    let (communicator, _) = started(settings);
    communicator.probe(Target::Broadcast).expect("it runs");
    soon(async { while not_sent(&communicator, Whom::Any).await.is_none() {} }).await;
}
