//! `evsemaster`: its client and its simulated charger.

mod checks;
mod ours;
mod ours_checks;

use anyhow::Result;

use super::{Case, Client, run_client};
use crate::interop::Place;
use crate::interop::faults::KnownFault;
use crate::interop::table::Row;

pub(in crate::interop) fn run(place: &Place) -> Result<Vec<Row>> {
    let mut rows = run_client(place, &CLIENT)?;
    rows.extend(ours::run(place));
    Ok(rows)
}

const CLIENT: Client = Client {
    package: "evsemaster",
    driver: "evsemaster/client.py",
    known_faults: &KNOWN_FAULTS,
    cases: &[
        Case::several("listen", 2, checks::listened),
        Case::new("probe", "--car none", checks::probed),
        Case::new("search", "--car none --bind 0.0.0.0", checks::probed),
        Case::new("login", "--car plugged --speed 5", checks::logged_in),
        Case::new("wrong_pin", "--car plugged", checks::refused),
        Case::several("several", 5, checks::several),
        Case::new(
            "charging",
            "--car charging --phases 3 --speed 20",
            checks::charging,
        ),
        Case::new("name", "--car plugged", checks::named),
        Case::new("language", "--car plugged", checks::language),
        Case::new("current", "--car plugged", checks::current),
        Case::new("plan", "--car plugged", checks::planned),
        Case::new("clock", "--car plugged", checks::clock),
        Case::new("history", "--car plugged --history 12", checks::history),
        Case::new("start", "--car plugged", checks::started),
        Case::new("stop", "--car plugged", checks::stopped),
        Case::new("replay", "--car plugged", checks::replayed),
        Case::new("reserve", "--car plugged", checks::reserved),
    ],
};

pub(in crate::interop) const KNOWN_FAULTS: [KnownFault; 9] = [
    KnownFault {
        text: "payload of login_request (0x8002) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of login_confirm (0x8001) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of heading_ack (0x8003) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of status_ack (0x8004) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of charging_request (0x8006) has 0 bytes",
        reason: EMPTY,
    },
    KnownFault {
        text: "payload of nickname (0x8108) has 1 bytes",
        reason: "it asks by the action alone, where the vendor's app sends all 33 bytes",
    },
    KnownFault {
        text: "payload of output_amps (0x8107) has 1 bytes",
        reason: "it asks by the action alone, where the vendor's app sends two bytes",
    },
    KnownFault {
        text: "payload of output_amps (0x8107) has 3 bytes",
        reason: "it sets with a byte too many",
    },
    KnownFault {
        text: "payload of charge_stop (0x8008) has 17 bytes",
        reason: "it leaves out the 30 zeros that the vendor's app sends",
    },
];

const EMPTY: &str = "it sends nothing where the vendor's app sends one byte";
