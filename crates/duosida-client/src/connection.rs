//! One transport: opening it, a reader of messages, a writer that never blocks the rest.

use std::{io, net::SocketAddr, time::Duration};

use bytes::{Buf, BytesMut};
use duosida_proto::frame::{self, Direction, Framing};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::codec::FramedRead;
use tracing::debug;

use crate::{Error, Options, Tap, codec::Decoder, config::LONGEST, error::Peer, tap::Tapped};

/// Reading pauses while this many written bytes wait: the peer sends faster than it takes our answers.
const WRITE_BUFFER_LIMIT: usize = 64 * 1024;

/// How long a goodbye may take: waiting bytes and the end of the stream.
const CLOSING: Duration = Duration::from_millis(500);

/// Messages from the charger.
pub(crate) type Reader<T> = FramedRead<ReadHalf<T>, Decoder>;

/// Connects to a charger.
pub(crate) async fn open(
    address: SocketAddr,
    limit: Duration,
    tap: Option<Tap>,
) -> Result<Tapped, Error> {
    let charger = Peer::Address(address);
    let stream = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| Error::ConnectTimeout {
            charger,
            timeout: limit,
        })?
        .map_err(|error| Error::Connect {
            charger,
            kind: error.kind(),
        })?;
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "small messages may be delayed");
    }
    Ok(Tapped::new(stream, address, tap))
}

/// Both halves of a transport.
pub(crate) fn halves<T: AsyncRead + AsyncWrite>(
    transport: T,
    options: &Options,
) -> (Reader<T>, Writer<T>) {
    let (read, write) = split(transport);
    let reader = FramedRead::new(read, Decoder::new(options.framing));
    (reader, Writer::new(write, options))
}

/// Holds encoded messages until the peer takes them.
pub(crate) struct Writer<T> {
    half: WriteHalf<T>,
    framing: Framing,
    buffer: BytesMut,
    unflushed: bool,
    limit: Duration,
    /// When the peer must have taken something; counts while bytes wait.
    stalled_at: Instant,
}

impl<T: AsyncWrite> Writer<T> {
    fn new(half: WriteHalf<T>, options: &Options) -> Self {
        let limit = options.write_timeout.min(LONGEST);
        let framing = options.framing;
        Self {
            half,
            framing,
            buffer: BytesMut::new(),
            unflushed: false,
            limit,
            stalled_at: Instant::now(),
        }
    }

    /// Queues a message.
    pub(crate) fn push(&mut self, message: &[u8]) {
        if self.is_idle() {
            self.stalled_at = Instant::now() + self.limit;
        }
        match frame::encode(self.framing, Direction::ToCharger, message) {
            Ok(bytes) => self.buffer.extend_from_slice(&bytes),
            Err(error) => debug!(%error, "a message is too long to send"),
        }
    }

    /// Nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.buffer.is_empty() && !self.unflushed
    }

    /// More may be read, and so answered.
    pub(crate) fn has_room(&self) -> bool {
        self.buffer.len() < WRITE_BUFFER_LIMIT
    }

    /// Writes a part of what waits. May be dropped at any await without loss.
    pub(crate) async fn write_some(&mut self) -> io::Result<()> {
        let written = async {
            if self.buffer.has_remaining() {
                let count = self.half.write(&self.buffer).await?;
                if count == 0 {
                    return Err(io::Error::from(io::ErrorKind::WriteZero));
                }
                self.buffer.advance(count);
                self.unflushed = true;
            }
            if self.buffer.is_empty() {
                self.half.flush().await?;
                self.unflushed = false;
            }
            Ok(())
        };
        timeout_at(self.stalled_at, written)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        self.stalled_at = Instant::now() + self.limit;
        Ok(())
    }

    /// Sends what waits and the end of the stream, within a short limit.
    pub(crate) async fn close(mut self) {
        let goodbye = async {
            while !self.is_idle() {
                self.write_some().await?;
            }
            self.half.shutdown().await
        };
        match timeout(CLOSING, goodbye).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(%error, "closing"),
            Err(_) => debug!("the peer did not take the last bytes"),
        }
    }
}
