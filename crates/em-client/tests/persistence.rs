//! emproto's `evses.json`: every form that it accepts, and what is written.

use std::{fs, path::PathBuf};

use em_client::{
    Communicator, Error, JsonError, Options,
    proto::{
        Pin, Serial,
        message::{Language, StartMethod, TemperatureUnit},
        session::Session,
    },
};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};

fn golden(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/evses");
    fs::read_to_string(folder.join(name)).expect("a golden file")
}

fn serial(text: &str) -> Serial {
    text.parse().expect("16 digits")
}

fn pin() -> Pin {
    "123456".parse().expect("six digits")
}

fn loaded(name: &str) -> Communicator {
    let communicator = Communicator::new(Options::default());
    communicator.load_json(&golden(name)).expect(name);
    communicator
}

fn saved(communicator: &Communicator) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evses.json");
    communicator.save(&path).expect("saved");
    let text = fs::read_to_string(path).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn every_form_gives_the_same_chargers() {
    let expected: Value = serde_json::from_str(&golden("array.json")).expect("JSON");
    for name in [
        "array.json",
        "array_in_a_text.json",
        "map.json",
        "texts_in_an_array.json",
        "iso_times.json",
        "invalid_elements.json",
    ] {
        assert_eq!(saved(&loaded(name)), expected, "{name}");
    }
    for name in ["alone.json", "alone_with_serial_on_top.json"] {
        let mut found = saved(&loaded(name));
        found[0]
            .as_object_mut()
            .expect("an object")
            .remove("serial");
        assert_eq!(found, json!([expected[0]]), "{name}");
    }
    assert_eq!(saved(&loaded("empty.json")), json!([]));
}

#[test]
fn everything_known_is_loaded() {
    let communicator = loaded("array.json");
    let evse = communicator.evse(serial("1122334455667788")).expect("it");
    let info = evse.info();
    assert_eq!(evse.address(), "192.0.2.7:21937".parse().ok());
    assert_eq!((&*info.brand, &*info.model), ("Telestar", "EC311S"));
    assert_eq!(
        (&*info.hardware_version, &*info.software_version),
        ("C.1651", "V1.0.18")
    );
    assert_eq!(info.hot_line, "+49 2435 428");
    assert_eq!((info.phases, info.max_power_w), (Some(3), Some(11_000)));
    assert_eq!((info.max_current_a, info.feature), (Some(16), Some(1_420)));
    assert_eq!(info.support_new, Some(1));
    let config = evse.config();
    assert_eq!(config.name.as_deref(), Some("Garage"));
    assert_eq!(config.language, Some(Language::German));
    assert_eq!(config.temperature_unit, Some(TemperatureUnit::Celsius));
    assert_eq!(config.start_method, Some(StartMethod::AppOnly));
    assert_eq!(config.output_current_a, Some(13));
    assert!(evse.has_password() && evse.check_password(&pin()));
    assert!(!evse.is_online() && !evse.is_logged_in());
    let times = |session: &Session| {
        (
            session.last_seen_unix_s(),
            session.last_configuration_unix_s(),
        )
    };
    let expected = (Some(1_770_110_100), Some(1_770_110_000));
    assert_eq!(evse.read(times), Some(expected));

    let other = communicator.evse(serial("9181102751219513")).expect("it");
    assert!(!other.has_password());
    assert_eq!(other.label(), "9181102751219513");
    assert_eq!(other.last_seen(), None);
}

#[test]
fn members_that_make_no_sense_are_not_known_and_stay() {
    let communicator = loaded("odd_values.json");
    let evse = communicator.evses().pop().expect("one");
    assert_eq!((evse.phases(), evse.info().max_power_w), (None, None));
    assert_eq!(evse.config().language, None);
    assert!(!evse.has_password());
    assert_eq!(evse.last_seen(), None);
    let found = saved(&communicator);
    assert_eq!(found[0]["password"], "no pin");
    assert_eq!(found[0]["info"]["phases"], 2);
    assert_eq!(found[0]["lastConfigUpdate"], 1_770_110_000);
}

