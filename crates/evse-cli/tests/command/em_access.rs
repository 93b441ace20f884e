//! Which charger `evse em` speaks to, with which PIN, and the files it keeps.

use std::net::UdpSocket;

use crate::common::em::{Bench, PIN, SERIAL};
use crate::common::run;
use evse_sim::em::Model;
use serde_json::json;

const OTHER: &str = "9181102751219514";

fn two() -> Bench {
    Bench::new(Model::BesenBs20, |options| {
        options.count = 2;
        // The first addresses are other tests'.
        options.bind = std::net::Ipv4Addr::new(127, 0, 7, 1);
    })
}

#[test]
fn discovery_lists_chargers_and_needs_no_pin() {
    let bench = two();
    let found = bench.run("discover --for 1");
    assert_eq!(found.code, 0, "{found:?}");
    let lines: Vec<_> = found.stdout.lines().collect();
    assert!(
        lines[0].starts_with("ADDRESS ")
            && lines[0].ends_with(" SERIAL            MODEL       NAME  PIN"),
        "{found:?}"
    );
    assert!(
        lines[1].starts_with("127.0.7.1:")
            && lines[1].ends_with("  9181102751219513  BESEN BS20  –     –"),
        "{found:?}"
    );
    assert_eq!(lines.len(), 3, "{found:?}");
    let json = bench.run("discover --for 1 --json");
    let first: serde_json::Value =
        serde_json::from_str(json.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        first,
        json!({"protocol": "em", "address": "em://9181102751219513", "ip": "127.0.7.1", "port": first["port"],
            "serial": SERIAL, "name": null, "brand": "BESEN", "model": "BS20", "phases": 1, "rated_current": 32,
            "rated_power": 7040, "pin_known": false})
    );
}

#[test]
fn nobody_heard_is_exit_code_1_with_what_to_try() {
    let bench = Bench::gone();
    for command in [
        "discover --for 0.3".to_owned(),
        "status --timeout 0.3".to_owned(),
        format!("status --timeout 0.3 --serial {SERIAL}"),
        format!("status --timeout 0.3 --host {}", bench.host()),
        "status --timeout 0.3 --charger garage".to_owned(),
    ] {
        let none = bench.run(&command);
        assert_eq!(none.code, 1, "{command}: {none:?}");
        assert_eq!(none.stderr.lines().count(), 1, "{command}: {none:?}");
        assert!(
            none.stderr.starts_with("error: ") && none.stderr.contains("VLANs"),
            "{command}: {none:?}"
        );
        let json = bench.run(&format!("{command} --json"));
        assert_eq!(json.json()["error"]["kind"], "not_found", "{command}");
    }
}

#[test]
fn the_only_charger_is_found_and_a_pin_is_wanted() {
    let bench = Bench::plugged();
    let none = bench.run("status --timeout 2");
    assert_eq!(none.code, 1, "{none:?}");
    assert!(
        none.stderr
            .contains("no PIN is known for BESEN BS20; give the six digits"),
        "{none:?}"
    );
    assert_eq!(
        bench.run("status --timeout 2 --json").json()["error"]["kind"],
        "no_pin"
    );
    let given = bench.run(&format!("status --timeout 2 --json --pin {PIN}"));
    assert_eq!(given.json()["serial"], SERIAL, "{given:?}");
}

#[test]
fn a_pin_comes_from_the_command_line_a_file_or_the_environment() {
    let bench = Bench::plugged();
    let status = format!("get-time --host {}", bench.host());
    std::fs::write(bench.file("pin"), "123456\n").expect("written");
    let file = bench.file("pin");
    let by_file = bench.run(&format!("{status} --pin-file {}", file.display()));
    assert_eq!(by_file.code, 0, "{by_file:?}");
    assert_eq!(bench.run_with(&status, &[("EVSE_PIN", PIN)]).code, 0);
    let overridden = bench.run_with(&format!("{status} --pin {PIN}"), &[("EVSE_PIN", "654321")]);
    assert_eq!(overridden.code, 0, "{overridden:?}");
}

#[test]
fn what_is_no_pin_is_wrong_usage_and_is_not_repeated() {
    let bench = Bench::gone();
    std::fs::write(bench.file("pin"), "98765").expect("written");
    let file = format!("status --pin-file {}", bench.file("pin").display());
    for (output, from) in [
        (bench.run("status --pin 98765"), "--pin"),
        (bench.run(&file), "pin"),
        (
            bench.run_with("status", &[("EVSE_PIN", "98765")]),
            "EVSE_PIN",
        ),
    ] {
        assert_eq!(output.code, 2, "{output:?}");
        assert!(
            output
                .stderr
                .contains(&format!("{from} holds no PIN; a PIN has six digits")),
            "{output:?}"
        );
        assert!(!output.stderr.contains("98765"), "{output:?}");
    }
    let missing = bench.run("status --pin-file /nonexistent/pin");
    assert_eq!(missing.code, 2, "{missing:?}");
}

