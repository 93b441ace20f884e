//! Starting, stopping and what else a charger can be told.

use std::time::{Duration, SystemTime};

use evse::guard::Refusal;
use evse::units::WattHours;
use evse::{Charger, Command, Effect, Error, ErrorKind, StartOptions, State};

use crate::bench::{
    Bench, Can, Vehicle, Verdict, charging, refused_at_once, says_no, until_state, with_current,
};

/// A plugged charger that can be started; none where that cannot be.
async fn plugged(bench: &dyn Bench) -> Option<Charger> {
    if !bench.can(Can::StartAndStop) {
        return None;
    }
    bench.vehicle(Vehicle::PlugsIn);
    until_state(bench.charger(), State::Connected).await;
    Some(bench.charger().clone())
}

fn start() -> Command {
    Command::Start(StartOptions::default())
}

pub(super) async fn a_start_is_confirmed_by_the_charger(bench: &mut dyn Bench) -> Verdict {
    let Some(charger) = plugged(bench).await else {
        return says_no(bench, start());
    };
    let done = charger
        .start(with_current(10_000))
        .await
        .expect("it starts");
    assert_eq!(done.completion, Effect::Confirmed);
    assert!(done.warnings.is_empty(), "{:?}", done.warnings);
    assert!(charger.snapshot().is_on());
    until_state(&charger, State::Charging).await;
    Verdict::Holds
}

pub(super) async fn a_stop_is_confirmed_by_the_charger(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, Command::Stop);
    }
    let done = charger.stop().await.expect("it stops");
    assert_eq!(done.completion, Effect::Confirmed);
    assert!(!charger.snapshot().is_on());
    assert!(bench.current_a() < 0.1);
    Verdict::Holds
}

/// What ends the flow of power: a stop, or on a bus without one the contactors.
fn ends(bench: &dyn Bench) -> (Command, Command) {
    if bench.can(Can::StartAndStop) {
        (Command::Stop, start())
    } else {
        (Command::OpenContactors, Command::CloseContactors)
    }
}

pub(super) async fn a_repeated_stop_is_merged(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let (stop, _) = ends(bench);
    let (first, second) =
        tokio::join!(charger.execute(stop.clone()), charger.execute(stop.clone()));
    let effects = [first, second].map(|done| done.expect("never refused").completion);
    assert!(effects.contains(&Effect::Merged), "{effects:?}");
    assert!(effects.contains(&Effect::Confirmed), "{effects:?}");
    Verdict::Holds
}

pub(super) async fn a_start_after_a_stop_says_how_long_to_wait(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let (stop, start) = ends(bench);
    charger.execute(stop).await.expect("it stops");
    let before = bench.orders();
    let error = charger.execute(start).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack, "{error}");
    let waits = |refusal: &Refusal| (45..=60).contains(&refusal.wait_seconds());
    assert!(
        matches!(&error, Error::HeldBack(refusal) if waits(refusal)),
        "{error:?}"
    );
    assert_eq!(bench.orders(), before, "nothing was sent");
    Verdict::Holds
}

pub(super) async fn force_passes_the_wait(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let mut options = StartOptions::default();
    options.force = true;
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, Command::Start(options));
    }
    charger.stop().await.expect("it stops");
    charger.start(options).await.expect("forced");
    until_state(&charger, State::Charging).await;
    Verdict::Holds
}

pub(super) async fn a_start_of_a_charge_that_runs_is_refused(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, start());
    }
    let before = bench.orders();
    let error = charger.start(StartOptions::default()).await;
    let error = error.expect_err("it charges");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert_eq!(bench.orders(), before);
    assert!(charger.snapshot().is_charging());
    Verdict::Holds
}

pub(super) async fn a_start_without_a_vehicle_waits_or_is_refused(
    bench: &mut dyn Bench,
) -> Verdict {
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, start());
    }
    match bench.charger().start(with_current(10_000)).await {
        Ok(done) => assert_eq!(done.completion, Effect::WaitingForVehicle),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Refused, "{error}"),
    }
    assert!(!bench.charger().snapshot().is_on());
    Verdict::Holds
}

pub(super) async fn a_stop_without_a_charge_is_not_held_back(bench: &mut dyn Bench) -> Verdict {
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, Command::Stop);
    }
    for _ in 0..2 {
        if let Err(error) = bench.charger().stop().await {
            assert_eq!(error.kind(), ErrorKind::Refused, "by the charger: {error}");
        }
    }
    Verdict::Holds
}

