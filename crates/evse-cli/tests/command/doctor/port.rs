//! The port that `EVSEMaster` chargers send to.

use std::net::UdpSocket;

use super::namespace::{skipped, within};
use super::other_user::like;
use super::{finding, findings};
use crate::common::em::Bench;
use crate::common::generic::Home;

/// Somebody else has the port.
pub(super) fn taken() -> (UdpSocket, Home) {
    let bench = Bench::gone();
    let socket = UdpSocket::bind(("0.0.0.0", bench.port())).expect("free");
    let config = format!(
        "[em]\nport = {}\n[chargers.carport]\naddress = \"em://192.0.2.7\"\n",
        bench.port()
    );
    (socket, Home::new(&config))
}

#[test]
fn a_port_that_is_taken_is_told_with_the_program_that_has_it() {
    let (socket, home) = taken();
    let port = socket.local_addr().expect("bound").port();
    let found = finding(&home.run("doctor --json"), "port-taken");
    assert_eq!(found["about"], format!("UDP port {port}"));
    let what = found["what"].as_str().expect("a text");
    assert!(
        what.contains(&format!("(process {})", std::process::id())),
        "{what}"
    );
    drop(socket);
}

#[test]
fn a_program_that_cannot_be_seen_is_not_named() {
    const TEST: &str = "doctor::port::a_program_that_cannot_be_seen_is_not_named";
    let (_socket, home) = taken();
    // As in a container that shares the network, but not the processes.
    let Some(mut evse) = within(&["--pid", "--fork", "--mount-proc"], &[]) else {
        return skipped(TEST);
    };
    let plain = home.command("doctor --json");
    let output = Home::output(like(&plain, evse.arg(plain.get_program())));
    let found = finding(&output, "port-taken");
    let what = found["what"].as_str().expect("a text");
    assert!(what.contains("cannot be seen from here"), "{what}");
    let fix = found["fix"].as_str().expect("a text");
    assert!(fix.contains("sudo ss -ulpn"), "{fix}");
}

#[test]
fn a_port_that_this_program_may_not_have_is_told() {
    const TEST: &str = "doctor::port::a_port_that_this_program_may_not_have_is_told";
    let home = Home::new("[em]\nport = 80\n[chargers.carport]\naddress = \"em://192.0.2.7\"\n");
    // In a network of its own, ports below 1024 are for those only that have this capability.
    let without = ["setpriv", "--bounding-set=-net_bind_service"];
    let Some(mut evse) = within(&["--net"], &without) else {
        return skipped(TEST);
    };
    let plain = home.command("doctor --json");
    let output = Home::output(like(&plain, evse.arg(plain.get_program())));
    let found = finding(&output, "em-port-failed");
    let what = found["what"].as_str().expect("a text");
    assert!(what.contains("0.0.0.0:80: permission denied"), "{what}");
}

#[test]
fn a_port_that_is_not_needed_is_not_looked_at() {
    let home = Home::new("[chargers.garage]\naddress = \"twc:///dev/none\"\n");
    let output = home.run("doctor --json");
    let codes: Vec<_> = findings(&output);
    let is_of_network =
        |found: &&serde_json::Value| found["code"] == "em-port" || found["code"] == "network";
    assert_eq!(codes.iter().find(is_of_network), None);
}
