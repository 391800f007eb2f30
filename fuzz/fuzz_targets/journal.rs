//! Rows of a store that somebody edited.

#![no_main]

use durafn_fuzz as _;

libfuzzer_sys::fuzz_target!(|text: &str| {
    durafn::fuzzing::journal(text);
});
