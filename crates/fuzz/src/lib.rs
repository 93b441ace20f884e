//! What the fuzz targets do with their input. Everything that must hold is an assertion.
//!
//! No fuzzer is needed here: `crates/duosida-proto/tests/corpus.rs` includes this file and replays the corpus on a
//! stable toolchain.

mod duosida;

pub use duosida::{duosida_decode_json, duosida_frame, duosida_message, duosida_session};
