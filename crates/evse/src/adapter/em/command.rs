//! Commands of the model as requests, and what comes of them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use em_client::proto::InvalidArgument;
use em_client::proto::message::Identifier;
use em_client::proto::session::{StartRequest, Started, Stopped};

use crate::model::{Effect, StartOptions};
use crate::units::Milliamps;

/// How to charge.
///
/// | option | request |
/// | --- | --- |
/// | current | whole A, rounded down |
/// | at | start time, s |
/// | longest duration | whole minutes, rounded down |
/// | most energy | hundredths of kWh, rounded down |
/// | user, id | user id, charge id: 16 characters |
/// | single phase | the same |
/// | replace | the same |
///
/// # Errors
/// Texts that are not printable ASCII, and limits below the smallest that the protocol has: rounded down they would be
/// none.
pub fn start_request(options: &StartOptions) -> Result<StartRequest, InvalidArgument> {
    let identifier = |text: &Option<String>| text.as_deref().map(Identifier::new).transpose();
    let duration = options.max_duration;
    let energy = options.max_energy;
    Ok(StartRequest {
        current_a: options.current.map(whole_amps),
        user_id: identifier(&options.user)?,
        charge_id: identifier(&options.id)?,
        start_at_unix_s: options.at.map(unix_s),
        max_duration_min: limit(
            "the maximum duration in minutes",
            duration.map(|duration| duration.as_secs() / 60),
        )?,
        max_energy_centikwh: limit(
            "the maximum energy in 0.01 kWh",
            energy.map(|energy| energy.0 / 10),
        )?,
        single_phase: options.single_phase,
        line_id: None,
        replace: options.replace,
    })
}

/// Whole amps, rounded down. Currents outside the charger's range are refused by the client.
pub fn whole_amps(current: Milliamps) -> u8 {
    u8::try_from(current.whole_amps()).unwrap_or(u8::MAX)
}

/// A limit of at least one; what is too large is refused by the client.
fn limit(argument: &'static str, wanted: Option<u64>) -> Result<Option<u32>, InvalidArgument> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    if wanted == 0 {
        return Err(InvalidArgument {
            argument,
            found: wanted,
            min: 1,
            max: u32::from(u16::MAX) - 1,
        });
    }
    Ok(Some(wanted))
}

fn unix_s(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// What is known of a start's effect: confirmed when the charger's state shows it, accepted when it does not yet; or
/// reserved.
pub fn effect(started: &Started) -> Effect {
    let reserved = started.reserved_for_unix_s.and_then(|unix_s| {
        UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(unix_s).ok()?))
    });
    match reserved {
        Some(at) => Effect::Reserved { at },
        None if started.is_confirmed => Effect::Confirmed,
        None => Effect::Accepted,
    }
}

/// What is known of a stop's effect; `None` is one that was merged with another.
pub const fn stop_effect(stopped: Option<&Stopped>) -> Effect {
    match stopped {
        Some(_) => Effect::Confirmed,
        None => Effect::Merged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::WattHours;

    #[test]
    fn every_row_of_the_start_table_holds() {
        let nothing = start_request(&StartOptions::default());
        assert_eq!(nothing, Ok(StartRequest::default()));
        let forced = StartOptions {
            force: true,
            ..StartOptions::default()
        };
        assert_eq!(start_request(&forced), nothing, "only passes the guard");
        let options = StartOptions {
            current: Some(Milliamps(10_999)),
            at: Some(UNIX_EPOCH + Duration::from_millis(1_763_401_418_999)),
            max_duration: Some(Duration::from_secs(119)),
            max_energy: Some(WattHours(10_009)),
            user: Some("me".to_owned()),
            id: Some("session".to_owned()),
            single_phase: true,
            replace: true,
            force: false,
        };
        let expected = StartRequest {
            current_a: Some(10),
            user_id: Identifier::new("me").ok(),
            charge_id: Identifier::new("session").ok(),
            start_at_unix_s: Some(1_763_401_418),
            max_duration_min: Some(1),
            max_energy_centikwh: Some(1_000),
            single_phase: true,
            line_id: None,
            replace: true,
        };
        assert_eq!(start_request(&options), Ok(expected));
    }

    #[test]
    fn a_limit_that_would_be_none_is_refused() {
        for options in [
            StartOptions {
                max_duration: Some(Duration::from_secs(59)),
                ..StartOptions::default()
            },
            StartOptions {
                max_energy: Some(WattHours(9)),
                ..StartOptions::default()
            },
            StartOptions {
                user: Some("Jürgen".to_owned()),
                ..StartOptions::default()
            },
        ] {
            start_request(&options).expect_err("not sent");
        }
        let endless = StartOptions {
            max_energy: Some(WattHours(u64::MAX)),
            ..StartOptions::default()
        };
        let request = start_request(&endless).expect("the client refuses it");
        assert_eq!(request.max_energy_centikwh, Some(u32::MAX));
        assert_eq!(whole_amps(Milliamps(300_000)), u8::MAX);
    }

    #[test]
    fn every_way_a_start_ends_has_an_effect() {
        let started = |reserved_for_unix_s, is_confirmed| Started {
            reply: None,
            charge_id: Identifier::default(),
            current_a: 16,
            reserved_for_unix_s,
            is_confirmed,
        };
        for (started, expected) in [
            (started(None, true), Effect::Confirmed),
            (started(None, false), Effect::Accepted),
            (
                started(Some(60), true),
                Effect::Reserved {
                    at: UNIX_EPOCH + Duration::from_mins(1),
                },
            ),
        ] {
            assert_eq!(effect(&started), expected);
        }
        assert_eq!(
            stop_effect(Some(&Stopped { reply: None })),
            Effect::Confirmed
        );
        assert_eq!(stop_effect(None), Effect::Merged);
    }
}
