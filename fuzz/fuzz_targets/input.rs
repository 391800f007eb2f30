//! Inputs of workflows, decoded by type.

#![no_main]

use durafn_fuzz::{WORKFLOWS, choice};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some((workflow, json)) = choice(text, &WORKFLOWS) {
        durafn::fuzzing::input(workflow, json);
    }
});
