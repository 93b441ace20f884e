//! Serial ports, and buses of Tesla Gen2 units: on ptys, and behind a gateway whose bytes the test writes itself.

use std::fs::File;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::thread::{sleep, spawn};
use std::time::Duration;

use super::namespace::skipped;
use super::other_user::{Stranger, let_in, mounted};
use super::{finding, findings};
use crate::common::Output;
use crate::common::generic::Home;
use crate::common::twc::{Bench, at_once};
use serde_json::Value;

fn doctor(port: &str, options: &str) -> Output {
    Home::empty().run(&format!("doctor twc://{port} --json{options}"))
}

#[track_caller]
fn says(finding: &Value, what: &str, fix: &str) {
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    assert!(text("what").contains(what), "{finding:#}");
    assert!(text("fix").contains(fix), "{finding:#}");
}

/// A gateway that passes on what `speak` writes to whoever connects.
fn gateway(
    mut speak: impl FnMut(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").to_string();
    spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        while speak(&mut client).is_ok() {
            sleep(Duration::from_millis(200));
        }
    });
    port
}

/// A heartbeat of a controller with this id to the unit 2433.
fn heartbeat(id: u8) -> Vec<u8> {
    let mut frame = vec![0xFB, 0xE0, id, id, 0x24, 0x33, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let sum = frame[1..]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    frame.push(sum);
    frame.insert(0, 0xC0);
    frame.extend([0xC0, 0xFC]);
    frame
}

fn units_that_wait_for_a_controller_are_well() {
    let bench = Bench::units(2);
    let output = doctor(bench.port(), SHORT);
    says(
        &finding(&output, "bus"),
        "units 3495, 3496 heard, and no other controller",
        "",
    );
    assert_eq!(output.code, 0);
    let missing = doctor(&format!("{}#1111", bench.port()), SHORT);
    says(
        &finding(&missing, "unit-not-heard"),
        "unit 1111 is not heard, but 3495, 3496",
        "id",
    );
    assert_eq!(bench.sent(), 0, "it must only listen");
}

fn a_bus_where_nobody_speaks_is_silent() {
    let bench = Bench::units(0);
    let silent = finding(&doctor(bench.port(), ""), "bus-silent");
    says(
        &silent,
        "no unit says anything within 12 s",
        "rotary switch is at F",
    );
}

fn a_wall_connector_that_controls_has_its_switch_elsewhere() {
    let alone = Bench::new(0, |options| options.bus.has_controller = true);
    let found = finding(&doctor(alone.port(), SHORT), "rotary-switch");
    says(
        &found,
        "wall connector 7973 works alone",
        "turn its rotary switch to F",
    );
    let bench = Bench::foreign();
    let found = finding(&doctor(bench.port(), SHORT), "rotary-switch");
    says(
        &found,
        "wall connector 7973 controls 3495",
        "listen_only = true",
    );
    let port = bench.port();
    let home = Home::new(&format!("[buses.\"{port}\"]\nlisten_only = true\n"));
    let bus = finding(
        &home.run(&format!("doctor twc://{port} --json{SHORT}")),
        "bus",
    );
    says(
        &bus,
        "controller 7973 runs this bus, and evse only listens, as configured",
        "",
    );
    assert_eq!(bench.sent() + alone.sent(), 0, "it must only listen");
}

fn a_program_that_controls_is_told_from_a_wall_connector() {
    let program = gateway(|client| client.write_all(&heartbeat(0x77)));
    let found = finding(&doctor(&program, " --timeout 3"), "foreign-controller");
    says(&found, "controller 7777 runs this bus", "TWCManager");
    let two = gateway(|client| {
        client.write_all(&heartbeat(0x77))?;
        client.write_all(&heartbeat(0x78))
    });
    let found = finding(&doctor(&two, " --timeout 3"), "several-controllers");
    says(
        &found,
        "7777, 7878 all act as controllers",
        "leave one of them",
    );
}

fn garbage_is_told_from_silence_and_from_noise() {
    // Swapped wires: nothing that looks like the beginning of a message.
    let garbage = gateway(|client| client.write_all(&[0x81, 0x3F, 0x01, 0x7E, 0x0F]));
    let found = finding(&doctor(&garbage, " --timeout 5"), "bus-garbage");
    says(&found, "only garbage is heard", "swap D+ and D-");
    let noise = gateway(|client| {
        client.write_all(&heartbeat(0x77))?;
        let mut damaged = heartbeat(0x77);
        damaged[9] = 0x55;
        client.write_all(&damaged)
    });
    let found = finding(&doctor(&noise, " --timeout 4"), "bus-noise");
    says(&found, "the line is disturbed", "termination");
    assert_eq!(found["severity"], "warning");
}

fn a_gateway_that_is_not_there_or_goes_away_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").to_string();
    drop(listener);
    let found = finding(&doctor(&port, ""), "gateway-unreachable");
    says(
        &found,
        "no connection to the gateway",
        "TCP server in raw mode",
    );
    let restarts = gateway(|_| Err(std::io::ErrorKind::BrokenPipe.into()));
    let found = finding(&doctor(&restarts, ""), "port-lost");
    says(&found, "went away while it was listened to", "cable");
}

