//! Transactions and the messages about them, which are repeated until confirmed.
use std::collections::VecDeque;

/// The running transaction.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    /// Ours, to match messages with it before it has an id.
    pub(super) serial: u64,
    /// Given by whoever confirmed the start.
    pub(super) id: Option<i64>,
    pub(super) tag: String,
    /// By the charger's clock, seconds since 1970.
    pub(super) started_at: i64,
}

/// A `StartTransaction` or `StopTransaction` that waits for its confirmation.
#[derive(Clone, Debug)]
pub(super) struct TransactionMessage {
    pub(super) serial: u64,
    pub(super) tag: String,
    pub(super) meter_wh: i32,
    pub(super) timestamp: i64,
    pub(super) kind: Kind,
    /// Message ids under which it was sent so far.
    pub(super) sent_as: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Stop { id: Option<i64>, reason: i32 },
}

/// Messages in their order; only the first is sent until it is confirmed.
#[derive(Clone, Debug, Default)]
pub(super) struct TransactionMessages(VecDeque<TransactionMessage>);

impl TransactionMessages {
    pub(super) fn push(&mut self, message: TransactionMessage) {
        if self.0.len() == MAX_WAITING {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    pub(super) fn front_mut(&mut self) -> Option<&mut TransactionMessage> {
        self.0.front_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes the first message and passes the id of a confirmed start on to its stop.
    pub(super) fn confirm_first(&mut self, id: Option<i64>) -> Option<TransactionMessage> {
        let confirmed = self.0.pop_front()?;
        for message in &mut self.0 {
            if let (Kind::Stop { id: unknown, .. }, true) =
                (&mut message.kind, message.serial == confirmed.serial)
            {
                *unknown = unknown.or(id);
            }
        }
        Some(confirmed)
    }
}

/// Why a transaction ended, in the order of the OCPP 1.6 text; only 4 was seen on hardware.
pub(super) mod reason {
    pub(in super::super) const EV_DISCONNECTED: i32 = 2;
    pub(in super::super) const LOCAL: i32 = 4;
    pub(in super::super) const OTHER: i32 = 5;
    pub(in super::super) const POWER_LOSS: i32 = 6;
    pub(in super::super) const REBOOT: i32 = 7;
}

/// A charger keeps only so many messages for a client that never confirms. Assumption.
const MAX_WAITING: usize = 16;
