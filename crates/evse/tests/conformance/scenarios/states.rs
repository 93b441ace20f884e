//! What a charger does, and how that is told.

use std::time::{Duration, SystemTime};

use evse::model::ProtocolEvent;
use evse::{EventKind, Protocol, State};

use crate::bench::{Bench, Can, Vehicle, Verdict, charging, next, next_state, until, until_state};

pub(super) async fn without_a_vehicle_it_is_available(bench: &mut dyn Bench) -> Verdict {
    let snapshot = until_state(bench.charger(), State::Available).await;
    assert_eq!(snapshot.iec_letter(), Some('A'));
    assert_eq!(snapshot.is_vehicle_connected(), Some(false));
    assert_eq!(snapshot.is_auth_ok(), Some(true));
    assert!(snapshot.is_connected() && !snapshot.is_on() && snapshot.faults.is_empty());
    assert_eq!(snapshot.session_duration(), None);
    Verdict::Holds
}

pub(super) async fn a_vehicle_is_seen_when_it_plugs_in(bench: &mut dyn Bench) -> Verdict {
    let charger = bench.charger();
    until_state(charger, State::Available).await;
    let mut events = charger.events();
    bench.vehicle(Vehicle::PlugsIn);
    let event = next(&mut events, |kind| matches!(kind, EventKind::State { .. })).await;
    let (from, to) = (State::Available, State::Connected);
    assert_eq!(event.kind, EventKind::State { from, to });
    assert_eq!(to.iec_letter(Some(true)), Some('B'));
    until(charger, "plugged in", |snapshot| {
        snapshot.is_vehicle_connected() == Some(true)
    })
    .await;
    Verdict::Holds
}

pub(super) async fn a_charge_is_seen(bench: &mut dyn Bench) -> Verdict {
    let mut events = bench.charger().events();
    let charger = charging(bench).await;
    next_state(&mut events, State::Charging).await;
    let snapshot = until(&charger, "as the meter says", |snapshot| {
        let seen =
            snapshot.telemetry.current[0].map_or(0.0, |current| f64::from(current.0) / 1_000.0);
        seen > 5.0 && (seen - bench.current_a()).abs() < 1.0
    })
    .await;
    assert_eq!(snapshot.iec_letter(), Some('C'));
    assert!(snapshot.is_charging() && snapshot.is_on());
    assert_eq!(snapshot.is_vehicle_connected(), Some(true));
    let telemetry = &snapshot.telemetry;
    let phases = telemetry.voltage.into_iter().zip(telemetry.current);
    let product = |(volts, amps): (Option<_>, Option<_>)| {
        let (volts, amps): (evse::units::Millivolts, evse::units::Milliamps) = (volts?, amps?);
        Some(f64::from(volts.0) * f64::from(amps.0) / 1e6)
    };
    let expected: f64 = phases.filter_map(product).sum();
    let power = f64::from(telemetry.power.expect("measured").0);
    assert!(
        (power - expected).abs() < 0.15 * expected,
        "{power} W, not {expected}"
    );
    Verdict::Holds
}

pub(super) async fn a_charge_counts_energy_and_time(bench: &mut dyn Bench) -> Verdict {
    let begin = SystemTime::now();
    let mut events = bench.charger().events();
    let charger = charging(bench).await;
    let snapshot = until(&charger, "counting", |snapshot| {
        let energy = snapshot.telemetry.session_energy;
        let length = snapshot.session_duration();
        energy.is_some_and(|energy| energy.0 > 0) && length.is_some_and(|length| !length.is_zero())
    })
    .await;
    let energy = snapshot.telemetry.session_energy.expect("counted").0;
    assert!(energy < 2_000, "{energy} Wh in seconds");
    let session = snapshot.telemetry.session.expect("it runs");
    let started = session.started_at.expect("it began");
    // Its clock shows whole seconds, and a simulated one may run twice as fast.
    assert!(started + Duration::from_secs(2) > begin);
    assert!(started < SystemTime::now() + Duration::from_mins(2));
    next(&mut events, |kind| *kind == EventKind::SessionStarted).await;
    Verdict::Holds
}

