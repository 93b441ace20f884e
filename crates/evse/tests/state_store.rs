//! The state file on a real disk, shared by several writers.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use evse::state_store::{StateError, StateFile, StateStore};
use evse::{Identity, Protocol};

fn charger(serial: &str) -> Identity {
    Identity::new(Protocol::Duosida, serial)
}

fn store() -> (tempfile::TempDir, StateStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("deep").join("er").join("state.json");
    (folder, StateStore::at(path))
}

fn note_start(store: &StateStore, serial: &str) -> Result<(), StateError> {
    store.update(|file| {
        file.charger_mut(&charger(serial))
            .note_start(SystemTime::now());
        Ok(())
    })
}

#[test]
fn an_absent_file_is_empty_and_reading_creates_nothing() {
    let (_folder, store) = store();
    assert_eq!(store.read().expect("empty"), StateFile::default());
    assert!(!store.path().exists());
}

#[test]
fn what_was_written_is_read_by_another_store() {
    let (_folder, store) = store();
    note_start(&store, "1").expect("written");
    let other = StateStore::at(store.path());
    assert!(other.read().expect("read").charger(&charger("1")).is_some());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, store) = store();
    note_start(&store, "1").expect("written");
    let mode = fs::metadata(store.path())
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn many_writers_lose_nothing() {
    let (_folder, store) = store();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = store.clone();
            scope.spawn(move || {
                for turn in 0..10 {
                    note_start(&store, &format!("{thread}-{turn}")).expect("written");
                }
            });
        }
    });
    assert_eq!(store.read().expect("read").chargers.len(), 80);
}

#[test]
fn a_failed_change_writes_nothing() {
    let (_folder, store) = store();
    let result: Result<(), StateError> = store.update(|file| {
        file.charger_mut(&charger("1"))
            .note_start(SystemTime::now());
        Err(StateError::NoHome)
    });
    assert!(matches!(result, Err(StateError::NoHome)));
    assert_eq!(store.read().expect("empty"), StateFile::default());
}

#[test]
fn unknown_keys_survive_a_change() {
    let (_folder, store) = store();
    fs::create_dir_all(store.path().parent().expect("a folder")).expect("made");
    fs::write(
        store.path(),
        r#"{"version":1,"more":[1],"chargers":{"duosida:1":{"colour":"red"}}}"#,
    )
    .expect("written");
    note_start(&store, "1").expect("written");
    let text = fs::read_to_string(store.path()).expect("read");
    assert!(
        text.contains("\"more\"") && text.contains("\"colour\""),
        "{text}"
    );
}

#[test]
fn a_damaged_file_is_named_and_left_alone() {
    for content in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"version":0}"#,
        r#"{"version":1,"chargers":7}"#,
    ] {
        let (_folder, store) = store();
        fs::create_dir_all(store.path().parent().expect("a folder")).expect("made");
        fs::write(store.path(), content).expect("written");
        let error = note_start(&store, "1").expect_err(content);
        assert!(
            matches!(error, StateError::Corrupt { .. }),
            "{content}: {error}"
        );
        assert!(error.to_string().contains("state.json"), "{error}");
        assert_eq!(fs::read_to_string(store.path()).expect("read"), content);
    }
}

#[test]
fn a_newer_file_is_named_and_left_alone() {
    let (_folder, store) = store();
    fs::create_dir_all(store.path().parent().expect("a folder")).expect("made");
    fs::write(
        store.path(),
        r#"{"version":2,"chargers":"of another kind"}"#,
    )
    .expect("written");
    let error = note_start(&store, "1").expect_err("newer");
    assert!(
        matches!(error, StateError::Newer { version: 2, .. }),
        "{error}"
    );
}

#[test]
fn a_lock_that_is_never_released_is_an_error_not_a_hang() {
    let (_folder, store) = store();
    note_start(&store, "1").expect("written");
    let mut name = store.path().as_os_str().to_owned();
    name.push(".lock");
    let file = fs::File::open(&name).expect("the lock file");
    file.lock().expect("ours");
    let began = std::time::Instant::now();
    let error = note_start(&store, "1").expect_err("held");
    assert!(matches!(error, StateError::Locked { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}
