//! Stops while other things go wrong or are on their way.

use std::time::Duration;

use evse::state_store::StateError;
use evse::{ErrorKind, Warning};
use evse_sim::DelayRange;
use evse_sim::em::{DeviceConfig, Model};
use tokio::time::{sleep, timeout};

use super::{Bench, now};

const GENEROUS: Duration = Duration::from_mins(1);

#[cfg(unix)]
#[tokio::test]
async fn a_stop_goes_out_while_the_state_file_hangs() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    // Who reads a pipe waits until somebody opens it to write.
    let path = bench.client.store.path();
    std::fs::remove_file(path).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo runs").success());

    let stopped = timeout(GENEROUS, charger.stop(None)).await;
    let is_on = bench.truth().output_on;
    let again = timeout(GENEROUS, charger.stop(None)).await;
    let start = timeout(GENEROUS, charger.start(now(), false)).await;
    let mut writer = std::fs::OpenOptions::new();
    let writer = writer.read(true).write(true).open(path);
    drop(writer.expect("whoever waits goes on"));

    let done = stopped.expect("no hang").expect("never refused");
    assert!(done.completion.is_some() && !is_on);
    assert!(matches!(*done.warnings, [Warning::State(_)]));
    let done = again.expect("no hang").expect("never refused");
    assert!(done.completion.is_some());
    let error = start.expect("no hang").expect_err("nobody can tell");
    assert_eq!(error.kind(), ErrorKind::StateFile);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_frees_no_start() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    charger.stop(None).await.expect("stopped");
    // To a clock that was set ahead by as much, the stop is that old.
    let jump = bench.client.store.update(|file| {
        let state = file.charger_mut(charger.identity());
        let at = state.last_stop_unix_ms.as_mut().expect("a stop");
        *at -= 8 * 3_600_000;
        Ok::<_, StateError>(())
    });
    jump.expect("written");
    let error = charger.start(now(), false).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    assert_eq!(bench.truth().starts, 1);
}

#[tokio::test]
async fn a_stop_overtakes_a_start_that_waits_for_the_charger() {
    let slow =
        |device: &mut DeviceConfig| device.reply_delay = DelayRange::from_millis(3_000, 3_000);
    for force in [false, true] {
        let bench = Bench::with(Model::BesenBs20, slow).await;
        let charger = bench.charger().await;
        let starting = charger.clone();
        let start = tokio::spawn(async move { starting.start(now(), force).await });
        let noted = async {
            while bench.remembered().last_start_unix_ms.is_none() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(GENEROUS, noted)
            .await
            .expect("the start is on its way");

        let stopped = charger.stop(None).await.expect("never refused");
        assert!(stopped.completion.is_some());
        let error = start.await.expect("no panic").expect_err("overtaken");
        assert_eq!(error.kind(), ErrorKind::HeldBack, "{error}");
        let truth = bench.truth();
        assert_eq!((truth.starts, truth.output_on), (0, false));
        assert!(bench.remembered().unconfirmed_start().is_none());
    }
}
