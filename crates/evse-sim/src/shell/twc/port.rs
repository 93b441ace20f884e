//! Where clients come in: a pty, or a gateway's TCP port.
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::{TcpListener, TcpStream};

#[cfg(unix)]
use super::pty::Pty;

/// Where a client finds the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A pty: this path becomes a link to it. Not on Windows.
    Pty(PathBuf),
    /// A gateway that carries the bytes of the line over TCP, for one client at a time; port 0 takes a free one.
    Tcp(SocketAddr),
}

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Opened,
    /// So many bytes are in the buffer.
    Bytes(usize),
    Closed,
}

/// An adapter that is plugged in.
#[derive(Debug)]
pub(super) enum Port {
    #[cfg(unix)]
    Pty(Pty),
    Tcp(Gateway),
}

impl Port {
    pub(super) async fn open(place: &Place) -> io::Result<Self> {
        match place {
            #[cfg(unix)]
            Place::Pty(link) => Pty::open(link).map(Self::Pty),
            #[cfg(not(unix))]
            Place::Pty(_) => Err(io::ErrorKind::Unsupported.into()),
            Place::Tcp(address) => {
                let listener = TcpListener::bind(address).await?;
                let stream = None;
                Ok(Self::Tcp(Gateway { listener, stream }))
            }
        }
    }

    /// Where it is, with the port that was free.
    pub(super) fn place(&self, wanted: &Place) -> Place {
        match self {
            #[cfg(unix)]
            Self::Pty(_) => wanted.clone(),
            Self::Tcp(gateway) => gateway
                .listener
                .local_addr()
                .map_or_else(|_| wanted.clone(), Place::Tcp),
        }
    }

    /// What the client does next. Losing the future loses nothing.
    pub(super) async fn next(&mut self, buffer: &mut [u8]) -> Input {
        match self {
            #[cfg(unix)]
            Self::Pty(pty) => pty.next(buffer).await,
            Self::Tcp(gateway) => gateway.next(buffer).await,
        }
    }

    /// Hands bytes to the client, if there is one.
    pub(super) fn write(&self, bytes: &[u8]) {
        match self {
            #[cfg(unix)]
            Self::Pty(pty) => pty.write(bytes),
            Self::Tcp(gateway) => gateway.write(bytes),
        }
    }
}

/// A TCP port, and the client on it.
#[derive(Debug)]
pub(super) struct Gateway {
    listener: TcpListener,
    stream: Option<TcpStream>,
}

impl Gateway {
    async fn next(&mut self, buffer: &mut [u8]) -> Input {
        loop {
            let Some(stream) = &self.stream else {
                match self.listener.accept().await {
                    Ok((stream, _)) => {
                        // Only latency is at stake.
                        let _ = stream.set_nodelay(true);
                        self.stream = Some(stream);
                        return Input::Opened;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                        continue;
                    }
                }
            };
            let read = match stream.readable().await {
                Ok(()) => stream.try_read(buffer),
                Err(error) => Err(error),
            };
            match read {
                Ok(length) if length > 0 => return Input::Bytes(length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => {
                    self.stream = None;
                    return Input::Closed;
                }
            }
        }
    }

    fn write(&self, bytes: &[u8]) {
        if let Some(stream) = &self.stream
            && let Err(error) = stream.try_write(bytes)
        {
            tracing::debug!(%error, "the client does not read");
        }
    }
}
