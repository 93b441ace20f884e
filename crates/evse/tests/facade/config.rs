//! What `evse.toml` may say, and what is said about it when it is wrong.

use std::fs;
use std::path::Path;
use std::time::Duration;

use evse::config::{Config, ConfigError, ConfigWarning, Sharing, SharingPolicy};
use evse::guard::Policy;
use evse::state_store::{LiveLimit, StateStore};
use evse::units::Milliamps;
use evse::{Address, Identity, Protocol, Secret, SecretSource};

const EXAMPLE: &str = include_str!("../../src/config/example.toml");

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, "evse.toml")
}

const fn amps(amps: u16) -> Milliamps {
    Milliamps::from_amps(amps)
}

#[test]
fn the_example_says_what_it_says() {
    let config = parse(EXAMPLE).expect("it is documented");
    let names: Vec<_> = config.chargers.iter().map(|known| &*known.name).collect();
    assert_eq!(names, ["garage", "carport", "guests", "left", "right"]);
    assert_eq!(config.defaults.charger.as_deref(), Some("garage"));
    assert_eq!(config.defaults.max_current, Some(amps(16)));
    assert_eq!(config.guard, Policy::default());
    assert_eq!(config.em.port, Some(28_376));

    let garage = config.charger("garage").expect("the first");
    assert_eq!(garage.address, Address::duosida("192.0.2.7", 9988));
    let identity = Identity::new(Protocol::Duosida, "0310107112122360374");
    assert_eq!(garage.identity, Some(identity));
    assert_eq!((garage.max_current, garage.wiring), (None, None));
    let carport = config.charger("carport").expect("the second");
    let command = "pass show evse/carport".to_owned();
    assert_eq!(carport.pin, Some(SecretSource::Command(command)));
    assert_eq!(carport.max_current, Some(amps(13)));
    assert_eq!(carport.live_limit, Some(LiveLimit::No));
    let phases = carport.phases.as_ref().map(ToString::to_string);
    assert_eq!(phases.as_deref(), Some("L2L3L1"));
    let guests = config.charger("guests").expect("the third");
    let variable = SecretSource::Variable("GUESTS_PIN".to_owned());
    assert_eq!(guests.pin, Some(variable));
    assert_eq!(config.charger("left").expect("it").wiring, Some(amps(32)));
    let bus = config.bus("/dev/ttyUSB0").expect("the bus");
    assert_eq!((bus.limit, bus.wiring), (Some(amps(40)), Some(amps(16))));
    assert!(!bus.listen_only);
    let on =
        |sharing: &Option<Sharing>| sharing.as_ref().map(|on| (on.circuit.clone(), on.priority));
    assert_eq!(on(&garage.sharing), Some(("garage".to_owned(), 0)));
    assert_eq!(on(&carport.sharing), Some(("house".to_owned(), 1)));
    assert_eq!(on(&guests.sharing), None);
    assert_eq!(on(&bus.sharing), Some(("garage".to_owned(), 0)));
    let [house, inner] = &config.circuits[..] else {
        panic!("{:?}", config.circuits)
    };
    assert_eq!(house.limit, [amps(35); 3]);
    assert_eq!(house.reserve, [amps(10), amps(6), amps(6)]);
    assert_eq!(house.policy, SharingPolicy::Priority);
    assert_eq!(inner.within.as_deref(), Some("house"));
    assert_eq!(inner.meter_max_age, Duration::from_secs(30));
}

#[test]
fn a_configuration_is_written_as_it_is_read() {
    for text in [
        "",
        EXAMPLE,
        "[guard]\nstart_after_stop_s = 0\n",
        "[guard]\nstart_after_stop_s = 60\n",
        "[circuits.a]\nlimit = [20, 16.5, 6]\nmeter_max_age_s = 5\npolicy = \"guaranteed\"\n[chargers.b]\naddress = \"em://b\"\n\
         circuit = \"a\"\nguaranteed = 10\nself_start = false\nprobe = true\n[buses.c]\ncircuit = \"a\"\nphases = \"L1L2\"\n",
        "[buses.\"/dev/ttyUSB0\"]\n[buses.\"gateway:4001\"]\nlisten_only = true\n",
        "[chargers.a]\naddress = \"em://192.0.2.8:7248\"\npin = \"123456\"\nmax_current = 6.5\n",
        "[chargers.a]\naddress = \"em://a\"\npin_command = \"echo \\\"\\\\\\\\\\t\\u0007'\\\"\"\n",
    ] {
        let config = parse(text).expect(text);
        let written = config.to_toml(true);
        assert_eq!(parse(&written).expect(&written), config, "{written}");
    }
    let secret = parse("[chargers.a]\naddress = \"em://a\"\npin = \"123456\"\n").expect("it");
    assert!(!secret.to_toml(false).contains("123456"));
    assert!(!format!("{secret:?}").contains("123456"));
    let shown = format!("{:?}", parse(EXAMPLE).expect("it"));
    assert!(!shown.contains("0310107112122360374"), "{shown}");
    assert!(!shown.contains("9181102751219513"), "{shown}");
}

