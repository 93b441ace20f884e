//! From a host's name to its addresses.

use std::net::SocketAddr;

use crate::address::Address;
use crate::error::Error;

/// The IP addresses of a host.
pub(super) async fn resolve(
    address: &Address,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Error> {
    let found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| unresolved(address, error.to_string()))?;
    Ok(found.collect())
}

pub(super) fn unresolved(address: &Address, reason: String) -> Error {
    Error::Resolve {
        address: address.clone(),
        reason,
    }
}
