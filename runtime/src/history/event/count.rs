//! As how many events Step Functions tells a row. Counted row by row, so that an execution knows how long its history is without telling it; the end of a scope that
//! is cut short, a state that ends by a Fail, and a branch that is taken for an iteration make a difference of a few.

use super::number;
use crate::store::JournalRow;

/// From so many events on, an execution should end and start anew. Step Functions ends it at 25,000.
pub(crate) const LONG_HISTORY: u64 = 20_000;

/// A state is entered and left.
const STATE: u64 = 2;

/// As how many events a row is told.
pub(crate) fn told_as(row: &JournalRow) -> u64 {
    let visits = row.visits.as_deref().map_or(0, |visits| visits.split(' ').count() as u64);
    STATE * visits + own(row)
}

fn own(row: &JournalRow) -> u64 {
    let repeated = u64::from(row.number.is_some_and(|attempt| attempt > 1));
    match row.event {
        number::TASK_SCHEDULED => STATE + 1 + u64::from(row.number == Some(1)),
        // A further attempt is scheduled, too.
        number::TASK_STARTED => 1 + repeated,
        number::ACTIVITY_QUEUED => repeated,
        number::ACTIVITY_SCHEDULED | number::PARALLEL_STARTED | number::RACE_STARTED | number::MAP_STARTED => STATE + 1,
        // Scheduled, started, submitted.
        number::CHILD_SCHEDULED => STATE + 3,
        number::CHILD_STARTED => 3,
        number::WAIT_SECONDS | number::WAIT_UNTIL => STATE,
        number::TASK_RETRIED
        | number::TASK_SUCCEEDED
        | number::TASK_FAILED
        | number::TASK_SUBMITTED
        | number::ACTIVITY_STARTED
        | number::CHILD_RETRIED
        | number::CHILD_SUCCEEDED
        | number::CHILD_FAILED
        | number::JOIN_SUCCEEDED
        | number::JOIN_FAILED
        | number::RACE_WON
        | number::EXECUTION_SUCCEEDED
        | number::EXECUTION_FAILED
        | number::EXECUTION_ABORTED
        | number::EXECUTION_TIMED_OUT
        | number::EXECUTION_REDRIVEN => 1,
        // Of an iteration: that it started, and how it ended. A branch is told by its states alone.
        number::SCOPE_SUCCEEDED | number::SCOPE_FAILED => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;

    #[test]
    fn recorded_histories_are_about_as_long_as_they_are_told() {
        let histories = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/tests/histories");
        let mut looked_at = 0;
        for file in std::fs::read_dir(histories).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let history = History::read(&file).unwrap();
            let told = history.events().unwrap().len() as u64;
            let counted = 1 + history.rows.iter().map(told_as).sum::<u64>();
            assert!(counted.abs_diff(told) <= 4 + told / 20, "{}: {counted} counted, {told} told", file.display());
            looked_at += 1;
        }
        assert!(looked_at >= 3, "{looked_at} histories");
    }
}
