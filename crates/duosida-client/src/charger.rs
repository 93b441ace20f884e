//! The handle of one charger.

use std::{fmt, net::SocketAddr};

use duosida_proto::session::{Command, Completion, Event, Identity, Status};
use futures_core::Stream;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{mpsc, oneshot, watch},
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use crate::{
    Error, Link, Options, Peer,
    driver::Driver,
    feed::{self, View},
    live::Request,
};

/// Calls that may be on their way to the task; further callers wait.
const REQUESTS: usize = 8;

/// A charger and the one connection to it.
///
/// A handle is cheap to clone. All clones share one task, which owns the socket; it ends when the last clone is
/// dropped, or by [`shutdown`](Self::shutdown). Streams made by a handle do not keep the task alive.
///
/// A charger serves **one** client at a time, and stays busy for about 30 s after a connection ends. So keep a handle
/// for as long as there is something to do, and never open two for one charger.
///
/// Every command returns what is known about its effect: a [`Completion`] when the charger confirmed it,
/// [`Error::Refused`] when it said no, [`Error::Unconfirmed`] when it was sent and no answer came, and other errors
/// when nothing was sent. Dropping the future of a command that was sent does not take it back; one that still waits
/// for its turn is not sent any more, unless it is a stop.
#[derive(Clone)]
pub struct Charger {
    pub(crate) peer: Peer,
    requests: mpsc::Sender<Request>,
    stop: CancellationToken,
    pub(crate) view: View,
}

impl Charger {
    /// Connects and waits until the charger is ready for commands.
    ///
    /// A connection that is refused or closed at once is tried again after [`Options::busy_retry`] until
    /// [`Options::deadline`].
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::ConnectTimeout`], [`Error::Busy`], [`Error::Silent`], [`Error::OtherCharger`] or
    /// [`Error::Unreadable`]: what the last attempt met.
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O enabled.
    pub async fn connect(address: SocketAddr, options: Options) -> Result<Self, Error> {
        Self::connect_with_progress(address, options, |_| {}).await
    }

    /// [`connect`](Self::connect) that tells how it goes: `progress` gets each [`Link`] on the way, such as the wait
    /// for a busy charger.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    /// As [`connect`](Self::connect).
    pub async fn connect_with_progress(
        address: SocketAddr,
        options: Options,
        mut progress: impl FnMut(&Link),
    ) -> Result<Self, Error> {
        let charger = Self::open(address, options);
        let mut links = charger.link();
        loop {
            let link = links.borrow_and_update().clone();
            progress(&link);
            match link {
                Link::Ready => return Ok(charger),
                Link::Closed { reason } => return Err(reason.unwrap_or_else(|| charger.closed())),
                Link::Connecting | Link::Waiting { .. } => {}
            }
            if links.changed().await.is_err() {
                return Err(charger.closed());
            }
        }
    }

    /// Begins to connect and returns at once. Commands fail with [`Error::NotConnected`] until there is a connection;
    /// wait with [`ready`](Self::ready), watch with [`link`](Self::link).
    ///
    /// # Panics
    /// As [`connect`](Self::connect).
    pub fn open(address: SocketAddr, options: Options) -> Self {
        let (charger, driver) = Self::new(Peer::Address(address), options);
        let span = info_span!("charger", protocol = "duosida", charger = %address);
        tokio::spawn(driver.run(address).instrument(span));
        charger
    }

    /// Speaks to a charger over a transport of the application's, such as a tunnel. When it ends, the handle is
    /// closed: there is nothing to reconnect.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    pub fn attach<T>(transport: T, options: Options) -> Self
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (charger, driver) = Self::new(Peer::Transport, options);
        let span = info_span!("charger", protocol = "duosida", charger = %Peer::Transport);
        tokio::spawn(driver.run_attached(transport).instrument(span));
        charger
    }

    fn new(peer: Peer, options: Options) -> (Self, Driver) {
        let (feed, view) = feed::channel();
        let (sender, requests) = mpsc::channel(REQUESTS);
        let stop = CancellationToken::new();
        let driver = Driver::new(peer, options, feed, stop.clone(), requests);
        (
            Self {
                peer,
                requests: sender,
                stop,
                view,
            },
            driver,
        )
    }

    /// Waits until the charger is ready for commands.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and [`Error::Closed`] after a shutdown.
    pub async fn ready(&self) -> Result<(), Error> {
        let mut links = self.link();
        let reason = match links
            .wait_for(|link| matches!(link, Link::Ready | Link::Closed { .. }))
            .await
            .as_deref()
        {
            Ok(Link::Ready) => return Ok(()),
            Ok(Link::Closed { reason }) => reason.clone(),
            Ok(Link::Connecting | Link::Waiting { .. }) | Err(_) => None,
        };
        Err(reason.unwrap_or_else(|| self.closed()))
    }

    /// Closes the connection and waits until it is closed; a wait to reconnect is not sat out. Commands of other
    /// clones that were sent end with [`Error::Unconfirmed`].
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.requests.closed().await;
    }

    /// Whom this handle speaks to.
    pub const fn peer(&self) -> Peer {
        self.peer
    }

    /// How the connection stands, to ask and to wait for changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.view.link.clone()
    }

    /// What the charger reported last, with its age; empty before the first report. It stays after a connection
    /// ended: see [`link`](Self::link).
    pub fn status(&self) -> Status {
        self.view.status().unwrap_or_default()
    }

    /// Who the charger says it is; `None` before it is ready. The identifier is personal: keep it out of logs.
    pub fn identity(&self) -> Option<Identity> {
        self.view.identity()
    }

    /// What happens at the charger, from now on. The stream ends with the task. A subscriber that falls 256 events
    /// behind loses the oldest. The results of commands go to their callers only.
    pub fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        self.view.events()
    }

    /// The status now and at each change. A slow reader sees the latest one. The stream ends with the task.
    pub fn monitor(&self) -> impl Stream<Item = Status> + Send + Unpin + use<> {
        self.view.statuses()
    }

    pub(crate) async fn request(&self, command: Command) -> Result<Completion, Error> {
        let (reply, answer) = oneshot::channel();
        self.requests
            .send(Request { command, reply })
            .await
            .map_err(|_| self.closed())?;
        answer.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// Why a call cannot be served any more.
    fn closed(&self) -> Error {
        let reason = match &*self.view.link.borrow() {
            Link::Closed {
                reason: Some(reason),
            } => Some(Box::new(reason.clone())),
            _ => None,
        };
        Error::Closed {
            charger: self.peer,
            reason,
        }
    }
}

impl fmt::Debug for Charger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charger")
            .field("peer", &self.peer)
            .field("link", &*self.view.link.borrow())
            .finish_non_exhaustive()
    }
}
