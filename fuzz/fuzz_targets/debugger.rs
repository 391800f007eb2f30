//! Commands of the debugger, one a line.

#![no_main]

use std::sync::LazyLock;

use durafn::debug::{Recording, Session};

static RECORDING: LazyLock<Recording> = LazyLock::new(|| Recording::of(&durafn_fuzz::recorded()).expect("a recording"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut session = Session::new(RECORDING.clone());
    for line in text.lines() {
        durafn::fuzzing::debugger(&mut session, line);
    }
});