#[test]
fn members_of_others_are_kept() {
    let expected: Value = serde_json::from_str(&golden("unknown_members.json")).expect("JSON");
    let communicator = loaded("unknown_members.json");
    assert_eq!(saved(&communicator), expected);
    // A later load without them does not take them away.
    communicator
        .load_json(&golden("array.json"))
        .expect("loaded");
    assert_eq!(saved(&communicator), expected);
    communicator.remove(serial("1122334455667788"));
    assert_eq!(saved(&communicator), json!([expected[1]]));
    // It comes back without them.
    communicator
        .load_json(&golden("array.json"))
        .expect("loaded");
    assert_eq!(saved(&communicator)[0].get("note"), None);
}

#[test]
fn a_later_load_fills_in_and_overrides_and_last_seen_only_goes_forward() {
    let communicator = loaded("array.json");
    let entry = json!({
        "info": { "ip": "192.0.2.70", "port": 7248, "serial": "1122334455667788", "model": "X" },
        "config": { "language": 1 },
        "lastSeen": 1_700_000_000,
    });
    communicator.load_json(&entry.to_string()).expect("loaded");
    let found = &saved(&communicator)[0];
    assert_eq!(found["info"]["ip"], "192.0.2.70");
    assert_eq!(found["info"]["model"], "X");
    assert_eq!(found["info"]["brand"], "Telestar");
    assert_eq!(found["config"]["language"], 1);
    assert_eq!(found["config"]["name"], "Garage");
    assert_eq!(found["lastSeen"], 1_770_110_100);
    assert_eq!(found["password"], "zs3My8rJ");
    assert_eq!(communicator.evses().len(), 2);
}

#[test]
fn loading_tells_listeners() {
    let communicator = Communicator::new(Options::default());
    let mut events = communicator.events();
    communicator
        .load_json(&golden("array.json"))
        .expect("loaded");
    let mut seen = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        seen.push(format!("{event:?}"));
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen[0].starts_with("Added") && seen[1].starts_with("Changed"));
    assert!(!format!("{seen:?}").contains("1122334455667788"));
}

#[test]
fn what_holds_no_chargers_is_an_error_that_quotes_nothing() {
    let communicator = Communicator::new(Options::default());
    for text in ["", "123456", "null", "\"123456\"", "[{\"password\": 123456"] {
        let error = communicator.load_json(text).expect_err(text);
        assert!(matches!(error, Error::Json { .. }), "{error:?}");
        assert!(!error.to_string().contains("123456"), "{error}");
    }
    let error = communicator
        .load_json("[1,\n 2")
        .expect_err("half an array");
    let Error::Json { source } = error else {
        unreachable!("it is one");
    };
    assert_eq!(source, JsonError::Syntax { line: 2, column: 2 });
}

#[test]
fn a_file_that_does_not_exist_holds_no_chargers_and_a_folder_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let communicator = Communicator::new(Options::default());
    let loaded = communicator.load(folder.path().join("none.json"));
    assert!(loaded.expect("no error").is_empty());
    let error = communicator.load(folder.path()).expect_err("a folder");
    assert!(matches!(error, Error::File { .. }), "{error}");
    let nowhere = folder.path().join("no/such/folder/evses.json");
    let error = communicator.save(&nowhere).expect_err("no folder");
    assert!(matches!(error, Error::File { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_save_replaces_the_file_and_only_its_owner_may_read_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evses.json");
    let link = folder.path().join("link.json");
    fs::write(&path, "[]").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
    symlink(&path, &link).expect("linked");
    let communicator = loaded("array.json");
    communicator.save(&link).expect("saved");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(link.is_symlink());
    assert_eq!(
        fs::read_to_string(&path).expect("a file"),
        golden("array.json")
    );
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);

    // A path below the home directory.
    let home = std::env::home_dir().expect("a home");
    if let Ok(below) = path.strip_prefix(&home) {
        let tilde = PathBuf::from("~").join(below);
        assert_eq!(communicator.load(tilde).expect("loaded").len(), 2);
    }
}
