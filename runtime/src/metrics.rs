//! What an engine counts, through the [`metrics`] facade (feature `metrics`): the program chooses who listens, a Prometheus exporter for example.
//! Without the feature nothing is counted and no crate is pulled in.
//!
//! | name | kind | labels | what |
//! |---|---|---|---|
//! | `durafn_executions_started_total` | counter | `workflow` | executions that were created, children too |
//! | `durafn_executions_closed_total` | counter | `workflow`, `status` | executions that ended: `SUCCEEDED`, `FAILED`, `ABORTED`, `TIMED_OUT` |
//! | `durafn_executions_blocked_total` | counter | | executions that were parked because the code does not fit |
//! | `durafn_execution_seconds` | histogram | `workflow`, `status` | from the start of an execution to its end, by the engine's clock |
//! | `durafn_executions_in_memory` | gauge | | executions in memory; those that wait for long are in the file alone |
//! | `durafn_executions_loaded_total` | counter | `workflow` | executions that were taken up from the store by replay |
//! | `durafn_states_entered_total` | counter | `workflow`, `type` | durable states: `Task`, `Wait`, `Parallel`, `Map` |
//! | `durafn_attempts_total` | counter | `task`, `outcome` | attempts of tasks: `succeeded`, `failed`, `cancelled` (dropped by a timeout, a stop or a shutdown) |
//! | `durafn_attempt_seconds` | histogram | `task`, `outcome` | how long an attempt ran in this process |
//! | `durafn_attempts_running` | gauge | `task` | attempts that run now |
//! | `durafn_timer_lag_seconds` | histogram | | how late a timer fired |
//! | `durafn_commits_total` | counter | `outcome` | transactions: `committed`, `failed` |
//! | `durafn_commit_seconds` | histogram | | one transaction, from its begin to the end of its fsync |
//! | `durafn_commit_units` | histogram | | how many units one transaction holds |
//!
//! Names and labels stay as they are; new ones may come.

#[cfg(feature = "metrics")]
use ::metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use std::time::{Duration, Instant};

use crate::store::Status;

/// Tells the listener what the names mean.
pub(crate) fn describe() {
    #[cfg(feature = "metrics")]
    {
        use ::metrics::Unit;
        describe_counter!("durafn_executions_started_total", "Executions that were created, children too");
        describe_counter!("durafn_executions_closed_total", "Executions that ended");
        describe_counter!("durafn_executions_blocked_total", "Executions parked because the code does not fit");
        describe_histogram!("durafn_execution_seconds", Unit::Seconds, "From the start of an execution to its end");
        describe_gauge!("durafn_executions_in_memory", "Executions in memory");
        describe_counter!("durafn_executions_loaded_total", "Executions taken up from the store by replay");
        describe_counter!("durafn_states_entered_total", "Durable states that were entered");
        describe_counter!("durafn_attempts_total", "Attempts of tasks that ended");
        describe_histogram!("durafn_attempt_seconds", Unit::Seconds, "How long an attempt ran");
        describe_gauge!("durafn_attempts_running", "Attempts that run now");
        describe_histogram!("durafn_timer_lag_seconds", Unit::Seconds, "How late a timer fired");
        describe_counter!("durafn_commits_total", "Transactions of the store");
        describe_histogram!("durafn_commit_seconds", Unit::Seconds, "One transaction, fsync included");
        describe_histogram!("durafn_commit_units", Unit::Count, "Units in one transaction");
    }
}

// Without the feature, what would be counted is not looked at.
#[cfg_attr(not(feature = "metrics"), expect(unused_variables, reason = "nothing is counted"))]
mod count {
    use super::*;

    pub(crate) fn execution_started(workflow: &'static str) {
        #[cfg(feature = "metrics")]
        counter!("durafn_executions_started_total", "workflow" => workflow).increment(1);
    }

    pub(crate) fn execution_closed(workflow: &'static str, status: Status, millis: i64) {
        #[cfg(feature = "metrics")]
        {
            let labels = [("workflow", workflow), ("status", status.name())];
            counter!("durafn_executions_closed_total", &labels).increment(1);
            histogram!("durafn_execution_seconds", &labels).record(seconds(millis));
        }
    }

    pub(crate) fn execution_blocked() {
        #[cfg(feature = "metrics")]
        counter!("durafn_executions_blocked_total").increment(1);
    }

    pub(crate) fn execution_loaded(workflow: &'static str) {
        #[cfg(feature = "metrics")]
        counter!("durafn_executions_loaded_total", "workflow" => workflow).increment(1);
    }

    pub(crate) fn entered_memory() {
        #[cfg(feature = "metrics")]
        gauge!("durafn_executions_in_memory").increment(1);
    }

    pub(crate) fn left_memory() {
        #[cfg(feature = "metrics")]
        gauge!("durafn_executions_in_memory").decrement(1);
    }

    pub(crate) fn state_entered(workflow: &'static str, kind: &'static str) {
        #[cfg(feature = "metrics")]
        counter!("durafn_states_entered_total", "workflow" => workflow, "type" => kind).increment(1);
    }

    pub(crate) fn timer_fired(late_millis: i64) {
        #[cfg(feature = "metrics")]
        histogram!("durafn_timer_lag_seconds").record(seconds(late_millis));
    }

    pub(crate) fn committed(units: usize, took: Duration, succeeded: bool) {
        #[cfg(feature = "metrics")]
        {
            let outcome = if succeeded { "committed" } else { "failed" };
            counter!("durafn_commits_total", "outcome" => outcome).increment(1);
            if succeeded {
                histogram!("durafn_commit_seconds").record(took);
                histogram!("durafn_commit_units").record(units as f64);
            }
        }
    }

    pub(super) fn attempt_begun(task: &'static str) {
        #[cfg(feature = "metrics")]
        gauge!("durafn_attempts_running", "task" => task).increment(1);
    }

    pub(super) fn attempt_ended(task: &'static str, outcome: &'static str, took: Duration) {
        #[cfg(feature = "metrics")]
        {
            let labels = [("task", task), ("outcome", outcome)];
            gauge!("durafn_attempts_running", "task" => task).decrement(1);
            counter!("durafn_attempts_total", &labels).increment(1);
            histogram!("durafn_attempt_seconds", &labels).record(took);
        }
    }
}

pub(crate) use count::{
    committed, entered_memory, execution_blocked, execution_closed, execution_loaded, execution_started, left_memory,
    state_entered, timer_fired,
};

/// An attempt that runs. Dropped without an outcome, it was cancelled.
#[derive(Debug)]
pub(crate) struct Attempted {
    task: &'static str,
    begun: Instant,
    outcome: &'static str,
}

impl Attempted {
    pub(crate) fn begin(task: &'static str) -> Self {
        count::attempt_begun(task);
        Attempted { task, begun: Instant::now(), outcome: "cancelled" }
    }

    pub(crate) fn ends(&mut self, succeeded: bool) {
        self.outcome = if succeeded { "succeeded" } else { "failed" };
    }
}

impl Drop for Attempted {
    fn drop(&mut self) {
        count::attempt_ended(self.task, self.outcome, self.begun.elapsed());
    }
}

#[cfg(feature = "metrics")]
#[expect(clippy::cast_precision_loss, reason = "a duration, for a picture")]
fn seconds(millis: i64) -> f64 {
    millis.max(0) as f64 / 1_000.0
}
