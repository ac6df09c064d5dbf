//! Feeds the fuzzer's bytes to [`fuzz::tar`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::tar(bytes));
