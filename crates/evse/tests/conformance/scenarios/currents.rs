//! How much current a charger may draw.

use evse::guard::Requester;
use evse::units::Milliamps;
use evse::{Command, Effect, ErrorKind, State};

use crate::bench::{
    Bench, Can, Vehicle, Verdict, charging, refused_at_once, says_no, until, until_state,
    with_current,
};

const PERSON: Requester = Requester::Person;

/// Waits until the charger really has a limit, A.
async fn until_limit(bench: &dyn Bench, amps: u16) {
    let told = |_: &_| bench.limit_a() == amps;
    until(bench.charger(), &format!("told {amps} A"), told).await;
}

pub(super) async fn a_current_is_rounded_down(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    charger
        .set_current(Milliamps(8_999), PERSON)
        .await
        .expect("it takes it");
    until_limit(bench, 8).await;
    Verdict::Holds
}

pub(super) async fn a_start_rounds_its_current_down(bench: &mut dyn Bench) -> Verdict {
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, Command::Start(with_current(12_999)));
    }
    bench.vehicle(Vehicle::PlugsIn);
    until_state(bench.charger(), State::Connected).await;
    let started = bench.charger().start(with_current(12_999)).await;
    started.expect("it starts");
    until_limit(bench, 12).await;
    Verdict::Holds
}

pub(super) async fn a_current_out_of_range_is_refused_before_a_byte_is_sent(
    bench: &mut dyn Bench,
) -> Verdict {
    bench.vehicle(Vehicle::PlugsIn);
    until_state(bench.charger(), State::Connected).await;
    for milliamps in [0, 5_999, 33_000, u32::MAX] {
        let current = Milliamps(milliamps);
        let set = Command::SetCurrent {
            current,
            requester: PERSON,
        };
        for command in [set, Command::Start(with_current(milliamps))] {
            let error = refused_at_once(bench, command);
            assert_eq!(error.kind(), ErrorKind::BadInput, "{current}: {error}");
            assert!(error.to_string().contains("6 A to 32 A"), "{error}");
        }
    }
    assert_eq!(bench.charger().telemetry().limit.wanted, None);
    Verdict::Holds
}

pub(super) async fn a_limit_has_its_four_meanings(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let seven = Some(Milliamps::from_amps(7));
    let set = charger.set_current(Milliamps::from_amps(7), PERSON).await;
    set.expect("it takes it");
    assert_eq!(charger.telemetry().limit.wanted, seven);
    charger.refresh().await.expect("it answers");
    until(&charger, "limited to 7 A", |snapshot| {
        let limit = snapshot.telemetry.limit;
        (limit.wanted, limit.reported, limit.effective) == (seven, seven, seven)
    })
    .await;
    let snapshot = until(&charger, "drawing less", |snapshot| {
        let delivered = snapshot.telemetry.limit.delivered;
        delivered.is_some_and(|current| current.0 > 5_000 && current.0 <= 7_500)
    })
    .await;
    assert_eq!(snapshot.limits_text(), "7 A");
    Verdict::Holds
}

pub(super) async fn a_current_changes_a_running_charge_by_the_rule(
    bench: &mut dyn Bench,
) -> Verdict {
    // All three simulated models take it, so automatic control may; tests of the families have those that do not.
    let charger = charging(bench).await;
    let set = charger.set_current(Milliamps::from_amps(8), Requester::Automation);
    let done = set.await.expect("it takes it");
    assert!(matches!(
        done.completion,
        Effect::Confirmed | Effect::Accepted
    ));
    assert!(done.warnings.is_empty(), "{:?}", done.warnings);
    until_limit(bench, 8).await;
    assert!(charger.snapshot().is_on());
    Verdict::Holds
}

pub(super) async fn automatic_control_spares_the_flash_memory(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let set = |amps| charger.set_current(Milliamps::from_amps(amps), Requester::Automation);
    set(8).await.expect("it takes it");
    until_limit(bench, 8).await;
    let before = bench.orders();
    set(8).await.expect("it has it");
    assert_eq!(
        bench.orders(),
        before,
        "the same value is not written again"
    );
    let second = set(9).await;
    if bench.can(Can::WearFlash) {
        let error = second.expect_err("too soon");
        assert_eq!(error.kind(), ErrorKind::HeldBack, "{error}");
        assert_eq!(bench.orders(), before);
        Verdict::Holds
    } else {
        second.expect("nothing wears");
        until_limit(bench, 9).await;
        Verdict::SaysNo
    }
}

pub(super) async fn a_start_that_is_held_back_changes_no_current(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let start = Command::Start(with_current(7_000));
    if !bench.can(Can::StartAndStop) {
        return says_no(bench, start);
    }
    charger.stop().await.expect("it stops");
    let before = bench.orders();
    let error = charger.execute(start).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    assert_eq!(bench.orders(), before, "nothing was sent");
    Verdict::Holds
}
