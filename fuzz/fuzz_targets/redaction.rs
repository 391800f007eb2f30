//! JSON paths, as `history export --redact` takes them.

#![no_main]

use std::sync::LazyLock;

use durafn::history::History;

static HISTORY: LazyLock<History> = LazyLock::new(durafn_fuzz::recorded);

libfuzzer_sys::fuzz_target!(|path: &str| {
    durafn::fuzzing::redaction(&HISTORY, path);
});
