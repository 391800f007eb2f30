//! Attempts of tasks, and child executions.

use durafn_ir::{CalleeKind, Retrier, TaskState, Typed};

use super::{Eval, Failure, Interp, TaskCall, TaskOutcome, failure::within_limit};

impl Interp<'_> {
    /// One attempt, and its failure as retriers see it.
    pub(super) fn attempt(&mut self, task: &TaskState<Typed>, call: &TaskCall) -> (TaskOutcome, Failure) {
        let timeout = || Failure::new("States.Timeout", "");
        let outcome = match task.callee.kind {
            CalleeKind::Workflow => self.child(call),
            _ => {
                self.seen.calls.push(call.clone());
                match (self.tasks)(call) {
                    TaskOutcome::Ok(value) => {
                        within_limit(&value).map_or_else(TaskOutcome::Err, |()| TaskOutcome::Ok(value))
                    }
                    other => other,
                }
            }
        };
        match outcome {
            TaskOutcome::Never if call.timeout.is_some() => match self.pass(call.timeout.unwrap_or_default()) {
                Ok(()) => (TaskOutcome::Err(timeout()), timeout()),
                Err(never) => (TaskOutcome::Never, never),
            },
            TaskOutcome::Err(failure) if task.callee.kind == CalleeKind::Workflow => {
                (TaskOutcome::Err(failure), Failure::new("States.TaskFailed", ""))
            }
            TaskOutcome::Err(failure) => (TaskOutcome::Err(failure.clone()), failure),
            other => (other, Failure::new("", "")),
        }
    }

    /// Runs a child execution. One that is not waited for runs at once too, and nobody looks at its end.
    fn child(&mut self, call: &TaskCall) -> TaskOutcome {
        let machine = (self.family)(&call.callee).expect("the machine of a child");
        let mut scope = call.scope.clone();
        scope.push((call.state.clone(), 0));
        if call.attempt > 1 {
            self.seen.reopened.push(self.seen.visits.len());
        }
        let mut child = Interp {
            machine,
            context: self.context,
            eval: Eval::new(machine, self.context),
            tasks: &mut *self.tasks,
            family: self.family,
            seen: std::mem::take(&mut self.seen),
            clock: self.clock,
            deadline: None,
            now: self.now,
            last_visit: self.last_visit,
            probes: self.probes,
            rivals: false,
        };
        let outcome = child.workflow(call.input.clone(), &scope);
        let ended = child.clock;
        self.rivals |= child.rivals;
        self.seen = child.seen;
        if call.detached {
            return TaskOutcome::Ok(serde_json::json!({ "ExecutionArn": "arn:aws:states:::execution:child" }));
        }
        match outcome {
            Ok(output) => {
                self.clock = ended;
                TaskOutcome::Ok(output)
            }
            Err(failure) if failure.is_never() => match (machine.timeout_seconds, call.timeout) {
                (Some(own), patience) if patience.is_none_or(|patience| own < patience) => match self.pass(own) {
                    Ok(()) => TaskOutcome::Err(Failure::new("States.Timeout", "")),
                    Err(_) => TaskOutcome::Never,
                },
                _ => TaskOutcome::Never,
            },
            Err(failure) => {
                self.clock = ended;
                TaskOutcome::Err(failure)
            }
        }
    }
}

/// Counts a retry of the first retrier that lists the error, where it has one left. Yields how long it waits.
pub(super) fn may_retry(retriers: &[Retrier], retried: &mut [u32], failure: &Failure) -> Option<u64> {
    let lists = |retrier: &Retrier| retrier.errors.iter().any(|name| failure.is_named(name));
    match retriers.iter().position(lists) {
        Some(index) if retried[index] < retriers[index].max_attempts => {
            let Retrier { interval_seconds, backoff_rate, max_delay_seconds, .. } = &retriers[index];
            let delay = f64::from(*interval_seconds) * backoff_rate.powf(f64::from(retried[index]));
            retried[index] += 1;
            Some(max_delay_seconds.map_or(delay, |longest| delay.min(f64::from(longest))) as u64)
        }
        _ => None,
    }
}
