//! What a charger is, and what it tells.

use std::time::{Duration, SystemTime};

use evse::model::{StartStop, Support};
use evse::units::Milliamps;
use evse::{Address, State};
use tokio::time::sleep;

use crate::bench::{Bench, Can, Vehicle, Verdict, charging, until, until_state};

pub(super) async fn its_identity_stays_over_programs(bench: &mut dyn Bench) -> Verdict {
    let before = bench.charger().identity();
    assert_eq!(before.serial(), bench.serial());
    assert_eq!(
        before.key(),
        format!("{}:{}", before.protocol(), bench.serial())
    );
    bench.reconnect().await;
    assert_eq!(bench.charger().identity(), before);
    Verdict::Holds
}

pub(super) async fn its_serial_number_hides(bench: &mut dyn Bench) -> Verdict {
    let charger = bench.charger();
    let snapshot = charger.snapshot();
    let shown = format!(
        "{charger:?} {:?} {}",
        snapshot.identity,
        snapshot.status_text()
    );
    assert!(!shown.contains(bench.serial()), "{shown}");
    let tail = &bench.serial()[bench.serial().len() - 4..];
    assert!(shown.contains(tail), "{shown}");
    Verdict::Holds
}

pub(super) async fn its_address_reads_back(bench: &mut dyn Bench) -> Verdict {
    let address = bench.charger().address().expect("it was found at one");
    let protocol = bench.charger().identity().protocol();
    let text = address.to_string();
    assert!(text.starts_with(&format!("{protocol}://")), "{text}");
    assert_eq!(text.parse::<Address>(), Ok(address));
    Verdict::Holds
}

pub(super) async fn it_says_what_it_is(bench: &mut dyn Bench) -> Verdict {
    let device = bench.charger().device();
    for told in [&device.brand, &device.model, &device.firmware] {
        assert!(
            told.as_ref().is_some_and(|told| !told.is_empty()),
            "{device:?}"
        );
    }
    assert_eq!(device.max_current, Some(Milliamps::from_amps(32)));
    assert!(!bench.charger().name().is_empty());
    Verdict::Holds
}

pub(super) async fn it_says_what_it_can(bench: &mut dyn Bench) -> Verdict {
    let known = charging(bench).await.capabilities();
    let starts = known.start_stop == StartStop::Yes;
    assert_eq!(starts, bench.can(Can::StartAndStop));
    assert_eq!(known.schedule, bench.can(Can::StartLater));
    assert_eq!(known.contactors, bench.can(Can::SwitchContactors));
    assert_eq!(known.live_change, Support::Yes);
    let range = known.current.expect("a range");
    let amps = [range.min, range.max, range.step].map(|current| current.0);
    assert_eq!(amps, [6_000, 32_000, 1_000]);
    Verdict::Holds
}

pub(super) async fn it_tells_what_its_family_tells_and_nothing_else(
    bench: &mut dyn Bench,
) -> Verdict {
    let charger = charging(bench).await;
    let has_vin = bench.can(Can::TellVin);
    let snapshot = until(&charger, "read", |snapshot| {
        let telemetry = &snapshot.telemetry;
        telemetry.vin.is_some() == has_vin && telemetry.voltage[0].is_some()
    })
    .await;
    let telemetry = &snapshot.telemetry;
    let phases = snapshot.capabilities.phases.unwrap_or(1).into();
    for phase in 0..3 {
        let is_there = phase < phases;
        let volts = telemetry.voltage[phase].map(|volts| volts.0);
        assert_eq!(volts.is_some(), is_there, "{telemetry:?}");
        assert!(volts.is_none_or(|volts| (220_000..240_000).contains(&volts)));
        assert_eq!(telemetry.current[phase].is_some(), is_there);
    }
    let counter = telemetry.lifetime_energy.expect("a counter").0;
    assert!((100_000..10_000_000).contains(&counter), "{counter} Wh");
    assert_eq!(telemetry.pilot.is_some(), bench.can(Can::TellPilot));
    let inner = telemetry.temperature.inner.map(|inner| inner.0);
    assert_eq!(inner.is_some(), bench.can(Can::TellTemperature));
    assert!(inner.is_none_or(|tenths| (200..400).contains(&tenths)));
    Verdict::Holds
}

pub(super) async fn energy_of_today_is_absent_before_a_midnight(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    assert_eq!(charger.telemetry().today_energy, None);
    Verdict::Holds
}

pub(super) async fn a_refresh_brings_newer_readings(bench: &mut dyn Bench) -> Verdict {
    let charger = bench.charger();
    let before = charger.last_update().expect("it was read");
    sleep(Duration::from_millis(1_500)).await;
    let asked = SystemTime::now();
    let done = charger.refresh().await.expect("it answers");
    assert!(done.completion.is_confirmed() && done.warnings.is_empty());
    let after = charger.last_update().expect("it was read");
    // Times are counted back from ages.
    assert!(after + Duration::from_millis(50) > asked && after > before);
    assert!(after <= SystemTime::now());
    Verdict::Holds
}

pub(super) async fn it_has_texts_for_people(bench: &mut dyn Bench) -> Verdict {
    let snapshot = bench.charger().snapshot();
    assert_eq!(snapshot.state_summary(), "available, no vehicle");
    assert_eq!(snapshot.status_text(), "available");
    let charger = charging(bench).await;
    let snapshot = until(&charger, "with a limit", |snapshot| {
        snapshot.telemetry.limit.effective.is_some()
    })
    .await;
    assert_eq!(snapshot.state_summary(), "charging, vehicle connected");
    let text = snapshot.status_text();
    assert!(
        text.starts_with("charging, ") && text.contains(" W, limit "),
        "{text}"
    );
    assert!(snapshot.phase_summary().starts_with("L1 2"));
    assert!(snapshot.limits_text().ends_with(" A"));
    bench.vehicle(Vehicle::Unplugs);
    until_state(&charger, State::Available).await;
    Verdict::Holds
}
