//! The fuzz corpus, replayed: what the fuzz targets check holds for every file in `crates/fuzz/corpus`.
//!
//! The seeds come from the vectors. To write them after a change of vectors:
//! `EVSE_WRITE_CORPUS=1 cargo test -p emproto --test corpus`. Inputs that a fuzzer found are added beside them.

use emproto::frame::datagrams;
use fixtures::corpus;

#[expect(
    clippy::disallowed_methods,
    reason = "a fuzz target starts its endpoint's clock"
)]
#[path = "../../fuzz/src/em/mod.rs"]
pub mod fuzz;

type Check = fn(&[u8]);

/// Each fuzz target with what it does.
const TARGETS: [(&str, Check); 3] = [
    ("em_endpoint", fuzz::em_endpoint),
    ("em_message", fuzz::em_message),
    ("em_packet", fuzz::em_packet),
];

#[test]
fn every_file_of_the_corpus_passes() {
    for (target, check) in TARGETS {
        corpus::replay(target, check);
    }
}

#[test]
fn the_corpus_holds_the_seeds_of_every_vector() {
    for vector in fixtures::vectors("em") {
        if vector.hex.as_deref().is_none_or(str::is_empty) {
            continue;
        }
        let packet = vector.bytes();
        corpus::check_seed("em_packet", &vector.name, &packet);
        let first = datagrams(&packet).flatten().next();
        if let Some(datagram) = first.filter(|datagram| !datagram.payload.is_empty()) {
            let code = datagram.command.code().to_be_bytes();
            let seed = [&code, datagram.payload].concat();
            corpus::check_seed("em_message", &vector.name, &seed);
        }
    }
    for (name, script) in scripts() {
        let seed: Vec<u8> = script.iter().flat_map(Step::bytes).collect();
        corpus::check_seed("em_endpoint", name, &[&[1], &*seed].concat());
    }
}

/// A step of `em_endpoint`.
enum Step {
    /// The payload of a vector, from the charger whose PIN is known.
    Arrives(&'static str),
    /// So many seconds pass, 65 at most.
    Seconds(f64),
    Request(u8),
    Moves,
    Probe,
    EarlyTimeout,
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Arrives(name) => {
                let vectors = fixtures::vectors("em");
                let Some(vector) = vectors.iter().find(|vector| vector.name == *name) else {
                    panic!("no vector is called {name}")
                };
                let packet = vector.bytes();
                let Some(Ok(datagram)) = datagrams(&packet).next() else {
                    panic!("{name} is no datagram")
                };
                let len = u8::try_from(datagram.payload.len()).expect("a short payload");
                let code = datagram.command.code().to_be_bytes();
                [&[0, len], &code[..], datagram.payload].concat()
            }
            Self::Seconds(seconds) => {
                let root = (0..=u8::MAX).find(|a| f64::from(*a).powi(2) >= seconds * 1e3);
                vec![4, root.unwrap_or(u8::MAX)]
            }
            Self::Request(number) => vec![5, *number],
            Self::Moves => vec![3, 0],
            Self::Probe => vec![6, 1],
            Self::EarlyTimeout => vec![7, 0],
        }
    }
}

fn login() -> Vec<Step> {
    use Step::{Arrives, EarlyTimeout, Probe, Seconds};
    vec![
        Probe,
        Arrives("real_announce_70_bs20_1ph"),
        Seconds(0.1),
        Arrives("real_login_ok_70"),
        Arrives("real_heading"),
        Arrives("real_status_25_idle_plugged"),
        Arrives("real_system_time_reply_after_set"),
        EarlyTimeout,
    ]
}

fn scripts() -> [(&'static str, Vec<Step>); 4] {
    use Step::{Arrives, Moves, Request, Seconds};
    let with = |steps: Vec<Step>| login().into_iter().chain(steps).collect();
    [
        (
            "charge",
            with(vec![
                Request(0x39),
                Seconds(0.2),
                Arrives("real_charge_start_reply_ok"),
                Seconds(5.0),
                Request(0x0B),
                Seconds(6.0),
                Arrives("real_record_local_155"),
            ]),
        ),
        (
            "reserve",
            with(vec![
                Request(0x3A),
                Arrives("real_system_time_reply_after_set"),
                Seconds(1.0),
                Arrives("real_charge_start_reply_ok"),
                Arrives("real_charging_74_finished"),
                Seconds(65.0),
            ]),
        ),
        (
            "settings",
            with(vec![
                Request(0x02),
                Request(0x13),
                Request(0x35),
                Arrives("real_temperature_unit_reply"),
                Arrives("real_version_36"),
                Seconds(20.0),
                Request(0x0D),
                Seconds(10.0),
            ]),
        ),
        (
            "moves",
            with(vec![
                Moves,
                Arrives("real_heading"),
                Seconds(40.0),
                Arrives("real_announce_70_bs20_1ph"),
                Seconds(4.0),
                Arrives("real_announce_70_bs20_1ph"),
                Seconds(30.0),
            ]),
        ),
    ]
}
