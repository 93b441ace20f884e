//! What a task publishes, and the handle's view of it.

use std::time::Instant;

use duosida_proto::session::{Configuration, Event, Identity, Session, Status};
use futures_core::Stream;
use futures_util::{StreamExt, future::ready, stream};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::{BroadcastStream, WatchStream, errors::BroadcastStreamRecvError};
use tracing::debug;

use crate::Error;

/// Events that a slow subscriber may be behind; then it loses the oldest.
const EVENTS: usize = 256;

/// How the connection to a charger stands.
#[derive(Clone, Debug)]
pub enum Link {
    /// A connection is being made, or the charger has not said yet who it is.
    Connecting,
    /// The attempt failed, or the connection ended; the next attempt comes.
    Waiting {
        /// When the next attempt starts.
        until: Instant,
        /// What went wrong.
        reason: Error,
    },
    /// Commands can be sent.
    Ready,
    /// The task has ended.
    Closed {
        /// Why, unless the application wanted it.
        reason: Option<Error>,
    },
}

/// Telemetry and when it was taken.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    status: Status,
    at: Instant,
}

impl Snapshot {
    /// The status with its ages as of `now`.
    fn as_of(&self, now: Instant) -> Status {
        let mut status = self.status.clone();
        let since = now.saturating_duration_since(self.at);
        for age in [&mut status.age, &mut status.limit_age] {
            *age = age.map(|age| age + since);
        }
        status
    }
}

/// The task's end.
pub(crate) struct Feed {
    link: watch::Sender<Link>,
    status: watch::Sender<Option<Snapshot>>,
    identity: watch::Sender<Option<Identity>>,
    configuration: watch::Sender<Option<Configuration>>,
    events: broadcast::Sender<Event>,
}

/// The handles' end. Holds nothing that keeps the streams open when the task has ended.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) link: watch::Receiver<Link>,
    status: watch::Receiver<Option<Snapshot>>,
    identity: watch::Receiver<Option<Identity>>,
    configuration: watch::Receiver<Option<Configuration>>,
    events: broadcast::WeakSender<Event>,
}

pub(crate) fn channel() -> (Feed, View) {
    let (link, link_view) = watch::channel(Link::Connecting);
    let (status, status_view) = watch::channel(None);
    let (identity, identity_view) = watch::channel(None);
    let (configuration, configuration_view) = watch::channel(None);
    let events = broadcast::Sender::new(EVENTS);
    let view = View {
        link: link_view,
        status: status_view,
        identity: identity_view,
        configuration: configuration_view,
        events: events.downgrade(),
    };
    (
        Feed {
            link,
            status,
            identity,
            configuration,
            events,
        },
        view,
    )
}

impl Feed {
    pub(crate) fn link(&self, link: Link) {
        self.link.send_replace(link);
    }

    pub(crate) fn identity(&self, identity: Identity) {
        self.identity.send_replace(Some(identity));
    }

    pub(crate) fn status(&self, session: &Session, at: Instant) {
        self.status.send_replace(Some(Snapshot {
            status: session.status(at),
            at,
        }));
    }

    pub(crate) fn configuration(&self, session: &Session) {
        self.configuration
            .send_replace(session.configuration().cloned());
    }

    pub(crate) fn event(&self, event: Event) {
        // Fails when nobody listens.
        let _ = self.events.send(event);
    }
}

impl View {
    pub(crate) fn status(&self) -> Option<Status> {
        self.status
            .borrow()
            .as_ref()
            .map(|snapshot| snapshot.as_of(Instant::now()))
    }

    pub(crate) fn identity(&self) -> Option<Identity> {
        self.identity.borrow().clone()
    }

    pub(crate) fn configuration(&self) -> Option<Configuration> {
        self.configuration.borrow().clone()
    }

    pub(crate) fn statuses(&self) -> impl Stream<Item = Status> + Send + Unpin + use<> {
        WatchStream::new(self.status.clone())
            .filter_map(|snapshot| ready(snapshot.map(|snapshot| snapshot.as_of(Instant::now()))))
    }

    pub(crate) fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        let receiver = self
            .events
            .upgrade()
            .map(|sender| BroadcastStream::new(sender.subscribe()));
        stream::iter(receiver).flatten().filter_map(|event| {
            ready(
                event
                    .inspect_err(|BroadcastStreamRecvError::Lagged(count)| {
                        debug!(count, "events lost");
                    })
                    .ok(),
            )
        })
    }
}
