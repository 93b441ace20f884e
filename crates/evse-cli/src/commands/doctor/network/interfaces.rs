//! The networks that this machine is in, and whether it has a way to an address.

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use if_addrs::{IfAddr, get_if_addrs};

use super::super::Finding;

/// The IPv4 networks of this machine, loopback left out.
pub(super) struct Networks(Vec<Network>);

struct Network {
    interface: String,
    ip: Ipv4Addr,
    prefix: u32,
    /// Up, and plugged in or in reach of its access point.
    is_up: bool,
    is_point_to_point: bool,
}

impl Network {
    fn mask(&self) -> u32 {
        u32::MAX.checked_shl(32 - self.prefix).unwrap_or_default()
    }

    fn contains(&self, ip: Ipv4Addr) -> bool {
        (self.ip.to_bits() ^ ip.to_bits()) & self.mask() == 0
    }

    /// Links of two hosts have no broadcast address.
    fn can_broadcast(&self) -> bool {
        self.is_up && !self.is_point_to_point && self.prefix < 31
    }
}

impl Networks {
    pub(super) fn list() -> io::Result<Self> {
        let interfaces = get_if_addrs()?.into_iter();
        let networks = interfaces.filter_map(|interface| match &interface.addr {
            IfAddr::V4(v4) if !v4.is_loopback() => Some(Network {
                ip: v4.ip,
                prefix: v4.netmask.to_bits().count_ones(),
                is_up: interface.is_oper_up(),
                is_point_to_point: interface.is_p2p,
                interface: interface.name,
            }),
            _ => None,
        });
        Ok(Self(networks.collect()))
    }

    /// Whether a search can reach anybody.
    pub(super) fn check(&self) -> Finding {
        const ABOUT: &str = "network";
        let up = |network: &&Network| network.is_up;
        let names = self.names(up);
        if self.0.iter().any(Network::can_broadcast) {
            return Finding::ok(ABOUT, ABOUT, names);
        }
        if !names.is_empty() {
            let what = format!(
                "{names} is a link of two hosts, such as a VPN: no search by broadcast is possible"
            );
            let fix = "connect to the chargers' network, or give each charger's address";
            return Finding::warning("no-broadcast", ABOUT, what, fix);
        }
        match self.names(|_| true) {
            none if none.is_empty() => Finding::problem(
                "no-network",
                ABOUT,
                "no network interface has an IPv4 address",
                "connect this machine to the chargers' network; `ip address` shows what it has",
            ),
            down => Finding::problem(
                "interface-down",
                ABOUT,
                format!("{down} is down or has no link"),
                "plug the cable in, join the Wi-Fi, or switch it on: `sudo ip link set NAME up`",
            ),
        }
    }

    /// Where a question to all goes.
    pub(super) fn broadcasts(&self) -> impl Iterator<Item = Ipv4Addr> {
        let able = self.0.iter().filter(|network| network.can_broadcast());
        able.map(|network| Ipv4Addr::from_bits(network.ip.to_bits() | !network.mask()))
    }

    /// Such as `192.0.2.7/24 on eth0`.
    fn names(&self, is_wanted: impl Fn(&&Network) -> bool) -> String {
        let mut names = String::new();
        for network in self.0.iter().filter(is_wanted) {
            let comma = if names.is_empty() { "" } else { ", " };
            let Network {
                ip,
                prefix,
                interface,
                ..
            } = network;
            // Writing to a string cannot fail.
            let _ = write!(names, "{comma}{ip}/{prefix} on {interface}");
        }
        names
    }

    /// What keeps packets for an address from leaving this machine, if anything does. Nothing is sent.
    pub(super) fn no_route(&self, about: &str, ip: IpAddr) -> Option<Finding> {
        let error = route(ip).err()?;
        let down = self.names(|network| !network.is_up && is_in(network, ip));
        if !down.is_empty() {
            return Some(Finding::problem(
                "interface-down",
                about,
                format!("{ip} is in the network of {down}, which is down or has no link"),
                "plug the cable in, join the Wi-Fi, or switch it on: `sudo ip link set NAME up`",
            ));
        }
        Some(if error.kind() == io::ErrorKind::PermissionDenied {
            let what = format!("a rule of this machine forbids to send to {ip} ({error})");
            let fix = format!("`ip route get {ip}` and the firewall's rules show which");
            Finding::problem("send-forbidden", about, what, fix)
        } else {
            let have = match self.names(|network| network.is_up) {
                none if none.is_empty() => "it has no network".to_owned(),
                names => format!("it has {names}"),
            };
            let what = format!("this machine has no route to {ip} ({error}); {have}");
            let fix =
                "check the address; connect to its network, or add a route through your router";
            Finding::problem("no-route", about, what, fix)
        })
    }

    /// Whether the address is in another network, behind a router; `None` on this machine and for IPv6.
    pub(super) fn is_elsewhere(&self, ip: IpAddr) -> Option<bool> {
        let IpAddr::V4(v4) = ip else { return None };
        if v4.is_loopback() {
            return None;
        }
        Some(
            !self
                .0
                .iter()
                .any(|network| network.is_up && network.contains(v4)),
        )
    }

    /// The networks that are up, for a sentence.
    pub(super) fn up(&self) -> String {
        self.names(|network| network.is_up)
    }
}

fn is_in(network: &Network, ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if network.contains(ip))
}

/// Asks the system for the way to an address: to connect a UDP socket sends nothing.
fn route(ip: IpAddr) -> io::Result<()> {
    let any: IpAddr = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind(SocketAddr::new(any, 0))?.connect(SocketAddr::new(ip, evse::DUOSIDA_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(ip: [u8; 4], prefix: u32) -> Network {
        Network {
            interface: "eth0".to_owned(),
            ip: ip.into(),
            prefix,
            is_up: true,
            is_point_to_point: false,
        }
    }

    #[test]
    fn a_network_has_the_addresses_of_its_prefix() {
        for (prefix, ip, is_in) in [
            (24, [192, 0, 2, 200], true),
            (24, [192, 0, 3, 7], false),
            (25, [192, 0, 2, 200], false),
            (16, [192, 0, 3, 7], true),
            (32, [192, 0, 2, 7], true),
            (32, [192, 0, 2, 8], false),
            (0, [8, 8, 8, 8], true),
        ] {
            let found = network([192, 0, 2, 7], prefix).contains(ip.into());
            assert_eq!(found, is_in, "/{prefix} {ip:?}");
        }
    }

    #[test]
    fn what_a_search_can_use_is_told() {
        let code = |networks| Networks(networks).check().code;
        assert_eq!(code(vec![network([192, 0, 2, 7], 24)]), "network");
        assert_eq!(code(vec![network([10, 8, 0, 2], 32)]), "no-broadcast");
        assert_eq!(code(Vec::new()), "no-network");
        let mut down = network([192, 0, 2, 7], 24);
        down.is_up = false;
        assert_eq!(code(vec![down]), "interface-down");
    }
}
