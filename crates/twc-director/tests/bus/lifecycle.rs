//! What becomes of task, port and calls when things end or go wrong.

use std::time::{Duration, Instant};

use crate::sim::{
    OTHER, UNIT, assert_no_violations, bus, bus_event, charging, config, event, gateway, linked,
    listening, opened, simulator, soon, until,
};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use twc_director::{
    Director, Error, Event, Left, Port, Rs485, Tap,
    proto::session::{self, Farewell, LifeCycle, RequestError, RequestFailure},
};

/// Waits until a port can be opened again.
async fn is_free(port: &str) {
    soon(async {
        while Director::open(port, listening()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_port() {
    let simulator = simulator(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    let unit = linked(&director, UNIT).await;
    let mut events = director.events();
    let clone = director.clone();
    drop((director, clone));
    // The handle of a unit keeps it open.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = Director::open(&*simulator.address(), config())
        .await
        .expect_err("locked");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    drop(unit);
    is_free(&simulator.address()).await;
    // The stream does not, and ends.
    soon(async { while events.next().await.is_some() {} }).await;
}

#[tokio::test]
async fn shutdown_brings_a_charge_to_its_floor_and_says_what_comes() {
    let simulator = simulator(bus(&[UNIT, OTHER])).await;
    let director = opened(&simulator, config()).await;
    linked(&director, OTHER).await;
    let unit = charging(&director, &simulator, 0).await;
    assert!(unit.current_available_ca() > Some(600));
    // Who asks for it a second time waits for the same.
    let second = director.clone();
    let both = async { tokio::join!(director.shutdown(), second.shutdown()) };
    let (parting, other) = soon(both).await;
    assert_eq!(other, parting);
    let left = parting
        .units
        .iter()
        .find(|left| left.unit == UNIT)
        .expect("it charges");
    assert!(left.charges && left.available_ca == 600, "{parting:?}");
    let text = parting.to_string();
    assert!(
        text.contains("unit 3495 charges with 6.00 A at most and stops"),
        "{text}"
    );
    assert!(text.contains("unit 2433 does not charge"), "{text}");
    assert!(!director.is_running());
    is_free(&simulator.address()).await;
    for error in [
        unit.increase().await.expect_err("it is over"),
        director
            .wait_for(None, Duration::from_mins(1))
            .await
            .map(drop)
            .expect_err("it is over"),
    ] {
        assert!(matches!(error, Error::NotRunning), "{error}");
    }
    // What was known stays.
    assert_eq!(unit.life(), Some(LifeCycle::Initialised));
    assert_eq!(soon(director.shutdown()).await, parting);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_shutdown_that_only_leaves_is_over_at_once_and_says_so() {
    let simulator = simulator(bus(&[UNIT])).await;
    let mut settings = config();
    settings.session.farewell = Farewell::Leave;
    let director = opened(&simulator, settings).await;
    let unit = charging(&director, &simulator, 0).await;
    let available_ca = unit.current_available_ca().expect("it charges");
    assert!(available_ca > 600);
    let begin = Instant::now();
    let parting = director.shutdown().await;
    assert!(begin.elapsed() < Duration::from_secs(1));
    let left = Left {
        unit: UNIT,
        charges: true,
        available_ca,
    };
    assert_eq!(parting.units, [left]);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn an_adapter_that_is_unplugged_and_plugged_in_again_is_survived() {
    let simulator = simulator(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    let unit = charging(&director, &simulator, 0).await;
    let mut events = director.events();
    let call = unit.set_session_current(Some(9));
    let unplug = async {
        tokio::task::yield_now().await;
        simulator.bus(|bus, _| bus.set_adapter(false));
    };
    let (call, ()) = soon(async { tokio::join!(call, unplug) }).await;
    let error = call.expect_err("the port is gone");
    assert!(
        matches!(
            error,
            Error::Failed {
                source: RequestFailure::Closed { .. },
                ..
            }
        ),
        "{error}"
    );
    let closed = |event| match event {
        Event::PortClosed { error, retry_in } => Some((error, retry_in)),
        _ => None,
    };
    let (error, retry_in) = event(&mut events, closed).await;
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    assert_eq!(retry_in, Some(Duration::from_secs(1)));
    let error = unit.increase().await.expect_err("no port");
    assert!(
        matches!(
            error,
            Error::NotSent {
                source: RequestError::Closed
            }
        ),
        "{error}"
    );
    let (error, retry_in) = event(&mut events, closed).await;
    assert!(matches!(error, Error::NoSuchPort { .. }), "{error}");
    assert_eq!(retry_in, Some(Duration::from_secs(2)));

    simulator.bus(|bus, _| bus.set_adapter(true));
    let is_open = |event| matches!(event, Event::PortOpened).then_some(());
    event(&mut events, is_open).await;
    until(&director, &unit, |unit| unit.life == LifeCycle::Initialised).await;
    bus_event(&mut events, |event| match event {
        session::Event::Lost { .. } => unreachable!("it was not silent for 26 s"),
        session::Event::State(session::State::Running) => Some(()),
        _ => None,
    })
    .await;
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn units_that_a_lost_adapter_leaves_alone_are_named_at_the_end() {
    let simulator = simulator(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    linked(&director, UNIT).await;
    let mut events = director.events();
    simulator.bus(|bus, _| bus.set_adapter(false));
    event(&mut events, |event| {
        matches!(event, Event::PortClosed { .. }).then_some(())
    })
    .await;
    let parting = soon(director.shutdown()).await;
    let units: Vec<_> = parting.units.iter().map(|left| left.unit).collect();
    assert_eq!(units, [UNIT]);
}

#[tokio::test]
async fn a_budget_may_stand_for_ever() {
    let (ours, _line) = tokio::io::duplex(64);
    let director = Director::attach(ours, &config());
    director.set_budget(Some((16, Duration::MAX)));
    assert_eq!(director.read(session::Controller::limit_a), 16);
}

#[tokio::test]
async fn a_gateway_that_restarts_is_connected_to_again() {
    let simulator = gateway(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    let unit = linked(&director, UNIT).await;
    let mut events = director.events();
    simulator.bus(|bus, _| bus.set_adapter(false));
    event(&mut events, |event| match event {
        Event::PortClosed { error, .. } => matches!(error, Error::Gateway { .. }).then_some(()),
        _ => None,
    })
    .await;
    simulator.bus(|bus, _| bus.set_adapter(true));
    event(&mut events, |event| {
        matches!(event, Event::PortOpened).then_some(())
    })
    .await;
    let seen = unit.read(|unit| unit.last_seen);
    until(&director, &unit, |unit| Some(unit.last_seen) > seen).await;
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_task_that_dies_leaves_nobody_waiting() {
    let simulator = simulator(bus(&[UNIT])).await;
    let mut settings = listening();
    settings.tap = Some(Tap::new(|_| unreachable!("an application's mistake")));
    let director = opened(&simulator, settings).await;
    let wait = director.wait_for(None, Duration::from_mins(1));
    let error = soon(wait).await.expect_err("nobody is there");
    assert!(matches!(error, Error::NotRunning), "{error}");
    assert!(!director.is_running());
    soon(director.shutdown()).await;
    is_free(&simulator.address()).await;
}

#[test]
fn the_end_of_the_runtime_is_the_end_of_the_task() {
    let runtime = || tokio::runtime::Runtime::new().expect("a runtime");
    let bus_runtime = runtime();
    let simulator = bus_runtime.block_on(simulator(bus(&[UNIT])));
    let short = runtime();
    let director = short.block_on(opened(&simulator, config()));
    drop(short);
    assert!(!director.is_running());
    bus_runtime.block_on(is_free(&simulator.address()));
}

#[tokio::test]
async fn an_attached_line_that_ends_ends_the_director() {
    let (ours, theirs) = tokio::io::duplex(64);
    let director = Director::attach(ours, &config());
    let mut events = director.events();
    drop(theirs);
    let (error, retry_in) = event(&mut events, |event| match event {
        Event::PortClosed { error, retry_in } => Some((error, retry_in)),
        _ => None,
    })
    .await;
    assert!(
        matches!(
            &error,
            Error::Lost {
                port: Port::Attached,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(retry_in, None);
    let error = director
        .wait_for(None, Duration::from_mins(1))
        .await
        .expect_err("over");
    assert!(matches!(error, Error::NotRunning), "{error}");
}

#[tokio::test]
async fn silence_and_garbage_are_told_apart() {
    let (ours, mut line) = tokio::io::duplex(64);
    let director = Director::attach(ours, &config());
    let wait = |unit| director.wait_for(unit, Duration::from_millis(300));
    let error = wait(None).await.expect_err("nobody");
    assert!(
        error.to_string().contains("rotary switch is at F"),
        "{error}"
    );
    let mut events = director.events();
    // A frame that breaks off.
    line.write_all(&[0xC0, 0xFD, 0xE2, 0x34, 0x95, 0x01])
        .await
        .expect("written");
    let kind = bus_event(&mut events, |event| match event {
        session::Event::LineError { kind, .. } => Some(kind),
        _ => None,
    });
    assert_eq!(kind.await.name(), "incomplete");
    let error = wait(Some(UNIT)).await.expect_err("nobody");
    let text = error.to_string();
    assert!(
        text.starts_with("unit 3495 did not answer") && text.contains("swapped"),
        "{text}"
    );
}

#[tokio::test]
async fn nothing_is_sent_while_somebody_speaks() {
    let (ours, mut line) = tokio::io::duplex(64);
    let begin = Instant::now();
    let _director = Director::attach(ours, &config());
    let spoken = soon(async {
        loop {
            line.write_all(&[0]).await.expect("written");
            let spoken = Instant::now();
            let mut answer = [0];
            let pause = tokio::time::sleep(Duration::from_millis(10));
            tokio::select! {
                read = line.read(&mut answer) => break read.map(|_| spoken).expect("a line"),
                // By then it would have announced itself.
                () = pause, if spoken < begin + Duration::from_secs(6) => {}
            }
        }
    });
    let silent_for = spoken.await.elapsed();
    assert!(silent_for >= Duration::from_millis(45), "{silent_for:?}");
}

#[tokio::test]
async fn a_slow_listener_is_told_what_it_missed() {
    let (ours, mut line) = tokio::io::duplex(1 << 16);
    let director = Director::attach(ours, &listening());
    let mut events = director.events();
    // A frame with a wrong checksum.
    let garbage = [&[0xC0][..], &[1; 16]].concat().repeat(2_000);
    line.write_all(&garbage).await.expect("written");
    soon(async {
        while director.counters().errors < 1_900 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let first = soon(events.next()).await;
    assert!(
        matches!(first, Some(Event::Missed { count }) if count > 500),
        "{first:?}"
    );
}

#[tokio::test]
async fn ports_that_cannot_be_opened_say_why_and_what_to_try() {
    let open = async |port: &str, rs485| {
        let mut settings = config();
        settings.rs485 = rs485;
        Director::open(port, settings)
            .await
            .map(drop)
            .expect_err("no port")
    };
    let error = open("/dev/serial/by-id/none", Rs485::On).await;
    assert!(matches!(error, Error::NoSuchPort { .. }), "{error}");
    assert!(error.to_string().contains("this machine has"), "{error}");
    let error = open("/dev/null", Rs485::Auto).await;
    assert!(matches!(error, Error::Open { .. }), "{error}");
    let error = open("127.0.0.1:9", Rs485::Auto).await;
    assert!(matches!(error, Error::Gateway { .. }), "{error}");
    assert!(error.to_string().contains("raw mode"), "{error}");
    let simulator = simulator(bus(&[UNIT])).await;
    let error = open(&simulator.address(), Rs485::On).await;
    assert!(matches!(error, Error::Rs485 { .. }), "{error}");
    assert!(error.to_string().contains(&simulator.address()), "{error}");
    opened(&simulator, listening()).await;
}
