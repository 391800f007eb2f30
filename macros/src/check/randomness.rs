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

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn generators_are_refused_and_recorded_values_are_not() {
        let found = body_errors(
            "let a: u64 = rand::random(); let b = Uuid::new_v4().to_string();
             let c = fastrand::u64(1..6);
             let d = random(); let e = durafn::uuid();",
        );
        assert_eq!(
            found,
            [
                "1 D0102 `rand::random` is random, which a replay cannot repeat",
                "1 D0102 `Uuid::new_v4` is random, which a replay cannot repeat",
                "2 D0102 `fastrand::u64` is random, which a replay cannot repeat",
            ]
        );
    }
}
