//! Letting someone watch the wire: what recorders of captures hook into.

use std::{
    fmt,
    net::{SocketAddr, SocketAddrV4},
    sync::Arc,
    time::SystemTime,
};

/// A callback that sees every packet, both ways.
///
/// It sees everything, serials and PINs too.
///
/// ```
/// use em_client::{Options, Tap};
///
/// let tap = Tap::new(|traffic| println!("{:?} sent {} bytes", traffic.sender, traffic.packet.len()));
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

    pub(crate) fn tell(
        &self,
        client: SocketAddr,
        charger: SocketAddrV4,
        sender: Sender,
        packet: &[u8],
    ) {
        (self.0)(Traffic {
            time: SystemTime::now(),
            client,
            charger: charger.into(),
            sender,
            packet,
        });
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// A packet that went over the wire; it may hold several datagrams of the protocol.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// When, by the system's clock.
    pub time: SystemTime,
    /// This end. Unless the socket is bound to an address, only the port is sure: the system chooses from which of its
    /// addresses a packet goes.
    pub client: SocketAddr,
    /// The charger, or where a broadcast goes.
    pub charger: SocketAddr,
    /// Who sent it.
    pub sender: Sender,
    /// Its bytes.
    pub packet: &'a [u8],
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The charger, or who claims to be one.
    Charger,
    /// This program.
    Client,
}
