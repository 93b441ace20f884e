//! The task behind a communicator: moves packets and time into the endpoint, and what it says out of it.

use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use emproto::session::Transmit;
use tokio::{
    net::UdpSocket,
    task::yield_now,
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::debug;

use crate::{
    Options, interfaces, log,
    shared::{Core, Shared},
    socket,
    tap::{Sender, Tap},
};

/// Packets received in a row before timers, and other tasks, have their turn.
const BATCH: usize = 64;

/// Larger than any packet of UDP.
const PACKET: usize = 65_536;

/// Rest after a failure of the socket itself, such as no memory: neither busy nor dead.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// What is left to send at the end waits for the socket for so long at most.
const LAST: Duration = Duration::from_millis(500);

/// Nothing is due for so long only when there is nothing to do.
const IDLE: Duration = Duration::from_hours(24);

/// The task's state.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    socket: UdpSocket,
    client: SocketAddr,
    broadcasts: Vec<Ipv4Addr>,
    interfaces: Vec<String>,
    tap: Option<Tap>,
    stop: CancellationToken,
    /// What the socket does not take yet. Nothing is received meanwhile, so it does not grow.
    outbox: VecDeque<Transmit>,
    // Last, so that it is dropped last: whoever waits for the end finds the port free.
    _running: Running,
}

/// While it lives, requests are carried out.
pub(crate) struct Running {
    shared: Arc<Shared>,
    _ended: DropGuard,
}

impl Running {
    pub(crate) fn new(shared: Arc<Shared>, ended: CancellationToken) -> Self {
        shared.lock().begin();
        Self {
            shared,
            _ended: ended.drop_guard(),
        }
    }
}

impl Drop for Running {
    /// Also after a panic: nobody waits for ever.
    fn drop(&mut self) {
        self.shared.lock().end();
        self.shared.settle();
    }
}

impl Driver {
    pub(crate) fn new(
        running: Running,
        socket: UdpSocket,
        client: SocketAddr,
        options: &Options,
        stop: CancellationToken,
    ) -> Self {
        Self {
            shared: running.shared.clone(),
            socket,
            client,
            broadcasts: options.broadcasts.clone(),
            interfaces: options.interfaces.clone(),
            tap: options.tap.clone(),
            stop,
            outbox: VecDeque::new(),
            _running: running,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut buffer = vec![0; PACKET];
        let mut timer = pin!(sleep(IDLE));
        loop {
            // What has come is taken before what is overdue, so that after a hold-up no answer counts as missing.
            self.shared.lock().tell_time();
            let received = self.receive(&mut buffer);
            self.work(|core| core.handle_due(Instant::now()));
            match received {
                Ok(true) if self.stop.is_cancelled() => break,
                Ok(true) => {
                    yield_now().await;
                    continue;
                }
                Ok(false) => {}
                Err(error) => {
                    debug!(%error, "receiving");
                    sleep(AFTER_FAILURE).await;
                }
            }
            let due = self.shared.lock().endpoint.poll_timeout();
            let due = due.unwrap_or_else(|| Instant::now() + IDLE);
            if timer.deadline().into_std() != due {
                timer.as_mut().reset(due.into());
            }
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = self.shared.wake.notified() => {}
                () = self.ready() => {}
                () = timer.as_mut() => {}
            }
        }
        self.send_last().await;
    }

    /// What was asked for before the end, such as a stop, still leaves if the socket takes it soon. A new socket takes
    /// nothing at first.
    async fn send_last(&mut self) {
        self.work(|_| ());
        let writable = timeout(LAST, self.socket.writable());
        if !self.outbox.is_empty() && writable.await.is_ok() {
            self.flush();
        }
    }

    /// Waits until the socket can do what is next.
    async fn ready(&self) {
        let ready = if self.outbox.is_empty() {
            self.socket.readable().await
        } else {
            self.socket.writable().await
        };
        if let Err(error) = ready {
            debug!(%error, "the socket fails");
            sleep(AFTER_FAILURE).await;
        }
    }

    /// Receives a batch, unless something waits to be sent. Returns whether there may be more.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        for _ in 0..BATCH {
            if !self.outbox.is_empty() {
                return Ok(false);
            }
            match self.socket.try_recv_from(buffer) {
                Ok((len, SocketAddr::V4(from))) => {
                    self.take(from, buffer.get(..len).unwrap_or_default());
                }
                Ok((_, SocketAddr::V6(_))) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if socket::concerns_one_charger(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn take(&mut self, from: SocketAddrV4, packet: &[u8]) {
        log::packet("received", packet);
        if let Some(tap) = &self.tap {
            tap.tell(self.client, from, Sender::Charger, packet);
        }
        self.work(|core| core.endpoint.handle_input(Instant::now(), from, packet));
    }

    /// Lets the endpoint do something, and sends what comes of it.
    fn work(&mut self, work: impl FnOnce(&mut Core)) {
        let mut core = self.shared.lock();
        work(&mut core);
        self.outbox.extend(core.transmits());
        core.deliver(&self.shared.events);
        drop(core);
        self.flush();
    }

    /// Sends until the socket takes no more.
    fn flush(&mut self) {
        while let Some(transmit) = self.outbox.front() {
            let to_all = *transmit.to.ip() == Ipv4Addr::BROADCAST;
            let sent = if to_all {
                self.broadcast(transmit)
            } else {
                self.send(transmit.to, &transmit.bytes)
            };
            if sent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                return;
            }
            self.outbox.pop_front();
        }
    }

    /// Sends to all networks. One that is down does not keep it from the others.
    fn broadcast(&self, transmit: &Transmit) -> io::Result<()> {
        let mut packets = 0_u32;
        let mut failure = None;
        for ip in self.networks() {
            let to = SocketAddrV4::new(ip, transmit.to.port());
            match self.send(to, &transmit.bytes) {
                Ok(()) => packets += 1,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // It leaves again, by all networks.
                    self.shared.lock().broadcast_sent(packets, None);
                    return Err(error);
                }
                Err(error) => failure = Some(error.kind()),
            }
        }
        let failure = failure.filter(|_| packets == 0);
        let copies = packets.saturating_sub(1);
        self.shared.lock().broadcast_sent(copies, failure);
        Ok(())
    }

    /// Where a broadcast goes; networks come and go.
    fn networks(&self) -> Vec<Ipv4Addr> {
        if !self.broadcasts.is_empty() {
            return self.broadcasts.clone();
        }
        interfaces::broadcasts(&self.interfaces).unwrap_or_else(|error| {
            debug!(%error, "the interfaces cannot be listed");
            vec![Ipv4Addr::BROADCAST]
        })
    }

    fn send(&self, to: SocketAddrV4, packet: &[u8]) -> io::Result<()> {
        let sent = self.socket.try_send_to(packet, to.into());
        let failure = match &sent {
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return sent.map(drop),
            Err(error) => {
                debug!(%to, %error, "sending");
                Some(error.kind())
            }
        };
        self.shared.lock().sent(to, failure);
        if failure.is_none() {
            log::packet("sent", packet);
            if let Some(tap) = &self.tap {
                tap.tell(self.client, to, Sender::Client, packet);
            }
        }
        sent.map(drop)
    }
}
