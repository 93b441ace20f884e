//! See [`evse_fuzz::em_endpoint`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evse_fuzz::em_endpoint(data));
