//! A workflow does not read the clock: it would see another time when it is replayed. `durafn::now()` is recorded.

use super::path::Named;
use crate::{
    diag::{Entry, catalog},
    parse::path::is_upper,
};

const TYPES: [&str; 2] = ["SystemTime", "Instant"];
const READS: [&str; 5] = ["now", "now_utc", "now_local", "today", "elapsed"];

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    let reads = named.is_call() && READS.contains(&named.last()) && is_upper(named.owner());
    (reads || named.has_segment(&TYPES)).then_some(catalog::CLOCK)
}

/// Types that exist for reading a clock.
pub(super) fn claims_type(name: &str) -> bool {
    TYPES.contains(&name)
}

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn clocks_are_refused_and_now_is_not() {
        let found = body_errors(
            "let a = SystemTime::now(); let b = std::time::Instant::now();
             let c = chrono::Utc::now().timestamp(); let g = Zoned::now();
             let d: SystemTime = order.at;
             let e = now(); let f = durafn::now(); let h = calendar::today(e);",
        );
        assert_eq!(
            found,
            [
                "1 D0101 `SystemTime::now` reads the clock, which a replay cannot repeat",
                "1 D0101 `std::time::Instant::now` reads the clock, which a replay cannot repeat",
                "2 D0101 `chrono::Utc::now` reads the clock, which a replay cannot repeat",
                "2 D0216 the method `timestamp` is not part of the workflow language",
                "2 D0101 `Zoned::now` reads the clock, which a replay cannot repeat",
                "3 D0101 `SystemTime` reads the clock, which a replay cannot repeat",
            ]
        );
    }
}
