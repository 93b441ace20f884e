//! A connection's session, together with the callers that wait for its answers.

use std::{
    collections::BTreeMap,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use duosida_proto::{
    schema::{self, ENVELOPE, Kind},
    session::{Command, CommandError, Completion, RequestError, RequestId, Session},
};
use tokio::sync::oneshot;
use tracing::trace;

use crate::{Error, error::Peer};

/// One call of a handle.
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) reply: Reply,
}

type Reply = oneshot::Sender<Result<Completion, Error>>;

/// The session of one connection, and who waits for its answers.
pub(crate) struct Live {
    pub(crate) session: Session,
    waiting: BTreeMap<RequestId, Reply>,
}

impl Live {
    pub(crate) const fn new(session: Session) -> Self {
        Self {
            session,
            waiting: BTreeMap::new(),
        }
    }

    /// The next message to write.
    pub(crate) fn transmit(&mut self) -> Option<Vec<u8>> {
        let message = self.session.poll_transmit()?;
        trace!(
            bytes = message.len(),
            message = name(&message),
            "to the charger"
        );
        Some(message)
    }

    /// Begins a request; its reply comes when the session is done with it.
    pub(crate) fn start(&mut self, charger: Peer, Request { command, reply }: Request) {
        self.take_back_abandoned();
        if reply.is_closed() && !matches!(command, Command::Stop { .. }) {
            return; // the caller gave up before anything was sent
        }
        let refusal = match self.session.request(Instant::now(), command) {
            Ok(id) => {
                self.waiting.insert(id, reply);
                return;
            }
            Err(RequestError::OutOfRange(source)) => Error::OutOfRange { charger, source },
            Err(RequestError::QueueFull(limit)) => Error::Overloaded { charger, limit },
            Err(RequestError::Closed) => Error::NotSent {
                charger,
                reason: "the connection ended",
            },
        };
        let _ = reply.send(Err(refusal));
    }

    /// Takes a message.
    pub(crate) fn receive(&mut self, frame: &[u8]) {
        trace!(
            bytes = frame.len(),
            message = name(frame),
            "from the charger"
        );
        self.take_back_abandoned();
        self.session.handle_input(Instant::now(), frame);
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self) {
        let now = Instant::now();
        self.session.set_unix_time(now, unix_time());
        self.take_back_abandoned();
        self.session.handle_timeout(now);
    }

    /// Requests whose callers gave up are not sent any more, but for stops.
    fn take_back_abandoned(&mut self) {
        let Self { session, waiting } = self;
        waiting.retain(|id, reply| !(reply.is_closed() && session.cancel(*id)));
    }

    /// Gives a request's result to its caller.
    pub(crate) fn finish(
        &mut self,
        charger: Peer,
        id: RequestId,
        result: Result<Completion, CommandError>,
    ) {
        let Some(reply) = self.waiting.remove(&id) else {
            return;
        };
        let result = result.map_err(|source| match source {
            CommandError::NoAnswer
            | CommandError::LinkLost { sent: true }
            | CommandError::Superseded { sent: true } => Error::Unconfirmed { charger },
            CommandError::LinkLost { sent: false } => Error::NotSent {
                charger,
                reason: "the connection ended",
            },
            CommandError::Superseded { sent: false } => Error::NotSent {
                charger,
                reason: "a stop went ahead",
            },
            CommandError::OutOfRange(source) => Error::OutOfRange { charger, source },
            source => Error::Refused { charger, source },
        });
        // Fails when the caller is gone.
        let _ = reply.send(result);
    }
}

/// The name of a message. Its content is personal and stays out of logs.
fn name(frame: &[u8]) -> &'static str {
    let field = schema::fields(&ENVELOPE, frame).next().and_then(Result::ok);
    match field
        .and_then(|field| field.schema)
        .map(|schema| &schema.kind)
    {
        Some(Kind::Message(message)) => message.name,
        _ => "unknown",
    }
}

/// Seconds since 1970.
pub(crate) fn unix_time() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
