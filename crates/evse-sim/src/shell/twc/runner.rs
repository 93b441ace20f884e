//! The bus behind its adapter: one task, no protocol decision.
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Shared;
use super::port::{Input, Place, Port};
use super::tap::Tap;
use crate::shell::Sender;
use crate::twc::BusEvent;

/// Moves bytes between the client and the bus.
pub(super) struct Runner {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
    /// `None` while the adapter is unplugged.
    pub(super) port: Option<Port>,
    pub(super) tap: Option<Tap>,
    pub(super) stop: watch::Receiver<bool>,
}

enum Wake {
    Input(Input),
    Due,
    Stop,
}

impl Runner {
    pub(super) async fn run(mut self) {
        let mut buffer = [0; 256];
        loop {
            let has_adapter = self.advance();
            self.plug(has_adapter).await;
            match self.wait(&mut buffer).await {
                Wake::Input(Input::Bytes(length)) => {
                    self.receive(buffer.get(..length).unwrap_or_default());
                }
                Wake::Input(input) => tracing::debug!(?input, "the port of the bus"),
                Wake::Due => {}
                Wake::Stop => return,
            }
        }
    }

    async fn wait(&mut self, buffer: &mut [u8]) -> Wake {
        let deadline = self.shared.lock().poll_timeout();
        let deadline = deadline.map(|at| self.shared.clock.until(at));
        let Self {
            shared, port, stop, ..
        } = self;
        tokio::select! {
            _ = stop.changed() => Wake::Stop,
            input = next(port.as_mut(), buffer) => Wake::Input(input),
            () = shared.changed.notified() => Wake::Due,
            () = tokio::time::sleep(deadline.unwrap_or_default()), if deadline.is_some() => Wake::Due,
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if let Some(tap) = &self.tap {
            tap.tell(Sender::Client, bytes);
        }
        let now = self.shared.clock.now();
        self.shared.lock().handle_input(now, bytes);
    }

    /// Lets time pass on the bus, hands over what the client shall get, and says whether the adapter is there.
    fn advance(&mut self) -> bool {
        let now = self.shared.clock.now();
        let mut bus = self.shared.lock();
        bus.handle_timeout(now);
        while let Some(bytes) = bus.poll_transmit() {
            if let Some(port) = &self.port {
                port.write(&bytes);
            }
            if let Some(tap) = &self.tap {
                tap.tell(Sender::Charger, &bytes);
            }
        }
        while let Some(event) = bus.poll_event() {
            match &event {
                BusEvent::Violation(violation) => {
                    tracing::info!(%violation, "the client broke a rule");
                }
                event => tracing::debug!(?event, "simulated bus"),
            }
            // Nobody may be listening.
            let _ = self.shared.events.send(event);
        }
        bus.has_adapter()
    }

    /// Takes the port away with the adapter, and brings it back.
    async fn plug(&mut self, has_adapter: bool) {
        if !has_adapter {
            self.port = None;
        } else if self.port.is_none() {
            match Port::open(&self.place).await {
                Ok(port) => self.port = Some(port),
                Err(error) => {
                    tracing::warn!(%error, "the port cannot be opened again");
                    tokio::time::sleep(REOPEN).await;
                }
            }
        }
    }
}

async fn next(port: Option<&mut Port>, buffer: &mut [u8]) -> Input {
    match port {
        Some(port) => port.next(buffer).await,
        None => std::future::pending().await,
    }
}

/// Pause between attempts to get the port back.
const REOPEN: Duration = Duration::from_millis(100);
