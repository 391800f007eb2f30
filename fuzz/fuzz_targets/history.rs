//! History files, as `replay FILE` reads them.

#![no_main]

use durafn_fuzz as _;

libfuzzer_sys::fuzz_target!(|text: &str| {
    durafn::fuzzing::history(text, None);
});
