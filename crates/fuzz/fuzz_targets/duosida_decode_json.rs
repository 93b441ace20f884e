//! See [`evse_fuzz::duosida_decode_json`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evse_fuzz::duosida_decode_json(data));
