//! What to put into a heartbeat.

use crate::message::{Action, PeripheralState, ProtocolVersion};

/// What is known of a unit when its heartbeat is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation {
    pub(super) protocol: ProtocolVersion,
    pub(super) state: Option<PeripheralState>,
    /// The last state that tells of the vehicle.
    pub(super) vehicle_state: Option<PeripheralState>,
    pub(super) available_ca: u16,
    /// What the unit may have now, A.
    pub(super) offer_a: Option<u16>,
    /// It was plugged in a moment ago.
    pub(super) just_plugged: bool,
    /// Its limit is to be told again.
    pub(super) resend: bool,
    /// Its contactors were opened by command, for the vehicle that is still there.
    pub(super) opened: bool,
    /// 06 or 07, wanted by a person.
    pub(super) step: Option<Action>,
}

/// The content of a heartbeat: an action, and the limit that it carries, A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) action: Action,
    pub(super) limit_a: Option<u16>,
}

/// The first rule that fits. Source of the table: several implementations and captures; confidence medium. Two rules are
/// ours: a unit whose contactors a person opened is offered nothing, since that may start it again, and is told at most
/// to draw less; and the last but one, without which a unit would keep a limit that others could use.
pub(super) fn decide(unit: &Situation) -> Content {
    use PeripheralState as State;
    if let Some(action) = unit.step {
        return Content {
            action,
            limit_a: None,
        };
    }
    let Some(limit_a) = unit.offer_a.filter(|limit_a| *limit_a > 0) else {
        return NOTHING;
    };
    let with = |action| Content {
        action,
        limit_a: Some(limit_a),
    };
    let holds_more = unit.available_ca > limit_a.saturating_mul(100);
    let charges = unit.vehicle_state == Some(State::Charging);
    if unit.opened && !(charges && holds_more) {
        return NOTHING;
    }
    let has_none = unit.available_ca == 0;
    let differs = unit.available_ca != limit_a.saturating_mul(100) || unit.resend;
    let is_version_2 = unit.protocol == ProtocolVersion::V2;
    match unit.state {
        Some(State::PluggedReady) if has_none || unit.resend => with(Action::SetInitialCurrent),
        Some(State::PluggedNotCharging) if has_none && unit.just_plugged => {
            with(Action::SetInitialCurrent)
        }
        Some(State::Starting) if has_none => with(Action::AcknowledgeStartOrStop),
        Some(
            State::Charging
            | State::Starting
            | State::Limiting
            | State::AdjustmentComplete
            | State::Increasing
            | State::Decreasing,
        ) if is_version_2 && differs => with(Action::SetSessionCurrent),
        Some(State::Charging | State::Starting | State::PluggedReady)
            if !is_version_2 && differs =>
        {
            with(Action::SetInitialCurrent)
        }
        _ if holds_more => with(if is_version_2 && charges {
            Action::SetSessionCurrent
        } else {
            Action::SetInitialCurrent
        }),
        _ => NOTHING,
    }
}

const NOTHING: Content = Content {
    action: Action::None,
    limit_a: None,
};
