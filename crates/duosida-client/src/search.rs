//! One search: probes, answers, and the questions over TCP that follow.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    ops::ControlFlow,
    pin::pin,
    time::Duration,
};

use duosida_proto::discovery::{self, Mac, PROBE};
use futures_util::StreamExt;
use tokio::{
    net::UdpSocket,
    sync::mpsc,
    task::yield_now,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tracing::debug;

use crate::{
    Act, Sender,
    config::LONGEST,
    discovery::{DiscoverOptions, DiscoveryIssue, Found, Item},
    interfaces::{self, Network},
    scan::{self, Scan},
    tap::Line,
};

/// Chargers, and senders of nonsense, that one search keeps in mind; more than a local network has.
const MEMORY: usize = 1024;

pub(crate) struct Search {
    options: DiscoverOptions,
    items: mpsc::Sender<Item>,
    networks: Vec<Network>,
    chargers: BTreeMap<Mac, Found>,
    /// Addresses that an issue was reported for.
    noted: BTreeSet<SocketAddr>,
}

impl Search {
    pub(crate) const fn new(options: DiscoverOptions, items: mpsc::Sender<Item>) -> Self {
        Self {
            options,
            items,
            networks: Vec::new(),
            chargers: BTreeMap::new(),
            noted: BTreeSet::new(),
        }
    }

    pub(crate) async fn run(&mut self) {
        match interfaces::networks(&self.options.interfaces) {
            Ok(networks) if networks.is_empty() && !self.options.interfaces.is_empty() => {
                self.report(Err(DiscoveryIssue::Interfaces {
                    kind: io::ErrorKind::NotFound,
                }))
                .await;
            }
            Ok(networks) => self.networks = networks,
            Err(error) => {
                self.report(Err(DiscoveryIssue::Interfaces { kind: error.kind() }))
                    .await;
            }
        }
        let port = self.options.source_port.unwrap_or(0);
        match open(port).await {
            Ok(socket) => self.listen(&socket).await,
            Err(error) => {
                self.report(Err(DiscoveryIssue::Socket {
                    port,
                    kind: error.kind(),
                }))
                .await;
            }
        }
        if self.options.identify {
            self.identify().await;
        }
        if self.options.scan == Scan::Subnets {
            self.scan().await;
        }
    }

    async fn report(&self, item: Item) {
        // Fails when the stream is being dropped.
        let _ = self.items.send(item).await;
    }

    /// Sends probes and takes answers.
    async fn listen(&mut self, socket: &UdpSocket) {
        let destinations = self.destinations();
        let end = Instant::now() + self.options.duration.min(LONGEST);
        let mut ticks = interval(self.options.probe_interval.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sent = 0;
        let mut buffer = [0; 1024];
        while !self.all_answered() {
            tokio::select! {
                _ = ticks.tick(), if sent < self.options.probes => {
                    sent += 1;
                    for &to in &destinations {
                        self.probe(socket, to).await;
                    }
                }
                received = socket.recv_from(&mut buffer) => {
                    if self.received(socket, &buffer, received).await.is_break() {
                        return;
                    }
                }
                () = sleep_until(end) => return self.take_rest(socket, &mut buffer).await,
            }
        }
    }

    /// Takes what came before the end and was not read yet, because nobody polled the search.
    async fn take_rest(&mut self, socket: &UdpSocket, buffer: &mut [u8]) {
        yield_now().await; // the runtime looks what came
        for _ in 0..MEMORY {
            let received = socket.try_recv_from(buffer);
            if matches!(&received, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
                || self.received(socket, buffer, received).await.is_break()
            {
                return;
            }
        }
    }

    async fn received(
        &mut self,
        socket: &UdpSocket,
        buffer: &[u8],
        received: io::Result<(usize, SocketAddr)>,
    ) -> ControlFlow<()> {
        match received {
            Ok((length, from)) => self.receive(socket, &buffer[..length], from).await,
            // Some systems report an earlier probe that nobody took.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => {
                let kind = error.kind();
                self.report(Err(DiscoveryIssue::Receive { kind })).await;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Where probes go.
    fn destinations(&self) -> BTreeSet<SocketAddrV4> {
        let DiscoverOptions {
            targets,
            broadcasts,
            interfaces,
            port,
            ..
        } = &self.options;
        let mut addresses: BTreeSet<Ipv4Addr> = targets.iter().chain(broadcasts).copied().collect();
        if addresses.is_empty() {
            addresses.extend(
                self.networks
                    .iter()
                    .filter_map(|network| network.broadcast()),
            );
            if interfaces.is_empty() {
                addresses.insert(Ipv4Addr::BROADCAST);
            }
        }
        addresses
            .into_iter()
            .map(|address| SocketAddrV4::new(address, *port))
            .collect()
    }

    /// Whether a search for given hosts has found them all.
    fn all_answered(&self) -> bool {
        let targets = &self.options.targets;
        let answered = |target| {
            self.chargers
                .values()
                .any(|found| found.ip == target || found.answered_from == Some(target))
        };
        !targets.is_empty() && targets.iter().all(|&target| answered(target))
    }

    async fn probe(&mut self, socket: &UdpSocket, to: SocketAddrV4) {
        match socket.send_to(&PROBE, to).await {
            Ok(_) => self.tell(socket, to.into(), Sender::Client, &PROBE),
            Err(error) if self.note(to.into()) => {
                self.report(Err(DiscoveryIssue::Send {
                    to,
                    kind: error.kind(),
                }))
                .await;
            }
            Err(_) => {}
        }
    }

    /// Shows a datagram to the tap.
    fn tell(&self, socket: &UdpSocket, charger: SocketAddr, sender: Sender, datagram: &[u8]) {
        if let (Some(tap), Ok(client)) = (&self.options.tap, socket.local_addr()) {
            Line::new(tap.clone(), client, charger).tell(sender, Act::Datagram(datagram));
        }
    }

    async fn receive(&mut self, socket: &UdpSocket, datagram: &[u8], from: SocketAddr) {
        let SocketAddr::V4(source) = from else { return };
        if discovery::is_probe(datagram) {
            return; // our own broadcast, or another client's
        }
        self.tell(socket, from, Sender::Charger, datagram);
        let reply = match discovery::parse_reply(datagram, *source.ip()) {
            Ok(reply) => reply,
            Err(error) if self.note(from) => {
                return self
                    .report(Err(DiscoveryIssue::Malformed { from, error }))
                    .await;
            }
            Err(_) => return,
        };
        let found = Found {
            ip: reply.ip,
            answered_from: Some(*source.ip()).filter(|source| *source != reply.ip),
            mac: Some(reply.mac),
            kind: Some(reply.kind),
            firmware: Some(reply.firmware),
            raw: Some(
                String::from_utf8_lossy(datagram)
                    .trim_end_matches('\0')
                    .to_owned(),
            ),
            identity: None,
        };
        let known = self.chargers.get(&reply.mac);
        if known == Some(&found) || (known.is_none() && self.chargers.len() >= MEMORY) {
            return;
        }
        debug!(ip = %found.ip, "a charger answered");
        self.chargers.insert(reply.mac, found.clone());
        if !self.options.identify {
            self.report(Ok(found)).await;
        }
    }

    /// Whether an address is new to the list of those that an issue was reported for.
    fn note(&mut self, address: SocketAddr) -> bool {
        self.noted.len() < MEMORY && self.noted.insert(address)
    }

    /// One charger after the other: each has one connection only.
    async fn identify(&mut self) {
        let limit = self.options.identify_timeout;
        for (_mac, mut found) in std::mem::take(&mut self.chargers) {
            if !self.options.skip.contains(&found.ip) {
                let address = SocketAddr::from((found.ip, self.options.tcp_port));
                match scan::identify(address, limit, limit, self.options.tap.clone()).await {
                    Ok(identity) => found.identity = Some(identity),
                    Err(error) => {
                        self.report(Err(DiscoveryIssue::NotIdentified { error }))
                            .await;
                    }
                }
            }
            self.options.skip.push(found.ip);
            self.report(Ok(found)).await;
        }
    }

    async fn scan(&mut self) {
        let known = self.chargers.values().map(|found| found.ip);
        let skip = known.chain(self.options.skip.iter().copied()).collect();
        let DiscoverOptions { tcp_port, tap, .. } = &self.options;
        let mut chargers = pin!(scan::scan(&self.networks, *tcp_port, &skip, tap.as_ref()));
        while let Some((ip, identity)) = chargers.next().await {
            let identity = Some(identity);
            let found = Found {
                ip,
                answered_from: None,
                mac: None,
                kind: None,
                firmware: None,
                raw: None,
                identity,
            };
            self.report(Ok(found)).await;
        }
    }
}

async fn open(port: u16) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).await?;
    socket.set_broadcast(true)?;
    Ok(socket)
}
