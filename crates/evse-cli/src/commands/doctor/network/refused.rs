//! Why a charger that was asked does not do it, by what it says.

use std::io;
use std::time::{Duration, SystemTime};

use evse::em::proto::session::{RequestError, RequestFailure};
use evse::{Error, ErrorKind, duosida, em};

use super::super::Finding;
use super::search::{Voice, Wanted};
use super::{Scene, unreachable};
use crate::failure::GIVE_A_PIN;

/// Why a charger that is there does not do what it is asked.
pub(super) fn request(name: &str, error: &Error) -> Finding {
    match error {
        Error::Em(
            em::Error::NotSent {
                source: RequestError::WrongPin,
                ..
            }
            | em::Error::Failed {
                source: RequestFailure::WrongPin,
                ..
            },
        ) => Finding::problem(
            "wrong-pin",
            name,
            "it refuses the PIN",
            "use the six digits of the vendor's app: correct `pin` in the configuration, or take it out and let `evse em \
             login` ask for it and remember it; after several wrong ones wait some minutes, for the right one may be \
             refused too",
        ),
        other => Finding::problem(
            "no-answer",
            name,
            format!("it is there, but {other}"),
            "try again in a minute; if it stays so, switch the charger off and on",
        ),
    }
}

/// Why there is no connection.
pub(super) fn connection(
    wanted: &Wanted<'_>,
    voice: Option<&Voice>,
    error: &Error,
    scene: &Scene<'_>,
) -> Finding {
    let name = &wanted.charger.name;
    match error {
        Error::OtherCharger { .. } | Error::Duosida(duosida::Error::OtherCharger { .. }) => {
            unreachable::moved(wanted, scene).unwrap_or_else(|| {
                Finding::problem(
                    "other-charger",
                    name,
                    format!("another charger answers at {}: its serial number is not the configured one", wanted.charger.address),
                    "`evse discover` shows who is where; correct `address` or `serial` in the configuration",
                )
            })
        }
        Error::Secret(_) | Error::NoPin { .. } => {
            Finding::problem("pin-unusable", name, error.to_string(), GIVE_A_PIN)
        }
        Error::Duosida(error) => no_connection(wanted, voice, error, scene),
        other if other.kind() == ErrorKind::Unauthenticated => request(name, other),
        other => Finding::problem("no-answer", name, other.to_string(), "`evse discover` shows who is there"),
    }
}

/// Why a Duosida charger takes no connection.
fn no_connection(
    wanted: &Wanted<'_>,
    voice: Option<&Voice>,
    error: &duosida::Error,
    scene: &Scene<'_>,
) -> Finding {
    use duosida::Error::{Busy, Connect, ConnectTimeout, Silent};
    let name = &wanted.charger.name;
    let is_refused =
        matches!(error, Connect { kind, .. } if *kind == io::ErrorKind::ConnectionRefused);
    let free_it = "close the vendor's app and other tools that use it (a home automation, another evse command), and wait \
                   30 s after the last one; knocking more often makes it refuse everybody for minutes";
    match error {
        Busy { .. } => own_connection(wanted, scene).unwrap_or_else(|| {
            let what = "it takes the connection and closes it: it serves one client at a time, and another one has it or \
                        had it less than 30 s ago";
            Finding::problem("charger-busy", name, what, free_it)
        }),
        _ if voice.is_some() && (is_refused || matches!(error, Silent { .. })) => Finding::problem(
            "charger-busy",
            name,
            "it answers the search, but not a connection: it serves one client at a time, and another one probably has it",
            free_it,
        ),
        ConnectTimeout { .. } if voice.is_some() => Finding::problem(
            "tcp-blocked",
            name,
            "it answers the search (UDP), but nothing answers at its TCP port 9988: probably a firewall between",
            "let TCP 9988 to the charger through; if there is no firewall, switch the charger off and on",
        ),
        Connect { .. } if is_refused => unreachable::moved(wanted, scene).unwrap_or_else(|| {
            let what = format!(
                "a device is at {}, but takes no connection: it is no Duosida charger, or refuses everybody for minutes \
                 because somebody connected too often",
                wanted.charger.address
            );
            let fix = format!("check the address (`evse discover`); {free_it}");
            Finding::problem("not-a-charger", name, what, fix)
        }),
        Silent { .. } => Finding::problem(
            "not-a-charger",
            name,
            format!("{error}"),
            format!("check the address (`evse discover`); {free_it}"),
        ),
        Connect { .. } | ConnectTimeout { .. } => unreachable::silent(wanted, scene),
        other => Finding::problem("no-answer", name, other.to_string(), "try again in a minute"),
    }
}

/// A charger that is busy because this program itself was connected a moment ago.
fn own_connection(wanted: &Wanted<'_>, scene: &Scene<'_>) -> Option<Finding> {
    let file = scene.case.context.store().ok()?.read().ok()?;
    let (_, known) = file.find_by_address(&wanted.charger.address.to_string())?;
    let since = SystemTime::now().duration_since(known.last_session_end()?);
    let left = BUSY.checked_sub(since.ok()?)?.as_secs() + 1;
    let what = "it is still busy with this program's own last connection, which is normal for half a minute";
    let fix = format!("look again in {left} s");
    Some(Finding::note(
        "charger-busy",
        &wanted.charger.name,
        what,
        fix,
    ))
}

/// How long a charger stays busy after a connection, with some reserve. Source: duosida-lan, hardware.
const BUSY: Duration = Duration::from_secs(31);
