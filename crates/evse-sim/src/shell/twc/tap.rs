//! Letting someone watch the line: what recorders of captures hook into.
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::shell::Sender;

/// A callback that sees the bytes of the line, as they are read or written at once.
#[derive(Clone)]
pub struct Tap(Arc<TapFn>);

type TapFn = dyn Fn(Traffic<'_>) + Send + Sync;

/// Bytes on the line.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// When, by the system's clock: real time, however fast the bus's passes.
    pub time: SystemTime,
    /// Who sent them: the client, or anybody else on the bus.
    pub sender: Sender,
    /// The bytes; frames may be cut anywhere.
    pub bytes: &'a [u8],
}

impl Tap {
    /// Calls `tap` for everything that passes, in order. It must not block.
    pub fn new(tap: impl Fn(Traffic<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tap))
    }

    pub(super) fn tell(&self, sender: Sender, bytes: &[u8]) {
        (self.0)(Traffic {
            time: SystemTime::now(),
            sender,
            bytes,
        });
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}
