//! Which PIN an `EVSEMaster` charger gets from the commands for all kinds.

use std::net::Ipv4Addr;

use crate::common::em::{Bench, PIN, SERIAL};
use crate::common::generic::Home;
use evse_sim::em::Model;

const OTHER: &str = "9181102751219514";

/// Chargers from this address on, and a home where `evse em login` has remembered their PINs.
fn logged_in(serials: &[&str], first: Ipv4Addr) -> (Bench, Home) {
    let bench = Bench::new(Model::BesenBs20, |options| {
        options.count = u32::try_from(serials.len()).expect("few");
        options.bind = first;
    });
    let port = bench.port();
    let home = Home::new(&format!(
        "[em]\nport = {port}\nbroadcast = [\"127.0.0.1\"]\n"
    ));
    for serial in serials {
        let login = home.run(&format!(
            "em --client-port {port} --broadcast 127.0.0.1 login --serial {serial} --pin {PIN}"
        ));
        assert_eq!(login.code, 0, "{login:?}");
    }
    (bench, home)
}

#[test]
fn a_remembered_pin_is_found_by_serial_number_wherever_the_charger_is() {
    let (bench, home) = logged_in(&[SERIAL], Ipv4Addr::new(127, 0, 8, 1));
    let file = home.file("evses.json");
    let known = std::fs::read_to_string(&file).expect("read");
    std::fs::write(&file, known.replace("127.0.8.1", "127.0.8.9")).expect("written");
    for command in ["status", "doctor"] {
        let told = home.run(&format!("{command} em://{} --json", bench.host()));
        assert!(told.code == 0, "{told:?}");
    }
}

#[test]
fn the_pin_of_the_environment_overrides_none_that_is_remembered_of_several() {
    let (_bench, home) = logged_in(&[SERIAL, OTHER], Ipv4Addr::new(127, 0, 8, 11));
    let watch = |chargers: &str| {
        let mut command = home.command(&format!("watch {chargers} --for 5 --json"));
        Home::output(command.env("EVSE_PIN", "654321"))
    };
    let both = watch(&format!("em://{SERIAL} em://{OTHER}"));
    for serial in [SERIAL, OTHER] {
        let is_in = |line: &str| line.contains(serial) && line.contains("\"auth_ok\":true");
        assert!(both.stdout.lines().any(is_in), "{serial}: {both:?}");
    }
    assert!(!both.stdout.contains("\"auth_ok\":false"), "{both:?}");
    // It is that of the one that is meant.
    let one = watch(&format!("em://{SERIAL}"));
    assert!(one.stdout.contains("\"auth_ok\":false"), "{one:?}");
}
