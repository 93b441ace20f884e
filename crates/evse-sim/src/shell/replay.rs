//! A recorded charger on real sockets.
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use duosida_proto::discovery;
use duosida_proto::frame::{self, Decoder, Direction};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::sockets::Sockets;
use super::tap::{Line, Sender, Session, Tap};
use super::tcp::WRITE_LIMIT;
use super::{Error, udp};
use crate::duosida::replay::{Event, Player, Script};

/// Where and how a recorded charger runs.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// Address for TCP.
    pub bind: IpAddr,
    /// TCP port; 0 takes a free one.
    pub port: u16,
    /// Address for discovery.
    pub discovery_bind: IpAddr,
    /// UDP port for discovery; 0 takes a free one, `None` switches discovery off.
    pub discovery_port: Option<u16>,
    /// How many times faster than recorded, above 0.
    pub speed: f64,
    /// The recorded connections: the first client gets the first, the second the second; after the last one each gets
    /// the last one again.
    pub sessions: Vec<Script>,
    /// The recorded answer to a discovery probe; without one, probes stay unanswered. Its address is replaced by the
    /// one that this charger listens on, because clients connect to it.
    pub answer: Option<Vec<u8>>,
    /// Sees connections, their bytes and discovery, for recorders.
    pub tap: Option<Tap>,
}

/// Something that happens in a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayEvent {
    /// A client connected.
    Connected {
        /// Number of the session that it gets, from 1.
        session: usize,
    },
    /// What its player has to say.
    Player {
        /// Number of the session.
        session: usize,
        /// What it is.
        event: Event,
    },
    /// The connection ended.
    Disconnected {
        /// Number of the session.
        session: usize,
    },
}

