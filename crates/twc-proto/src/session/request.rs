//! What a unit can be asked for, and the answers.

use evse_sharing::Why;

/// Names one request of one controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);

/// Something that a person wants of a unit. The result comes as [`Event::Done`](super::Event::Done). No request gets more
/// than the units share: see [`Reply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The current to start sessions with (action 05, when the unit asks); nothing changes for one that runs. Answer:
    /// [`Reply::Stored`].
    SetInitialCurrent {
        /// A, at least 5 with protocol version 1 and 6 with version 2; `None` for as much as there is.
        current_a: Option<u16>,
    },
    /// The most that the running session may draw (action 09; 05 with protocol version 1). It ends with the session.
    /// Answer: [`Reply::Limited`], within 15 s.
    SetSessionCurrent {
        /// A, as above; `None` for as much as there is.
        current_a: Option<u16>,
    },
    /// 2 A more (action 06), if they are free. Answer: [`Reply::Stepped`].
    Increase,
    /// 2 A less (action 07), which the unit takes back after about 10 s. Answer: [`Reply::Stepped`].
    Decrease,
    /// Cut the power (FC B2), without a word to the vehicle. Teslas go to an error and have to be plugged in again. Never
    /// refused for being too soon; one that is on its way shares its answer. Sent three times until acknowledged.
    /// Answer: [`Reply::Acknowledged`].
    OpenContactors,
    /// Close the relay (FC B1), of an idle unit too. Sent three times until acknowledged. Answer:
    /// [`Reply::Acknowledged`].
    CloseContactors {
        /// Even if the last command to the contactors was less than 60 s ago.
        force: bool,
    },
}

/// The answer to a [`Request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The initial current is kept for the sessions to come.
    Stored {
        /// What was asked for, A.
        asked_a: Option<u16>,
        /// What sessions would start with now, A: never above the unit's cap; 0 while there is nothing to give.
        granted_a: u16,
    },
    /// The limit of the running session.
    Limited {
        /// What was asked for, A.
        asked_a: Option<u16>,
        /// What the unit was told, A.
        granted_a: u16,
        /// Whether the unit reports just that.
        accepted: bool,
        /// Why it is that much.
        why: Why,
    },
    /// 2 A more or less.
    Stepped {
        /// The limit that the unit reported before, 0.01 A.
        before_ca: u16,
        /// The limit that it reports now, 0.01 A. A decrease does not change it.
        now_ca: u16,
        /// Whether the unit showed that it took the step.
        accepted: bool,
    },
    /// The unit has taken the command.
    Acknowledged,
}