#[test]
fn a_bus_is_judged_by_what_is_heard() {
    at_once(&[
        &units_that_wait_for_a_controller_are_well,
        &a_bus_where_nobody_speaks_is_silent,
        &a_wall_connector_that_controls_has_its_switch_elsewhere,
        &a_program_that_controls_is_told_from_a_wall_connector,
        &garbage_is_told_from_silence_and_from_noise,
        &a_gateway_that_is_not_there_or_goes_away_is_said,
    ]);
}

#[test]
fn a_port_that_is_not_there_or_is_none_is_said_with_what_to_look_for() {
    let found = finding(&doctor("/dev/no-such-port", ""), "no-adapter");
    says(&found, "there is no such port", "/dev/ttyUSB0");
    let home = Home::empty();
    let file = home.file("evse.toml");
    let found = finding(&doctor(file.to_str().expect("text"), ""), "port-unusable");
    says(&found, "cannot be used as a serial port", "9600 baud");
}

#[test]
fn an_adapter_is_missed_by_nobody_who_has_no_bus() {
    let plain = Home::empty().command("doctor --json --timeout 1");
    let home = Home::new("[chargers.garage]\naddress = \"duosida://127.0.0.1:1\"\n");
    let networked = home.command("doctor --json --timeout 1");
    // Nothing is listed, or there is no list.
    for hidden in ["/sys/class/tty", "/sys"] {
        let script = "mount -t tmpfs none \"$0\"";
        let Some(mut doctor) = mounted(script, Path::new(hidden), &plain) else {
            return skipped("an_adapter_is_missed_by_nobody_who_has_no_bus");
        };
        let found = finding(&Home::output(&mut doctor), "no-adapter");
        assert_eq!(found["severity"], "note");
        says(
            &found,
            "this machine has none; only Tesla Gen2 units need one",
            "USB-RS485",
        );
        let mut doctor = mounted(script, Path::new(hidden), &networked).expect("as before");
        let found = findings(&Home::output(&mut doctor));
        let is_missed = |finding: &Value| finding["code"] == "no-adapter";
        assert!(!found.iter().any(is_missed), "{found:#?}");
    }
}

/// Makes the system list an adapter whose device is this pty.
fn plug_in(home: &Home, device: &Path) {
    let adapter = home.file("class/ttyUSB7");
    let interface = adapter.join("device");
    for folder in [&interface, &home.file("usb"), &home.file("dev/pts")] {
        std::fs::create_dir_all(folder).expect("made");
    }
    symlink(home.file("usb"), interface.join("subsystem")).expect("made");
    for (name, id) in [("idVendor", "0403"), ("idProduct", "6001")] {
        std::fs::write(adapter.join(name), id).expect("written");
    }
    symlink(device, home.file("dev/ttyUSB7")).expect("made");
}

