//! What becomes of task, socket and calls when things end or go wrong.

mod sim;

use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    time::Duration,
};

use em_client::{
    Communicator, DiscoverOptions, Error, Event, Options, Tap, Whom,
    proto::{
        CLIENT_PORT, Serial,
        endpoint::Target,
        session::{Known, Session},
    },
};
use evse_sim::em::Model;
use futures_util::StreamExt;
use sim::{
    assert_no_violations, device, logged_in, options, serial, simulator, soon, started, until,
    with_pin,
};

/// Waits until a port of loopback is free again.
async fn is_free(port: u16) {
    soon(async {
        while UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

fn is_taken(port: u16) -> bool {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_socket() {
    let (communicator, port) = started(options());
    let evse = communicator
        .add(serial(), Known::default())
        .expect("a place");
    let clone = communicator.clone();
    let mut events = communicator.events();
    drop(communicator);
    assert!(clone.is_running());
    drop(clone);
    // The handle of a charger keeps it open.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(is_taken(port));
    drop(evse);
    is_free(port).await;
    // The stream does not, and ends.
    soon(async { while events.next().await.is_some() {} }).await;
}

#[tokio::test]
async fn a_start_while_running_returns_the_same_port() {
    let (communicator, port) = started(options());
    assert_eq!(communicator.start().expect("it runs"), port);
    assert_eq!(communicator.port(), Some(port));
    let clone = communicator.clone();
    assert_eq!(clone.start().expect("it runs"), port);
}

#[tokio::test]
async fn stop_waits_and_a_restart_on_the_same_port_goes_on() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    soon(communicator.stop()).await;
    assert!(!communicator.is_running() && communicator.port().is_none());
    assert!(!is_taken(port));
    soon(communicator.stop()).await;
    assert!(evse.has_password() && evse.address().is_some());
    let error = soon(evse.refresh()).await.expect_err("no socket");
    assert!(matches!(error, Error::NotRunning), "{error}");

    let again = Options {
        bind: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
        ..options()
    };
    let (other, _) = started(again);
    soon(other.stop()).await;
    let entry = other.add(serial(), with_pin()).expect("a place");
    assert_eq!(other.start().expect("free again"), port);
    until(&entry, &other, Session::is_registered).await;
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_stopped_communicator_starts_again_and_its_handles_work() {
    let (communicator, port) = started(options());
    let mut settings = options();
    settings.bind.set_port(port);
    soon(communicator.stop()).await;
    let communicator = Communicator::new(settings);
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    for _ in 0..3 {
        assert_eq!(communicator.start().expect("free"), port);
        let evse = logged_in(&communicator).await;
        soon(evse.refresh()).await.expect("an answer");
        soon(communicator.stop()).await;
    }
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn nothing_is_asked_before_the_start() {
    let communicator = Communicator::new(options());
    let evse = communicator.add(serial(), with_pin()).expect("a place");
    for error in [
        evse.refresh().await.expect_err("no socket"),
        communicator
            .probe(Target::Broadcast)
            .expect_err("no socket"),
        communicator
            .discover(DiscoverOptions::default())
            .await
            .expect_err("no socket"),
        communicator
            .wait_for(Whom::Any, Duration::from_secs(1))
            .await
            .expect_err("no socket"),
    ] {
        assert!(matches!(error, Error::NotRunning), "{error}");
    }
    soon(communicator.stop()).await;
}

#[tokio::test]
async fn stop_ends_calls_that_wait() {
    let (communicator, _) = started(options());
    let mut known = with_pin();
    known.address = "127.0.0.99:7248".parse().ok();
    let evse = communicator.add(serial(), known).expect("a place");
    let calls = async {
        tokio::join!(
            evse.refresh(),
            evse.history(|_, _| {}),
            communicator.wait_for(Whom::Any, Duration::from_mins(1)),
        )
    };
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        communicator.stop().await;
    };
    let ((refresh, history, wait), ()) = soon(async { tokio::join!(calls, stop) }).await;
    for error in [
        refresh.expect_err("stopped"),
        history.expect_err("stopped"),
        wait.expect_err("stopped"),
    ] {
        assert!(matches!(error, Error::NotRunning), "{error}");
    }
}

#[tokio::test]
async fn a_task_that_dies_leaves_nobody_waiting_and_can_be_started_again() {
    let settings = Options {
        tap: Some(Tap::new(|traffic| {
            assert!(!traffic.packet.is_empty(), "an application's mistake");
        })),
        ..options()
    };
    let (communicator, port) = started(settings);
    let mut known = with_pin();
    known.address = "127.0.0.99:7248".parse().ok();
    let evse = communicator.add(serial(), known).expect("a place");
    let call = evse.refresh();
    let kill = async {
        let stranger = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        stranger.send_to(&[], ("127.0.0.1", port)).expect("sent");
    };
    let (call, ()) = soon(async { tokio::join!(call, kill) }).await;
    let error = call.expect_err("nobody is there");
    assert!(matches!(error, Error::NotRunning), "{error}");
    is_free(port).await;
    assert!(!communicator.is_running());
    communicator.start().expect("a free port");
    assert!(communicator.is_running());
}

#[test]
fn the_end_of_the_runtime_is_the_end_of_the_task() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (communicator, port) = runtime.block_on(async { started(options()) });
    let evse = communicator.add(serial(), with_pin()).expect("a place");
    drop(runtime);
    assert!(!communicator.is_running() && !is_taken(port));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let error = runtime.block_on(soon(evse.refresh())).expect_err("no task");
    assert!(matches!(error, Error::NotRunning), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_likely_owners() {
    let (_communicator, port) = started(options());
    let mut settings = options();
    settings.bind.set_port(port);
    let second = Communicator::new(settings);
    let error = second.start().expect_err("taken");
    assert!(matches!(error, Error::PortTaken { port: taken } if taken == port));
    let text = error.to_string();
    assert!(
        text.contains(&port.to_string()) && text.contains("evcc"),
        "{text}"
    );
    assert_eq!(Options::default().bind.port(), CLIENT_PORT);
}

#[tokio::test]
async fn an_address_of_another_machine_cannot_be_bound() {
    let mut settings = options();
    settings.bind.set_ip(Ipv4Addr::new(192, 0, 2, 1));
    let error = Communicator::new(settings).start().expect_err("not ours");
    let is_address = matches!(
        error,
        Error::Bind {
            kind: io::ErrorKind::AddrNotAvailable,
            ..
        }
    );
    assert!(is_address, "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_system_does_not_send_is_told_apart_from_silence() {
    // A socket of loopback does not reach other networks.
    let (communicator, _) = started(options());
    let mut known = with_pin();
    known.address = "192.0.2.1:7248".parse().ok();
    let evse = communicator.add(serial(), known).expect("a place");
    let error = soon(evse.refresh()).await.expect_err("no way");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    for whom in [
        Whom::Serial(serial()),
        Whom::Ip(Ipv4Addr::new(192, 0, 2, 1)),
    ] {
        let nobody = communicator.wait_for(whom, Duration::from_millis(1));
        let error = nobody.await.expect_err("nobody");
        assert!(error.to_string().contains("sending failed"), "{error}");
    }
    // Nobody else is concerned.
    let nobody = communicator.wait_for(Whom::Any, Duration::from_millis(1));
    let error = nobody.await.expect_err("nobody");
    assert!(!error.to_string().contains("sending failed"), "{error}");
}

#[tokio::test]
async fn strangers_and_their_garbage_do_no_harm() {
    let (communicator, port) = started(options());
    let mut events = communicator.events();
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for packet in [&[][..], &[0x06, 0x01], &[0xFF; 2_000]] {
        stranger.send_to(packet, ("127.0.0.1", port)).expect("sent");
    }
    let from = soon(async {
        loop {
            if let Some(Event::Garbage { from, .. }) = events.next().await {
                return from;
            }
        }
    })
    .await;
    assert_eq!(
        Some(from.port()),
        stranger.local_addr().ok().map(|it| it.port())
    );
    soon(evse.refresh()).await.expect("an answer");
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_slow_listener_is_told_what_it_missed() {
    let communicator = Communicator::new(options());
    let mut events = communicator.events();
    for number in 1..=3_000_u64 {
        let serial = Serial(number.to_be_bytes());
        communicator.add(serial, Known::default()).expect("a place");
    }
    let first = soon(events.next()).await;
    assert!(
        matches!(first, Some(Event::Missed { count }) if count > 1_000),
        "{first:?}"
    );
    assert!(matches!(
        soon(events.next()).await,
        Some(Event::Added { .. } | Event::Changed { .. })
    ));
}
