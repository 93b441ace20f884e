//! See [`evse_fuzz::twc_controller`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evse_fuzz::twc_controller(data));
