//! Against simulated units on a real pty and a real TCP port.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::sim::{
    OTHER, UNIT, VIN, assert_no_violations, bus, bus_event, charging, config, gateway, linked,
    listening, opened, simulator, soon, until,
};
use evse_sim::twc::{ForeignController, Peripheral as Simulated};
use twc_director::{
    Error, MessageLog, Sender, Tap,
    proto::{
        frame::Decoder,
        message::{Message, PeripheralState},
        session::{Event, LifeCycle, Reply, RequestError, Silence, State},
    },
};

#[tokio::test]
async fn units_are_found_read_and_told_of() {
    let simulator = simulator(bus(&[UNIT, OTHER])).await;
    let director = opened(&simulator, config()).await;
    assert_eq!(director.state(), State::Listening);
    let mut events = director.events();
    let mut new = Vec::new();
    for _ in 0..2 {
        let unit = bus_event(&mut events, |event| match event {
            Event::NewDevice { unit } => Some(unit),
            _ => None,
        });
        new.push(unit.await);
    }
    new.sort();
    assert_eq!(new, [OTHER, UNIT]);
    let ids: Vec<_> = director
        .peripherals()
        .iter()
        .map(twc_director::Peripheral::address)
        .collect();
    assert_eq!(ids, [OTHER, UNIT]);
    let unit = director.peripheral(UNIT).expect("known");
    assert_eq!(unit.life(), Some(LifeCycle::Initialised));
    assert_eq!(
        unit.serial().map(|serial| serial.to_string()).as_deref(),
        Some("A17A0003495")
    );
    assert_eq!(
        unit.version().map(|version| version.to_string()).as_deref(),
        Some("4.5.10.2")
    );
    assert_eq!(unit.state(), Some(PeripheralState::Ready));
    assert_eq!(unit.maximum_current_ca(), Some(3_200));
    assert_eq!(
        (unit.current_available_ca(), unit.restart_count()),
        (Some(0), 0)
    );
    assert!(unit.silent_for().expect("heard") < Duration::from_secs(5));
    assert_eq!(director.state(), State::Running);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_car_comes_charges_within_its_share_and_goes() {
    let simulator = simulator(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    let mut events = director.events();
    let unit = charging(&director, &simulator, 0).await;
    assert_eq!(unit.last_vehicle_state(), Some(PeripheralState::Charging));
    let share = unit.share().expect("ours");
    assert!(
        share.granted_a >= Some(6) && share.granted_a <= Some(32),
        "{share:?}"
    );
    let vin = bus_event(&mut events, |event| match event {
        Event::CarConnected { unit: UNIT, vin } => Some(vin),
        _ => None,
    });
    let vin = vin.await.expect("it came");
    assert_eq!(vin.expose(), VIN);
    until(&director, &unit, |unit| {
        unit.meter.is_some() && unit.plug.is_some()
    })
    .await;
    assert!(unit.energy_wh() >= Some(1_234_000));
    assert_eq!(unit.is_vehicle_present(), Some(true));
    assert_eq!((unit.vin(), unit.is_car_connected()), (Some(vin), true));
    simulator.peripheral(0, Simulated::unplug);
    let gone = bus_event(&mut events, |event| match event {
        Event::CarConnected { unit: UNIT, vin } => Some(vin),
        _ => None,
    });
    assert_eq!(gone.await, None);
    assert!(!unit.is_car_connected() && unit.vin().is_none());
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn commands_say_what_was_asked_granted_and_accepted() {
    let simulator = simulator(bus(&[UNIT])).await;
    let mut settings = config();
    settings.session.limit_a = 16;
    let director = opened(&simulator, settings).await;
    let unit = linked(&director, UNIT).await;
    let error = unit.increase().await.expect_err("no car");
    assert!(
        matches!(
            error,
            Error::NotSent {
                source: RequestError::NotCharging(UNIT)
            }
        ),
        "{error}"
    );
    let stored = soon(unit.set_initial_current(Some(10)))
        .await
        .expect("kept");
    assert!(
        matches!(
            stored,
            Reply::Stored {
                asked_a: Some(10),
                ..
            }
        ),
        "{stored:?}"
    );

    charging(&director, &simulator, 0).await;
    assert_eq!(unit.default_current_ca(), Some(1_000));
    let limited = soon(unit.set_session_current(Some(8)))
        .await
        .expect("taken");
    assert!(
        matches!(
            limited,
            Reply::Limited {
                asked_a: Some(8),
                granted_a: 8,
                accepted: true,
                ..
            }
        ),
        "{limited:?}"
    );
    assert_eq!(unit.current_available_ca(), Some(800));
    let stepped = soon(unit.increase()).await.expect("there is room");
    assert!(
        matches!(
            stepped,
            Reply::Stepped {
                before_ca: 800,
                accepted: true,
                ..
            }
        ),
        "{stepped:?}"
    );
    let much = soon(unit.set_session_current(Some(32)))
        .await
        .expect("taken");
    assert!(
        matches!(much, Reply::Limited { granted_a: 16, .. }),
        "{much:?}"
    );
    let error = unit
        .set_session_current(Some(3))
        .await
        .expect_err("too little");
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    let opened = soon(unit.open_contactors()).await.expect("acknowledged");
    assert_eq!(opened, Reply::Acknowledged);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_budget_lowers_what_is_shared_and_ends_by_itself() {
    let simulator = simulator(bus(&[UNIT])).await;
    let mut settings = config();
    settings.session.safe_limit_a = 7;
    let director = opened(&simulator, settings).await;
    let unit = charging(&director, &simulator, 0).await;
    let mut events = director.events();
    director.set_budget(Some((9, Duration::from_secs(8))));
    until(&director, &unit, |unit| unit.available_ca == Some(900)).await;
    let shared = bus_event(&mut events, |event| match event {
        Event::BudgetExpired { limit_a } => Some(limit_a),
        _ => None,
    });
    assert_eq!(shared.await, 7);
    until(&director, &unit, |unit| unit.available_ca == Some(700)).await;
    director.set_budget(None);
    director.set_limit_a(12);
    director.set_unit_max_a(UNIT, Some(10));
    until(&director, &unit, |unit| unit.available_ca == Some(1_000)).await;
    assert_no_violations(&simulator);
}

/// Who sent what.
type Seen = Arc<Mutex<Vec<(Sender, Vec<u8>)>>>;

fn recording_tap() -> (Tap, Seen) {
    let seen = Seen::default();
    let writer = seen.clone();
    let tap = Tap::new(move |traffic| {
        let mut seen = writer.lock().expect("not poisoned");
        seen.push((traffic.sender, traffic.bytes.to_vec()));
    });
    (tap, seen)
}

#[tokio::test]
async fn a_listener_sees_what_another_controller_does_and_sends_nothing() {
    let mut bus = bus(&[UNIT]);
    bus.has_controller = true;
    let simulator = simulator(bus).await;
    let (tap, seen) = recording_tap();
    let mut settings = listening();
    settings.tap = Some(tap);
    let director = opened(&simulator, settings).await;
    let unit = charging(&director, &simulator, 0).await;
    let controller =
        simulator.bus(|bus, _| bus.controller().map(ForeignController::config).copied());
    let controller = controller.expect("it is there");
    let foreign = director.controllers();
    assert_eq!(foreign.len(), 1, "{foreign:?}");
    assert_eq!(foreign[0].address, controller.id);
    assert_eq!(director.state(), State::ListenOnly(Silence::Configured));
    assert!(unit.share().is_none());
    until(&director, &unit, |unit| unit.vin().is_some()).await;
    let error = unit
        .set_session_current(Some(8))
        .await
        .expect_err("it only listens");
    assert!(
        matches!(
            error,
            Error::NotSent {
                source: RequestError::ListenOnly
            }
        ),
        "{error}"
    );
    assert_eq!(director.shutdown().await.units, []);
    let seen = seen.lock().expect("not poisoned");
    assert!(!seen.is_empty() && seen.iter().all(|(sender, _)| *sender == Sender::Bus));
    assert_eq!(director.counters().sent, 0);
}

#[tokio::test]
async fn a_controller_that_appears_silences_this_one() {
    let simulator = simulator(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    let unit = linked(&director, UNIT).await;
    let mut events = director.events();
    simulator.bus(|bus, now| bus.set_controller(now, true));
    let controller = bus_event(&mut events, |event| match event {
        Event::ForeignController { controller } => Some(controller),
        _ => None,
    })
    .await;
    assert_eq!(
        director.state(),
        State::ListenOnly(Silence::ForeignController(controller))
    );
    let error = unit
        .set_session_current(Some(8))
        .await
        .expect_err("it runs the bus");
    assert!(
        error.to_string().contains(&controller.to_string()),
        "{error}"
    );
    let sent = director.counters().sent;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(director.counters().sent, sent);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_gateway_carries_the_bus_as_well() {
    let simulator = gateway(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    assert!(director.port().is_gateway());
    let unit = charging(&director, &simulator, 0).await;
    let limited = soon(unit.set_session_current(Some(9)))
        .await
        .expect("taken");
    assert!(
        matches!(
            limited,
            Reply::Limited {
                granted_a: 9,
                accepted: true,
                ..
            }
        ),
        "{limited:?}"
    );
    assert_no_violations(&simulator);
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_and_tap_hold_every_frame_both_ways() {
    let mut bus = bus(&[UNIT]);
    bus.echo = true;
    let simulator = simulator(bus).await;
    let text = Text::default();
    let (tap, seen) = recording_tap();
    let mut settings = config();
    settings.log = Some(MessageLog::new(text.clone()));
    settings.tap = Some(tap);
    let director = opened(&simulator, settings).await;
    let unit = linked(&director, UNIT).await;
    until(&director, &unit, |unit| unit.serial.is_some()).await;
    soon(director.shutdown()).await;
    let seen = seen.lock().expect("not poisoned");
    let frames = |wanted| {
        let mut decoder = Decoder::new();
        let bytes = seen.iter().filter(|(sender, _)| *sender == wanted);
        let items = bytes.flat_map(|(_, bytes)| decoder.push(bytes).collect::<Vec<_>>());
        items
            .flatten()
            .map(|frame| Message::decode(&frame))
            .collect::<Vec<_>>()
    };
    let (sent, heard) = (frames(Sender::Director), frames(Sender::Bus));
    let log = String::from_utf8(text.0.lock().expect("not poisoned").clone()).expect("ASCII");
    assert_eq!(log.lines().count(), sent.len() + heard.len());
    let counters = director.counters();
    assert_eq!(counters.sent, sent.len() as u64);
    assert_eq!(counters.echoes + counters.frames, heard.len() as u64);
    assert!(counters.echoes > 0 && director.controllers().is_empty());
    for expected in [
        "|controller_announce, session ",
        "|heartbeat to 3495: none|",
        "|asks 3495 for serial|",
        "Sender: 0x3495, Command: 0xED",
        "|serial A17A0003495|",
    ] {
        assert!(log.contains(expected), "no {expected} in:\n{log}");
    }
}
