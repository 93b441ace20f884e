//! A device on real sockets: one task, no protocol decision.
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::{ChargerEvent, Error, Shared, SimulatorOptions};
use crate::em::Event;
use crate::faults::em::{Injector, LinkAction, Network};
use crate::shell::tap::{Act, Line, Sender, Tap};

/// What a charger is bound to.
pub(super) struct Sockets {
    /// Everything leaves from here.
    main: UdpSocket,
    address: SocketAddrV4,
    /// Probes may come here, too.
    probe: Option<UdpSocket>,
}

impl Sockets {
    pub(super) fn bind(address: SocketAddrV4, probe_port: Option<u16>) -> Result<Self, Error> {
        let (main, bound) = bind(address).map_err(|source| Error::Bind { address, source })?;
        let probe = probe_port.filter(|port| *port != bound.port());
        let probe = probe.and_then(|port| {
            let wanted = SocketAddrV4::new(*address.ip(), port);
            bind(wanted)
                .map(|(socket, _)| socket)
                .inspect_err(|error| tracing::debug!(%wanted, %error, "no probes are heard there"))
                .ok()
        });
        Ok(Self {
            main,
            address: bound,
            probe,
        })
    }

    pub(super) fn address(&self) -> SocketAddrV4 {
        self.address
    }
}

fn bind(address: SocketAddrV4) -> io::Result<(UdpSocket, SocketAddrV4)> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    socket.set_broadcast(true)?;
    let port = socket.local_addr()?.port();
    let bound = SocketAddrV4::new(*address.ip(), port);
    Ok((UdpSocket::from_std(socket)?, bound))
}

/// A device, its sockets, and the faults between them.
pub(super) struct Charger {
    sockets: Sockets,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
    injector: Injector,
    inbound: Network<SocketAddrV4>,
    outbound: Network<SocketAddrV4>,
    tap: Option<Tap>,
}

enum Wake {
    Packets,
    Due,
    Stop,
}

impl Charger {
    pub(super) fn new(
        sockets: Sockets,
        shared: Arc<Shared>,
        options: &SimulatorOptions,
        seed: u64,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let start = shared.clock.now();
        Self {
            sockets,
            shared,
            stop,
            injector: Injector::new(&options.faults, seed, start, options.faults_last),
            inbound: Network::new(seed, 0, options.latency),
            outbound: Network::new(seed, 1, options.latency),
            tap: options.tap.clone(),
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            self.advance();
            match self.wait().await {
                Wake::Packets => self.receive(),
                Wake::Due => {}
                Wake::Stop => return,
            }
        }
    }

    async fn wait(&mut self) -> Wake {
        let deadline = self.poll_timeout().map(|at| self.shared.clock.until(at));
        let Self {
            sockets,
            shared,
            stop,
            ..
        } = self;
        tokio::select! {
            _ = stop.changed() => Wake::Stop,
            _ = sockets.main.readable() => Wake::Packets,
            () = probe_readable(sockets.probe.as_ref()) => Wake::Packets,
            () = shared.changed.notified() => Wake::Due,
            () = tokio::time::sleep(deadline.unwrap_or_default()), if deadline.is_some() => Wake::Due,
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let device = self.shared.lock().poll_timeout();
        [
            device,
            self.injector.poll_timeout(),
            self.inbound.poll_timeout(),
            self.outbound.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Takes what has arrived on both sockets.
    fn receive(&mut self) {
        let now = self.shared.clock.now();
        let mut buffer = [0; LONGEST_PACKET];
        for socket in [Some(&self.sockets.main), self.sockets.probe.as_ref()]
            .into_iter()
            .flatten()
        {
            for _ in 0..MAX_AT_ONCE {
                // An error is that of an earlier packet of ours, or there is nothing more.
                let Ok((length, SocketAddr::V4(from))) = socket.try_recv_from(&mut buffer) else {
                    break;
                };
                let packet = buffer.get(..length).unwrap_or_default();
                line(self.tap.as_ref(), from, self.sockets.address)
                    .tell(Sender::Client, Act::Datagram(packet));
                self.inbound
                    .send(now, from, packet.to_vec(), &mut self.injector);
            }
        }
    }

    /// Does everything that is due, and sends what the clients shall get.
    fn advance(&mut self) {
        let now = self.shared.clock.now();
        self.run_device(now);
        while let Some((to, packet)) = self.outbound.poll_packet(now) {
            match self.sockets.main.try_send_to(&packet, to.into()) {
                Ok(_) => line(self.tap.as_ref(), to, self.sockets.address)
                    .tell(Sender::Charger, Act::Datagram(&packet)),
                // Nobody may be there; datagrams get lost.
                Err(error) => tracing::debug!(%to, %error, "a packet was not sent"),
            }
        }
    }

    fn run_device(&mut self, now: Instant) {
        let mut device = self.shared.lock();
        for action in self.injector.handle_timeout(now, &mut device) {
            match action {
                LinkAction::SilenceUntil(until) => {
                    self.inbound.silence_until(Some(until));
                    self.outbound.silence_until(Some(until));
                }
                LinkAction::MoveCharger => {
                    let free = SocketAddrV4::new(*self.sockets.address.ip(), 0);
                    if let Ok((main, address)) = bind(free) {
                        self.sockets.main = main;
                        self.sockets.address = address;
                        self.shared.moved(address);
                    }
                }
            }
        }
        if self.injector.is_over(now) {
            self.inbound.silence_until(None);
            self.outbound.silence_until(None);
        }
        while let Some((from, packet)) = self.inbound.poll_packet(now) {
            device.handle_input(now, from, &packet);
        }
        device.handle_timeout(now);
        while let Some(transmit) = device.poll_transmit() {
            self.outbound
                .send(now, transmit.to, transmit.bytes, &mut self.injector);
        }
        while let Some(event) = device.poll_event() {
            let Shared { index, serial, .. } = *self.shared;
            match &event {
                Event::Violation(violation) => {
                    tracing::info!(charger = ?serial, %violation, "the client broke a rule");
                }
                other => tracing::debug!(charger = ?serial, event = ?other, "simulated charger"),
            }
            // Nobody may be listening.
            let _ = self.shared.events.send(ChargerEvent {
                index,
                serial,
                event,
            });
        }
    }
}

fn line(tap: Option<&Tap>, client: SocketAddrV4, charger: SocketAddrV4) -> Line {
    Line {
        tap: tap.cloned(),
        client: client.into(),
        charger: charger.into(),
    }
}

async fn probe_readable(socket: Option<&UdpSocket>) {
    match socket {
        Some(socket) if socket.readable().await.is_ok() => {}
        _ => std::future::pending().await,
    }
}

/// Longer packets than any client sends are cut, and so found bad.
const LONGEST_PACKET: usize = 2_048;
/// Packets that one socket hands over before the device is asked again.
const MAX_AT_ONCE: usize = 64;
