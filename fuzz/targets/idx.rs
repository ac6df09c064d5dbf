//! Feeds the fuzzer's bytes to [`fuzz::idx`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::idx(bytes));
