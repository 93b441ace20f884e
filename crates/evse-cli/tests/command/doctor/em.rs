//! `EVSEMaster` chargers: one run that looks at many, each with something of its own.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use evse::em::proto::frame::Datagram;
use evse::em::proto::{Command, Password, Pin};
use evse_sim::em::Model;
use evse_sim::shell::em::SimulatorOptions;
use serde_json::json;

use super::{About, finding, local};
use crate::common::em::{Bench, PIN};
use crate::common::generic::Home;

/// Where questions to all arrive, by its host.
const BROADCAST: u8 = 1;
/// Nobody is there.
const NOWHERE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 71, 250), 9);

/// Chargers that send to one port, and their configuration.
struct Street {
    client_port: u16,
    config: String,
    benches: Vec<Bench>,
}

impl Street {
    fn new() -> Self {
        let client_port = Bench::gone().port();
        Self {
            client_port,
            config: format!(
                "[em]\nport = {client_port}\nbroadcast = [\"{}\"]\n",
                ip(BROADCAST)
            ),
            benches: Vec::new(),
        }
    }

    /// A charger at the address of this host that announces itself, unless that is changed.
    fn charger(&mut self, host: u8, change: impl FnOnce(&mut SimulatorOptions)) -> &Bench {
        let client_port = self.client_port;
        self.benches.push(Bench::new(Model::BesenBs20, |options| {
            options.bind = ip(host);
            options.device.serial = serial(host).parse().expect("a serial");
            options.device.client_port = client_port;
            options.device.announce_to.set_port(client_port);
            change(options);
        }));
        self.benches.last().expect("there is one")
    }

    /// A charger of the configuration, called by its host's number.
    fn configure(&mut self, host: u8, keys: &[(&str, &str)]) {
        self.configure_at(host, &ip(host).to_string(), keys);
    }

    fn configure_at(&mut self, host: u8, address: &str, keys: &[(&str, &str)]) {
        let mut charger = vec![format!(
            "[chargers.c{host}]\naddress = \"em://{address}\"\n"
        )];
        charger.extend(
            keys.iter()
                .map(|(key, value)| format!("{key} = \"{value}\"\n")),
        );
        self.config += &charger.concat();
    }

    fn home(&self) -> Home {
        Home::new(&self.config)
    }
}

fn ip(host: u8) -> Ipv4Addr {
    local(71, host)
}

fn serial(host: u8) -> String {
    format!("91811027512{host:05}")
}

