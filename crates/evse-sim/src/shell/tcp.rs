//! The device on a real TCP listener: one task, no protocol decision.
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use duosida_proto::frame::{self, Decoder, Direction, Framing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::tap::{Line, Sender, Session, Tap};
use super::{Shared, SimulatorOptions};
use crate::duosida::{Admission, DelayRange, Event};
use crate::faults::{Injector, LinkAction, Output, Pipe};

/// The listener, the one connection, and the faults between them and the device.
pub(super) struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
    injector: Injector,
    connection: Option<Connection>,
    /// Connections that the charger forgot without telling; kept open, never read.
    forgotten: Vec<TcpStream>,
    address: SocketAddr,
    accepted: u64,
    seed: u64,
    latency: DelayRange,
    framing: Framing,
    tap: Option<Tap>,
}

struct Connection {
    stream: TcpStream,
    seen: Session,
    to_client: Pipe,
    to_charger: Pipe,
    decoder: Decoder,
    ended: bool,
}

enum Wake {
    Accepted(io::Result<(TcpStream, SocketAddr)>),
    Read(io::Result<usize>),
    Due,
    Stop,
}

impl Server {
    pub(super) fn new(
        listener: TcpListener,
        address: SocketAddr,
        shared: Arc<Shared>,
        options: &SimulatorOptions,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let start = shared.clock.now();
        Self {
            listener,
            shared,
            stop,
            injector: Injector::new(&options.faults, options.seed, start, options.faults_last),
            connection: None,
            forgotten: Vec::new(),
            address,
            accepted: 0,
            seed: options.seed,
            latency: options.latency,
            framing: options.framing,
            tap: options.tap.clone(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut buffer = [0; 4096];
        loop {
            self.advance().await;
            match self.wait(&mut buffer).await {
                Wake::Accepted(Ok((stream, peer))) => self.accept(stream, peer),
                Wake::Accepted(Err(error)) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Wake::Read(Ok(length)) if length > 0 => {
                    self.received(buffer.get(..length).unwrap_or_default());
                }
                Wake::Read(_) => {
                    if let Some(connection) = self.connection.as_mut() {
                        connection.seen.closes = Sender::Client;
                    }
                    self.close();
                }
                Wake::Due => {}
                Wake::Stop => return,
            }
        }
    }

    async fn wait(&mut self, buffer: &mut [u8]) -> Wake {
        let deadline = self.poll_timeout().map(|at| self.shared.clock.until(at));
        let Self {
            listener,
            connection,
            shared,
            stop,
            ..
        } = self;
        // What arrives faster than the charger takes it stays with the client, as on a real network.
        let has_room = connection
            .as_ref()
            .is_some_and(|connection| connection.to_charger.waiting_bytes() < MAX_WAITING);
        tokio::select! {
            // The end of a connection is seen before the next one, however close they follow each other.
            biased;
            _ = stop.changed() => Wake::Stop,
            read = read(connection.as_mut(), buffer), if has_room => Wake::Read(read),
            () = shared.changed.notified() => Wake::Due,
            () = tokio::time::sleep(deadline.unwrap_or_default()), if deadline.is_some() => Wake::Due,
            accepted = listener.accept() => Wake::Accepted(accepted),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let pipes = self.connection.as_ref().map(|connection| {
            [
                connection.to_client.poll_timeout(),
                connection.to_charger.poll_timeout(),
            ]
        });
        let device = self.shared.lock().poll_timeout();
        let pipes = pipes.into_iter().flatten().flatten();
        pipes
            .chain(device)
            .chain(self.injector.poll_timeout())
            .min()
    }

    fn accept(&mut self, stream: TcpStream, peer: SocketAddr) {
        let now = self.shared.clock.now();
        let admission = self.shared.lock().handle_connect(now);
        tracing::debug!(?admission, "connection");
        let seen = Session::open(Line {
            tap: self.tap.clone(),
            client: peer,
            charger: stream.local_addr().unwrap_or(self.address),
        });
        match admission {
            Admission::Accept => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY not set");
                }
                self.accepted += 1;
                self.connection = Some(Connection {
                    stream,
                    seen,
                    to_client: Pipe::new(self.seed, self.accepted * 2, self.latency),
                    to_charger: Pipe::new(self.seed, self.accepted * 2 + 1, self.latency),
                    decoder: Decoder::new(self.framing, Direction::ToCharger),
                    ended: false,
                });
            }
            Admission::AcceptAndClose => drop(stream),
            Admission::Refuse => {
                // A listening socket cannot refuse one client: a reset comes closest.
                let _ = stream.set_zero_linger();
            }
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        let now = self.shared.clock.now();
        if let Some(connection) = self.connection.as_mut() {
            connection.seen.bytes(Sender::Client, bytes);
            connection.to_charger.send(now, bytes, None);
        }
    }

    fn close(&mut self) {
        if self.connection.take().is_some() {
            let now = self.shared.clock.now();
            self.shared.lock().handle_closed(now);
        }
    }

    /// Does everything that is due, and writes what the client shall get.
    async fn advance(&mut self) {
        let now = self.shared.clock.now();
        self.run_device(now);
        let Some(connection) = self.connection.as_mut() else {
            return;
        };
        while let Some(output) = connection.to_client.poll_output(now) {
            let Output::Bytes(bytes) = output else {
                connection.ended = true;
                break;
            };
            let written =
                tokio::time::timeout(WRITE_LIMIT, connection.stream.write_all(&bytes)).await;
            if !matches!(written, Ok(Ok(()))) {
                connection.ended = true;
                break;
            }
            connection.seen.bytes(Sender::Charger, &bytes);
        }
        if connection.ended {
            self.close();
        }
    }

    /// Device, faults and the bytes that reached the charger; never awaits, because the device is locked.
    fn run_device(&mut self, now: Instant) {
        let mut device = self.shared.lock();
        for action in self.injector.handle_timeout(now, &mut device) {
            match (action, self.connection.as_mut()) {
                (LinkAction::StallUntil(until), Some(connection)) => {
                    connection.to_client.stall_until(until);
                    connection.to_charger.stall_until(until);
                }
                (LinkAction::Drop, Some(connection)) => connection.ended = true,
                (LinkAction::Vanish, Some(_)) => {
                    device.handle_closed(now);
                    if let Some(connection) = self.connection.take() {
                        connection.seen.forget();
                        self.forgotten.push(connection.stream);
                    }
                    let excess = self.forgotten.len().saturating_sub(MAX_FORGOTTEN);
                    self.forgotten.drain(..excess);
                }
                (_, None) => {}
            }
        }
        if let Some(connection) = self.connection.as_mut() {
            while let Some(Output::Bytes(bytes)) = connection.to_charger.poll_output(now) {
                connection.decoder.push(&bytes);
                while let Some(frame) = connection.decoder.next_frame() {
                    device.handle_input(now, &frame);
                }
            }
        }
        device.handle_timeout(now);
        while let Some(message) = device.poll_transmit() {
            let wire =
                frame::encode(self.framing, Direction::FromCharger, &message).unwrap_or_default();
            if let Some(connection) = self.connection.as_mut() {
                connection
                    .to_client
                    .send(now, &wire, Some(&mut self.injector));
            }
        }
        while let Some(event) = device.poll_event() {
            match &event {
                Event::CloseConnection => self.connection = None,
                Event::Violation(violation) => {
                    tracing::info!(%violation, "the client broke a rule");
                }
                other => tracing::debug!(event = ?other, "simulated charger"),
            }
            // Nobody may be listening.
            let _ = self.shared.events.send(event);
        }
    }
}

async fn read(connection: Option<&mut Connection>, buffer: &mut [u8]) -> io::Result<usize> {
    match connection {
        Some(connection) => connection.stream.read(buffer).await,
        None => std::future::pending().await,
    }
}

/// A client that reads nothing for so long is dropped.
pub(super) const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// Bytes that wait for the charger before no more are read.
const MAX_WAITING: usize = 64 * 1024;
/// Forgotten connections that are kept open.
const MAX_FORGOTTEN: usize = 16;
