use std::time::{Duration, SystemTime};

use super::{Ledger, PassedStart};
use crate::error::Error;
use crate::guard::{Held, Policy, Refusal, StopDecision};
use crate::model::{Identity, Protocol};
use crate::state_store::{StateFile, StateStore};

/// One program, which shares the state file with the others.
fn program(folder: &tempfile::TempDir) -> Ledger {
    let store = StateStore::at(folder.path().join("state.json"));
    let identity = Identity::new(Protocol::Em, "1");
    Ledger::new(identity, store, Policy::default(), &StateFile::default())
}

async fn begin_start(ledger: &Ledger, force: bool) -> PassedStart {
    let mut warnings = Vec::new();
    let passed = ledger.begin_start(SystemTime::now(), force, &mut warnings);
    passed.await.expect("passed")
}

async fn begin_stop(ledger: &Ledger, counts: bool) -> StopDecision {
    ledger.begin_stop(counts, &mut Vec::new()).await
}

fn refusal(result: Result<(), Error>) -> Refusal {
    match result {
        Err(Error::HeldBack(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stop_overtakes_a_start_that_is_not_sent_yet_also_a_forced_one() {
    for force in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = program(&folder);
        let passed = begin_start(&ledger, force).await;
        assert_eq!(begin_stop(&ledger, true).await, StopDecision::Send);
        let refused = refusal(ledger.send_start(&passed, &mut Vec::new()).await);
        assert_eq!(refused.held, Held::Overtaken);
        assert!(refused.wait > Duration::from_secs(1), "{refused}");
    }
}

#[tokio::test]
async fn a_stop_of_another_program_overtakes_a_start_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (program(&folder), program(&folder));
    let passed = begin_start(&one, true).await;
    begin_stop(&other, true).await;
    let refused = refusal(one.send_start(&passed, &mut Vec::new()).await);
    assert_eq!(refused.held, Held::Overtaken);
}

#[tokio::test]
async fn a_stop_that_moves_no_contactor_overtakes_a_start_and_holds_no_other_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = program(&folder);
    let passed = begin_start(&ledger, false).await;
    begin_stop(&ledger, false).await;
    let refused = refusal(ledger.send_start(&passed, &mut Vec::new()).await);
    assert_eq!(refused.wait, Duration::ZERO);
    let next = begin_start(&ledger, false).await;
    let sent = ledger.send_start(&next, &mut Vec::new()).await;
    assert!(sent.is_ok(), "{sent:?}");
}

#[tokio::test]
async fn a_stop_overtakes_a_forced_start_while_the_state_file_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = program(&folder);
    std::fs::write(ledger.store.path(), "{").expect("written");
    let passed = begin_start(&ledger, true).await;
    begin_stop(&ledger, true).await;
    let refused = refusal(ledger.send_start(&passed, &mut Vec::new()).await);
    assert_eq!(refused.held, Held::Overtaken);
}

#[tokio::test]
async fn no_stop_is_merged_with_one_during_which_a_start_went_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = program(&folder);
    begin_stop(&ledger, true).await;
    let forced = begin_start(&ledger, true).await;
    let sent = ledger.send_start(&forced, &mut Vec::new()).await;
    assert!(sent.is_ok(), "{sent:?}");
    ledger.end_stop(true, true, &mut Vec::new(), |_| {}).await;
    assert_eq!(begin_stop(&ledger, true).await, StopDecision::Send);
}
