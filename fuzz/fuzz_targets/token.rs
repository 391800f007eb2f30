//! Texts of tokens.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    durafn::fuzzing::token(text);
});
