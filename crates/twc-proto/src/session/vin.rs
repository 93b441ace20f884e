//! Three parts make a VIN.

use crate::message::{Vin, VinPart};

/// What is known of a VIN.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VinParts {
    parts: [Option<VinPart>; 3],
    /// The last edge was that all three parts became known.
    connected: bool,
}

/// What a part of a VIN did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VinChange {
    None,
    /// All three parts are known now.
    Connected(Vin),
    /// They were, and one of them is null now.
    Disconnected,
    /// It is neither complete nor null.
    Malformed,
}

impl VinParts {
    pub(super) fn whole(&self) -> Option<Vin> {
        let [Some(first), Some(middle), Some(last)] = self.parts else {
            return None;
        };
        Vin::from_parts(&[first, middle, last])
    }

    pub(super) const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Forgets the parts, without an edge: whether the vehicle is still there shows when they are read again.
    pub(super) fn forget(&mut self) {
        self.parts = [None; 3];
    }

    /// Takes a part. A changed one while all are known only changes the VIN.
    pub(super) fn take(&mut self, part: VinPart) -> VinChange {
        let is_null = part.is_empty();
        let is_whole = part.is_complete() && part.expose().iter().all(u8::is_ascii_alphanumeric);
        if !is_null && !is_whole {
            return VinChange::Malformed;
        }
        if let Some(place) = self.parts.get_mut(part.section() as usize) {
            *place = Some(part);
        }
        match self.whole() {
            Some(vin) if !self.connected => {
                self.connected = true;
                VinChange::Connected(vin)
            }
            None if self.connected && is_null => {
                self.connected = false;
                VinChange::Disconnected
            }
            _ => VinChange::None,
        }
    }
}
