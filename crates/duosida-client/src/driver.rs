//! The task behind a handle: moves bytes, time and commands into the session, and what it says out of it.

use std::{io, net::SocketAddr, time::Instant};

use duosida_proto::session::{Event, Session, SessionError};
use futures_util::{FutureExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::sleep_until,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    Error, Options,
    connection::{self, Reader, Writer},
    error::Peer,
    feed::{Feed, Link},
    live::{Live, Request, unix_time},
    reconnect::Plan,
};

/// Messages that are read before a timer counts: more than come at once.
const FRAMES_BEFORE_TIME: usize = 32;

/// The task's state.
pub(crate) struct Driver {
    charger: Peer,
    options: Options,
    plan: Plan,
    /// Between connections: it remembers who the charger is and what worked.
    session: Option<Session>,
    feed: Feed,
    stop: CancellationToken,
    // Last, so that it is dropped last: whoever waits for its end finds the socket closed.
    requests: mpsc::Receiver<Request>,
}

/// How a connection ended.
enum End {
    /// Nobody wants the charger any more.
    Unwanted,
    Failed(Error),
}

impl Driver {
    pub(crate) fn new(
        charger: Peer,
        options: Options,
        feed: Feed,
        stop: CancellationToken,
        requests: mpsc::Receiver<Request>,
    ) -> Self {
        let plan = Plan::new(&options, Instant::now());
        Self {
            charger,
            options,
            plan,
            session: None,
            feed,
            stop,
            requests,
        }
    }

    /// Connects to `address`, as often as the options say.
    pub(crate) async fn run(mut self, address: SocketAddr) {
        let reason = loop {
            self.feed.link(Link::Connecting);
            let error = match self.connect_and_serve(address).await {
                End::Unwanted => break None,
                End::Failed(error) => error,
            };
            let delay = self
                .plan
                .next_delay(Instant::now())
                .filter(|_| !error.is_lasting());
            let Some(delay) = delay else {
                break Some(error);
            };
            info!(%error, wait_s = delay.as_secs(), "not connected");
            let until = Instant::now() + delay;
            self.feed.link(Link::Waiting {
                until,
                reason: error,
            });
            tokio::select! {
                () = self.turn_away(Some(until)) => break None,
                () = sleep_until(until.into()) => {}
            }
        };
        self.finish(reason);
    }

    /// Serves one transport until it ends.
    pub(crate) async fn run_attached<T: AsyncRead + AsyncWrite>(mut self, transport: T) {
        match self.serve(transport).await {
            End::Unwanted => self.finish(None),
            End::Failed(error) => self.finish(Some(error)),
        }
    }

    fn finish(&self, reason: Option<Error>) {
        match &reason {
            Some(error) if error.is_lasting() => warn!(%error, "closed"),
            Some(error) => info!(%error, "closed"),
            None => debug!("closed"),
        }
        self.feed.link(Link::Closed { reason });
    }

    async fn connect_and_serve(&mut self, address: SocketAddr) -> End {
        let limit = self.options.connect_timeout;
        let limit = self.plan.deadline().map_or(limit, |end| {
            limit.min(end.saturating_duration_since(Instant::now()))
        });
        let tap = self.options.tap.clone();
        let stream = tokio::select! {
            stream = connection::open(address, limit, tap) => stream,
            () = self.turn_away(None) => return End::Unwanted,
        };
        match stream {
            Ok(stream) => self.serve(stream).await,
            Err(error) => End::Failed(error),
        }
    }

    /// Answers requests while there is no connection, until nobody wants one.
    async fn turn_away(&mut self, until: Option<Instant>) {
        loop {
            let request = tokio::select! {
                () = self.stop.cancelled() => return,
                request = self.requests.recv() => request,
            };
            let Some(request) = request else { return };
            let retry_in = until.map(|until| until.saturating_duration_since(Instant::now()));
            let error = Error::NotConnected {
                charger: self.charger,
                retry_in,
            };
            // Fails when the caller is gone.
            let _ = request.reply.send(Err(error));
        }
    }

    async fn serve<T: AsyncRead + AsyncWrite>(&mut self, transport: T) -> End {
        let session = self.open_session();
        let (reader, mut writer) = connection::halves(transport, &self.options);
        let mut live = Live::new(session);
        let end = self.exchange(&mut live, reader, &mut writer).await;
        live.session.handle_closed(Instant::now());
        self.deliver(&mut live);
        self.session = Some(live.session);
        if matches!(end, End::Unwanted) {
            writer.close().await;
        }
        end
    }

