//! From an address to a charger that can be told something.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::{Duration, Instant};

use em_client::proto::endpoint::Target;
use em_client::proto::session::{Info, Known, RequestError};
use em_client::proto::{Pin, Serial};
use em_client::{Communicator, Error as ClientError, Evse, Peer, Whom};
use tokio::time::sleep;
use tracing::debug;

use super::GuardedEm;
use crate::adapter::em;
use crate::address::Address;
use crate::error::Error;
use crate::guard::Policy;
use crate::guarded::file::look;
use crate::guarded::{resolve, unresolved};
use crate::model::{Identity, Protocol};
use crate::state_store::{StateFile, StateStore};

impl GuardedEm {
    /// Finds a charger by its address, with a communicator that runs, and gives it the PIN if there is one.
    ///
    /// The charger is asked for a sign of life, which needs no PIN, for `patience` at most. When it is silent and the
    /// state file (or the communicator) knows where it was last and who it is, commands go there all the same: a stop
    /// must be possible when answers get lost.
    ///
    /// # Errors
    /// A name that cannot be resolved, an address of another protocol, a charger that was not heard and is not known,
    /// several chargers behind one address.
    pub async fn find(
        communicator: &Communicator,
        address: &Address,
        pin: Option<Pin>,
        patience: Duration,
        store: StateStore,
        policy: Policy,
    ) -> Result<Self, Error> {
        let file = look(&store).await;
        let search = match address {
            Address::EmSerial(serial) => Search::serial(communicator, &file, address, *serial),
            Address::Em { host, port } => {
                let ip = first_address(address, host).await?;
                Search::place(&file, address, ip, *port)
            }
            _ => {
                return Err(Error::OtherProtocol {
                    address: address.clone(),
                    wanted: Protocol::Em,
                });
            }
        };
        let (serial, at) = search.run(communicator, patience).await?;
        let learned = file.charger(&em::identity(serial));
        let learned = learned.and_then(|learned| learned.device.as_ref());
        let heard = communicator.evse(serial).map(|evse| evse.info());
        let is_silent = heard.is_none_or(|heard| heard.model.is_empty());
        let known = Known {
            address: at,
            pin,
            info: learned
                .filter(|_| is_silent)
                .map_or_else(Info::default, em::session_info),
            ..Known::default()
        };
        let evse = communicator.add(serial, known).ok_or({
            // The communicator has no place for more.
            Error::Em(ClientError::NotSent {
                charger: Peer {
                    serial,
                    address: at,
                },
                source: RequestError::UnknownCharger,
            })
        })?;
        let found = Self::new(evse, store, policy).await;
        if let (Whom::Ip(ip), None, None) = (search.whom, search.port, at) {
            // Who names no port names the only one there, and it was heard.
            found.keep_alone_at(ip).await;
        }
        Ok(found)
    }
}

/// Whom to look for, and what is known before.
struct Search<'a> {
    address: &'a Address,
    whom: Whom,
    /// The charger's own port, when that was given.
    port: Option<u16>,
    targets: Vec<Target>,
    known: Option<(Serial, SocketAddrV4)>,
}

impl<'a> Search<'a> {
    fn serial(
        communicator: &Communicator,
        file: &StateFile,
        address: &'a Address,
        serial: Serial,
    ) -> Self {
        let heard = communicator.evse(serial).and_then(|evse| evse.address());
        let learned = || {
            let known = file.charger(&em::identity(serial))?;
            place(known.address.as_deref()?)
        };
        let known = heard.or_else(learned).map(|at| (serial, at));
        let mut targets = vec![Target::Broadcast];
        targets.extend(known.map(|(_, at)| Target::Socket(at)));
        Self {
            address,
            whom: Whom::Serial(serial),
            port: None,
            targets,
            known,
        }
    }

    fn place(file: &StateFile, address: &'a Address, ip: Ipv4Addr, port: Option<u16>) -> Self {
        let target = port.map_or(Target::Address(ip), |port| {
            Target::Socket(SocketAddrV4::new(ip, port))
        });
        Self {
            address,
            whom: Whom::Ip(ip),
            port,
            targets: vec![target],
            known: learned_at(file, ip, port),
        }
    }

