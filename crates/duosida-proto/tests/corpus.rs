//! The fuzz corpus, replayed: what the fuzz targets check holds for every file in `crates/fuzz/corpus`.
//!
//! The seeds come from the vectors. To write them after a change of vectors:
//! `EVSE_WRITE_CORPUS=1 cargo test -p duosida-proto --test corpus`. Inputs that a fuzzer found are added beside them.

use std::collections::BTreeMap;

use fixtures::{Vector, corpus};

#[expect(
    clippy::disallowed_methods,
    reason = "a fuzz target starts its session's clock"
)]
#[path = "../../fuzz/src/duosida/mod.rs"]
pub mod fuzz;

type Check = fn(&[u8]);

/// Each fuzz target with what it does.
const TARGETS: [(&str, Check); 4] = [
    ("duosida_decode_json", fuzz::duosida_decode_json),
    ("duosida_frame", fuzz::duosida_frame),
    ("duosida_message", fuzz::duosida_message),
    ("duosida_session", fuzz::duosida_session),
];

#[test]
fn every_file_of_the_corpus_passes() {
    for (target, check) in TARGETS {
        corpus::replay(target, check);
    }
}

#[test]
fn the_corpus_holds_the_seeds_of_every_vector() {
    for ((target, name), seed) in seeds() {
        corpus::check_seed(target, &name, &seed);
    }
}

type Seeds = BTreeMap<(&'static str, String), Vec<u8>>;

fn seeds() -> Seeds {
    let vectors = fixtures::vectors("duosida");
    let mut seeds = Seeds::new();
    for vector in &vectors {
        let name = &vector.name;
        let to_charger = vector.direction.as_deref() == Some("client->charger");
        let (framing, bytes) = (framing(vector), vector.chunks().concat());
        let mut add = |target, head: &[u8]| {
            seeds.insert((target, name.clone()), [head, &bytes].concat());
        };
        if vector.kind == "frame" {
            add("duosida_message", &[]);
        }
        // Messages that differ in a value only teach a cutter nothing.
        if vector.kind != "frame" || name.starts_with("hw_") {
            add("duosida_decode_json", &[framing]);
        }
        if vector.kind == "stream" || vector.kind == "wrapped_frame" {
            let options = framing | u8::from(to_charger) << 1;
            // Pieces of 7 and 100 bytes.
            add("duosida_frame", &[0x20 | options, 7, 100]);
        }
    }
    let status = bytes(&vectors, "hw_vendor_status_charging_6a");
    seeds.insert(
        ("duosida_frame", "repeated_status".to_owned()),
        [&[0x0C], &*status].concat(),
    );
    // A header that claims all that 16 bits can; repeated in pieces of 20 bytes until it should have come.
    let claim = [0x55, 0xFD, 0xAA, 0xFF, 0xFF, 0x61, 0x00];
    seeds.insert(
        ("duosida_frame", "wrapped_claims_64_kib".to_owned()),
        [&[0x1D, 20], &claim[..], &[0; 249]].concat(),
    );
    for (name, script) in scripts() {
        let script = script.iter().flat_map(|step| step.bytes(&vectors));
        let seed = std::iter::once(0).chain(script).collect();
        seeds.insert(("duosida_session", name.to_owned()), seed);
    }
    seeds
}

/// As the fuzz targets number them.
fn framing(vector: &Vector) -> u8 {
    let wrapped = vector.kind == "wrapped_frame" || vector.name.contains("wrapped");
    match &*vector.kind {
        "discovery_reply" | "datagram" => 2,
        _ => u8::from(wrapped),
    }
}

/// A step of `duosida_session`.
enum Step {
    Arrives(&'static str),
    /// So many seconds pass, 65 at most.
    Seconds(f64),
    Request(u8),
    Reconnect,
    EarlyTimeout,
}

impl Step {
    fn bytes(&self, vectors: &[Vector]) -> Vec<u8> {
        match self {
            Self::Arrives(name) => {
                let bytes = bytes(vectors, name);
                let len = u8::try_from(bytes.len()).expect("a frame fits one read");
                [vec![0, len], bytes].concat()
            }
            Self::Seconds(seconds) => {
                let root = (0..=u8::MAX).find(|a| f64::from(*a).powi(2) >= seconds * 1e3);
                vec![4, root.unwrap_or(u8::MAX)]
            }
            Self::Request(number) => vec![5, *number],
            Self::Reconnect => vec![6, 0],
            Self::EarlyTimeout => vec![7, 0],
        }
    }
}

fn scripts() -> [(&'static str, Vec<Step>); 5] {
    use Step::{Arrives, EarlyTimeout, Reconnect, Request, Seconds};
    let open = || vec![Seconds(0.5), Arrives("hw_boot_notification"), EarlyTimeout];
    let with = |steps: Vec<Step>| open().into_iter().chain(steps).collect();
    [
        (
            "charge",
            with(vec![
                Arrives("hw_vendor_status_available"),
                Request(2),
                Seconds(1.0),
                Arrives("made_remote_start_conf_accepted"),
                Arrives("made_start_transaction"),
                Arrives("hw_vendor_status_charging_6a"),
                Seconds(16.0),
                Request(4),
                Seconds(1.0),
                Arrives("made_remote_stop_conf_accepted"),
                Arrives("hw_vendor_status_finished"),
            ]),
        ),
        (
            "limit",
            with(vec![
                Request(0x66),
                Request(0x08),
                Seconds(0.5),
                Arrives("made_change_configuration_conf_accepted"),
                Seconds(1.0),
                Arrives("made_configuration_pull_answer"),
                Seconds(30.0),
            ]),
        ),
        (
            "reconnect",
            with(vec![
                Request(0),
                Request(2),
                Request(4),
                Reconnect,
                Request(1),
                Arrives("hw_boot_notification"),
                Seconds(20.0),
            ]),
        ),
        (
            "refresh",
            with(vec![
                Request(0),
                Seconds(1.0),
                Arrives("hw_meter_values_charging"),
                Arrives("made_status_notification_charging"),
                Arrives("made_heartbeat_req"),
                Request(0x0d),
                Seconds(5.0),
            ]),
        ),
        ("silence", with(vec![Request(0), Seconds(65.0), Request(0)])),
    ]
}

fn bytes(vectors: &[Vector], name: &str) -> Vec<u8> {
    match vectors.iter().find(|vector| vector.name == name) {
        Some(vector) => vector.bytes(),
        None => panic!("no vector is called {name}"),
    }
}
