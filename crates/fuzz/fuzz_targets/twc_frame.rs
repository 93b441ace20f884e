//! See [`evse_fuzz::twc_frame`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evse_fuzz::twc_frame(data));
