//! A workflow does not read the clock: it would see another time when it is replayed. `durafn::now()` is recorded.

use super::path::Named;
use crate::diag::{Entry, catalog};

const TYPES: [&str; 2] = ["SystemTime", "Instant"];
const READS: [&str; 5] = ["now", "now_utc", "now_local", "today", "elapsed"];

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    let reads =
        named.is_call() && READS.contains(&named.last()) && named.segments.len() > 1 && named.root() != "durafn";
    (reads || named.has_segment(&TYPES)).then_some(catalog::CLOCK)
}

/// Types that exist for reading a clock.
pub(super) fn claims_type(name: &str) -> bool {
    TYPES.contains(&name)
}
