//! Whether another current may be sent while a charge runs.
//!
//! Some chargers take it at once. Some echo it, go on as before, and fault minutes later when it was lower than what the
//! car draws. What is not known may be tried by a person, who stands by, and by nothing else.

use thiserror::Error;

use crate::state_store::LiveLimit;

/// Who wants another current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Requester {
    /// A person, by an explicit command.
    Person,
    /// A program by itself: a schedule, solar power, sharing. What is not known counts as no.
    Automation,
    /// A program that lowers a current because its circuit cannot bear it. As automation, but it does not wait for the
    /// sake of flash memory.
    Protection,
    /// A program that raises a current by a small step, watches what comes of it, and never lowers it: to learn whether
    /// the charger takes another current while it charges.
    Probe,
}

#[cfg(any(feature = "duosida", feature = "em"))]
impl Requester {
    /// Whether it sends nothing that the charger has already.
    pub(crate) const fn spares_repeats(self) -> bool {
        !matches!(self, Self::Person)
    }

    /// Whether it waits so that flash memory is not worn.
    pub(crate) const fn spares_flash(self) -> bool {
        matches!(self, Self::Automation | Self::Probe)
    }
}

/// What to do with another current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitDecision {
    /// Send it.
    Send,
    /// Send it, and tell that it may do nothing or harm.
    SendWithWarning,
}

/// A current that is not sent while a charge runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitRefusal {
    /// The charger does not take it.
    #[error(
        "it does not take another current while it charges, and may fault later; stop it and start it with the new one, \
         or set it after the charge"
    )]
    NotWhileCharging,
    /// Nobody knows whether the charger takes it.
    #[error(
        "whether it takes another current while it charges is not known, so automatic control does not try; set it \
         after the charge, or state that the charger can do it"
    )]
    NotKnown,
}

/// Whether another current may be sent. Between charges it always may.
///
/// # Errors
/// [`LimitRefusal`] while a charge runs.
pub const fn check_limit(
    live_limit: LiveLimit,
    is_session_open: bool,
    requester: Requester,
) -> Result<LimitDecision, LimitRefusal> {
    if !is_session_open {
        return Ok(LimitDecision::Send);
    }
    match (live_limit, requester) {
        (LiveLimit::Yes, _) => Ok(LimitDecision::Send),
        (LiveLimit::Unknown, Requester::Person | Requester::Probe) => {
            Ok(LimitDecision::SendWithWarning)
        }
        (LiveLimit::Unknown, Requester::Automation | Requester::Protection) => {
            Err(LimitRefusal::NotKnown)
        }
        (LiveLimit::No, _) => Err(LimitRefusal::NotWhileCharging),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_live_limit_rule_holds() {
        use LimitDecision::{Send, SendWithWarning};
        use LimitRefusal::{NotKnown, NotWhileCharging};
        use Requester::{Automation, Person, Probe, Protection};
        for (live_limit, requester, while_charging) in [
            (LiveLimit::Yes, Person, Ok(Send)),
            (LiveLimit::Yes, Automation, Ok(Send)),
            (LiveLimit::Unknown, Person, Ok(SendWithWarning)),
            (LiveLimit::Yes, Protection, Ok(Send)),
            (LiveLimit::Yes, Probe, Ok(Send)),
            (LiveLimit::Unknown, Automation, Err(NotKnown)),
            (LiveLimit::Unknown, Protection, Err(NotKnown)),
            (LiveLimit::Unknown, Probe, Ok(SendWithWarning)),
            (LiveLimit::No, Person, Err(NotWhileCharging)),
            (LiveLimit::No, Automation, Err(NotWhileCharging)),
            (LiveLimit::No, Protection, Err(NotWhileCharging)),
            (LiveLimit::No, Probe, Err(NotWhileCharging)),
        ] {
            let row = format!("{live_limit:?} {requester:?}");
            let got = |is_session_open| check_limit(live_limit, is_session_open, requester);
            assert_eq!(got(true), while_charging, "{row}");
            assert_eq!(got(false), Ok(Send), "{row}");
        }
    }
}
