//! Feeds the fuzzer's bytes to [`fuzz::cifar`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::cifar(bytes));