    fn open_session(&mut self) -> Session {
        let now = Instant::now();
        let Some(mut session) = self.session.take() else {
            return Session::new(self.options.session.clone(), now, unix_time());
        };
        session.set_unix_time(now, unix_time());
        session.reopen(now);
        session
    }

    async fn exchange<T: AsyncRead + AsyncWrite>(
        &mut self,
        live: &mut Live,
        mut reader: Reader<T>,
        writer: &mut Writer<T>,
    ) -> End {
        loop {
            while let Some(message) = live.transmit() {
                writer.push(&message);
            }
            if let Some(error) = self.deliver(live) {
                return End::Failed(error);
            }
            let (wake, give_up) = (live.session.poll_timeout(), self.plan.deadline());
            tokio::select! {
                () = self.stop.cancelled() => return End::Unwanted,
                request = self.requests.recv() => match request {
                    Some(request) => live.start(self.charger, request),
                    None => return End::Unwanted,
                },
                written = writer.write_some(), if !writer.is_idle() => if let Err(error) = written {
                    return End::Failed(self.lost(live, error.kind()));
                },
                frame = reader.next(), if writer.has_room() => if let Err(error) = self.take(live, frame) {
                    return End::Failed(error);
                },
                () = at(wake.into_iter().chain(give_up).min()) => {
                    // When this task runs late, what has come is no less an answer.
                    let limit = if writer.has_room() { FRAMES_BEFORE_TIME } else { 0 };
                    for _ in 0..limit {
                        let Some(frame) = reader.next().now_or_never() else { break };
                        if let Err(error) = self.take(live, frame) {
                            return End::Failed(error);
                        }
                    }
                    live.wake();
                    if let Some(error) = self.deliver(live) {
                        return End::Failed(error);
                    }
                    if self.plan.deadline().is_some_and(|end| end <= Instant::now()) {
                        return End::Failed(Error::Silent { charger: self.charger });
                    }
                }
            }
        }
    }

    /// Gives a message to the session, or says how the transport ended.
    fn take(&self, live: &mut Live, frame: Option<io::Result<Vec<u8>>>) -> Result<(), Error> {
        match frame {
            Some(Ok(frame)) => live.receive(&frame),
            Some(Err(error)) => return Err(self.lost(live, error.kind())),
            None => return Err(self.lost(live, io::ErrorKind::UnexpectedEof)),
        }
        Ok(())
    }

    /// Hands out what the session has to say. Returns why the connection must be closed.
    fn deliver(&mut self, live: &mut Live) -> Option<Error> {
        let now = Instant::now();
        let mut failure = None;
        while let Some(event) = live.session.poll_event() {
            match &event {
                Event::Ready(identity) => {
                    info!("ready");
                    self.plan.ready();
                    self.feed.identity(identity.clone());
                    self.feed.link(Link::Ready);
                }
                Event::Identity(identity) => {
                    self.plan.booted();
                    self.feed.identity(identity.clone());
                }
                Event::Updated | Event::State(_) => self.feed.status(&live.session, now),
                Event::Configuration => {
                    self.feed.configuration(&live.session);
                    self.feed.status(&live.session, now); // it shows the limit
                }
                Event::Done { id, result } => {
                    self.feed.status(&live.session, now);
                    live.finish(self.charger, *id, result.clone());
                    continue;
                }
                Event::Malformed(error) => debug!(%error, "a message could not be read"),
                Event::Failed(error) => failure = Some(self.failed(*error)),
                _ => {}
            }
            self.feed.event(event);
        }
        failure
    }

    fn failed(&self, error: SessionError) -> Error {
        let charger = self.charger;
        match error {
            SessionError::NoBoot => Error::Silent { charger },
            SessionError::Idle => Error::Idle { charger },
            SessionError::IdentityChanged => Error::OtherCharger { charger },
            SessionError::TooManyMalformed => Error::Unreadable { charger },
        }
    }

    /// The transport is gone; what that means depends on whether it ever worked.
    fn lost(&self, live: &Live, kind: io::ErrorKind) -> Error {
        let charger = self.charger;
        match kind {
            io::ErrorKind::TimedOut => Error::Stalled {
                charger,
                timeout: self.options.write_timeout,
            },
            _ if !live.session.is_ready() => Error::Busy { charger },
            io::ErrorKind::UnexpectedEof => Error::Disconnected { charger },
            kind => Error::Broken { charger, kind },
        }
    }
}

/// Ends at `instant`; never without one.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
