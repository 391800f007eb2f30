//! Histories of Step Functions, as `get-execution-history` prints them.

#![no_main]

use durafn_fuzz::{WORKFLOWS, choice};

libfuzzer_sys::fuzz_target!(|text: &str| {
    // A seed begins with a brace, which is a choice too.
    if let Some((workflow, rest)) = choice(text, &WORKFLOWS) {
        durafn::fuzzing::history(text, Some(workflow));
        durafn::fuzzing::history(rest, Some(workflow));
    }
});
