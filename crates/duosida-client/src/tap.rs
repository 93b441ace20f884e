//! Letting someone watch the wire: what recorders of captures hook into.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tracing::debug;

/// A callback that sees what goes over the wire: connections, their bytes, datagrams.
///
/// It sees everything, identifiers and passwords too.
///
/// ```
/// use duosida_client::{Act, Options, Tap};
///
/// let tap = Tap::new(|traffic| {
///     if let Act::Bytes(bytes) = traffic.act {
///         println!("{:?} sent {} bytes", traffic.sender, bytes.len());
///     }
/// });
/// let options = Options { tap: Some(tap), ..Options::default() };
/// # drop(options);
/// ```
#[derive(Clone)]
pub struct Tap(Arc<TapFn>);

type TapFn = dyn Fn(Traffic<'_>) + Send + Sync;

impl Tap {
    /// Calls `tap` for everything that passes, in order. It must not block: it runs in the task that owns the socket.
    pub fn new(tap: impl Fn(Traffic<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tap))
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// Something that happened on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// When, by the system's clock.
    pub time: SystemTime,
    /// This end. Of datagrams only the port is sure: the system chooses from which
    /// of its addresses they go, and the address is unspecified.
    pub client: SocketAddr,
    /// The charger, or where a probe goes.
    pub charger: SocketAddr,
    /// Who did it.
    pub sender: Sender,
    /// What it was.
    pub act: Act<'a>,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The charger, or who claims to be one.
    Charger,
    /// This program.
    Client,
}

/// What an end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// A TCP connection is open; the client opens it.
    Opened,
    /// Bytes of that connection, as they were written or read at once. Messages may be cut anywhere.
    Bytes(&'a [u8]),
    /// The connection is closed, by the end that did so first.
    Closed,
    /// A UDP datagram.
    Datagram(&'a [u8]),
}

/// Two ends, and who watches them.
#[derive(Debug)]
pub(crate) struct Line {
    tap: Tap,
    client: SocketAddr,
    charger: SocketAddr,
}

impl Line {
    pub(crate) const fn new(tap: Tap, client: SocketAddr, charger: SocketAddr) -> Self {
        Self {
            tap,
            client,
            charger,
        }
    }

    pub(crate) fn tell(&self, sender: Sender, act: Act<'_>) {
        (self.tap.0)(Traffic {
            time: SystemTime::now(),
            client: self.client,
            charger: self.charger,
            sender,
            act,
        });
    }
}

/// A TCP connection that may be watched.
pub(crate) struct Tapped {
    stream: TcpStream,
    line: Option<Line>,
    /// Who ends the connection; we do unless the charger was seen doing so.
    closes: Sender,
}

impl Tapped {
    pub(crate) fn new(stream: TcpStream, charger: SocketAddr, tap: Option<Tap>) -> Self {
        let line = tap.and_then(|tap| match stream.local_addr() {
            Ok(client) => Some(Line::new(tap, client, charger)),
            Err(error) => {
                debug!(%error, "a connection without address is not recorded");
                None
            }
        });
        let tapped = Self {
            stream,
            line,
            closes: Sender::Client,
        };
        tapped.tell(Sender::Client, Act::Opened);
        tapped
    }

    fn tell(&self, sender: Sender, act: Act<'_>) {
        if let Some(line) = &self.line {
            line.tell(sender, act);
        }
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        self.tell(self.closes, Act::Closed);
    }
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        match buffer.filled().get(before..) {
            Some(bytes) if !bytes.is_empty() => self.tell(Sender::Charger, Act::Bytes(bytes)),
            _ => self.closes = Sender::Charger,
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        if let Some(taken) = bytes.get(..count) {
            self.tell(Sender::Client, Act::Bytes(taken));
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
