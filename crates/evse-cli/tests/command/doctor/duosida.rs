//! Duosida chargers: one run that looks at many, each with something of its own. They answer at the usual ports, so each
//! has an address of its own.

use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use evse_sim::duosida::Device;
use evse_sim::shell::{Simulator, SimulatorOptions};
use tokio::runtime::Runtime;

use super::{About, finding, local};
use crate::common::forgive_late_deliveries;
use crate::common::generic::Home;

fn ip(host: u8) -> Ipv4Addr {
    local(72, host)
}

/// Wallboxes, strict ones: the one connection stays busy after it ends.
struct Street {
    runtime: Runtime,
    simulators: Vec<Simulator>,
}

impl Street {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        Self {
            runtime,
            simulators: Vec::new(),
        }
    }

    fn wallbox(&mut self, host: u8) -> &Simulator {
        self.start(host, SimulatorOptions::default())
    }

    fn start(&mut self, host: u8, options: SimulatorOptions) -> &Simulator {
        let options = SimulatorOptions {
            bind: ip(host).into(),
            discovery_bind: ip(host).into(),
            ..options
        };
        let simulator = self.runtime.block_on(Simulator::start(options));
        self.simulators.push(simulator.expect("free ports"));
        self.simulators.last().expect("there is one")
    }
}

/// A configuration of the wallboxes with these addresses; a question to all reaches the second ones.
fn home(hosts: &[u8], heard: &[u8]) -> Home {
    let broadcast: Vec<String> = heard.iter().map(|host| ip(*host).to_string()).collect();
    let charger = |host: &u8| {
        let serial = if *host == ANOTHER {
            "serial = \"0399999999999999999\"\n"
        } else {
            ""
        };
        format!(
            "[chargers.d{host}]\naddress = \"duosida://{}\"\n{serial}",
            ip(*host)
        )
    };
    let chargers: String = hosts.iter().map(charger).collect();
    // A list is written as in TOML.
    Home::new(&format!("[em]\nbroadcast = {broadcast:?}\n{chargers}"))
}

/// The address at which the configuration wants another charger.
const ANOTHER: u8 = 6;

#[test]
fn each_charger_has_findings_of_its_own() {
    let mut street = Street::new();
    street.wallbox(1);
    street
        .wallbox(2)
        .device(|device, now| device.jump_clock(now, -3_600));
    let busy = street.wallbox(3).address();
    let _app = TcpStream::connect(busy).expect("the first client");
    street.wallbox(4);
    // It answers the search, and its one connection is refused.
    let search = UdpSocket::bind((ip(5), 48_899)).expect("bound");
    std::thread::spawn(move || answer(&search));
    street.wallbox(ANOTHER);
    // Something that is no charger.
    let _listening = TcpListener::bind((ip(7), 9_988)).expect("bound");
    let no_discovery = SimulatorOptions {
        discovery_port: None,
        ..SimulatorOptions::default()
    };
    street.start(8, no_discovery);
    // Nobody is at 9.
    let home = home(&[1, 2, 3, 4, 5, ANOTHER, 7, 8, 9], &[1, 2, 3, 5, ANOTHER]);
    std::thread::sleep(Duration::from_millis(200));

    let output = home.run("doctor --json");
    let found = About::all(&output);
    let is = |host: u8, codes: &[&str]| found.is(&format!("d{host}"), codes);
    is(1, &["charger", "clock"]);
    is(2, &["charger", "clock-skew"]);
    is(3, &["charger-busy"]);
    is(4, &["broadcast-blocked", "charger", "clock"]);
    is(5, &["charger-busy"]);
    is(ANOTHER, &["other-charger"]);
    is(7, &["not-a-charger"]);
    is(8, &["search-unanswered", "charger", "clock"]);
    is(9, &["not-a-charger"]);
    let what = finding(&output, "clock-skew")["what"].to_string();
    assert!(
        what.contains("1 h behind") && what.contains("time zone"),
        "{what}"
    );
    let violations = street.simulators.iter();
    let mut violations: Vec<_> = violations
        .flat_map(|one| one.device(|device, _| device.violations().to_vec()))
        .collect();
    forgive_late_deliveries(&mut violations);
    // At the one that is busy; it was tried once, too.
    assert_eq!(violations.len(), 1, "{violations:?}");
    street.runtime.block_on(async {
        for simulator in street.simulators {
            simulator.shutdown().await;
        }
    });
}

/// Answers probes for ever.
fn answer(search: &UdpSocket) {
    let mut buffer = [0; 64];
    while let Ok((_, from)) = search.recv_from(&mut buffer) {
        let reply = format!("{},02aabbccdd05,smart_wifi,V1.1@e37b36f+77", ip(5));
        // The asker may be gone.
        let _ = search.send_to(reply.as_bytes(), from);
    }
}

#[test]
fn one_that_got_another_address_is_found_there() {
    let mut street = Street::new();
    street.wallbox(22);
    let home = home(&[21], &[22]);
    let output = home.run("doctor d21 --json");
    About::all(&output).is("d21", &["address-changed"]);
    let fix = finding(&output, "address-changed")["fix"].to_string();
    assert!(fix.contains(&format!("duosida://{}", ip(22))), "{fix}");
}

#[test]
fn the_own_connection_of_a_moment_ago_is_no_other_client() {
    let mut street = Street::new();
    street.wallbox(41);
    let home = home(&[41], &[41]);
    About::all(&home.run("doctor --json")).is("d41", &["charger", "clock"]);
    let output = home.run("doctor --json");
    About::all(&output).is("d41", &["charger-busy"]);
    assert_eq!(finding(&output, "charger-busy")["severity"], "note");
}

#[test]
fn whoever_answers_is_told_where_nothing_is_configured() {
    let mut street = Street::new();
    street.wallbox(31).device(Device::plug_in);
    let home = home(&[], &[31]);
    let output = home.run("doctor --json");
    let about = format!("duosida://{}", ip(31));
    About::all(&output).is(&about, &["charger-found"]);
    let mut violations = street.simulators[0].device(|device, _| device.violations().to_vec());
    forgive_late_deliveries(&mut violations);
    assert!(violations.is_empty(), "{violations:?}");
}
