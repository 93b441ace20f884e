//! Guarded Tesla Gen2 units against a simulated bus on a real pty.

use std::time::Duration;

use crate::twc_bus::{Bench, PATIENCE, config, soon, unit};
use evse::adapter::NO_STATUS;
use evse::twc::Error as TwcError;
use evse::twc::proto::message::PeripheralState;
use evse::twc::proto::message::ProtocolVersion::{V1, V2};
use evse::twc::proto::session::{LifeCycle, Peripheral as Unit, RequestError, RequestFailure};
use evse::{Error, ErrorKind, Identity, Protocol, State, Warning};
use evse_sim::twc::{BusConfig, Car, Peripheral as Simulated, PeripheralConfig};

#[tokio::test]
async fn a_state_is_shown_for_every_row_that_a_unit_can_bring_about() {
    let bench = Bench::new(unit(V2)).await;
    let guarded = bench.guarded(PATIENCE).await;
    assert_eq!(
        guarded.identity(),
        &Identity::new(Protocol::Twc, "A17A0003495")
    );
    bench.until(&guarded, State::Available).await;
    bench.simulator.peripheral(0, Simulated::plug_in);
    bench.until(&guarded, State::Connected).await;
    assert_eq!(guarded.state().iec_letter(Some(true)), Some('B'));
    bench.until(&guarded, State::Charging).await;

    // State 07 hides what the vehicle does.
    soon(guarded.unit().decrease()).await.expect("it charges");
    let hides = |unit: &Unit| unit.state == Some(PeripheralState::Decreasing);
    assert_eq!(guarded.unit().read(hides), Some(true));
    assert_eq!(guarded.state(), State::Charging);
    bench
        .until_unit(|unit| unit.state == Some(PeripheralState::Charging))
        .await;

    bench
        .simulator
        .peripheral(0, |unit, _| unit.vehicle_mut().set_state_of_charge(1.0));
    bench.until(&guarded, State::SuspendedByVehicle).await;
    assert_eq!(guarded.unit().read(|unit| unit.has_charged), Some(true));
    // Then it sleeps with the cable in it.
    bench.until(&guarded, State::Connected).await;
    assert_eq!(guarded.unit().is_vehicle_present(), Some(true));
    bench.simulator.peripheral(0, Simulated::unplug);
    bench.until(&guarded, State::Available).await;
    assert_eq!(guarded.unit().read(|unit| unit.has_charged), Some(false));
    bench.assert_no_violations();
}

#[tokio::test]
async fn a_unit_that_was_without_its_controller_is_at_fault_and_a_silent_one_is_offline() {
    let impatient = PeripheralConfig {
        controller_timeout: Duration::from_secs(12),
        ..unit(V2)
    };
    let bench = Bench::new(impatient).await;
    let guarded = bench.guarded(PATIENCE).await;
    bench.simulator.bus(|bus, _| bus.set_adapter(false));
    // By then it has given its controller up.
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.simulator.bus(|bus, _| bus.set_adapter(true));
    bench.until(&guarded, State::Fault).await;
    bench.until(&guarded, State::Available).await;
    bench.simulator.peripheral(0, Simulated::switch_off);
    bench.until(&guarded, State::Offline).await;
    assert_eq!(guarded.unit().life(), Some(LifeCycle::Lost));
    let error = guarded
        .open_contactors()
        .await
        .expect_err("nobody hears it");
    // It was sent all the same.
    assert_eq!(error.kind(), ErrorKind::Unconfirmed, "{error}");
    bench.assert_no_violations();
}

#[tokio::test]
async fn contactors_open_at_once_and_close_a_minute_later_in_every_process() {
    let plain = PeripheralConfig {
        car: Car::Other,
        ..unit(V2)
    };
    let bench = Bench::new(plain).await;
    let first = bench.guarded(PATIENCE).await;
    bench.simulator.peripheral(0, Simulated::plug_in);
    bench.until(&first, State::Charging).await;
    let (one, repeat) = tokio::join!(first.open_contactors(), first.open_contactors());
    let one = one.expect("acknowledged");
    assert!(one.completion.is_some() && one.warnings.is_empty());
    assert!(repeat.expect("the same").completion.is_none());
    assert!(!bench.are_contactors_closed());
    bench.until(&first, State::SuspendedByCharger).await;

    // Another process knows it by the state file alone.
    let second = bench.guarded(PATIENCE).await;
    for guarded in [&first, &second] {
        let error = guarded.close_contactors(false).await.expect_err("too soon");
        let Error::HeldBack(refusal) = &error else {
            unreachable!("{error}");
        };
        assert!((50..=60).contains(&refusal.wait_seconds()), "{error}");
    }
    assert!(!bench.are_contactors_closed());
    let done = second.close_contactors(true).await.expect("forced");
    assert!(done.warnings.is_empty());
    bench.until(&second, State::Charging).await;
    assert!(bench.remembered(&second).unconfirmed_start().is_none());

    // To close them starts the minute anew, and never keeps them from being opened, by whichever process.
    let error = first.close_contactors(false).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    let done = first.open_contactors().await.expect("never refused");
    assert!(done.completion.is_some());
    bench.assert_no_violations();
}

