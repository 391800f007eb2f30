//! Arithmetic on durations and points in time. A point in time has whole milliseconds, as ASL has it, and lies in the years 1 to 9999.

use std::time::Duration;

use durafn_ir::MAX_EXACT_INT;
use jiff::Timestamp;

use super::{
    eval::raise,
    on::On,
    ops::{Add, Div, Mul, Number as _, Sub},
};

const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_207_200_000;

/// The milliseconds since 1970 of a point in time; what is finer fails.
pub(crate) fn millis(time: Timestamp) -> i64 {
    if time.subsec_nanosecond() % 1_000_000 != 0 {
        raise(format!("{time} is finer than a millisecond, which ASL does not tell apart"));
    }
    time.as_millisecond()
}

fn at(millis: Option<i64>) -> Timestamp {
    let millis = millis.filter(|millis| (FIRST..=LAST).contains(millis));
    match millis.map(Timestamp::from_millisecond) {
        Some(Ok(time)) => time,
        _ => raise("a point in time outside of the years 1 to 9999"),
    }
}

fn whole_millis(duration: Duration) -> Option<i64> {
    if !duration.subsec_nanos().is_multiple_of(1_000_000) {
        raise(format!("{duration:?} is finer than a millisecond, and a point in time is not"));
    }
    i64::try_from(duration.as_millis()).ok()
}

fn exact(duration: Option<Duration>) -> Duration {
    match duration {
        Some(duration) if i128::from(duration.as_secs()) <= MAX_EXACT_INT => duration,
        _ => raise("a duration below zero, or of 2^53 seconds or more"),
    }
}

macro_rules! times {
    ($($trait:ident $left:ty, $right:ty => $out:ty: |$a:ident, $b:ident| $made:expr;)*) => {$(
        impl $trait<$right> for $left {
            type Out = $out;

            fn apply(self, right: $right) -> $out {
                let ($a, $b) = (self, right);
                $made
            }
        }
    )*};
}

times! {
    Add Duration, Duration => Duration: |a, b| exact(a.checked_add(b));
    Sub Duration, Duration => Duration: |a, b| exact(a.checked_sub(b));
    Mul Duration, u32 => Duration: |a, b| exact(a.checked_mul(b));
    Mul u32, Duration => Duration: |a, b| exact(b.checked_mul(a));
    Div Duration, u32 => Duration: |a, b| exact(a.checked_div(b));
    Add Timestamp, Duration => Timestamp: |a, b| at(whole_millis(b).and_then(|b| millis(a).checked_add(b)));
    Sub Timestamp, Duration => Timestamp: |a, b| at(whole_millis(b).and_then(|b| millis(a).checked_sub(b)));
}

impl On<Duration> {
    /// A `u64`, where std has 128 bits: JSON holds no more.
    pub fn as_millis(self) -> u64 {
        match u64::try_from(self.0.as_millis()) {
            Ok(millis) => millis.exact(),
            Err(_) => raise("`as_millis` of a duration of 2^53 milliseconds or more"),
        }
    }

    pub fn checked_sub(self, other: Duration) -> Option<Duration> {
        self.0.checked_sub(other)
    }

    pub fn saturating_sub(self, other: Duration) -> Duration {
        self.0.saturating_sub(other)
    }

    pub fn abs_diff(self, other: Duration) -> Duration {
        self.0.abs_diff(other)
    }
}

impl On<Timestamp> {
    /// A `Duration`, where jiff has one with a sign.
    pub fn duration_since(self, earlier: Timestamp) -> Duration {
        match u64::try_from(millis(self.0) - millis(earlier)) {
            Ok(millis) => Duration::from_millis(millis),
            Err(_) => raise(format!("{earlier} is later than {}", self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{eval::tests::raised, on, ops},
        *,
    };

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn durations_are_checked() {
        let second = Duration::from_secs(1);
        assert_eq!(ops::mul(ops::add(second, second), 3_u32), Duration::from_secs(6));
        assert!(raised(|| ops::sub(second, second * 2)).is_some());
        assert!(raised(|| ops::add(Duration::from_secs(1 << 53), second)).is_some());
        assert!(raised(|| ops::div(second, 0_u32)).is_some());
    }

    #[test]
    fn a_point_in_time_has_whole_milliseconds() {
        let noon = time("2026-01-02T12:00:00Z");
        assert_eq!(ops::add(noon, Duration::from_millis(5)).to_string(), "2026-01-02T12:00:00.005Z");
        assert!(raised(|| ops::add(noon, Duration::from_nanos(5))).is_some());
        assert!(raised(|| ops::sub(time("2026-01-02T12:00:00.0005Z"), Duration::ZERO)).is_some());
        assert!(raised(|| ops::add(noon, Duration::from_secs(400_000_000_000))).is_some());
    }

    #[test]
    fn the_time_between_has_a_direction() {
        let (early, late) = (time("2026-01-02T12:00:00Z"), time("2026-01-02T12:01:00Z"));
        assert_eq!(on::duration_since(&late).duration_since(early), Duration::from_secs(60));
        assert!(raised(|| on::duration_since(&early).duration_since(late)).is_some());
    }
}
