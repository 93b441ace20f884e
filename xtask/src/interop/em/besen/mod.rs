//! `besen`: its client for the local network. It has no charger of its own, so our client has nothing to meet.

mod checks;

use anyhow::Result;

use super::{Case, Client, run_client};
use crate::interop::Place;
use crate::interop::faults::KnownFault;
use crate::interop::table::{OURS_THEIRS, Row};

pub(in crate::interop) fn run(place: &Place) -> Result<Vec<Row>> {
    let mut rows = run_client(place, &CLIENT)?;
    rows.push(Row {
        direction: OURS_THEIRS,
        command: "none".to_owned(),
        reported: "it has no charger".to_owned(),
        saw: String::new(),
        note: "nothing to run".to_owned(),
        failure: None,
    });
    Ok(rows)
}

const CLIENT: Client = Client {
    package: "besen",
    driver: "besen/client.py",
    known_faults: &KNOWN_FAULTS,
    cases: &[
        Case::new("login", "--car plugged --speed 5", checks::logged_in),
        Case::new("wrong_pin", "--car plugged", checks::refused),
        Case::several("several", 3, checks::several),
        Case::new(
            "charging",
            "--car charging --phases 3 --speed 20",
            checks::charging,
        ),
        Case::new("current", "--car plugged", checks::current),
        Case::new("name", "--car plugged", checks::named),
        Case::new("language", "--car plugged", checks::language),
        Case::new("unit", "--car plugged", checks::unit),
        Case::new("start", "--car plugged --phases 3", checks::started),
        Case::new("stop", "--car plugged", checks::stopped),
        Case::new("restart", "--car plugged --speed 15", checks::restarted),
        Case::new("reserve", "--car plugged", checks::reserved),
    ],
};

pub(in crate::interop) const KNOWN_FAULTS: [KnownFault; 8] = [
    KnownFault {
        text: "payload of login_request (0x8002) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of charging_request (0x8006) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of status_ack (0x8004) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of nickname (0x8108) has 2 bytes",
        reason: "it asks with two bytes, where the vendor's app sends all 33",
    },
    KnownFault {
        text: "payload of system_time (0x8101) has 2 bytes",
        reason: "it asks with two bytes, where the vendor's app sends at least five",
    },
    KnownFault {
        text: "the clock is set in plain Unix seconds",
        reason: "chargers keep civil time less eight hours; so display, records and plan are off",
    },
    KnownFault {
        text: "a charge is started in plain Unix seconds",
        reason: "it counts as in its sets of the clock",
    },
    KnownFault {
        text: "no record was acknowledged",
        reason: "it acknowledges none, so the charger sends them for ever",
    },
];

const EMPTY: &str = "it sends nothing where the vendor's app sends one byte";
