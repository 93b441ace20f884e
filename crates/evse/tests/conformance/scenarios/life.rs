//! Handles, connections and programs that come and go.

use std::time::{Duration, SystemTime};

use evse::guard::Requester;
use evse::units::Milliamps;
use evse::{Command, ErrorKind, StartOptions, State};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::bench::{
    Bench, Can, Verdict, charging, next_state, refused_at_once, until, until_state, with_current,
};

pub(super) async fn the_guard_outlives_a_program(bench: &mut dyn Bench) -> Verdict {
    let charger = charging(bench).await;
    let (stop, start) = if bench.can(Can::StartAndStop) {
        (Command::Stop, Command::Start(StartOptions::default()))
    } else {
        (Command::OpenContactors, Command::CloseContactors)
    };
    charger.execute(stop).await.expect("it stops");
    drop(charger);
    bench.reconnect().await;
    let error = bench.charger().execute(start).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack, "{error}");
    Verdict::Holds
}

pub(super) async fn two_handles_are_one_charger(bench: &mut dyn Bench) -> Verdict {
    let second = bench.charger().clone();
    let (mut ours, mut theirs) = (bench.charger().events(), second.events());
    let first = charging(bench).await;
    next_state(&mut ours, State::Charging).await;
    next_state(&mut theirs, State::Charging).await;
    let set = second
        .set_current(Milliamps::from_amps(9), Requester::Person)
        .await;
    set.expect("it takes it");
    assert_eq!(
        first.telemetry().limit.wanted,
        Some(Milliamps::from_amps(9))
    );
    let error = refused_at_once(bench, Command::Start(with_current(1_000)));
    let seen = second.last_error().map(|last| (last.kind, last.text));
    assert_eq!(seen, Some((error.kind(), error.to_string())));
    let (first, second) = (first.snapshot(), second.snapshot());
    assert_eq!(
        (first.identity, first.state),
        (second.identity, second.state)
    );
    assert_eq!(first.telemetry.limit, second.telemetry.limit);
    Verdict::Holds
}

pub(super) async fn it_goes_offline_and_comes_back(bench: &mut dyn Bench) -> Verdict {
    let charger = bench.charger().clone();
    until_state(&charger, State::Available).await;
    let counter = charger.telemetry().lifetime_energy;
    let mut events = charger.events();
    bench.go_away().await;
    next_state(&mut events, State::Offline).await;
    let snapshot = charger.snapshot();
    assert!(!snapshot.is_connected());
    assert_eq!((snapshot.is_auth_ok(), snapshot.iec_letter()), (None, None));
    assert!(snapshot.last_update.is_some(), "what was read stays");
    assert_eq!(snapshot.telemetry.lifetime_energy, counter);
    assert!(snapshot.status_text().starts_with("offline"));
    let error = charger.refresh().await.expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    bench.come_back().await;
    next_state(&mut events, State::Available).await;
    until(&charger, "read anew", |now| {
        now.last_update > snapshot.last_update
    })
    .await;
    charger.refresh().await.expect("it answers");
    Verdict::Holds
}

pub(super) async fn without_an_answer_nobody_knows_the_outcome(bench: &mut dyn Bench) -> Verdict {
    let command = if bench.can(Can::StartAndStop) {
        bench.vehicle(crate::bench::Vehicle::PlugsIn);
        until_state(bench.charger(), State::Connected).await;
        Command::Start(with_current(10_000))
    } else {
        charging(bench).await;
        Command::OpenContactors
    };
    // The current is set already, so the start is what is not answered.
    if bench.can(Can::WearFlash) {
        let set = bench
            .charger()
            .set_current(Milliamps::from_amps(10), Requester::Person);
        set.await.expect("it takes it");
        bench.charger().refresh().await.expect("it answers");
    }
    bench.mute().await;
    let error = bench.charger().execute(command).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed, "{error}");
    Verdict::Holds
}

pub(super) async fn the_last_error_is_kept(bench: &mut dyn Bench) -> Verdict {
    let charger = bench.charger().clone();
    assert_eq!(charger.last_error(), None);
    let begin = SystemTime::now();
    let error = refused_at_once(bench, Command::Start(with_current(1_000)));
    charger.refresh().await.expect("it answers");
    let last = charger.last_error().expect("a success is no error");
    assert_eq!(
        (last.kind, last.text),
        (ErrorKind::BadInput, error.to_string())
    );
    assert!(last.at >= begin && last.at <= SystemTime::now());
    assert_eq!(charger.snapshot().last_error, charger.last_error());
    Verdict::Holds
}

pub(super) async fn a_shutdown_ends_all_streams(bench: &mut dyn Bench) -> Verdict {
    let charger = bench.charger().clone();
    let streams = [charger.events(), charger.clone().events()];
    charger.clone().shutdown().await;
    for stream in streams {
        let rest = timeout(Duration::from_secs(5), stream.count()).await;
        rest.expect("the stream ends");
    }
    let error = charger.refresh().await.expect_err("it is over");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    Verdict::Holds
}
