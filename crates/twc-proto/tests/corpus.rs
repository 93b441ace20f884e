//! The fuzz corpus, replayed: what the fuzz targets check holds for every file in `crates/fuzz/corpus`.
//!
//! The seeds come from the vectors. To write them after a change of vectors:
//! `EVSE_WRITE_CORPUS=1 cargo test -p twc-proto --test corpus`. Inputs that a fuzzer found are added beside them.

use fixtures::corpus;
use twc_proto::frame::{Decoder, FrameType};

#[path = "../../fuzz/src/twc/mod.rs"]
pub mod fuzz;

type Check = fn(&[u8]);

/// Each fuzz target with what it does.
const TARGETS: [(&str, Check); 2] = [
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
