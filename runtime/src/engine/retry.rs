//! When a failed attempt is repeated: the arithmetic of ASL's `Retry`.

use durafn_ir::Retrier;

use super::{DATA_LIMIT_EXCEEDED, QUERY_EVALUATION_ERROR, RUNTIME_ERROR};

/// The delay in milliseconds before the next attempt, or none where the failure is final.
///
/// The first retrier that lists the error counts, and no other. Its attempts add up over all the errors it has matched:
/// `retried` are the names of the failures before this one. `draw` yields a number from 0 up to and without 1.
pub(crate) fn delay<'a>(
    retriers: &[Retrier],
    retried: impl Iterator<Item = &'a str>,
    error: &str,
    draw: impl FnOnce() -> f64,
) -> Option<i64> {
    let index = first_match(retriers, error)?;
    let retrier = &retriers[index];
    let before = retried.filter(|name| first_match(retriers, name) == Some(index)).count();
    let before = u32::try_from(before).ok().filter(|before| *before < retrier.max_attempts)?;
    let mut seconds = f64::from(retrier.interval_seconds) * retrier.backoff_rate.powf(f64::from(before));
    if let Some(longest) = retrier.max_delay_seconds {
        seconds = seconds.min(f64::from(longest));
    }
    // A factor that grows past every limit ends at the longest delay that ASL allows.
    let seconds = seconds.min(LONGEST_DELAY_SECONDS);
    let millis = if retrier.jitter { seconds * 1_000.0 * draw() } else { seconds.ceil() * 1_000.0 };
    Some(millis as i64)
}

/// ASL's limit for `MaxDelaySeconds` is less than a year.
const LONGEST_DELAY_SECONDS: f64 = 31_622_400.0;

fn first_match(retriers: &[Retrier], error: &str) -> Option<usize> {
    retriers.iter().position(|retrier| retrier.errors.iter().any(|pattern| matches(pattern, error)))
}

/// A name in a list of errors stands for this error.
fn matches(pattern: &str, error: &str) -> bool {
    match pattern {
        _ if pattern == error => true,
        "States.ALL" => error != RUNTIME_ERROR && error != DATA_LIMIT_EXCEEDED,
        "States.TaskFailed" => !matches!(error, "States.Timeout" | QUERY_EVALUATION_ERROR | RUNTIME_ERROR),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(errors: &[&str]) -> Retrier {
        Retrier {
            errors: errors.iter().map(|&name| name.to_owned()).collect(),
            interval_seconds: 2,
            backoff_rate: 1.5,
            max_attempts: 3,
            max_delay_seconds: None,
            jitter: false,
        }
    }

    fn delays(retriers: &[Retrier], errors: &[&str]) -> Vec<Option<i64>> {
        (0..errors.len()).map(|i| delay(retriers, errors[..i].iter().copied(), errors[i], || 0.25)).collect()
    }

    #[test]
    fn intervals_grow_in_whole_seconds_up_to_the_last_attempt() {
        let retriers = [retrier(&["E"])];
        assert_eq!(delays(&retriers, &["E"; 4]), [Some(2_000), Some(3_000), Some(5_000), None]);
    }

    #[test]
    fn a_delay_is_never_longer_than_the_longest() {
        let retriers = [Retrier { max_delay_seconds: Some(4), backoff_rate: 10.0, ..retrier(&["E"]) }];
        assert_eq!(delays(&retriers, &["E"; 3]), [Some(2_000), Some(4_000), Some(4_000)]);
    }

    #[test]
    fn full_jitter_draws_between_nothing_and_the_interval() {
        let retriers = [Retrier { jitter: true, ..retrier(&["E"]) }];
        assert_eq!(delays(&retriers, &["E"; 2]), [Some(500), Some(750)]);
    }

    #[test]
    fn attempts_add_up_over_the_errors_of_one_retrier_and_only_the_first_match_counts() {
        let first = Retrier { max_attempts: 2, ..retrier(&["A", "B"]) };
        let retriers = [first, retrier(&["States.ALL"])];
        assert_eq!(delays(&retriers, &["A", "B", "A"]), [Some(2_000), Some(3_000), None]);
        assert_eq!(delays(&retriers, &["A", "C", "B", "B"]), [Some(2_000), Some(2_000), Some(3_000), None]);
    }

    #[test]
    fn a_retrier_of_no_attempts_never_repeats() {
        let retriers = [Retrier { max_attempts: 0, ..retrier(&["E"]) }, retrier(&["States.ALL"])];
        assert_eq!(delays(&retriers, &["E"]), [None]);
    }

    #[test]
    fn wildcards_match_what_asl_says() {
        let table = [
            ("States.ALL", "Anything", true),
            ("States.ALL", "States.Timeout", true),
            ("States.ALL", "States.Runtime", false),
            ("States.ALL", "States.DataLimitExceeded", false),
            ("States.TaskFailed", "States.DataLimitExceeded", true),
            ("States.TaskFailed", "Anything", true),
            ("States.TaskFailed", "States.HeartbeatTimeout", true),
            ("States.TaskFailed", "States.Timeout", false),
            ("States.TaskFailed", "States.QueryEvaluationError", false),
            ("States.Timeout", "States.HeartbeatTimeout", false),
            ("E", "F", false),
        ];
        for (pattern, error, expected) in table {
            assert_eq!(matches(pattern, error), expected, "{pattern} on {error}");
        }
    }

    #[test]
    fn an_exploding_factor_ends_at_the_longest_delay() {
        let retriers = [Retrier { backoff_rate: 1e300, max_attempts: 9, ..retrier(&["E"]) }];
        assert_eq!(delays(&retriers, &["E"; 3])[2], Some(31_622_400_000));
    }
}
