//! What goes into a ledger and comes out of it.

use core::fmt;

use super::terms::{Bounds, Terms};
use crate::tree::{Bottleneck, CircuitId};

/// A member's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The limit that it says it holds, A, rounded up; 0 when it has none; `None` when the report does not tell.
    pub limit_a: Option<u16>,
    /// What it draws on each of its own phases, mA; three times the same when only one figure is known.
    pub delivered_ma: [u32; 3],
    /// This is the reply to the frame that was last passed to [`Ledger::sent`](super::Ledger::sent). Without being
    /// certain say `false`: the report then raises the commitment if need be and never lowers it.
    pub answers: bool,
}

/// What may be sent to a member right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The limit, A; `None`: none may be sent. It holds until anything else happens to the ledger.
    pub limit_a: Option<u16>,
    /// Why it is not more.
    pub why: Why,
    /// Where there is no more.
    pub bottleneck: Option<Bottleneck>,
}

/// What became of a person's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The wish, A; `None`: as much as there is.
    pub asked_a: Option<u16>,
    /// What the member will get as soon as the others have made room, A; 0 when it is not admitted.
    pub granted_a: u16,
    /// Why it is not more, or not what was asked.
    pub why: Why,
}

/// Why a member does not get more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It gets what was asked for.
    Wish,
    /// Less than its floor was asked for, or can be used.
    Floor,
    /// Its wiring, hardware or owner allow no more.
    Cap,
    /// Its vehicle does not use more.
    Demand,
    /// It has its share.
    Share,
    /// No full floor is left for it.
    Waiting,
    /// Nothing was asked for it, or its cap is below its floor.
    Refused,
    /// Its admission was taken back; it holds its floor because less would not stop it.
    Withdrawn,
    /// No vehicle is plugged in.
    Unplugged,
    /// It is lost; what it may draw stays reserved until it is released.
    Lost,
    /// It has drawn or held more than it was sent for a minute; it is told its floor, and counted at what it may draw.
    Astray,
    /// A member has not reported yet, and may draw anything.
    Unheard,
    /// Others may still draw what it is to get.
    Room,
    /// It was changed too short a time ago, or too often.
    Settling,
    /// It would be raised by too little.
    Deadband,
    /// It charges, and can be changed only when it does not.
    Fixed,
    /// There is no such member.
    Unknown,
    /// There is no such option; see [`Settings::spike_a`](super::Settings::spike_a).
    Off,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wish => "as asked",
            Self::Floor => "the least that can be offered",
            Self::Cap => "the most that its wiring and settings allow",
            Self::Demand => "the vehicle does not use more",
            Self::Share => "its share",
            Self::Waiting => "waits until a full floor is free",
            Self::Refused => "not admitted, by request or by its cap",
            Self::Withdrawn => "admission withdrawn, held at its floor",
            Self::Unplugged => "no vehicle asks for current",
            Self::Lost => "not heard, its current stays reserved",
            Self::Astray => "does not follow its limit, told its floor",
            Self::Unheard => "waits until every unit has been heard",
            Self::Room => "waits until others have made room",
            Self::Settling => "changed too short a time ago",
            Self::Deadband => "too little to be worth a change",
            Self::Fixed => "cannot be changed while it charges",
            Self::Unknown => "unknown",
            Self::Off => "switched off",
        })
    }
}

/// How a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What may be offered at all.
    pub bounds: Bounds,
    /// Where it is wired, what comes to it, and what it can do.
    pub terms: Terms,
    /// A person's wish, A.
    pub wish_a: Option<u16>,
    /// The most that it would take, A; 0 when it asks for nothing.
    pub wanted_a: u16,
    /// What it should get once all have followed, A; `None`: nothing.
    pub target_a: Option<u16>,
    /// Why the target is not more.
    pub why: Why,
    /// Where there is no more for it.
    pub bottleneck: Option<Bottleneck>,
    /// The limit that was sent last, A; `None` also after it said that it has none.
    pub sent_a: Option<u16>,
    /// What it draws on that of its phases where it is most, A, rounded up.
    pub delivered_a: u16,
    /// The most that it may draw right now on any phase, A.
    pub commitment_a: u16,
    /// A vehicle is plugged in.
    pub plugged: bool,
    /// It is lost, by [`Ledger::lost`](super::Ledger::lost).
    pub lost: bool,
    /// It may draw something, as its commitment tells, or because it has not reported. While that is so, frames that keep
    /// a lost member charging also keep it reserved.
    pub may_draw: bool,
}

/// More is needed than there is, and nothing can be stopped: members that hold a limit keep their floors, and lost ones
/// what they may draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overload {
    /// The sum of what has to be kept, A.
    pub needed_a: u32,
    /// The limit in force, A.
    pub limit_a: u16,
}

/// How a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitStanding {
    /// The circuit that feeds it; `None` for the root.
    pub parent: Option<CircuitId>,
    /// On L1, L2 and L3.
    pub phases: [PhaseStanding; 3],
}

/// How a circuit stands on one phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseStanding {
    /// The limit in force, A.
    pub limit_a: u16,
    /// The most that all its members together may draw right now, A.
    pub committed_a: u32,
    /// What its members draw, each rounded up, as of the last update, A.
    pub delivered_a: u32,
    /// All targets, and what has to be kept for members without one, as of the last update, A.
    pub needed_a: u32,
}

impl PhaseStanding {
    /// The limit less all commitments, A.
    pub fn spare_a(self) -> u16 {
        let spare_a = u32::from(self.limit_a).saturating_sub(self.committed_a);
        u16::try_from(spare_a).unwrap_or(u16::MAX)
    }

    /// What nobody may draw and nobody needs, A.
    pub fn unused_a(self) -> u16 {
        let needed_a = u16::try_from(self.needed_a).unwrap_or(u16::MAX);
        self.spare_a().min(self.limit_a.saturating_sub(needed_a))
    }

    /// The alarm: the limit is below what cannot be stopped.
    pub fn overload(self) -> Option<Overload> {
        let Self {
            limit_a, needed_a, ..
        } = self;
        (needed_a > u32::from(limit_a)).then_some(Overload { needed_a, limit_a })
    }
}
