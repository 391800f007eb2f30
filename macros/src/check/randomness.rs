//! A workflow draws no random values of its own: a replay would draw others. `durafn::random()` and `durafn::uuid()` are recorded.

use super::path::Named;
use crate::diag::{Entry, catalog};

const CRATES: [&str; 6] = ["rand", "fastrand", "getrandom", "oorandom", "nanoid", "rand_core"];
const GENERATORS: [&str; 6] = ["thread_rng", "ThreadRng", "StdRng", "SmallRng", "OsRng", "RandomState"];
const UUIDS: [&str; 6] = ["new_v1", "new_v4", "new_v6", "new_v7", "now_v1", "now_v7"];

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    let draws = named.is_call() && (UUIDS.contains(&named.last()) || named.ends_with("Ulid", "new"));
    (draws || CRATES.contains(&named.root()) || named.has_segment(&GENERATORS)).then_some(catalog::RANDOMNESS)
}