pub(super) async fn a_vehicle_that_pauses_suspends_the_session(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let mut events = charger.events();
    bench.vehicle(Vehicle::Pauses);
    next_state(&mut events, State::SuspendedByVehicle).await;
    let snapshot = charger.snapshot();
    assert_eq!(snapshot.iec_letter(), Some('B'));
    assert!(snapshot.is_on() && !snapshot.is_charging());
    Verdict::Holds
}

pub(super) async fn a_full_battery_ends_the_charge(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let mut events = charger.events();
    bench.vehicle(Vehicle::IsFull);
    if !bench.can(Can::Finish) {
        // It looks like a pause, and nothing else is said.
        next_state(&mut events, State::SuspendedByVehicle).await;
        return Verdict::SaysNo;
    }
    next(&mut events, |kind| *kind == EventKind::SessionEnded).await;
    let snapshot = charger.snapshot();
    assert_eq!(snapshot.state, State::Finished);
    assert_eq!(snapshot.iec_letter(), Some('B'));
    assert!(!snapshot.is_on());
    assert_eq!(snapshot.is_vehicle_connected(), Some(true));
    Verdict::Holds
}

pub(super) async fn an_unplugged_vehicle_ends_the_session(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    until(&charger, "with power", |snapshot| {
        snapshot.telemetry.power.is_some_and(|power| power.0 > 0)
    })
    .await;
    let mut events = charger.events();
    bench.vehicle(Vehicle::Unplugs);
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let is_told = |kind: &EventKind| {
            let is_over = matches!(
                kind,
                EventKind::State {
                    to: State::Available,
                    ..
                }
            );
            is_over || *kind == EventKind::SessionEnded
        };
        ended.push(next(&mut events, is_told).await.kind);
    }
    assert_ne!(ended[0], ended[1], "each is told once");
    let snapshot = until(&charger, "alone", |snapshot| {
        snapshot.is_vehicle_connected() == Some(false)
    })
    .await;
    assert_eq!(snapshot.iec_letter(), Some('A'));
    assert_eq!(snapshot.session_duration(), None);
    let power = snapshot.telemetry.power.unwrap_or_default();
    assert_eq!(power.0, 0, "a meter read before is not told any more");
    Verdict::Holds
}

pub(super) async fn a_fault_is_told_and_its_end_too(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let mut events = charger.events();
    bench.set_faulty(true);
    next_state(&mut events, State::Fault).await;
    let is_told =
        |kind: &EventKind| matches!(kind, EventKind::Faults(faults) if !faults.is_empty());
    if charger.faults().is_empty() {
        next(&mut events, is_told).await;
    }
    let snapshot = charger.snapshot();
    assert_eq!(snapshot.iec_letter(), Some('F'));
    let [fault] = &snapshot.faults[..] else {
        panic!("not one fault: {:?}", snapshot.faults);
    };
    let name = if bench.can(Can::StartAndStop) {
        "over_voltage"
    } else {
        "error"
    };
    assert_eq!(fault.name, name);
    assert!(snapshot.status_text().contains(&*fault.text));
    bench.set_faulty(false);
    next(&mut events, |kind| *kind == EventKind::Faults(Vec::new())).await;
    until(&charger, "sound", |snapshot| snapshot.state != State::Fault).await;
    assert_eq!(charger.faults(), []);
    Verdict::Holds
}

pub(super) async fn events_name_the_charger_and_carry_its_own_words(
    bench: &mut dyn Bench,
) -> Verdict {
    let mut events = bench.charger().events();
    let mut last = SystemTime::now();
    let charger = charging(bench).await;
    let (mut readings, mut own) = (0, 0);
    while readings < 3 {
        let event = next(&mut events, |_| true).await;
        assert_eq!(event.identity, charger.identity());
        assert!(event.at + Duration::from_millis(10) > last, "in order");
        last = event.at;
        readings += u32::from(event.kind == EventKind::Telemetry);
        assert_ne!(event.kind.name(), "missed");
        if let Some(words) = &event.protocol {
            own += 1;
            let protocol = match words {
                ProtocolEvent::Duosida(_) => Protocol::Duosida,
                ProtocolEvent::Em(_) => Protocol::Em,
                ProtocolEvent::Twc(_) => Protocol::Twc,
                other => panic!("whose is {other:?}?"),
            };
            assert_eq!(protocol, charger.identity().protocol());
        }
    }
    assert!(own > 0);
    Verdict::Holds
}
