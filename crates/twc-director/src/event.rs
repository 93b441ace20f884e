//! What a director tells its listeners.

use std::time::Duration;

use twc_proto::session;

use crate::Error;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// On the bus. The results of requests go to their callers only.
    Bus(session::Event),
    /// The port is gone. Units are not lost before 26 s after it is open again.
    PortClosed {
        /// What happened.
        error: Error,
        /// When it is tried again; `None` for a transport that was attached, which ends.
        retry_in: Option<Duration>,
    },
    /// The port is open again.
    PortOpened,
    /// This listener was too slow, and the oldest events are lost: read what matters anew.
    Missed {
        /// How many.
        count: u64,
    },
}
