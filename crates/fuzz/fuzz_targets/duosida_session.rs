//! See [`evse_fuzz::duosida_session`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evse_fuzz::duosida_session(data));
