//! What the fuzz targets do with their input. Everything that must hold is an assertion.
//!
//! No fuzzer is needed here: `tests/corpus.rs` of each protocol crate includes its folder and replays the corpus on a
//! stable toolchain.

mod duosida;
mod em;
mod twc;

pub use duosida::{duosida_decode_json, duosida_frame, duosida_message, duosida_session};
pub use em::{em_endpoint, em_message, em_packet};
pub use twc::{twc_controller, twc_frame, twc_message};