pub(super) async fn a_toggle_does_the_other_thing(bench: &mut dyn Bench) -> Verdict {
    let Some(charger) = plugged(bench).await else {
        let error = bench.charger().toggle().await.expect_err("neither way");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        return Verdict::SaysNo;
    };
    charger.toggle().await.expect("it starts");
    until_state(&charger, State::Charging).await;
    let done = charger.toggle().await.expect("it stops");
    assert_eq!(done.completion, Effect::Confirmed);
    assert!(!charger.snapshot().is_on());
    Verdict::Holds
}

/// Each option, and what it takes.
fn options() -> [(Can, StartOptions); 6] {
    let with = |can, change: &dyn Fn(&mut StartOptions)| {
        let mut options = with_current(10_000);
        change(&mut options);
        (can, options)
    };
    let soon = SystemTime::now() + Duration::from_hours(1);
    [
        with(Can::StartLater, &|options| options.at = Some(soon)),
        with(Can::LimitSessions, &|options| {
            options.max_duration = Some(Duration::from_mins(90));
        }),
        with(Can::LimitSessions, &|options| {
            options.max_energy = Some(WattHours(10_000));
        }),
        with(Can::NameUsers, &|options| {
            options.user = Some("tester".to_owned());
        }),
        with(Can::NameSessions, &|options| {
            options.id = Some("first".to_owned());
        }),
        with(Can::ChoosePhase, &|options| options.single_phase = true),
    ]
}

pub(super) async fn a_start_takes_the_options_that_it_has(bench: &mut dyn Bench) -> Verdict {
    let Some(charger) = plugged(bench).await else {
        return says_no(bench, start());
    };
    let mut all = with_current(10_000);
    for (can, options) in options() {
        if bench.can(can) && can != Can::StartLater {
            all.max_duration = all.max_duration.or(options.max_duration);
            all.max_energy = all.max_energy.or(options.max_energy);
            all.user = all.user.or(options.user);
            all.id = all.id.or(options.id);
            all.single_phase |= options.single_phase;
        }
    }
    charger.start(all).await.expect("it takes them");
    until_state(&charger, State::Charging).await;
    if bench.can(Can::LimitSessions) {
        charger.refresh().await.expect("it answers");
        assert_eq!(charger.telemetry().limits_text(), "10 A, 90 min, 10 kWh");
    }
    Verdict::Holds
}

pub(super) async fn an_option_that_it_lacks_is_refused_before_a_byte_is_sent(
    bench: &mut dyn Bench,
) -> Verdict {
    let mut verdict = Verdict::Holds;
    for (can, options) in options() {
        if !bench.can(can) {
            verdict = says_no(bench, Command::Start(options));
        }
    }
    verdict
}

pub(super) async fn a_start_for_later_is_reserved_and_a_stop_cancels_it(
    bench: &mut dyn Bench,
) -> Verdict {
    let [(can, options), ..] = options();
    if !bench.can(can) {
        assert!(!bench.charger().capabilities().schedule);
        return says_no(bench, Command::Start(options));
    }
    let charger = plugged(bench).await.expect("it can start");
    let wanted = options.at.expect("a time");
    let done = charger.start(options).await.expect("reserved");
    let Effect::Reserved { at } = done.completion else {
        panic!("not reserved but {}", done.completion);
    };
    assert!(
        wanted
            .duration_since(at)
            .is_ok_and(|apart| apart < Duration::from_secs(1))
    );
    charger.refresh().await.expect("it answers");
    let snapshot = until_state(&charger, State::Reserved).await;
    assert_eq!(snapshot.iec_letter(), Some('B'));
    let session = snapshot.telemetry.session.expect("a reservation");
    assert_eq!(session.reserved_for, Some(at));
    assert_eq!(session.length, None);
    charger.stop().await.expect("never refused");
    until_state(&charger, State::Connected).await;
    Verdict::Holds
}

pub(super) async fn contactors_open_and_do_not_close_at_once(bench: &mut dyn Bench) -> Verdict {
    if !bench.can(Can::SwitchContactors) {
        assert!(!bench.charger().capabilities().contactors);
        says_no(bench, Command::OpenContactors);
        return says_no(bench, Command::CloseContactors);
    }
    let charger = charging(bench).await;
    let done = charger.execute(Command::OpenContactors).await;
    assert_eq!(done.expect("it opens").completion, Effect::Confirmed);
    let snapshot = until_state(&charger, State::SuspendedByCharger).await;
    assert_eq!(snapshot.iec_letter(), Some('B'));
    assert!(bench.current_a() < 0.1);
    let error = charger.execute(Command::CloseContactors).await;
    assert_eq!(error.expect_err("too soon").kind(), ErrorKind::HeldBack);
    let error = refused_at_once(bench, Command::Stop);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    Verdict::Holds
}
