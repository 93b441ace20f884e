//! Requests that wait, and the one that is being carried out.

use std::collections::VecDeque;
use std::vec::Vec;

use super::{Command, RequestError, RequestId};
use crate::message::ChargePointStatus;

#[derive(Debug, Default)]
pub(super) struct Requests {
    last_id: u64,
    queue: VecDeque<(RequestId, Command)>,
    pub(super) active: Option<Active>,
}

/// The command that is being carried out; there is at most one.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each named by its field"
)]
pub(super) struct Active {
    pub(super) id: RequestId,
    pub(super) command: Command,
    /// The message whose answer counts.
    pub(super) message_id: u32,
    pub(super) sent: bool,
    pub(super) step: Step,
    /// The second form of a value or tag is being tried.
    pub(super) retried: bool,
    /// The charger wants a restart for it.
    pub(super) reboot_required: bool,
    /// The state as reported since the command was sent.
    pub(super) observed: Option<ChargePointStatus>,
    /// The limit as read back since the command was accepted.
    pub(super) read_back_centiamps: Option<u16>,
    /// A setting was read back and has the old value.
    pub(super) read_back_differs: bool,
    /// The transaction that a stop named.
    pub(super) tried_transaction: Option<i64>,
    /// A refresh has its meter values.
    pub(super) metered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A stop without a transaction id waits for meter values that name it.
    Transaction,
    /// Sent, or about to be: waits for the answer.
    Answer,
    /// Accepted: waits until the effect shows.
    Effect,
}

impl Active {
    fn new(id: RequestId, command: Command) -> Self {
        Self {
            id,
            command,
            message_id: 0,
            sent: false,
            step: Step::Answer,
            retried: false,
            reboot_required: false,
            observed: None,
            read_back_centiamps: None,
            read_back_differs: false,
            tried_transaction: None,
            metered: false,
        }
    }
}

impl Requests {
    pub(super) fn new_id(&mut self) -> RequestId {
        self.last_id += 1;
        RequestId(self.last_id)
    }

    /// Queues a command; a stop goes to the front and is never refused.
    pub(super) fn push(&mut self, command: Command) -> Result<RequestId, RequestError> {
        let is_stop = matches!(command, Command::Stop { .. });
        if !is_stop && self.queue.len() >= MAX_WAITING {
            return Err(RequestError::QueueFull(MAX_WAITING));
        }
        let id = self.new_id();
        if is_stop {
            self.queue.push_front((id, command));
        } else {
            self.queue.push_back((id, command));
        }
        Ok(id)
    }

    /// Takes out the starts that wait: after a stop they must not run.
    pub(super) fn take_waiting_starts(&mut self) -> Vec<RequestId> {
        let is_start = |command: &Command| matches!(command, Command::Start { .. });
        let starts = self
            .queue
            .iter()
            .filter(|(_, command)| is_start(command))
            .map(|(id, _)| *id)
            .collect();
        self.queue.retain(|(_, command)| !is_start(command));
        starts
    }

    /// Takes out one that waits, unless it is a stop.
    pub(super) fn take_waiting(&mut self, id: RequestId) -> bool {
        let before = self.queue.len();
        self.queue
            .retain(|(waiting, command)| *waiting != id || matches!(command, Command::Stop { .. }));
        self.queue.len() < before
    }

    /// Makes the next command the active one, if none is.
    pub(super) fn activate(&mut self) -> Option<Command> {
        if self.active.is_some() {
            return None;
        }
        let (id, command) = self.queue.pop_front()?;
        self.active = Some(Active::new(id, command.clone()));
        Some(command)
    }

    /// Everything pending, with whether it was sent.
    pub(super) fn drain(&mut self) -> Vec<(RequestId, bool)> {
        let active = self.active.take().map(|active| (active.id, active.sent));
        active
            .into_iter()
            .chain(self.queue.drain(..).map(|(id, _)| (id, false)))
            .collect()
    }
}

/// Commands that may wait; more is a runaway caller.
const MAX_WAITING: usize = 16;
