//! The line as it comes and goes.

use std::{
    future::pending,
    io,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, future::BoxFuture};
use tokio::time::{sleep, timeout};
use tokio_util::codec::Framed;
use twc_proto::frame::{FrameError, WireFrame};

use crate::{
    Config, Error, Port, Tap,
    codec::{Codec, Heard},
    connection::{self, Transport},
    reconnect::Backoff,
    rs485::Rs485,
    tap::Tapped,
};

/// A frame is contiguous; so much silence within one ends it. Source: several implementations wait 0.1 to 2 s.
const SILENCE: Duration = Duration::from_millis(100);

/// The same behind a gateway, which may cut frames.
const GATEWAY_SILENCE: Duration = Duration::from_millis(300);

/// For a port to take a frame. A gateway that takes none any more must not stop the timers for long.
const SEND: Duration = Duration::from_secs(1);

/// The line of one port.
pub(crate) struct Link {
    port: Port,
    rs485: Rs485,
    tap: Option<Tap>,
    backoff: Backoff,
    state: State,
}

enum State {
    Open {
        line: Box<Framed<Tapped, Codec>>,
        since: Instant,
        heard: Instant,
    },
    /// A pause, then an attempt.
    Opening(BoxFuture<'static, Result<Box<dyn Transport>, Error>>),
}

/// What happened to the line.
pub(crate) enum Found {
    Heard(Heard),
    Opened,
    Closed(Closed),
}

/// The line is not there.
pub(crate) struct Closed {
    pub(crate) error: Error,
    /// When it is tried again, if ever.
    pub(crate) retry_in: Option<Duration>,
}

impl Link {
    pub(crate) fn new(port: Port, line: Box<dyn Transport>, config: &Config) -> Self {
        let tap = config.tap.clone();
        Self {
            port,
            rs485: config.rs485,
            backoff: Backoff::default(),
            state: State::open(line, tap.clone()),
            tap,
        }
    }

    /// Waits for what is next. May be dropped at any await without loss.
    pub(crate) async fn next(&mut self) -> Found {
        match &mut self.state {
            State::Open { line, heard, .. } => match line.next().await {
                Some(Ok(item)) => {
                    *heard = Instant::now();
                    Found::Heard(item)
                }
                Some(Err(error)) => Found::Closed(self.lose(error.kind())),
                None => Found::Closed(self.lose(io::ErrorKind::UnexpectedEof)),
            },
            State::Opening(attempt) => match attempt.as_mut().await {
                Ok(line) => {
                    self.state = State::open(line, self.tap.clone());
                    Found::Opened
                }
                Err(error) => Found::Closed(self.close(error, Duration::ZERO)),
            },
        }
    }

    /// Gives a frame to the port.
    pub(crate) async fn send(&mut self, frame: WireFrame) -> Result<(), Closed> {
        let State::Open { line, .. } = &mut self.state else {
            return Ok(());
        };
        match timeout(SEND, line.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.lose(error.kind())),
            Err(_) => Err(self.lose(io::ErrorKind::TimedOut)),
        }
    }

    /// When silence ends the frame that has begun.
    pub(crate) fn silence_at(&self) -> Option<Instant> {
        let limit = if self.port.is_gateway() {
            GATEWAY_SILENCE
        } else {
            SILENCE
        };
        match &self.state {
            State::Open { line, heard, .. } if line.codec().is_within_frame() => {
                Some(*heard + limit)
            }
            _ => None,
        }
    }

    /// Ends the frame that has begun, if it has been silent for long enough.
    pub(crate) fn silence(&mut self) -> Option<FrameError> {
        let is_silent = self.silence_at().is_some_and(|at| at <= Instant::now());
        match &mut self.state {
            State::Open { line, .. } if is_silent => line.codec_mut().silence(),
            _ => None,
        }
    }

    fn lose(&mut self, kind: io::ErrorKind) -> Closed {
        let open_for = match &self.state {
            State::Open { since, .. } => since.elapsed(),
            State::Opening(_) => Duration::ZERO,
        };
        let port = self.port.clone();
        self.close(Error::Lost { port, kind }, open_for)
    }

    fn close(&mut self, error: Error, open_for: Duration) -> Closed {
        if self.port == Port::Attached {
            self.state = State::Opening(Box::pin(pending()));
            return Closed {
                error,
                retry_in: None,
            };
        }
        let pause = self.backoff.closed(open_for);
        let (port, rs485) = (self.port.clone(), self.rs485);
        self.state = State::Opening(Box::pin(async move {
            sleep(pause).await;
            connection::open(&port, rs485).await
        }));
        Closed {
            error,
            retry_in: Some(pause),
        }
    }
}

impl State {
    fn open(line: Box<dyn Transport>, tap: Option<Tap>) -> Self {
        let now = Instant::now();
        Self::Open {
            line: Box::new(Framed::new(Tapped::new(line, tap), Codec::default())),
            since: now,
            heard: now,
        }
    }
}
