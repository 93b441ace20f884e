//! Why a charger does not answer, as far as that can be told from here.

use std::net::IpAddr;

use evse::{Protocol, em};

use super::super::Finding;
use super::Scene;
use super::neighbours::{Neighbour, neighbour};
use super::search::{Voice, Wanted};

/// A charger that nothing was heard from, neither by broadcast nor when it was asked directly.
pub(super) fn silent(wanted: &Wanted<'_>, scene: &Scene<'_>) -> Finding {
    if let Some(moved) = moved(wanted, scene) {
        return moved;
    }
    let name = &wanted.charger.name;
    let Some(ip) = wanted.ip() else {
        return Finding::problem(
            "not-heard",
            name,
            "no charger with this serial number is heard on this network",
            format!(
                "check its power and Wi-Fi; in another network or VLAN give its address, em://ADDRESS; {}",
                open_port(scene)
            ),
        );
    };
    let family = wanted.protocol();
    if scene.networks.is_elsewhere(ip) == Some(true) {
        return elsewhere(name, ip, family, scene);
    }
    let neighbour = match ip {
        IpAddr::V4(ip) => neighbour(ip),
        IpAddr::V6(_) => Neighbour::Unknown,
    };
    let what = match neighbour {
        Neighbour::Nobody => {
            return Finding::problem(
                "nobody-there",
                name,
                format!("no device on this network has the address {ip}"),
                "check its power and Wi-Fi; it may have got another address: `evse discover`, or the list of the router, \
                 which can also keep the address for it",
            );
        }
        Neighbour::There => {
            format!("a device has the address {ip}, and does not answer as a charger")
        }
        Neighbour::Unknown => format!("{ip} does not answer"),
    };
    let firewall = match family {
        Protocol::Em => open_port(scene),
        _ => "let TCP 9988 to it through firewalls between".to_owned(),
    };
    let fix = format!(
        "check its power and Wi-Fi, and that this is its address (`evse discover`); {firewall}"
    );
    Finding::problem("silent", name, what, fix)
}

/// A charger in another network that does not answer.
fn elsewhere(name: &str, ip: IpAddr, family: Protocol, scene: &Scene<'_>) -> Finding {
    let ports = match family {
        Protocol::Em => {
            "UDP between any port of the charger (7248 at first) and 28376 of this machine, in both directions"
        }
        _ => "TCP 9988 to the charger",
    };
    Finding::problem(
        "other-network",
        name,
        format!(
            "{ip} is in none of this machine's networks ({}), and it does not answer across the router; searches and \
             announcements do not cross one",
            scene.networks.up()
        ),
        format!(
            "check the address; let the router or VLAN pass {ports}; or connect this machine to the charger's network"
        ),
    )
}

/// Whether the charger seems to be at another address.
pub(super) fn moved(wanted: &Wanted<'_>, scene: &Scene<'_>) -> Option<Finding> {
    let old = wanted.charger.address.host()?;
    let name = &wanted.charger.name;
    let is_other = |voice: &&Voice| {
        voice.address.protocol() == wanted.protocol() && wanted.ip() != Some(voice.ip.into())
    };
    let mut others = scene.search.voices.iter().filter(is_other);
    let (new, what) = if wanted.protocol() == Protocol::Em {
        let serial = wanted.serial().or_else(|| remembered(old, scene))?;
        let new = others.find(|voice| voice.serial.as_deref() == Some(&*serial))?;
        let what = format!(
            "it is no longer at {old}: the charger with its serial number answers at {}",
            new.ip
        );
        (new, what)
    } else {
        // They do not tell who they are, so only one that nobody else is configured for may be it.
        let is_known = |voice: &&Voice| {
            let mut chargers = scene.case.config.chargers.iter();
            chargers.any(|charger| charger.address.host() == voice.address.host())
        };
        let mut free = others.filter(|voice| !is_known(voice));
        let new = free.next()?;
        let what = format!(
            "nobody answers at {old}, but a charger that is not configured does at {}: probably this one",
            new.ip
        );
        if free.next().is_some() {
            return None;
        }
        (new, what)
    };
    let fix = format!(
        "set `address = \"{}\"` in the configuration, and let the router keep that address for it",
        new.address
    );
    Some(Finding::problem("address-changed", name, what, fix))
}

/// Who was last at an address, by the state file.
fn remembered(host: &str, scene: &Scene<'_>) -> Option<String> {
    let file = scene.case.context.store().ok()?.read().ok()?;
    let is_it = |address: &str| {
        let address: Option<evse::Address> = address.parse().ok();
        address.is_some_and(|address| {
            address.protocol() == Protocol::Em && address.host() == Some(host)
        })
    };
    let mut there = file
        .chargers
        .iter()
        .filter(|(_, known)| known.address.as_deref().is_some_and(is_it));
    let (key, _) = there.next()?;
    Some(key.strip_prefix("em:")?.to_owned())
}

fn open_port(scene: &Scene<'_>) -> String {
    let configured = scene.case.config.em.port;
    let port = configured.unwrap_or(em::proto::CLIENT_PORT);
    format!(
        "let UDP port {port} in through this machine's firewall (`sudo ufw allow {port}/udp`, `sudo firewall-cmd \
         --add-port={port}/udp`)"
    )
}
