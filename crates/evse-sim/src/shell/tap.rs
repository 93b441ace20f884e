//! Letting someone watch the wire: what recorders of captures hook into.
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

/// A callback that sees what goes over the wire: connections, their bytes, datagrams.
#[derive(Clone)]
pub struct Tap(Arc<TapFn>);

type TapFn = dyn Fn(Traffic<'_>) + Send + Sync;

impl Tap {
    /// Calls `tap` for everything that passes, in order. It must not block.
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
    /// When, by the system's clock: real time, however fast the charger's passes.
    pub time: SystemTime,
    /// Who connected or asked.
    pub client: SocketAddr,
    /// The simulated charger; the socket's own address, which for datagrams may be unspecified.
    pub charger: SocketAddr,
    /// Who did it.
    pub sender: Sender,
    /// What it was.
    pub act: Act<'a>,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The simulated charger.
    Charger,
    /// The client.
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

/// Two ends, and who watches them, if anybody.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) tap: Option<Tap>,
    pub(super) client: SocketAddr,
    pub(super) charger: SocketAddr,
}

impl Line {
    pub(super) fn tell(&self, sender: Sender, act: Act<'_>) {
        let Some(Tap(tap)) = &self.tap else { return };
        tap(Traffic {
            time: SystemTime::now(),
            client: self.client,
            charger: self.charger,
            sender,
            act,
        });
    }
}

/// A TCP connection: told when it opens, and when this is dropped.
#[derive(Debug)]
pub(super) struct Session {
    line: Line,
    /// Who ends the connection; the charger unless the client was seen doing so.
    pub(super) closes: Sender,
}

impl Session {
    pub(super) fn open(line: Line) -> Self {
        line.tell(Sender::Client, Act::Opened);
        Self {
            line,
            closes: Sender::Charger,
        }
    }

    pub(super) fn bytes(&self, sender: Sender, bytes: &[u8]) {
        self.line.tell(sender, Act::Bytes(bytes));
    }

    /// The connection stays open and is silent from now on.
    pub(super) fn forget(mut self) {
        self.line.tap = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.line.tell(self.closes, Act::Closed);
    }
}
