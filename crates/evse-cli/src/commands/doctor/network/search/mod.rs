//! Who is there: everybody is asked at once, then those that were not heard one by one. Neither needs a PIN, nor
//! occupies a charger's connection.

mod duosida;
mod em;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, ToSocketAddrs as _};
use std::time::Duration;

use evse::config::ChargerConfig;
use evse::{Address, Connector, Protocol};

use super::super::Finding;
use super::super::case::Case;
use super::interfaces::Networks;
use super::port;

/// Chargers announce themselves every 3 to 5 s.
const FOR_ALL: Duration = Duration::from_secs(6);
/// Three questions to each.
const ONE_BY_ONE: Duration = Duration::from_secs(3);
/// How long the search takes.
pub(super) const LENGTH: Duration = Duration::from_secs(9);
/// How many questions each one gets.
const PROBES: u32 = 3;

/// A charger that is looked for.
pub(super) struct Wanted<'a> {
    pub(super) charger: &'a ChargerConfig,
    /// Where it is by its address; `None` for one that has none but its serial number.
    pub(super) place: Option<Result<IpAddr, io::Error>>,
}

impl<'a> Wanted<'a> {
    /// Looks its name up.
    pub(super) async fn new(charger: &'a ChargerConfig) -> Self {
        let place = match charger.address.host() {
            Some(host) => Some(resolve(host.to_owned()).await),
            None => None,
        };
        Self { charger, place }
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.charger.address.protocol()
    }

    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.place.as_ref()?.as_ref().ok().copied()
    }

    fn ipv4(&self) -> Option<Ipv4Addr> {
        match self.ip()? {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        }
    }

    /// The serial number that it must have, as far as that is stated.
    pub(super) fn serial(&self) -> Option<String> {
        match &self.charger.address {
            Address::EmSerial(serial) => Some(serial.to_string()),
            _ => Some(self.charger.identity.as_ref()?.serial().to_owned()),
        }
    }
}

async fn resolve(host: String) -> io::Result<IpAddr> {
    let found = tokio::task::spawn_blocking(move || (host, 0).to_socket_addrs());
    let found = found
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))?;
    let mut found: Vec<IpAddr> = found.map(|found| found.ip()).collect();
    // What a charger has.
    found.sort_by_key(IpAddr::is_ipv6);
    let none = || io::Error::new(io::ErrorKind::NotFound, "no address");
    found.first().copied().ok_or_else(none)
}

/// A charger that was heard.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) address: Address,
    pub(super) ip: Ipv4Addr,
    /// Duosida chargers do not tell.
    pub(super) serial: Option<String>,
    /// Whether the question to all reached it, or its announcement reached this machine.
    pub(super) by_broadcast: bool,
    /// Whether it announces itself, which one does that has no client; of Duosida chargers none does.
    pub(super) announces: bool,
}

impl Voice {
    /// Whether it is the one that is looked for, or at the place of that.
    fn is(&self, wanted: &Wanted<'_>) -> bool {
        if self.address.protocol() != wanted.protocol() {
            return false;
        }
        match wanted.place {
            None => self.serial == wanted.serial(),
            Some(_) => wanted.ip() == Some(self.ip.into()),
        }
    }
}

/// Questions that were not sent.
type Unsent = Vec<(SocketAddrV4, io::ErrorKind)>;

/// What the search found.
pub(super) struct Search {
    pub(super) voices: Vec<Voice>,
    /// Where a question to all could not be sent.
    not_sent: Unsent,
    /// Where it was to be sent by the configuration.
    broadcasts: Vec<Ipv4Addr>,
    /// The port of `EVSEMaster` chargers, where those were looked for.
    em_port: Option<Result<u16, evse::em::Error>>,
}

impl Search {
    pub(super) async fn run(case: &Case<'_>, connector: &Connector, wanted: &[Wanted<'_>]) -> Self {
        case.context.progress("searching for chargers");
        let is_meant = |protocol| {
            let mut all = wanted.iter();
            wanted.is_empty() || all.any(|wanted| wanted.protocol() == protocol)
        };
        let duosida = async {
            if is_meant(Protocol::Duosida) {
                duosida::search(case, wanted).await
            } else {
                Default::default()
            }
        };
        let em = async {
            match is_meant(Protocol::Em).then(|| em::open(connector)) {
                Some(Ok((communicator, port))) => {
                    let voices = em::search(case, communicator, wanted).await;
                    (voices, Some(Ok(port)))
                }
                other => (Vec::new(), other.map(|opened| opened.map(|(_, port)| port))),
            }
        };
        let ((mut voices, not_sent), (of_em, em_port)) = tokio::join!(duosida, em);
        voices.extend(of_em);
        Self {
            voices,
            not_sent,
            broadcasts: case.config.em.broadcast.clone(),
            em_port,
        }
    }

    /// Whether chargers of this family can be heard at all.
    pub(super) fn can_hear(&self, protocol: Protocol) -> bool {
        protocol != Protocol::Em || matches!(self.em_port, Some(Ok(_)))
    }

    pub(super) fn voice(&self, wanted: &Wanted<'_>) -> Option<&Voice> {
        self.voices.iter().find(|voice| voice.is(wanted))
    }

    /// What concerns no charger in particular.
    pub(super) fn check(&self, wanted: &[Wanted<'_>], networks: &Networks) -> Vec<Finding> {
        let mut findings = Vec::new();
        match &self.em_port {
            Some(Ok(number)) => findings.push(port::free(*number)),
            Some(Err(error)) => findings.push(port::failed(error)),
            None => {}
        }
        findings.extend(self.not_sent(networks));
        if !wanted.is_empty() {
            return findings;
        }
        if self.voices.is_empty() {
            findings.push(Finding::problem(
                "nobody-answers",
                "search",
                "no charger answers on this network, and none is configured",
                "check that it is powered and on the same Wi-Fi, no guest network or VLAN; if its address is known: \
                 `evse doctor duosida://ADDRESS` or `evse doctor em://ADDRESS`",
            ));
        }
        for voice in &self.voices {
            let address = &voice.address;
            let what = "a charger answers; it was not asked more";
            let fix = format!(
                "`evse doctor {address}` asks it; `evse config init --discover` gives it a name"
            );
            findings.push(Finding::note(
                "charger-found",
                address.to_string(),
                what,
                fix,
            ));
        }
        findings
    }

    /// A search that this machine does not let out.
    fn not_sent(&self, networks: &Networks) -> Option<Finding> {
        let forbidden = |(_, kind): &&(_, _)| *kind == io::ErrorKind::PermissionDenied;
        let (to, kind) = self.not_sent.iter().find(forbidden).or_else(|| {
            // That there is no way to 255.255.255.255 does not matter where a network's own broadcast address has one.
            let mut asked = self.broadcasts.clone();
            if asked.is_empty() {
                asked.extend(networks.broadcasts());
            }
            let is_unsent = |ip: &Ipv4Addr| self.not_sent.iter().any(|(to, _)| to.ip() == ip);
            let none_left = !asked.is_empty() && asked.iter().all(is_unsent);
            self.not_sent.first().filter(|_| none_left)
        })?;
        let what = format!("a question to all, to {to}, does not leave this machine: {kind}");
        let fix = if *kind == io::ErrorKind::PermissionDenied {
            "let it out: the rules of the firewall (`sudo nft list ruleset`) and `ip route get` show what forbids it; \
             ports are UDP 48899 (Duosida) and 7248 (EVSEMaster)"
        } else {
            "connect this machine to the chargers' network; `ip address` and `ip route` show what it has"
        };
        Some(Finding::problem("broadcast-not-sent", "search", what, fix))
    }
}
