//! The fuzz corpus, replayed: what the fuzz targets check holds for every file in `crates/fuzz/corpus`.
//!
//! The seeds come from the vectors. To write them after a change of vectors:
//! `EVSE_WRITE_CORPUS=1 cargo test -p twc-proto --test corpus`. Inputs that a fuzzer found are added beside them.

use fixtures::corpus;
use twc_proto::frame::{Decoder, FrameType};

#[expect(
    clippy::disallowed_methods,
    reason = "a fuzz target starts its controller's clock"
)]
#[path = "../../fuzz/src/twc/mod.rs"]
pub mod fuzz;

type Check = fn(&[u8]);

/// Each fuzz target with what it does.
const TARGETS: [(&str, Check); 3] = [
    ("twc_controller", fuzz::twc_controller),
    ("twc_frame", fuzz::twc_frame),
    ("twc_message", fuzz::twc_message),
];

#[test]
fn every_file_of_the_corpus_passes() {
    for (target, check) in TARGETS {
        corpus::replay(target, check);
    }
}

#[test]
fn the_corpus_holds_the_seeds_of_every_vector() {
    let mut line = vec![7];
    for vector in fixtures::vectors("twc") {
        let bytes = vector.bytes();
        corpus::check_seed("twc_frame", &vector.name, &[&[5], &*bytes].concat());
        for frame in Decoder::new().push(&bytes).flatten() {
            let frame_type = FrameType::ALL
                .iter()
                .position(|of| *of == frame.frame_type());
            let len = [14, 16, 20, 13, 15]
                .iter()
                .position(|len| *len == frame.len());
            let how = frame_type
                .zip(len)
                .map(|(frame_type, len)| frame_type + 3 * len);
            let how = how
                .and_then(|how| u8::try_from(how).ok())
                .unwrap_or_default();
            let seed = [&[how, frame.command()], frame.content()].concat();
            corpus::check_seed("twc_message", &vector.name, &seed);
        }
        line.extend(bytes);
    }
    corpus::check_seed("twc_frame", "whole_line", &line);
    // Shared markers, noise, a frame that is cut off, and one that is too long.
    line.retain(|byte| *byte != 0xFC);
    line.extend([0x55; 80]);
    corpus::check_seed("twc_frame", "damaged_line", &line);
}

#[test]
fn the_corpus_holds_scripts_for_the_controller() {
    for (name, script) in scripts() {
        let seed: Vec<u8> = script.iter().flat_map(Step::bytes).collect();
        corpus::check_seed("twc_controller", name, &[&[2], &*seed].concat());
    }
}

/// A step of `twc_controller`.
enum Step {
    /// A vector arrives on the line.
    Arrives(&'static str),
    Presence(u8),
    /// A heartbeat or a datum in answer to the last question.
    Answers([u8; 7]),
    /// So many milliseconds pass, 65 s at most.
    Millis(f64),
    Request(u8),
    Limit(u8),
    Rare(u8),
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Arrives(name) => {
                let vectors = fixtures::vectors("twc");
                let Some(vector) = vectors.iter().find(|vector| vector.name == *name) else {
                    panic!("no vector is called {name}")
                };
                let bytes = vector.bytes();
                let len = u8::try_from(bytes.len()).expect("a short frame");
                [&[0, len], &*bytes].concat()
            }
            Self::Presence(session) => vec![3, session * 2],
            Self::Answers(content) => [&[1, 0], &content[..]].concat(),
            Self::Millis(millis) => {
                let root = (0..=u8::MAX).find(|a| f64::from(*a).powi(2) >= *millis);
                vec![4, root.unwrap_or(u8::MAX)]
            }
            Self::Request(number) => vec![5, *number],
            Self::Limit(argument) => vec![6, *argument],
            Self::Rare(argument) => vec![7, *argument],
        }
    }
}

/// A linked unit whose vehicle asks, then charges with 16 A.
fn charge() -> Vec<Step> {
    use Step::{Answers, Millis, Presence};
    let mut steps = vec![Presence(1), Millis(420.0)];
    for state in [0, 4, 4, 8, 1, 1, 1] {
        let available = if state == 1 { [0x06, 0x40] } else { [0, 0] };
        let content = [state, available[0], available[1], 0, 0, 0, 0];
        steps.extend([Answers(content), Millis(400.0)]);
        // The datum between heartbeats.
        steps.extend([Answers([4, 5, 3, 2, 0, 0, 0]), Millis(1_000.0)]);
    }
    steps
}

fn scripts() -> [(&'static str, Vec<Step>); 4] {
    use Step::{Answers, Arrives, Limit, Millis, Presence, Rare, Request};
    let with = |steps: Vec<Step>| charge().into_iter().chain(steps).collect();
    let session_10_a = 10 << 3 | 1;
    [
        (
            "requests",
            with(vec![
                Request(session_10_a),
                Request(4),
                Request(5),
                Request(6),
                Answers([1, 3, 0xE8, 0, 0, 0, 0]),
                Millis(400.0),
                Answers([6, 3, 0xE8, 0, 0, 0, 0]),
                Millis(16_000.0),
            ]),
        ),
        (
            "limits",
            with(vec![
                Limit(20),
                Millis(3_000.0),
                Limit(9),
                Millis(3_000.0),
                Limit(64),
                Rare(0),
                Millis(12_000.0),
            ]),
        ),
        (
            "lost_and_restarted",
            with(vec![
                Millis(40_000.0),
                Presence(2),
                Millis(420.0),
                Answers([0; 7]),
                Rare(5),
                Millis(10_000.0),
                Rare(30),
                Millis(12_000.0),
                Rare(200),
            ]),
        ),
        (
            "foreign_controller",
            with(vec![
                Arrives("real_announce"),
                Arrives("real_heartbeat_idle"),
                Arrives("real_heartbeat_reply_idle"),
                Arrives("real_master_own_meter"),
                Request(session_10_a),
                Millis(22_000.0),
                Millis(12_000.0),
            ]),
        ),
    ]
}
