//! What is measured of other loads.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::circuits::Shared;
use crate::units::Milliamps;

/// What other loads take on a circuit, and when that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HouseLoad {
    /// On L1, L2 and L3. What feeds in counts as 0.
    pub loads: [Milliamps; 3],
    /// When it was measured; its age counts from then on, not from when it is heard.
    pub at: Instant,
}

/// Where to tell what other loads take on a circuit.
#[derive(Clone)]
pub struct Meter {
    pub(super) circuit: usize,
    pub(super) shared: Arc<Shared>,
}

impl Meter {
    /// What other loads take right now on L1, L2 and L3: those that hang on the circuit or below it, without members.
    /// What feeds in counts as 0. It holds for the time of the configuration, 30 s unless set.
    pub fn measured(&self, loads: [Milliamps; 3]) {
        let at = Instant::now();
        self.shared.measured(self.circuit, HouseLoad { loads, at });
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

/// What is followed on a circuit.
pub(super) struct Followed {
    max_age: Duration,
    channel: Option<watch::Receiver<Option<HouseLoad>>>,
}

impl Followed {
    pub(super) const fn nothing(max_age: Duration) -> Self {
        Self {
            max_age,
            channel: None,
        }
    }

    pub(super) fn follow(&mut self, mut channel: watch::Receiver<Option<HouseLoad>>) {
        channel.mark_changed();
        self.channel = Some(channel);
    }

    /// What was measured since the last time, unless it is too old already. A channel whose sender is gone just has no
    /// news.
    pub(super) fn news(&mut self) -> Option<HouseLoad> {
        let last = self.channel.as_mut()?.borrow_and_update();
        let is_young = |load: &HouseLoad| load.at.elapsed() <= self.max_age;
        last.filter(|_| last.has_changed()).filter(is_young)
    }
}
