//! The network between, made of namespaces, pairs of interfaces and routes.

use std::net::Ipv4Addr;
use std::process::Command;

use evse_sim::shell::{Simulator, SimulatorOptions};

use super::About;
use super::namespace::in_a_network_of_its_own;
use crate::common::generic::Home;

fn ip(arguments: &str) {
    let done = Command::new("ip").args(arguments.split(' ')).status();
    assert!(done.expect("ip runs").success(), "ip {arguments}");
}

#[test]
fn without_a_network_that_is_what_is_told() {
    const TEST: &str = "doctor::network::without_a_network_that_is_what_is_told";
    in_a_network_of_its_own(TEST, "ip link add v0 type veth peer name v1", || {
        let home = Home::new(
            "[chargers.garage]\naddress = \"duosida://10.9.0.7\"\n[chargers.carport]\naddress = \"em://10.9.0.8\"\n\
             [chargers.yard]\naddress = \"duosida://charger.invalid\"\n",
        );
        let found = About::all(&home.run("doctor --json"));
        found.is("network", &["no-network"]);
        found.is("garage", &["no-route"]);
        found.is("carport", &["no-route"]);
        found.is("yard", &["name-unknown"]);

        ip("addr add 10.9.0.1/24 dev v0");
        let found = About::all(&home.run("doctor garage --json"));
        found.is("network", &["interface-down"]);
        found.is("garage", &["interface-down"]);

        ip("addr del 10.9.0.1/24 dev v0");
        ip("addr add 10.9.0.1/32 dev v0");
        ip("link set v0 up");
        ip("link set v1 up");
        let home = Home::new("[em]\nbroadcast = [\"10.5.255.255\"]\n");
        let found = About::all(&home.run("doctor --json"));
        found.is("network", &["no-broadcast"]);
        found.is("search", &["broadcast-not-sent", "nobody-answers"]);
    });
}

#[test]
fn between_networks_each_charger_has_findings_of_its_own() {
    const TEST: &str = "doctor::network::between_networks_each_charger_has_findings_of_its_own";
    // 10.9.0.0/24 is this network, 10.8.0.0/16 behind a router; 10.8.0.2 is there and answers.
    const NETWORK: &str = "
        ip link add v0 type veth peer name v1
        ip addr add 10.9.0.1/24 broadcast + dev v0
        ip addr add 10.9.0.5/24 dev v0
        ip link set v0 up
        ip link set v1 up
        ip route add 10.8.0.0/16 via 10.9.0.254
        ip route add local 10.8.0.2/32 dev lo
        ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev v0 nud permanent
        ip route add prohibit 10.6.0.7
        ip route add prohibit 255.255.255.255
        ip rule add pref 10 lookup local
        ip rule del pref 0
        ip rule add pref 0 from 10.9.0.5 ipproto tcp sport 9988 blackhole";
    in_a_network_of_its_own(TEST, NETWORK, || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let start = |host: Ipv4Addr| {
            let options = SimulatorOptions {
                bind: host.into(),
                discovery_bind: host.into(),
                ..SimulatorOptions::default()
            };
            runtime
                .block_on(Simulator::start(options))
                .expect("free ports")
        };
        let _routed = start(Ipv4Addr::new(10, 8, 0, 2));
        let _no_tcp = start(Ipv4Addr::new(10, 9, 0, 5));
        let chargers = [
            ("nobody", "duosida://10.9.0.7"),
            ("nobody-em", "em://10.9.0.8"),
            ("something", "duosida://10.9.0.9"),
            ("something-em", "em://10.9.0.9"),
            ("no-tcp", "duosida://10.9.0.5"),
            ("routed", "duosida://10.8.0.2"),
            ("elsewhere", "duosida://10.8.0.7"),
            ("elsewhere-em", "em://10.8.0.8"),
            ("forbidden", "em://10.6.0.7"),
            ("by-serial", "em://9181102751219513"),
        ];
        let config =
            chargers.map(|(name, address)| format!("[chargers.{name}]\naddress = \"{address}\"\n"));
        let output = Home::new(&config.concat()).run("doctor --json");
        let found = About::all(&output);
        found.is("network", &["network"]);
        found.is("nobody", &["nobody-there"]);
        found.is("nobody-em", &["nobody-there"]);
        found.is("something", &["silent"]);
        found.is("something-em", &["silent"]);
        found.is("no-tcp", &["broadcast-blocked", "tcp-blocked"]);
        found.is("routed", &["other-network", "charger", "clock"]);
        found.is("elsewhere", &["other-network"]);
        found.is("elsewhere-em", &["other-network"]);
        found.is("forbidden", &["send-forbidden"]);
        found.is("by-serial", &["not-heard"]);
        found.is("search", &["broadcast-not-sent"]);
    });
}