/// A running replay. Dropping it stops it; [`Replay::shutdown`] also waits.
#[derive(Debug)]
pub struct Replay {
    address: SocketAddr,
    discovery_address: Option<SocketAddr>,
    events: broadcast::Sender<ReplayEvent>,
    unexpected: Arc<AtomicU64>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Replay {
    /// Binds the sockets and begins to listen on the present tokio runtime.
    ///
    /// # Errors
    /// A socket that cannot be bound, or a speed that is no positive number.
    pub async fn start(options: ReplayOptions) -> Result<Self, Error> {
        if !(options.speed.is_finite() && options.speed > 0.0) {
            return Err(Error::Speed(options.speed));
        }
        let discovery = (options.discovery_bind, options.discovery_port);
        let Sockets {
            listener,
            address,
            discovery,
        } = Sockets::bind((options.bind, options.port), discovery).await?;
        let (stop, stopped) = watch::channel(false);
        let (events, _) = broadcast::channel(256);
        let discovery_address = discovery.as_ref().map(|(_, address)| *address);
        let mut tasks = Vec::new();
        if let Some(socket) = discovery {
            let answer = options.answer.as_deref().map(|text| at(address.ip(), text));
            let answer =
                move |datagram: &[u8], _| answer.clone().filter(|_| discovery::is_probe(datagram));
            let (tap, stopped) = (options.tap.clone(), stopped.clone());
            tasks.push(tokio::spawn(udp::answer_probes(
                socket, tap, stopped, answer,
            )));
        }
        let unexpected = Arc::default();
        let server = Server {
            address,
            events: events.clone(),
            stopped,
            sessions: options.sessions,
            speed: options.speed,
            tap: options.tap,
            unexpected: Arc::clone(&unexpected),
        };
        tasks.push(tokio::spawn(server.run(listener)));
        Ok(Self {
            address,
            discovery_address,
            events,
            unexpected,
            stop,
            tasks,
        })
    }

    /// Where the session port is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where discovery is answered.
    pub fn discovery_address(&self) -> Option<SocketAddr> {
        self.discovery_address
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<ReplayEvent> {
        self.events.subscribe()
    }

    /// How often clients asked for what the recording does not hold.
    pub fn unexpected_count(&self) -> u64 {
        self.unexpected.load(Ordering::Relaxed)
    }

    /// Stops and waits until the sockets are closed.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

struct Server {
    address: SocketAddr,
    events: broadcast::Sender<ReplayEvent>,
    stopped: watch::Receiver<bool>,
    sessions: Vec<Script>,
    speed: f64,
    tap: Option<Tap>,
    unexpected: Arc<AtomicU64>,
}

impl Server {
    async fn run(mut self, listener: TcpListener) {
        let mut accepted = 0;
        // Dropping it ends the connections.
        let mut connections = JoinSet::new();
        loop {
            let (stream, client) = tokio::select! {
                _ = self.stopped.changed() => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
            };
            accepted += 1;
            let session = self.sessions.len().min(accepted);
            let script = session
                .checked_sub(1)
                .and_then(|index| self.sessions.get(index));
            let seen = Session::open(Line {
                tap: self.tap.clone(),
                client,
                charger: stream.local_addr().unwrap_or(self.address),
            });
            let connection = Connection::new(
                stream,
                seen,
                script.cloned().unwrap_or_default(),
                self.speed,
                Teller {
                    session,
                    events: self.events.clone(),
                    unexpected: Arc::clone(&self.unexpected),
                },
            );
            connections.spawn(connection.run());
        }
        connections.shutdown().await;
    }
}

/// Says what happens in one session. Nobody may be listening.
struct Teller {
    session: usize,
    events: broadcast::Sender<ReplayEvent>,
    unexpected: Arc<AtomicU64>,
}

impl Teller {
    fn player(&self, event: Event) {
        let session = self.session;
        match &event {
            Event::Unexpected { message } => {
                let count = self.unexpected.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(session, count, %message, "not in the recording, and not answered");
            }
            Event::Missing { message } => {
                tracing::info!(session, %message, "only the recorded client asked for this");
            }
            Event::Finished | Event::Close => tracing::debug!(session, ?event),
        }
        let _ = self.events.send(ReplayEvent::Player { session, event });
    }
}

struct Connection {
    stream: TcpStream,
    seen: Session,
    framing: frame::Framing,
    decoder: Decoder,
    player: Player,
    teller: Teller,
}

impl Connection {
    fn new(stream: TcpStream, seen: Session, script: Script, speed: f64, teller: Teller) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY not set");
        }
        Self {
            stream,
            seen,
            framing: script.framing,
            decoder: Decoder::new(script.framing, Direction::ToCharger),
            player: Player::new(script, speed, Instant::now()),
            teller,
        }
    }

    async fn run(mut self) {
        let session = self.teller.session;
        let _ = self.teller.events.send(ReplayEvent::Connected { session });
        self.serve().await;
        let _ = self
            .teller
            .events
            .send(ReplayEvent::Disconnected { session });
    }

    /// Moves bytes and time into the player, and what it says out of it, until either end closes.
    async fn serve(&mut self) {
        let mut buffer = [0; 4096];
        loop {
            if !self.transmit().await {
                return;
            }
            let due = self.player.poll_timeout();
            tokio::select! {
                read = self.stream.read(&mut buffer) => match read {
                    Ok(length) if length > 0 => self.receive(buffer.get(..length).unwrap_or_default()),
                    _ => {
                        self.seen.closes = Sender::Client;
                        return;
                    }
                },
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                    self.player.handle_timeout(Instant::now());
                }
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.seen.bytes(Sender::Client, bytes);
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.next_frame() {
            self.player.handle_input(Instant::now(), &frame);
        }
    }

    /// Writes what the player says; `false` when the connection is to be closed.
    async fn transmit(&mut self) -> bool {
        while let Some(message) = self.player.poll_transmit() {
            let wire = frame::encode(self.framing, Direction::FromCharger, &message);
            let wire = wire.unwrap_or_default();
            let written = tokio::time::timeout(WRITE_LIMIT, self.stream.write_all(&wire)).await;
            if !matches!(written, Ok(Ok(()))) {
                return false;
            }
            self.seen.bytes(Sender::Charger, &wire);
        }
        let mut goes_on = true;
        while let Some(event) = self.player.poll_event() {
            goes_on &= event != Event::Close;
            self.teller.player(event);
        }
        goes_on
    }
}

/// A discovery answer, `ip,mac,type,firmware`, with another address.
fn at(ip: IpAddr, answer: &[u8]) -> Vec<u8> {
    let rest = answer.iter().position(|byte| *byte == b',');
    let rest = rest
        .and_then(|comma| answer.get(comma..))
        .unwrap_or_default();
    [ip.to_string().as_bytes(), rest].concat()
}
