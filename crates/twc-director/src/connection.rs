//! Opening the line: a serial device, or a gateway.

use std::{io, path::Path, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_serial::{SerialPortBuilderExt, SerialStream};
use tracing::debug;

use crate::{
    Error, Port,
    rs485::{self, Rs485},
};

/// 8 data bits, no parity, 1 stop bit are what a port has by default.
const BAUD: u32 = 9600;

/// For a gateway to take the connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A gateway that lost its power does not say so. When nothing is sent, such a connection ends within 15 to 25 s.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(10))
    .with_interval(Duration::from_secs(5))
    .with_retries(3);

/// When something is sent, the above does not count, but how long it stays without an acknowledgement. Otherwise the system
/// goes on for 15 min, and then gives the line all the frames at once that have become old meanwhile.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ACKNOWLEDGED: Duration = Duration::from_secs(5);

/// Anything that passes bytes to the line and from it.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// Opens a device or connects to a gateway. What was attached cannot be opened again.
pub(crate) async fn open(port: &Port, rs485: Rs485) -> Result<Box<dyn Transport>, Error> {
    match port {
        Port::Serial(path) => Ok(Box::new(serial(port, path, rs485)?)),
        Port::Gateway { host, port: number } => Ok(Box::new(gateway(port, host, *number).await?)),
        Port::Attached => Err(Error::Lost {
            port: port.clone(),
            kind: io::ErrorKind::Unsupported,
        }),
    }
}

fn serial(port: &Port, path: &Path, rs485: Rs485) -> Result<SerialStream, Error> {
    let prepared = rs485::prepare(path, rs485);
    // A port that cannot be opened tells more about it.
    let stream = tokio_serial::new(path.to_string_lossy(), BAUD)
        .open_native_async()
        .map_err(|error| Error::opening(port, &error))?;
    prepared.map_err(|error| Error::Rs485 {
        port: port.clone(),
        kind: error.kind(),
    })?;
    Ok(stream)
}

async fn gateway(port: &Port, host: &str, number: u16) -> Result<TcpStream, Error> {
    let failed = |kind| Error::Gateway {
        port: port.clone(),
        kind,
    };
    let stream = timeout(CONNECT, TcpStream::connect((host, number)))
        .await
        .map_err(|_| failed(io::ErrorKind::TimedOut))?
        .map_err(|error| failed(error.kind()))?;
    let socket = SockRef::from(&stream);
    // Frames are short and urgent.
    for set in [
        socket.set_tcp_nodelay(true),
        socket.set_tcp_keepalive(&KEEPALIVE),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        socket.set_tcp_user_timeout(Some(ACKNOWLEDGED)),
    ] {
        if let Err(error) = set {
            debug!(%error, "a setting of the connection");
        }
    }
    Ok(stream)
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_gateway_that_acknowledges_nothing_is_given_up_within_seconds() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("free");
        let number = listener.local_addr().expect("bound").port();
        let port = Port::from(&*format!("127.0.0.1:{number}"));
        let stream = gateway(&port, "127.0.0.1", number).await.expect("taken");
        let timeout = SockRef::from(&stream).tcp_user_timeout().expect("read");
        assert_eq!(timeout, Some(ACKNOWLEDGED));
    }
}
