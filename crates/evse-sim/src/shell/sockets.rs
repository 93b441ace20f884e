//! The two sockets of a charger.
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, UdpSocket};

use super::Error;

/// Bound sockets with their addresses.
pub(super) struct Sockets {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
    pub(super) discovery: Option<(UdpSocket, SocketAddr)>,
}

impl Sockets {
    pub(super) async fn bind(
        session: (IpAddr, u16),
        discovery: (IpAddr, Option<u16>),
    ) -> Result<Self, Error> {
        let wanted = SocketAddr::from(session);
        let bind_error = |what, address| {
            move |source| Error::Bind {
                what,
                address,
                source,
            }
        };
        let listener = TcpListener::bind(wanted)
            .await
            .map_err(bind_error("TCP", wanted))?;
        let address = listener.local_addr().map_err(bind_error("TCP", wanted))?;
        let mut sockets = Self {
            listener,
            address,
            discovery: None,
        };
        if let (ip, Some(port)) = discovery {
            let wanted = SocketAddr::new(ip, port);
            let what = "discovery, UDP";
            let socket = UdpSocket::bind(wanted)
                .await
                .map_err(bind_error(what, wanted))?;
            let address = socket.local_addr().map_err(bind_error(what, wanted))?;
            sockets.discovery = Some((socket, address));
        }
        Ok(sockets)
    }
}