#[track_caller]
fn wrong(text: &str, expected: &str) {
    let error = parse(text).expect_err(text).to_string();
    assert_eq!(error, format!("evse.toml:{expected}"), "{text}");
}

#[test]
fn what_is_wrong_with_circuits_is_told_with_its_place() {
    const CIRCUIT: &str = "[circuits.a]\nlimit = 20\n";
    const ON: &str = "address = \"em://a\"\ncircuit = \"a\"\n";
    wrong(
        "[circuits.a]\n",
        "1:11: `limit` is missing, such as limit = \"20 A\"",
    );
    wrong(
        "[circuits.a]\nlimit = [20, 20]\n",
        "2:9: `limit`: expected one current, or three for L1, L2 and L3",
    );
    wrong(
        "[circuits.a]\nlimit = [20, 0, 20]\n",
        "2:14: `limit`: expected 1 A to 1000 A",
    );
    wrong(
        &format!("{CIRCUIT}within = \"b\"\n"),
        "3:10: `within`: no circuit is named `b`, did you mean `a`?",
    );
    wrong(
        &format!("{CIRCUIT}within = \"b\"\n[circuits.b]\nlimit = 10\nwithin = \"a\"\n"),
        "3:10: `within`: these circuits feed each other in a ring",
    );
    wrong(
        &format!("{CIRCUIT}[circuits.b]\nlimit = 10\nwithin = \"a\"\npolicy = \"fair\"\n"),
        "6:1: `policy`: the policy of the topmost circuit holds for all below it",
    );
    wrong(
        &format!("{CIRCUIT}policy = \"best\"\n"),
        "3:10: `policy`: expected one of fair, priority, first_come, guaranteed",
    );
    wrong(
        &format!("[chargers.c]\n{ON}"),
        "3:11: `circuit`: no circuit is named `a`",
    );
    wrong(
        "[chargers.c]\naddress = \"em://a\"\nguaranteed = 10\n",
        "3:1: `guaranteed`: it says something only together with `circuit`",
    );
    wrong(
        &format!("{CIRCUIT}[chargers.c]\n{ON}[chargers.d]\n{ON}"),
        "8:1: `circuit`: `c` is the same charger and on one already",
    );
    wrong(
        &format!("{CIRCUIT}[chargers.c]\naddress = \"twc:///dev/ttyUSB0#3495\"\ncircuit = \"a\"\n"),
        "5:1: `circuit`: a unit is on the circuit of its bus, write it into [buses.\"PORT\"]",
    );
    wrong(
        &format!(
            "{CIRCUIT}[chargers.c]\naddress = \"duosida://a\"\ncircuit = \"a\"\nprobe = true\n"
        ),
        "6:1: `probe` is for chargers of em:// only, remove it",
    );
    let deep = (1..9).map(|n| format!("[circuits.c{n}]\nlimit = 9\nwithin = \"c{}\"\n", n - 1));
    let deep = deep.fold("[circuits.c0]\nlimit = 9\n".to_owned(), |all, one| {
        all + &one
    });
    wrong(
        &deep,
        "26:10: `within`: more than 8 circuits one below the other",
    );
}

