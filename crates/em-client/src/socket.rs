//! The one UDP socket.

use std::{io, net::SocketAddrV4};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tracing::debug;

use crate::Error;

/// Binds exclusively: with a shared port the system would split the packets between programs, and each would be half
/// deaf.
pub(crate) fn bind(address: SocketAddrV4, receive_buffer: usize) -> Result<UdpSocket, Error> {
    open(address, receive_buffer).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::PortTaken {
            port: address.port(),
        },
        kind => Error::Bind { address, kind },
    })
}

fn open(address: SocketAddrV4, receive_buffer: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_broadcast(true)?;
    socket.set_nonblocking(true)?;
    if let Err(error) = socket.set_recv_buffer_size(receive_buffer) {
        debug!(%error, "the receive buffer keeps its size");
    }
    debug!(
        bytes = socket.recv_buffer_size().unwrap_or_default(),
        "receive buffer"
    );
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Whether a failed receive or send says something about one charger only, such as one that is off.
pub(crate) fn concerns_one_charger(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
    )
}
