//! From a host's name to its addresses.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::address::Address;
use crate::error::Error;

/// A name server that is not there may keep one waiting for long.
const LIMIT: Duration = Duration::from_secs(10);

/// The IP addresses of a host.
pub(super) async fn resolve(
    address: &Address,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Error> {
    let found = timeout(LIMIT, lookup_host((host, port)))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(|error| unresolved(address, error.to_string()))?;
    Ok(found.collect())
}

pub(super) fn unresolved(address: &Address, reason: String) -> Error {
    Error::Resolve {
        address: address.clone(),
        reason,
    }
}
