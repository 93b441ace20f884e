//! Commands of the model as requests, and what comes of them.

use duosida_client::proto::session::Completion;

use crate::model::{Effect, StartOptions};
use crate::units::Milliamps;

/// The first thing in a start that the protocol has no word for: it knows who charges, and no more. A current is set
/// before the start.
pub fn unsupported(options: &StartOptions) -> Option<&'static str> {
    let StartOptions {
        current: _,
        at,
        max_duration,
        max_energy,
        user: _,
        id,
        single_phase,
        replace,
        force: _,
    } = options;
    [
        (at.is_some(), "a time"),
        (max_duration.is_some(), "a duration"),
        (max_energy.is_some(), "an amount of energy"),
        (id.is_some(), "a name for the session"),
        (*single_phase, "to use one phase"),
        (*replace, "to replace a charge"),
    ]
    .into_iter()
    .find_map(|(is_wanted, what)| is_wanted.then_some(what))
}

/// The limit of the current: whole amps, rounded down. Currents outside the charger's range are refused by the client.
pub fn whole_amps(current: Milliamps) -> u8 {
    u8::try_from(current.whole_amps()).unwrap_or(u8::MAX)
}

/// What is known of a command's effect; `None` is a stop that was merged with another.
///
/// | completion | effect |
/// | --- | --- |
/// | verified | confirmed |
/// | accepted, or not charging yet | accepted |
/// | waiting for the vehicle | the same |
/// | reboot required | after a restart |
pub const fn effect(completion: Option<Completion>) -> Effect {
    match completion {
        None => Effect::Merged,
        Some(Completion::Verified) => Effect::Confirmed,
        Some(Completion::Accepted | Completion::NotChargingYet) => Effect::Accepted,
        Some(Completion::WaitingForVehicle) => Effect::WaitingForVehicle,
        Some(Completion::RebootRequired) => Effect::AfterRestart,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::units::WattHours;

    #[test]
    fn every_row_of_the_effect_table_holds() {
        for (completion, expected) in [
            (None, Effect::Merged),
            (Some(Completion::Verified), Effect::Confirmed),
            (Some(Completion::Accepted), Effect::Accepted),
            (Some(Completion::NotChargingYet), Effect::Accepted),
            (
                Some(Completion::WaitingForVehicle),
                Effect::WaitingForVehicle,
            ),
            (Some(Completion::RebootRequired), Effect::AfterRestart),
        ] {
            assert_eq!(effect(completion), expected);
        }
    }

    #[test]
    fn a_limit_is_rounded_down() {
        for (milliamps, amps) in [(16_999, 16), (6_000, 6), (300_000, u8::MAX)] {
            assert_eq!(whole_amps(Milliamps(milliamps)), amps);
        }
    }

    #[test]
    fn what_the_protocol_has_no_word_for_is_named() {
        let can = StartOptions {
            current: Some(Milliamps(6_000)),
            user: Some("me".to_owned()),
            force: true,
            ..StartOptions::default()
        };
        assert_eq!(unsupported(&can), None);
        let none = StartOptions::default;
        for (options, what) in [
            (
                StartOptions {
                    at: Some(SystemTime::UNIX_EPOCH),
                    ..none()
                },
                "a time",
            ),
            (
                StartOptions {
                    max_duration: Some(Duration::ZERO),
                    ..none()
                },
                "a duration",
            ),
            (
                StartOptions {
                    max_energy: Some(WattHours(1)),
                    ..none()
                },
                "an amount of energy",
            ),
            (
                StartOptions {
                    id: Some(String::new()),
                    ..none()
                },
                "a name for the session",
            ),
            (
                StartOptions {
                    single_phase: true,
                    ..none()
                },
                "to use one phase",
            ),
            (
                StartOptions {
                    replace: true,
                    ..none()
                },
                "to replace a charge",
            ),
        ] {
            assert_eq!(unsupported(&options), Some(what));
        }
    }
}
