//! What a bus tells its listeners, whoever controls it and however bad its line is.

use std::{collections::BTreeSet, time::Duration};

use crate::sim::{
    UNIT, VIN, assert_no_violations, bus, bus_event, config, fast, gateway, linked, listening,
    opened, simulator, soon, until,
};
use evse_sim::{
    DelayRange,
    faults::{FaultSpec, twc::Fault},
    shell::twc::Simulator,
    twc::{Peripheral as Simulated, PeripheralConfig},
};
use twc_director::{
    Director,
    proto::{
        frame::FrameErrorKind,
        session::{self, LifeCycle, Sender},
    },
};

/// A car comes, charges for a while, goes, and comes again; what was told meanwhile.
async fn visits(director: &Director, simulator: &Simulator) -> Vec<session::Event> {
    let mut events = director.events();
    let (mut told, mut vins) = (Vec::new(), Vec::new());
    let unit = linked(director, UNIT).await;
    simulator.peripheral(0, Simulated::plug_in);
    while vins.len() < 3 {
        let event = bus_event(&mut events, Some).await;
        told.push(event);
        let session::Event::CarConnected { unit: UNIT, vin } = event else {
            continue;
        };
        vins.push(vin.map(|vin| vin.expose().to_owned()));
        if vins.len() == 1 {
            until(director, &unit, |unit| {
                unit.life == LifeCycle::Initialised && unit.is_charging() && unit.meter.is_some()
            })
            .await;
            // All is read again meanwhile.
            tokio::time::sleep(Duration::from_secs(13)).await;
            simulator.peripheral(0, Simulated::unplug);
        } else if vin.is_none() {
            simulator.peripheral(0, Simulated::plug_in);
        }
    }
    let vin = || Some(VIN.to_owned());
    assert_eq!(vins, [vin(), None, vin()]);
    told
}

/// Every event once, and every command decoded.
fn assert_complete(told: &[session::Event], commands: &[&str]) {
    let is_new =
        |event: &&session::Event| matches!(event, session::Event::NewDevice { unit: UNIT });
    assert_eq!(told.iter().filter(is_new).count(), 1);
    let mut last = None;
    for event in told {
        if let session::Event::StateChanged { before, now, .. } = *event {
            assert!(before == last && Some(now) != before, "{before:?} {now:?}");
            last = Some(now);
        }
    }
    assert!(last.is_some());
    let kinds: BTreeSet<_> = told
        .iter()
        .filter_map(|event| match event {
            session::Event::Frame {
                from: Sender::Peripheral(UNIT),
                message,
            } => Some(message.kind()),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, commands.iter().copied().collect());
}

#[tokio::test]
async fn a_life_is_told_once_and_in_order() {
    let simulator = fast(bus(&[UNIT])).await;
    let director = opened(&simulator, config()).await;
    let told = visits(&director, &simulator).await;
    let commands = [
        "meter",
        "peripheral_heartbeat",
        "peripheral_presence",
        "plug_state",
        "serial",
        "version",
        "vin_part",
    ];
    assert_complete(&told, &commands);

    let unit = linked(&director, UNIT).await;
    let mut events = director.events();
    simulator.peripheral(0, Simulated::switch_off);
    let is_lost = |event| matches!(event, session::Event::Lost { unit: UNIT }).then_some(());
    bus_event(&mut events, is_lost).await;
    assert_eq!(unit.life(), Some(LifeCycle::Lost));
    assert_eq!(
        unit.vin().map(|vin| vin.expose().to_owned()).as_deref(),
        Some(VIN)
    );
    // A restart shows in the unit's presence, which a unit that is asked first does not send. So wait until it was asked,
    // three times within a second: it is not again for 10 s.
    let sent = director.counters().sent;
    let asked = async {
        while director.counters().sent == sent {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(asked).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    simulator.peripheral(0, Simulated::restart);
    let back = async |events: &mut _| {
        bus_event(events, |event| match event {
            session::Event::Returned { .. } | session::Event::Restarted { .. } => Some(event),
            session::Event::NewDevice { .. } => unreachable!("it is known"),
            _ => None,
        })
        .await
    };
    let mut two = [back(&mut events).await, back(&mut events).await];
    two.sort_by_key(|event| matches!(event, session::Event::Restarted { .. }));
    let expected = [
        session::Event::Returned { unit: UNIT },
        session::Event::Restarted {
            unit: UNIT,
            count: 1,
        },
    ];
    assert_eq!((two, unit.restart_count()), (expected, 1));
    until(&director, &unit, |unit| unit.life == LifeCycle::Initialised).await;
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_listener_is_told_the_same() {
    let mut bus = bus(&[UNIT]);
    bus.has_controller = true;
    let simulator = fast(bus).await;
    let director = opened(&simulator, listening()).await;
    let told = visits(&director, &simulator).await;
    let commands = [
        "meter",
        "peripheral_heartbeat",
        "peripheral_presence",
        "serial",
        "version",
        "vin_part",
    ];
    assert_complete(&told, &commands);
    assert_eq!(director.counters().sent, 0);
}

#[tokio::test]
async fn a_bad_line_is_told_of_and_costs_frames_only() {
    let mut bus = bus(&[UNIT]);
    bus.faults = [
        (Fault::Corrupt, 0.1),
        (Fault::Garbage, 0.1),
        (Fault::Fragment, 0.3),
    ]
    .map(|(fault, probability)| FaultSpec::often(fault, probability))
    .into();
    let simulator = simulator(bus).await;
    let director = opened(&simulator, config()).await;
    let mut events = director.events();
    let unit = linked(&director, UNIT).await;
    let kind = bus_event(&mut events, |event| match event {
        session::Event::LineError { kind, .. } => Some(kind),
        _ => None,
    });
    assert_ne!(kind.await, FrameErrorKind::Type);
    simulator.peripheral(0, Simulated::plug_in);
    until(&director, &unit, |unit| {
        unit.life == LifeCycle::Initialised && unit.is_charging()
    })
    .await;
    let counters = director.counters();
    assert!(
        counters.errors > 0 && counters.frames > counters.errors,
        "{counters:?}"
    );
}

#[tokio::test]
async fn answers_that_a_network_delays_are_awaited_behind_a_gateway() {
    let mut bus = bus(&[]);
    bus.peripherals = vec![PeripheralConfig {
        reply_delay: DelayRange::from_millis(310, 330),
        ..PeripheralConfig::new(UNIT, twc_director::proto::message::ProtocolVersion::V2)
    }];
    let simulator = gateway(bus).await;
    let director = opened(&simulator, config()).await;
    let unit = linked(&director, UNIT).await;
    until(&director, &unit, |unit| unit.life == LifeCycle::Initialised).await;
    assert_eq!(director.counters().missed, 0);
    assert_no_violations(&simulator);
}
