//! The task behind a director: moves frames and time into the controller, and what it says out of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::time::sleep_until;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};
use twc_proto::{
    frame::FrameError,
    session::{Controller, PortState},
};

use crate::{
    Event, MessageLog,
    codec::Heard,
    link::{Closed, Found, Link},
    shared::Shared,
};

/// Nothing is due for so long only when there is nothing to do.
const IDLE: Duration = Duration::from_hours(24);

/// More than a port holds of what was said while a reply was due. Time goes on even when a line never ends.
const MOST_AT_ONCE: usize = 64;

/// The task's state.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    link: Link,
    log: Option<MessageLog>,
    stop: CancellationToken,
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
    }
}

impl Driver {
    pub(crate) fn new(
        running: Running,
        link: Link,
        log: Option<MessageLog>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            shared: running.shared.clone(),
            link,
            log,
            stop,
            _running: running,
        }
    }

    /// Runs until nobody wants the bus any more, the controller has stopped, or an attached line is gone.
    pub(crate) async fn run(mut self) {
        loop {
            if let Err(closed) = self.send().await
                && self.closed(closed)
            {
                return;
            }
            if self.shared.lock().controller.is_stopped() {
                return;
            }
            let due = self.shared.lock().controller.poll_timeout();
            let due = due.into_iter().chain(self.link.silence_at()).min();
            let due = due.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.shared.wake.notified() => {}
                found = self.link.next() => if self.found(found) { return },
                () = sleep_until(due.into()) => {
                    if self.catch_up() {
                        return;
                    }
                    self.time();
                }
            }
        }
    }

    async fn send(&mut self) -> Result<(), Closed> {
        loop {
            let transmit = self.shared.lock().controller.poll_transmit();
            let Some(transmit) = transmit else {
                return Ok(());
            };
            if let Some(log) = &self.log {
                log.sent(&transmit.wire);
            }
            self.link.send(transmit.wire).await?;
        }
    }

    /// A task that ran late finds the deadline and what came before it at once. What came is heard first, for it is not to
    /// be spoken over. Returns whether it was the line's end.
    fn catch_up(&mut self) -> bool {
        for _ in 0..MOST_AT_ONCE {
            let Some(found) = self.link.next().now_or_never() else {
                break;
            };
            if self.found(found) {
                return true;
            }
        }
        false
    }

    fn time(&mut self) {
        if let Some(error) = self.link.silence() {
            self.garbage(error);
        }
        self.shared.work(Controller::handle_timeout);
    }

    /// Something came from the line. Returns whether it was its end.
    fn found(&mut self, found: Found) -> bool {
        match found {
            Found::Heard(Heard::Frame(frame)) => {
                if let Some(log) = &self.log {
                    log.heard(&frame);
                }
                self.shared
                    .work(|controller, now| controller.handle_input(now, &frame));
            }
            Found::Heard(Heard::Garbage(error)) => self.garbage(error),
            Found::Heard(Heard::Bytes) => self.shared.work(Controller::handle_activity),
            Found::Opened => {
                info!("the port is open again");
                self.shared
                    .work(|controller, now| controller.handle_port(now, PortState::Open));
                self.shared.tell(Event::PortOpened);
            }
            Found::Closed(closed) => return self.closed(closed),
        }
        false
    }

    fn garbage(&self, error: FrameError) {
        if let Some(log) = &self.log {
            log.error(&error);
        }
        self.shared
            .work(|controller, now| controller.handle_line_error(now, error.kind()));
    }

    /// The port is gone. Returns whether for ever.
    fn closed(&self, closed: Closed) -> bool {
        let Closed { error, retry_in } = closed;
        warn!(%error, ?retry_in, "no port");
        self.shared
            .work(|controller, now| controller.handle_port(now, PortState::Closed));
        self.shared.tell(Event::PortClosed { error, retry_in });
        retry_in.is_none()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};
    use twc_proto::{
        Address,
        frame::Trailer,
        message::{Action, ControllerHeartbeat, Message, ProtocolVersion},
    };

    use super::*;
    use crate::{Config, Port};

    /// A director that begins to announce itself just when another controller's frame has come.
    async fn late() -> Arc<Shared> {
        let config = Config::default();
        let shared = Arc::new(Shared::new(config.session.clone()));
        let long_ago = Instant::now().checked_sub(Duration::from_secs(20));
        let long_ago = long_ago.expect("the system is up for longer");
        shared.lock().controller = Controller::new(config.session.clone(), long_ago, 7);
        let (ours, mut line) = duplex(256);
        let heartbeat = Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: Address(0x7777),
            recipient: Address(0x3495),
            action: Action::None,
            current_ca: 0,
            controller_plugged: false,
        });
        let frame = heartbeat.encode(ProtocolVersion::V2);
        let wire = frame.encode(Trailer::default());
        line.write_all(&wire).await.expect("room");
        let driver = Driver::new(
            Running::new(shared.clone(), CancellationToken::new()),
            Link::new(Port::Attached, Box::new(ours), &config),
            None,
            CancellationToken::new(),
        );
        // The line ends behind the frame, and with it the director.
        drop(line);
        driver.run().await;
        shared
    }

    #[tokio::test]
    async fn what_came_before_a_late_deadline_is_heard_before_anything_is_sent() {
        for _ in 0..50 {
            let shared = late().await;
            let counters = shared.lock().controller.counters();
            assert_eq!((counters.frames, counters.sent), (1, 0));
        }
    }
}