/// Another client logs in at a charger.
fn log_in(bench: &Bench, host: u8) {
    let socket = UdpSocket::bind((ip(200), 0)).expect("bound");
    let pin: Pin = PIN.parse().expect("six digits");
    let serial = serial(host).parse().expect("a serial");
    // Login request and confirmation.
    for command in [0x8002, 0x8001] {
        let datagram = Datagram::new(serial, pin.into(), Command::from(command), &[0]);
        let bytes = datagram.to_vec().expect("short");
        socket.send_to(&bytes, bench.host()).expect("sent");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(bench.truth().client, Some(ip(200)));
}

/// Says to probes that the PIN is wrong, as a charger does, and nothing to anything else.
fn answer_probes(socket: &UdpSocket, client_port: u16) {
    let serial = serial(13).parse().expect("a serial");
    let answer = Datagram::new(serial, Password::NONE, Command::from(0x0155), &[]);
    let answer = answer.to_vec().expect("short");
    let mut buffer = [0; 512];
    while let Ok((_, from)) = socket.recv_from(&mut buffer) {
        let is_probe = buffer[SERIAL] == [0; 8];
        if is_probe {
            // The asker may be gone.
            let _ = socket.send_to(&answer, (from.ip(), client_port));
        }
    }
}

/// Where a datagram has the serial number, which is zero in a probe.
const SERIAL: std::ops::Range<usize> = 5..13;

#[test]
fn each_charger_has_findings_of_its_own() {
    let mut street = Street::new();
    let right = [("pin", PIN)];
    street.charger(2, |_| {});
    street.configure(2, &right);
    street.charger(3, |options| options.device.clock_skew_s = 2 * 3_600);
    street.configure(3, &right);
    street.charger(4, |_| {});
    street.configure(4, &[("pin", "654321")]);
    street.charger(5, |_| {});
    street.configure(5, &[]);
    street.charger(6, |_| {});
    street.configure(6, &[("pin_env", "EVSE_TEST_NO_SUCH_VARIABLE")]);
    let other_client = street.charger(BROADCAST, |options| options.probe_port = Some(7_248));
    log_in(other_client, BROADCAST);
    street.configure(BROADCAST, &right);
    street.charger(7, |options| {
        options.device.announce_to = NOWHERE;
        options.probe_port = Some(7_248);
    });
    street.configure(7, &right);
    // It was at 8.
    street.charger(18, |_| {});
    street.configure(8, &[("pin", PIN), ("serial", &serial(18))]);
    street.configure(9, &right);
    street.charger(10, |_| {});
    street.configure(10, &[("pin", PIN), ("serial", "0011223344556677")]);

    // It was at 11, and nobody configured who it is; the state file knows.
    street.charger(21, |_| {});
    street.configure(11, &right);
    // It is heard only where it was last.
    let shy = street.charger(12, |options| options.device.announce_to = NOWHERE);
    let was = [(21, format!("{}:7248", ip(11))), (12, shy.host())];
    street.configure_at(12, &serial(12), &right);
    // It answers the search, and nothing else.
    let mute = UdpSocket::bind((ip(13), 7_248)).expect("bound");
    let client_port = street.client_port;
    std::thread::spawn(move || answer_probes(&mute, client_port));
    street.configure(13, &right);

    let home = street.home();
    let known = was.map(|(host, at)| {
        let key = format!("em:{}", serial(host));
        (key, json!({ "address": format!("em://{at}") }))
    });
    let known: serde_json::Map<_, _> = known.into_iter().collect();
    let state = json!({ "version": 1, "chargers": known }).to_string();
    std::fs::write(home.file("state.json"), state).expect("written");

    let output = home.run("doctor --json");
    let found = About::all(&output);
    let is = |host: u8, codes: &[&str]| found.is(&format!("c{host}"), codes);
    is(2, &["charger", "clock"]);
    is(3, &["charger", "clock-skew"]);
    is(4, &["wrong-pin"]);
    is(5, &["no-pin"]);
    is(6, &["pin-unusable"]);
    is(BROADCAST, &["other-client", "charger", "clock"]);
    is(7, &["broadcast-blocked", "charger", "clock"]);
    is(8, &["address-changed"]);
    is(9, &["silent"]);
    is(10, &["other-charger"]);
    is(11, &["address-changed"]);
    is(12, &["broadcast-blocked", "charger", "clock"]);
    is(13, &["broadcast-blocked", "no-answer"]);
    found.is(&format!("UDP port {}", street.client_port), &["em-port"]);
    let skew = finding(&output, "clock-skew");
    let what = skew["what"].as_str().expect("a text");
    assert!(
        what.contains("2 h ahead of") && what.contains("time zone"),
        "{what}"
    );
    for host in [18, 21] {
        let address = format!("em://{}", ip(host));
        assert!(output.stdout.contains(&address), "{address}: {output:?}");
    }
    assert!(
        !output.stdout.contains("654321") && !output.stdout.contains(PIN),
        "{output:?}"
    );
}

#[test]
fn one_charger_is_looked_at_alone_and_has_the_pin_of_the_command_line() {
    let mut street = Street::new();
    street.charger(30, |options| options.device.clock_skew_s = 8 * 3_600);
    let output = street
        .home()
        .run(&format!("doctor em://{} --pin {PIN} --json", ip(30)));
    let found = About::all(&output);
    found.is(&format!("em://{}", ip(30)), &["charger", "clock-skew"]);
    let what = finding(&output, "clock-skew")["what"].to_string();
    assert!(what.contains("write UTC"), "{what}");
}
