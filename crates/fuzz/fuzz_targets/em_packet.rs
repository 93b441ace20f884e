//! See [`evse_fuzz::em_packet`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evse_fuzz::em_packet(data));
