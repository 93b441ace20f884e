//! What observers of a peripheral may want to know.
use twc_proto::Address;
use twc_proto::message::PeripheralState;

/// Something happened inside a peripheral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A controller claimed it.
    Claimed(Address),
    /// Its controller has been silent for too long, or it restarted.
    Unclaimed,
    /// The state changed.
    State(PeripheralState),
    /// It took a limit, 0.01 A.
    Limit(u16),
    /// The contactors closed or opened.
    Contactors {
        /// Whether current can flow.
        closed: bool,
    },
    /// It restarted, with this session.
    Restarted {
        /// Its new session.
        session: u8,
    },
    /// Someone else has its id: it chose this one.
    Renamed(Address),
}
