//! What the device keeps about the one local session, and its timers.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Everything the device waits for, in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Integrate energy and follow the car while current flows.
    Physics,
    /// The controller is up again.
    Restarted,
    /// The relay closes after an authorisation.
    StartCharge,
    /// Waited long enough for a car or an authorisation.
    ConnectionTimeout,
    /// A full car has been suspended long enough.
    SuspendedEnd,
    /// The status Finishing without a car ends.
    LingerEnd,
    /// Send or repeat the first transaction message.
    TransactionMessage,
    VendorStatus,
    MeterValues,
    Heartbeat,
    DataContinue,
    /// The oldest request is unconfirmed for too long.
    Confirmation,
}

/// Deadlines by timer.
pub(super) type Timers = crate::timers::Timers<Timer>;

/// Requests of ours that a client confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    BootNotification,
    StatusNotification,
    MeterValues,
    Heartbeat,
    VendorStatus,
    DataContinue,
    StartTransaction,
    StopTransaction,
    Authorize,
}

impl Request {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BootNotification => "BootNotification",
            Self::StatusNotification => "StatusNotification",
            Self::MeterValues => "MeterValues",
            Self::Heartbeat => "Heartbeat",
            Self::VendorStatus => "DataVendorStatus",
            Self::DataContinue => "DataContinue",
            Self::StartTransaction => "StartTransaction",
            Self::StopTransaction => "StopTransaction",
            Self::Authorize => "Authorize",
        }
    }

    /// Whether a client must confirm it. Source: spec 8.
    pub(super) fn must_be_confirmed(self) -> bool {
        !matches!(
            self,
            Self::BootNotification | Self::DataContinue | Self::Authorize
        )
    }
}

/// A request on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    pub(super) id: u64,
    pub(super) request: Request,
    pub(super) deadline: Instant,
}

/// The local session.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// The opening message came.
    pub(super) opened: bool,
    /// The client confirmed the boot notification.
    pub(super) boot_confirmed: bool,
    /// When the client's last request arrived.
    pub(super) last_request: Option<Instant>,
    outstanding: VecDeque<Outstanding>,
}

impl Session {
    pub(super) fn expect(&mut self, id: u64, request: Request, now: Instant) {
        if self.outstanding.len() == MAX_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back(Outstanding {
            id,
            request,
            deadline: now + CONFIRMATION_LIMIT,
        });
    }

    /// Takes the request that a confirmation belongs to.
    pub(super) fn confirm(&mut self, id: u64, request: Request) -> bool {
        let position = self
            .outstanding
            .iter()
            .position(|open| open.id == id && open.request == request);
        position.is_some_and(|index| self.outstanding.remove(index).is_some())
    }

    /// The controller restarted: it knows nothing of what it asked before.
    pub(super) fn restart(&mut self) {
        self.outstanding.clear();
        self.boot_confirmed = false;
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.outstanding.front().map(|open| open.deadline)
    }

    /// The next request that nobody confirmed in time.
    pub(super) fn overdue(&mut self, now: Instant) -> Option<Request> {
        if self.outstanding.front()?.deadline > now {
            return None;
        }
        self.outstanding.pop_front().map(|open| open.request)
    }
}

/// A confirmation that takes longer than this is missing. Assumption.
const CONFIRMATION_LIMIT: Duration = Duration::from_secs(15);
/// Enough for 15 s of traffic; a client that confirms nothing must not eat memory.
const MAX_OUTSTANDING: usize = 64;