#[test]
fn errors_are_one_line_with_the_place_and_what_to_try() {
    const DUOSIDA: &str = "[chargers.a]\naddress = \"duosida://a\"\n";
    const EM: &str = "[chargers.a]\naddress = \"em://a\"\n";
    wrong(
        "[charger.a]\n",
        "1:2: unknown key `charger`, did you mean `chargers`?",
    );
    wrong(
        "[chargers.a]\n  adress = \"em://a\"\n",
        "1:11: `address` is missing, such as address = \"duosida://192.0.2.7\"",
    );
    wrong(
        &format!("{DUOSIDA}  phase = \"L1\""),
        "3:3: unknown key `phase`, did you mean `phases`?",
    );
    wrong(
        &format!("{DUOSIDA}colour = \"red\""),
        "3:1: unknown key `colour`, expected one of address, serial, pin, pin_env, pin_command, max_current, phases, \
         live_limit, wiring, circuit, priority, guaranteed, self_start, probe",
    );
    wrong(
        &format!("{DUOSIDA}# é\nmax_current = \"lots\""),
        "4:15: `max_current`: `lots` is no current, expected amps such as 16, 16A or 16.5 A",
    );
    wrong(
        &format!("{DUOSIDA}max_current = 5"),
        "3:15: `max_current`: expected 6 A to 1000 A",
    );
    wrong(
        &format!("{DUOSIDA}max_current = true"),
        "3:15: `max_current` is true or false, expected a current such as 16 or \"16 A\"",
    );
    wrong(
        &format!("{DUOSIDA}pin = \"123456\""),
        "3:1: `pin` is for chargers of em:// only, remove it",
    );
    wrong(
        &format!("{EM}wiring = 16"),
        "3:1: `wiring` is for chargers of twc:// only, remove it",
    );
    wrong(
        &format!("{EM}pin = 123456"),
        "3:7: `pin` is a number, expected a text in quotes",
    );
    wrong(
        &format!("{EM}pin = \"12345\""),
        "3:7: `pin`: a PIN is six digits in quotes",
    );
    wrong(
        &format!("{EM}pin = \"123456\"\npin_env = \"PIN\""),
        "4:1: `pin_env` and `pin` are both given, keep one of them",
    );
    wrong(
        &format!("{EM}serial = \"xyz\""),
        "3:10: `serial`: a serial number has exactly 16 hexadecimal digits",
    );
    wrong(
        &format!("{EM}live_limit = \"maybe\""),
        "3:14: `live_limit`: expected \"yes\", \"no\" or \"unknown\"",
    );
    wrong(
        &format!("{EM}phases = \"L1L1\""),
        "3:10: `phases`: `L1L1` names no phases, expected such as L1, L1L2L3 or L2L3L1",
    );
    for name in ["my car", "車庫"] {
        wrong(
            &format!("[chargers]\n\"{name}\" = {{ address = \"em://a\" }}\n"),
            &format!("2:1: `{name}`: a name is of a-z, A-Z, 0-9, - and _"),
        );
    }
    wrong(
        "chargers = 1",
        "1:12: `chargers` is a number, expected a table",
    );
    wrong(
        &format!("{EM}[defaults]\ncharger = \"b\""),
        "4:11: `charger`: no charger is named `b`, did you mean `a`?",
    );
    wrong(
        "[guard]\nstart_after_stop_s = 3601",
        "2:22: `start_after_stop_s`: expected 0 to 3600",
    );
    wrong(
        "[em]\nbroadcast = [\"192.0.2.255\", \"x\"]",
        "2:29: `broadcast`: invalid IPv4 address syntax",
    );
    wrong(
        "[buses.\"twc:///dev/ttyUSB0\"]",
        "1:8: `twc:///dev/ttyUSB0`: write the port alone, such as \"/dev/ttyUSB0\" or \"192.0.2.9:4001\"",
    );
    let error = parse("[chargers.a]\naddress = \"http://a\"\n").expect_err("no scheme");
    let error = error.to_string();
    assert!(
        error.starts_with("evse.toml:2:11: `address`: `http://a` does not"),
        "{error}"
    );
    let error = parse("[chargers.a\n").expect_err("no TOML").to_string();
    assert!(error.starts_with("evse.toml:1:12: "), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_name_that_is_nearly_right_is_told() {
    let config = parse(EXAMPLE).expect("it is documented");
    let said = |name| config.charger(name).expect_err("nobody").to_string();
    assert_eq!(
        said("grage"),
        "no charger is named `grage`, did you mean `garage`?"
    );
    assert_eq!(
        said("x"),
        "no charger is named `x`, expected one of garage, carport, guests, left, right"
    );
    let none = Config::default().charger("x").expect_err("nobody");
    assert_eq!(
        none.to_string(),
        "no charger is named `x`, there is none yet"
    );
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evse.toml");
    let error = Config::load(Some(path.clone())).expect_err("there is none");
    assert!(matches!(error, ConfigError::Read { .. }), "{error}");
    fs::write(&path, "[guard]\n").expect("written");
    let loaded = Config::load(Some(path.clone())).expect("there is one");
    assert_eq!(loaded.path, Some(path));
    assert_eq!(loaded.config, Config::default());
}

#[cfg(unix)]
#[test]
fn secrets_that_others_may_read_are_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evse.toml");
    let load = |text: &str, mode| {
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
        Config::load(Some(path.clone())).expect("readable").warnings
    };
    let text = "[chargers.a]\naddress = \"em://a\"\npin = \"123456\"\n";
    assert_eq!(load(text, 0o600), []);
    assert_eq!(load(text, 0o700), [], "whatever its owner may do");
    assert_eq!(load(text, 0o604).len(), 1);
    let warnings = load(text, 0o640);
    let expected = ConfigWarning::Readable {
        path: path.clone(),
        mode: 0o640,
    };
    assert_eq!(warnings, [expected]);
    let said = warnings[0].to_string();
    assert!(said.contains("(mode 0640), run `chmod 600 "), "{said}");
    assert_eq!(load(EXAMPLE, 0o644), [], "it holds references only");
}

#[test]
fn a_serial_number_is_the_same_however_a_label_writes_it() {
    for (address, written, told) in [
        ("em://a", " 918110275121AB13 ", "918110275121ab13"),
        ("duosida://a", "0310107112122360374 ", "0310107112122360374"),
        ("duosida://a", "Ab12", "Ab12"),
    ] {
        let text = format!("[chargers.a]\naddress = \"{address}\"\nserial = \"{written}\"\n");
        let config = parse(&text).expect(&text);
        let charger = &config.chargers[0];
        let expected = Identity::new(charger.address.protocol(), told);
        assert_eq!(charger.identity, Some(expected), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_second_table_for_a_bus_is_an_error_whatever_its_port_is_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let [port, link] = ["ttyUSB0", "by-id"].map(|name| folder.path().join(name));
    fs::write(&port, "").expect("written");
    std::os::unix::fs::symlink(&port, &link).expect("linked");
    let (port, link) = (port.display(), link.display());
    wrong(
        &format!("[buses.\"{port}\"]\nlimit = 40\n[buses.\"{link}\"]\nlimit = 16\n"),
        &format!("3:8: `{link}`: `{port}` is the same bus, keep one of them"),
    );
}

/// As emproto writes it.
const EVSES: &str = r#"[
  {
    "info": {
      "serial": "9181102751219513", "ip": "192.0.2.8", "port": 7248, "model": "EC311S", "brand": "Telestar"
    },
    "config": { "name": "Car Port" },
    "password": "zs3My8rJ",
    "unknown": 1
  },
  { "info": { "serial": "9181102751219514", "ip": "192.0.2.9", "port": 7249, "model": "BS20" }, "config": {} }
]"#;

#[tokio::test]
async fn chargers_come_from_evses_json_and_go_back_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evses.json");
    fs::write(&path, EVSES).expect("written");
    let store = StateStore::at(folder.path().join("state.json"));
    let mut config = parse("[chargers.bs20]\naddress = \"duosida://a\"\n").expect("it");
    let imported = config
        .import_evses(&path, &store)
        .expect("as emproto writes it");
    assert_eq!(imported.known, Vec::<String>::new());
    let names: Vec<_> = imported.chargers.iter().map(|known| &*known.name).collect();
    assert_eq!(names, ["car-port", "bs20-2"]);
    let pin = SecretSource::Text(Secret::new("123456"));
    assert_eq!(imported.chargers[0].pin, Some(pin));
    let file = store.read().expect("readable");
    let identity = Identity::new(Protocol::Em, "9181102751219513");
    let learned = file
        .charger(&identity)
        .and_then(|known| known.address.clone());
    assert_eq!(learned.as_deref(), Some("em://192.0.2.8:7248"));

    config.chargers.extend(imported.chargers);
    let text = "[chargers.new]\naddress = \"em://9181102751219515\"\n";
    config.chargers.extend(parse(text).expect("it").chargers);
    let again = config.import_evses(&path, &store).expect("the same");
    assert_eq!(again.known, ["car-port", "bs20-2"]);
    assert_eq!(again.chargers, []);

    let out = folder.path().join("out.json");
    let exported = config.export_evses(&out, &store).await.expect("written");
    assert_eq!(exported.written, ["car-port", "bs20-2"]);
    assert_eq!(exported.left_out, ["new"]);
    let back = Config::default().import_evses(&out, &store).expect("ours");
    assert_eq!(back.chargers.len(), 2);
    assert_eq!(back.chargers[0].pin, config.chargers[1].pin);
    config.export_evses(&path, &store).await.expect("written");
    let text = fs::read_to_string(&path).expect("readable");
    for kept in ["\"unknown\": 1", "Car Port", "Telestar", "zs3My8rJ"] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let nowhere = Path::new("/no/such/folder/evses.json");
    assert!(config.export_evses(nowhere, &store).await.is_err());
}
