//! `EVSEMaster` chargers announce themselves while they have no client, and answer questions in any case.

use std::net::SocketAddrV4;

use evse::em::proto::Serial;
use evse::em::proto::endpoint::Target;
use evse::em::{self, DiscoverOptions};
use evse::{Address, Connector, Error, Identity, Protocol};

use super::{Case, FOR_ALL, ONE_BY_ONE, PROBES, Voice, Wanted};

/// Opens the one socket, and tells its port.
pub(super) fn open(connector: &Connector) -> Result<(&em::Communicator, u16), em::Error> {
    match connector.communicator() {
        Ok(communicator) => Ok((communicator, communicator.port().unwrap_or_default())),
        Err(Error::Em(error)) => Err(error),
        // It has no other errors.
        Err(_) => Err(em::Error::NotRunning),
    }
}

pub(super) async fn search(
    case: &Case<'_>,
    communicator: &em::Communicator,
    wanted: &[Wanted<'_>],
) -> Vec<Voice> {
    let mut options = DiscoverOptions {
        duration: FOR_ALL,
        ..DiscoverOptions::default()
    };
    let mut voices = hear(communicator, options.clone(), true).await;
    let of_em = wanted
        .iter()
        .filter(|wanted| wanted.protocol() == Protocol::Em);
    let silent = of_em.filter(|wanted| !voices.iter().any(|voice| voice.is(wanted)));
    options.targets = silent.filter_map(|wanted| target(case, wanted)).collect();
    if !options.targets.is_empty() {
        options.duration = ONE_BY_ONE;
        options.probes = PROBES;
        let found = hear(communicator, options, false).await.into_iter();
        let known: Vec<_> = voices.iter().map(|voice| voice.serial.clone()).collect();
        voices.extend(found.filter(|voice| !known.contains(&voice.serial)));
    }
    voices
}

/// Where to ask for one: at its address, else where it was last.
fn target(case: &Case<'_>, wanted: &Wanted<'_>) -> Option<Target> {
    let last;
    let (address, ip) = match (&wanted.charger.address, wanted.ipv4()) {
        (Address::EmSerial(serial), _) => {
            last = last_address(case, *serial)?;
            (&last, last.host()?.parse().ok()?)
        }
        (address, ip) => (address, ip?),
    };
    Some(match address {
        Address::Em {
            port: Some(port), ..
        } => Target::Socket(SocketAddrV4::new(ip, *port)),
        _ => Target::Address(ip),
    })
}

/// What the state file remembers.
fn last_address(case: &Case<'_>, serial: Serial) -> Option<Address> {
    let file = case.context.store().ok()?.read().ok()?;
    let identity = Identity::new(Protocol::Em, serial.to_string());
    file.charger(&identity)?.address.as_deref()?.parse().ok()
}

async fn hear(
    communicator: &em::Communicator,
    options: DiscoverOptions,
    by_broadcast: bool,
) -> Vec<Voice> {
    // It fails when the socket has closed meanwhile, and then nobody was heard.
    let found = communicator.discover(options).await.unwrap_or_default();
    let voices = found.iter().filter_map(|evse| {
        let at = evse.address()?;
        Some(Voice {
            address: Address::em(at.ip().to_string(), None),
            ip: *at.ip(),
            serial: Some(evse.serial().to_string()),
            by_broadcast,
            // Only an announcement tells what it is, as long as nobody logs in.
            announces: !evse.info().model.is_empty(),
        })
    });
    voices.collect()
}