#[test]
fn a_good_login_is_remembered_and_a_bad_one_is_not() {
    let bench = Bench::plugged();
    let file = bench.file("evses.json");
    let refused = bench.run(&format!(
        "login --host {} --pin 654321 --json",
        bench.host()
    ));
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.json()["error"]["kind"], "wrong_pin");
    assert!(!file.exists());

    let taken = bench.em("login");
    assert_eq!(taken.code, 0, "{taken:?}");
    assert_eq!(
        taken.stdout,
        format!(
            "Simulated takes the PIN; remembered in {}\n",
            file.display()
        )
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).expect("read")).expect("JSON");
    assert_eq!(kept[0]["password"], "zs3My8rJ");
    assert_eq!(kept[0]["info"]["serial"], SERIAL);

    // Address and PIN are known now.
    let status = bench.run("status --json");
    assert_eq!(status.json()["serial"], SERIAL, "{status:?}");
    let found = bench.run("discover --for 1");
    assert!(found.stdout.ends_with("Simulated  known\n"), "{found:?}");
    // A wrong PIN that is given does not spoil the one that is known.
    let wrong = bench.run("get-time --pin 654321");
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.stderr.contains("refuses the PIN"), "{wrong:?}");
    assert_eq!(bench.run("get-time").code, 0);
}

#[test]
fn of_several_chargers_one_must_match() {
    let bench = two();
    let several = bench.run("status --timeout 1");
    assert_eq!(several.code, 2, "{several:?}");
    assert!(
        several
            .stderr
            .contains("2 chargers may be meant; say which with --charger"),
        "{several:?}"
    );
    assert!(several.stdout.contains(OTHER), "{several:?}");
    let json = bench.run("status --timeout 1 --json").json();
    assert_eq!(
        json["error"]["found"],
        json!(["em://9181102751219513", "em://9181102751219514"])
    );

    // Both are known, one has a name.
    for serial in [SERIAL, OTHER] {
        let login = bench.run(&format!("login --serial {serial} --pin {PIN}"));
        assert_eq!(login.code, 0, "{login:?}");
    }
    let watch = bench.run("watch --for 3");
    for end in ["Simula…9513", "Simula…9514"] {
        assert!(watch.stdout.contains(end), "{watch:?}");
    }
    assert_eq!(bench.run(&format!("name Carport --serial {OTHER}")).code, 0);
    assert_eq!(bench.run(&format!("login --serial {OTHER}")).code, 0);
    for (filter, code) in [("carp", 0), ("9514", 0), ("BESEN", 2), ("nothing", 1)] {
        let status = bench.run(&format!("status --timeout 1 --json --charger {filter}"));
        assert_eq!(status.code, code, "{filter}: {status:?}");
        if code == 0 {
            assert_eq!(status.json()["serial"], OTHER, "{filter}");
        }
    }
    let watch = bench.run("watch --for 2 --json --charger carport");
    assert!(
        watch.stdout.contains(OTHER) && !watch.stdout.contains(SERIAL),
        "{watch:?}"
    );
    let both = bench.run_with("watch --for 3 --json", &[("EVSE_PIN", PIN)]);
    assert!(
        both.stdout.contains(OTHER) && both.stdout.contains(SERIAL),
        "{both:?}"
    );
}

#[test]
fn another_charger_at_the_address_is_not_told_anything() {
    let bench = Bench::plugged();
    let other = bench.em(&format!("stop --serial {OTHER}"));
    assert_eq!(other.code, 1, "{other:?}");
    assert!(
        other.stderr.contains("has another serial number"),
        "{other:?}"
    );
}

#[test]
fn a_port_that_is_taken_is_exit_code_1() {
    let bench = Bench::gone();
    let taken = UdpSocket::bind(("0.0.0.0", bench.port())).expect("bound");
    for command in ["discover", "status", "watch", "dump", "login"] {
        let failed = bench.run(command);
        assert_eq!(failed.code, 1, "{command}: {failed:?}");
        assert!(
            failed
                .stderr
                .contains(&format!("UDP port {} is taken", bench.port())),
            "{failed:?}"
        );
        assert_eq!(failed.stderr.lines().count(), 1, "{failed:?}");
    }
    assert_eq!(
        bench.run("status --json").json()["error"]["kind"],
        "port_taken"
    );
    drop(taken);
}

#[test]
fn chargers_are_exported_and_imported() {
    let bench = Bench::plugged();
    assert_eq!(bench.run("export out.json").code, 1, "nothing is known");
    assert_eq!(bench.em("login").code, 0);
    let file = bench.file("out.json");
    let exported = bench.run(&format!("export {} --json", file.display()));
    assert_eq!(
        exported.json(),
        json!({"command": "export", "chargers": 1, "file": file.display().to_string()})
    );

    let other = Bench::gone();
    let imported = other.run(&format!("import {}", file.display()));
    assert_eq!(imported.code, 0, "{imported:?}");
    assert_eq!(
        imported.stdout,
        format!(
            "1 charger taken over into {}\n",
            other.file("evses.json").display()
        )
    );
    let text = std::fs::read_to_string(other.file("evses.json")).expect("read");
    assert!(text.contains("zs3My8rJ"), "{text}");
    for (name, content) in [("missing.json", None), ("broken.json", Some("[{"))] {
        let path = other.file(name);
        if let Some(content) = content {
            std::fs::write(&path, content).expect("written");
        }
        let failed = other.run(&format!("import {}", path.display()));
        assert_eq!(failed.code, 2, "{name}: {failed:?}");
    }
}

#[test]
fn a_recording_holds_the_datagrams_of_the_command() {
    let bench = Bench::plugged();
    let file = bench.file("session.pcap");
    let path = file.to_str().expect("UTF-8");
    let done = bench.em(&format!("set-current 10 --record {path}"));
    assert_eq!(done.code, 0, "{done:?}");
    let decoded = run(&["decode", path]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    assert!(
        decoded.stdout.contains("→ output_amps (0x8107)"),
        "{decoded:?}"
    );
    assert!(
        decoded.stdout.contains("← output_amps_reply (0x0107)"),
        "{decoded:?}"
    );
    assert!(!decoded.stdout.contains("313233343536"), "{decoded:?}");
}