    /// Who it is, and where when it was not heard.
    async fn run(
        &self,
        communicator: &Communicator,
        patience: Duration,
    ) -> Result<(Serial, Option<SocketAddrV4>), Error> {
        let began = Instant::now();
        let patience = match self.known {
            Some(_) => patience.min(PATIENCE_WHEN_KNOWN),
            None => patience,
        };
        let mut not_sent = None;
        loop {
            if let Some(evse) = self.heard(communicator)? {
                return Ok((evse.serial(), None));
            }
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
            for target in &self.targets {
                communicator.probe(*target)?;
            }
            not_sent = self.listen(communicator, left.min(PROBE_INTERVAL)).await?;
        }
        let Some((serial, at)) = self.known else {
            return Err(Error::Em(ClientError::NotHeard {
                whom: self.whom,
                waited: patience,
                port: communicator.port().unwrap_or_default(),
                not_sent,
            }));
        };
        debug!("the charger is silent, going on with where it was last");
        Ok((serial, Some(at)))
    }

    /// Waits for somebody; where there are several that is not necessarily the one. Returns what the system said to the
    /// last packet that it did not send.
    async fn listen(
        &self,
        communicator: &Communicator,
        limit: Duration,
    ) -> Result<Option<std::io::ErrorKind>, Error> {
        let began = Instant::now();
        match communicator.wait_for(self.whom, limit).await {
            Ok(_) if self.heard(communicator)?.is_none() => {
                sleep(limit.saturating_sub(began.elapsed())).await;
                Ok(None)
            }
            Ok(_) => Ok(None),
            Err(ClientError::NotHeard { not_sent, .. }) => Ok(not_sent),
            Err(error) => Err(error.into()),
        }
    }

    fn heard(&self, communicator: &Communicator) -> Result<Option<Evse>, Error> {
        let mut found = match self.whom {
            Whom::Serial(serial) => communicator.evse(serial).into_iter().collect(),
            Whom::Ip(ip) => communicator.by_ip(ip),
            Whom::Any => communicator.evses(),
        };
        let is_there = |at: SocketAddrV4| self.port.is_none_or(|port| at.port() == port);
        found.retain(|evse| evse.is_online() && evse.address().is_some_and(is_there));
        match (found.pop(), found.len()) {
            (Some(_), others) if others > 0 => Err(Error::SeveralChargers {
                address: self.address.clone(),
                count: others + 1,
            }),
            (one, _) => Ok(one),
        }
    }
}

/// The first IPv4 address of the host; these chargers speak no other.
async fn first_address(address: &Address, host: &str) -> Result<Ipv4Addr, Error> {
    let found = resolve(address, host, 0).await?;
    let mut found = found.into_iter().filter_map(|found| match found {
        SocketAddr::V4(found) => Some(*found.ip()),
        SocketAddr::V6(_) => None,
    });
    found
        .next()
        .ok_or_else(|| unresolved(address, "no IPv4 address".to_owned()))
}

/// The one charger that was last at this address.
pub(crate) fn learned_at(
    file: &StateFile,
    ip: Ipv4Addr,
    port: Option<u16>,
) -> Option<(Serial, SocketAddrV4)> {
    let mut found = file.chargers.iter().filter_map(|(key, known)| {
        let at = place(known.address.as_deref()?)?;
        let serial = key.strip_prefix("em:")?.parse().ok()?;
        is_there(at, ip, port).then_some((serial, at))
    });
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

/// A charger was heard at this address: whoever else was last there is there no more.
pub(super) fn take_place(
    file: &mut StateFile,
    identity: &Identity,
    ip: Ipv4Addr,
    port: Option<u16>,
) {
    let own = identity.key();
    for (_, other) in file.chargers.iter_mut().filter(|(key, _)| **key != own) {
        let at = other.address.as_deref().and_then(place);
        if at.is_some_and(|at| is_there(at, ip, port)) {
            other.address = None;
        }
    }
}

fn is_there(at: SocketAddrV4, ip: Ipv4Addr, port: Option<u16>) -> bool {
    *at.ip() == ip && port.is_none_or(|port| at.port() == port)
}

/// The place that an address in the state file names.
pub(crate) fn place(address: &str) -> Option<SocketAddrV4> {
    match address.parse().ok()? {
        Address::Em {
            host,
            port: Some(port),
        } => Some(SocketAddrV4::new(host.parse().ok()?, port)),
        _ => None,
    }
}

/// A probe may get lost.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait for a sign of life of a charger that can be told something without.
const PATIENCE_WHEN_KNOWN: Duration = Duration::from_secs(3);