#[test]
fn an_adapter_that_is_not_configured_is_looked_at_from_outside() {
    let bench = Bench::units(0);
    let home = Home::empty();
    let device = std::fs::read_link(bench.port()).expect("a pty");
    plug_in(&home, &device);
    let stranger = Stranger::new();
    let_in(&home.file(""));
    let script = "mount --rbind /dev/pts \"$0/dev/pts\" && mount --rbind \"$0/dev\" /dev && \
                  mount --bind \"$0/class\" /sys/class/tty";
    let arguments = "doctor --json --timeout 1";
    let doctor = |plain| Some(Home::output(&mut mounted(script, &home.file(""), &plain)?));
    let Some(output) = doctor(home.command(arguments)) else {
        return skipped("an_adapter_that_is_not_configured_is_looked_at_from_outside");
    };
    let found = finding(&output, "serial-port");
    assert_eq!(found["about"], "/dev/ttyUSB7");
    says(&found, "`evse doctor twc:///dev/ttyUSB7` listens there", "");
    if stranger.is_other() {
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&device, mode).expect("changed");
        let output = doctor(stranger.command(&home, arguments)).expect("as before");
        let found = finding(&output, "port-permission");
        assert_eq!(
            found["severity"], "warning",
            "nobody asked for it: {found:#}"
        );
    }
}

#[test]
fn a_port_that_another_program_has_is_left_to_it() {
    let bench = Bench::units(0);
    let held = File::open(bench.port()).expect("a pty");
    let found = finding(&doctor(bench.port(), ""), "port-held");
    let fix = format!("`kill {}`", std::process::id());
    says(&found, &format!("(process {})", std::process::id()), &fix);
    let stranger = Stranger::new();
    if stranger.is_other() {
        // Another user's processes are not to be seen into.
        held.lock().expect("not locked");
        let mode = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(bench.port(), mode).expect("changed");
        let home = Home::empty();
        let_in(&home.file("."));
        let arguments = format!("doctor twc://{} --json", bench.port());
        let output = Home::output(&mut stranger.command(&home, &arguments));
        says(
            &finding(&output, "port-held"),
            "another user",
            "sudo fuser -v",
        );
    }
}

#[test]
fn a_port_that_may_not_be_opened_is_said_with_the_group_that_may() {
    let bench = Bench::units(0);
    let stranger = Stranger::new();
    let home = Home::empty();
    let_in(&home.file("."));
    let mode = std::fs::Permissions::from_mode(stranger.mode(0o660));
    std::fs::set_permissions(bench.port(), mode).expect("changed");
    let command = format!("doctor twc://{} --json", bench.port());
    if !stranger.is_other() {
        says(
            &finding(
                &Home::output(&mut stranger.command(&home, &command)),
                "port-permission",
            ),
            "may not open it",
            "sudo chown",
        );
        return;
    }
    std::os::unix::fs::chown(bench.port(), None, Some(GROUP)).expect("changed");
    let groups = home.file("group");
    let member = |members: &str| {
        std::fs::write(&groups, format!("dialout:x:{GROUP}:{members}\n")).expect("written");
    };
    member("");
    let script = "mount --bind \"$0\" /etc/group";
    let doctor = || {
        let plain = stranger.command(&home, &command);
        Some(Home::output(&mut mounted(script, &groups, &plain)?))
    };
    let Some(output) = doctor() else {
        return skipped("a_port_that_may_not_be_opened_is_said_with_the_group_that_may");
    };
    let found = finding(&output, "port-permission");
    let fix = "`sudo usermod -aG dialout nobody`, then log out and in";
    says(&found, "the group dialout (mode 0660)", fix);
    member("ada,nobody");
    let found = finding(&doctor().expect("as before"), "login-too-old");
    says(&found, "was not yet at this login", "newgrp dialout");
}

/// The simulated bus is faster than a real one, so this is enough to hear everybody.
const SHORT: &str = " --timeout 6";

/// That of dialout on many systems.
const GROUP: u32 = 20;
