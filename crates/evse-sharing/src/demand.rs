//! What a vehicle can use, judged by what it draws.

use core::time::Duration;

/// So long a vehicle must draw clearly less than it may before the rest goes to others.
const WATCH: Duration = Duration::from_secs(30);

/// What a vehicle is left above its draw, mA.
const MARGIN_MA: u32 = 2_000;

/// A vehicle that draws so near to its ceiling may want more, mA.
const NEAR_MA: u32 = 1_000;

/// The ceiling on one member's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Demand {
    ceiling: Option<Ceiling>,
    /// Since when it draws clearly less than it may, and the most that it has drawn since, mA.
    below: Option<(Duration, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ceiling {
    amps: u16,
    since: Duration,
}

impl Demand {
    /// Amps; `u16::MAX` when there is no ceiling.
    pub(crate) fn amps(&self) -> u16 {
        self.ceiling.map_or(u16::MAX, |ceiling| ceiling.amps)
    }

    /// The member may draw `offered_a` and draws `delivered_ma`; after `reopen` a ceiling is tried again.
    pub(crate) fn observe(
        &mut self,
        now: Duration,
        offered_a: u16,
        delivered_ma: u32,
        reopen: Duration,
    ) {
        if let Some(Ceiling { amps, since }) = self.ceiling
            && (delivered_ma.saturating_add(NEAR_MA) >= u32::from(amps) * 1_000
                || now.saturating_sub(since) >= reopen)
        {
            *self = Self::default();
        }
        if ceiling_a(delivered_ma) >= offered_a {
            self.below = None;
            return;
        }
        let (since, most_ma) = self.below.unwrap_or((now, 0));
        let most_ma = most_ma.max(delivered_ma);
        if now.saturating_sub(since) < WATCH {
            self.below = Some((since, most_ma));
            return;
        }
        self.below = None;
        let amps = ceiling_a(most_ma);
        if amps < self.amps() {
            self.ceiling = Some(Ceiling { amps, since: now });
        }
    }
}

fn ceiling_a(delivered_ma: u32) -> u16 {
    whole_amps(delivered_ma.saturating_add(MARGIN_MA))
}

/// Rounded up.
pub(crate) fn whole_amps(milliamps: u32) -> u16 {
    u16::try_from(milliamps.div_ceil(1_000)).unwrap_or(u16::MAX)
}
