//! The fuzz corpus, replayed: what the fuzz targets check holds for every file in `crates/fuzz/corpus`.
//!
//! The seeds come from the vectors. To write them after a change of vectors:
//! `EVSE_WRITE_CORPUS=1 cargo test -p emproto --test corpus`. Inputs that a fuzzer found are added beside them.

use emproto::frame::datagrams;
use fixtures::corpus;

#[path = "../../fuzz/src/em/mod.rs"]
pub mod fuzz;

type Check = fn(&[u8]);

/// Each fuzz target with what it does.
const TARGETS: [(&str, Check); 2] = [
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
}