#[tokio::test]
async fn a_damaged_state_file_costs_a_warning_to_open_and_force_to_close() {
    let bench = Bench::new(unit(V2)).await;
    let guarded = bench.guarded(PATIENCE).await;
    std::fs::write(bench.store().path(), "{").expect("written");
    let done = guarded.open_contactors().await.expect("never refused");
    assert!(done.completion.is_some());
    assert!(matches!(*done.warnings, [Warning::State(_)]));
    let error = guarded
        .close_contactors(false)
        .await
        .expect_err("nobody can tell");
    assert_eq!(error.kind(), ErrorKind::StateFile);
    let done = guarded.close_contactors(true).await.expect("forced");
    assert!(matches!(*done.warnings, [Warning::State(_)]));
    assert!(bench.are_contactors_closed());
}

#[tokio::test]
async fn old_firmware_goes_by_its_id_and_confirms_no_contactors() {
    let bench = Bench::new(unit(V1)).await;
    bench
        .director
        .wait_for(None, PATIENCE)
        .await
        .expect("it is there");
    let guarded = bench.guarded(Duration::from_secs(1)).await;
    assert_eq!(guarded.identity(), &Identity::new(Protocol::Twc, "3495"));
    for _ in 0..2 {
        // One that was not confirmed is not merged.
        let error = soon(guarded.open_contactors())
            .await
            .expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Unconfirmed, "{error}");
    }
    let remembered = bench.remembered(&guarded);
    assert!(remembered.last_stop_unix_ms.is_some() && !remembered.last_stop_confirmed);
    let error = guarded
        .close_contactors(false)
        .await
        .expect_err("they may be open");
    assert_eq!(error.kind(), ErrorKind::HeldBack, "{error}");
    let error = soon(guarded.close_contactors(true))
        .await
        .expect_err("no answer");
    let Error::Twc(TwcError::Failed { source, .. }) = &error else {
        unreachable!("{error}");
    };
    assert_eq!(*source, RequestFailure::OutcomeUnknown);
    assert!(bench.remembered(&guarded).unconfirmed_start().is_some());
}

#[tokio::test]
async fn beside_another_controller_nothing_is_sent_and_so_nothing_held_back() {
    let mut bus = BusConfig::new(1, vec![unit(V2)]);
    bus.has_controller = true;
    let bench = Bench::with(bus, config()).await;
    let guarded = bench.guarded(PATIENCE).await;
    // Read from what the unit answers to the other one.
    assert_eq!(guarded.identity().serial(), "A17A0003495");
    bench.simulator.peripheral(0, Simulated::plug_in);
    bench.until(&guarded, State::Charging).await;
    let is_foreign = |error: &Error| {
        let foreign = matches!(
            error,
            Error::Twc(TwcError::NotSent {
                source: RequestError::ForeignController(_)
            })
        );
        foreign && error.kind() == ErrorKind::Refused
    };
    for _ in 0..2 {
        let error = guarded
            .close_contactors(false)
            .await
            .expect_err("it runs the bus");
        assert!(is_foreign(&error), "{error}");
    }
    let remembered = bench.remembered(&guarded);
    assert_eq!(
        (
            remembered.last_start_unix_ms,
            remembered.unconfirmed_start()
        ),
        (None, None)
    );
    let error = guarded
        .open_contactors()
        .await
        .expect_err("it runs the bus");
    assert!(is_foreign(&error), "{error}");
    assert!(bench.are_contactors_closed());
    assert_eq!(bench.director.counters().sent, 0);
}

#[tokio::test]
async fn a_unit_that_answers_nobody_has_no_status_yet() {
    let mut listening = config();
    listening.session.listen_only = true;
    let bench = Bench::with(BusConfig::new(1, vec![unit(V2)]), listening).await;
    let guarded = bench.guarded(Duration::ZERO).await;
    assert_eq!(guarded.state(), State::Unknown(NO_STATUS));
    let error = guarded
        .open_contactors()
        .await
        .expect_err("it only listens");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert_eq!(bench.director.counters().sent, 0);
}
