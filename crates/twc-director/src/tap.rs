//! Letting someone watch the line: what recorders of captures hook into.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::Transport;

/// A callback that sees every byte, both ways.
///
/// It sees everything, serial and vehicle identification numbers too.
///
/// ```
/// use twc_director::{Config, Tap};
///
/// let tap = Tap::new(|traffic| println!("{:?}: {} bytes", traffic.sender, traffic.bytes.len()));
/// let config = Config { tap: Some(tap), ..Config::default() };
/// # drop(config);
/// ```
#[derive(Clone)]
pub struct Tap(Arc<TapFn>);

type TapFn = dyn Fn(Traffic<'_>) + Send + Sync;

impl Tap {
    /// Calls `tap` for everything that passes, in order. It must not block: it runs in the task that owns the port.
    pub fn new(tap: impl Fn(Traffic<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tap))
    }

    /// Calls it, for a tap that stands before another one.
    pub fn call(&self, traffic: Traffic<'_>) {
        (self.0)(traffic);
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// Bytes that were on the line; frames may be cut anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// When they were read, or given to the port, by the system's clock.
    pub time: SystemTime,
    /// Who sent them.
    pub sender: Sender,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// One of the two sides of the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Somebody on the bus; with some adapters also this program, whose bytes come back.
    Bus,
    /// This program.
    Director,
}

/// A line that may be watched.
pub(crate) struct Tapped {
    line: Box<dyn Transport>,
    tap: Option<Tap>,
}

impl Tapped {
    pub(crate) const fn new(line: Box<dyn Transport>, tap: Option<Tap>) -> Self {
        Self { line, tap }
    }

    fn tell(&self, sender: Sender, bytes: &[u8]) {
        if let Some(tap) = self.tap.as_ref().filter(|_| !bytes.is_empty()) {
            tap.call(Traffic {
                time: SystemTime::now(),
                sender,
                bytes,
            });
        }
    }
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.line).poll_read(context, buffer));
        self.tell(
            Sender::Bus,
            buffer.filled().get(before..).unwrap_or_default(),
        );
        Poll::Ready(result)
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.line).poll_write(context, bytes))?;
        self.tell(Sender::Director, bytes.get(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }

    /// The bytes are with the kernel already. Flushing a serial port would block the thread until all bits are out, for
    /// ever when an adapter hangs; the session reckons with the time that a frame takes on the line instead.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(context)
    }
}
