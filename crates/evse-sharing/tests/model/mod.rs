//! A unit with a vehicle, as it is in truth, and a line that loses messages.

#![allow(dead_code, reason = "each test uses a part")]

use evse_sharing::Heard;

/// A small generator, so that a seed gives the same run everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }

    pub(crate) fn amps(&mut self, range: core::ops::Range<u16>) -> u16 {
        range.start + u16::try_from(self.below(u64::from(range.end - range.start))).unwrap()
    }
}

/// What happens to one frame and its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Good,
    /// The unit does not hear the frame.
    LosesFrame,
    /// The unit does as told, and its reply is lost.
    LosesReply,
}

/// A reply tells the limit from before the frame that it answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    /// The limit that it obeys, A; 0: none, and no current.
    pub(crate) limit_a: u16,
    pub(crate) draw_ma: u32,
    pub(crate) plugged: bool,
    /// What the vehicle can take, mA.
    pub(crate) appetite_ma: u32,
    /// It keeps its limit when the vehicle leaves.
    pub(crate) keeps_limit: bool,
    /// Exchanges until a vehicle follows a lower limit.
    pub(crate) lag: u8,
    pub(crate) waited: u8,
}

impl Unit {
    pub(crate) fn plug(&mut self, appetite_ma: u32) {
        self.plugged = true;
        self.appetite_ma = appetite_ma;
    }

    pub(crate) fn unplug(&mut self) {
        self.plugged = false;
        self.draw_ma = 0;
        if !self.keeps_limit {
            self.limit_a = 0;
        }
    }

    /// Power-up: it forgets its limit.
    pub(crate) fn restart(&mut self) {
        self.limit_a = 0;
        self.draw_ma = 0;
    }

    /// The most that it may draw in truth, A.
    pub(crate) fn may_draw_a(&self) -> u16 {
        let draw_a = u16::try_from(self.draw_ma.div_ceil(1_000)).unwrap();
        self.limit_a.max(draw_a)
    }

    pub(crate) fn exchange(&mut self, limit_a: Option<u16>, line: Line) -> Option<Heard> {
        if line == Line::LosesFrame {
            return None;
        }
        let heard = Heard {
            limit_a: Some(self.limit_a),
            delivered_ma: [self.draw_ma; 3],
            answers: true,
        };
        match limit_a {
            Some(0) => self.limit_a = 6,
            Some(amps) => self.limit_a = amps,
            None => {}
        }
        (line == Line::Good).then_some(heard)
    }

    /// The vehicle follows: up in steps, down after a while.
    pub(crate) fn run(&mut self) {
        if !self.plugged {
            return;
        }
        let wanted_ma = self.appetite_ma.min(u32::from(self.limit_a) * 1_000);
        if wanted_ma >= self.draw_ma {
            self.draw_ma = wanted_ma.min(self.draw_ma + 7_300);
            self.waited = 0;
        } else if self.waited < self.lag {
            self.waited += 1;
        } else {
            self.draw_ma = wanted_ma.max(self.draw_ma.saturating_sub(9_100));
        }
    }
}
