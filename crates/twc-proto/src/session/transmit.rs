//! What leaves.

use std::time::Duration;

use crate::frame::WireFrame;

/// One frame for the line.
#[derive(Clone, Copy, Debug)]
pub struct Transmit {
    /// Its bytes, trailer included. Write all of them at once, and with manual direction control hold the driver until
    /// the last bit is out.
    pub wire: WireFrame,
    /// How long that takes at the configured speed. The wait for an answer begins then.
    pub airtime: Duration,
}
