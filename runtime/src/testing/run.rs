//! A run that is over, and what a test says about it.

use std::{fmt, marker::PhantomData, time::Duration};

use super::{
    function::TaskFn,
    trace::{End, TaskCall, Trace},
};
use crate::{
    callable::{Callable, Returned},
    context::Joined,
    failure::{Failed, Failure},
    store::ExecutionId,
};

/// A run that is over: what it yielded, which states it visited, which calls it made. `R` is what its workflow returns.
///
/// It is the same for an execution here and for one of the exported machine.
pub struct Run<R> {
    trace: Trace,
    id: Option<ExecutionId>,
    elapsed: Option<Duration>,
    returned: PhantomData<fn() -> R>,
}

impl<R> Run<R> {
    pub(super) fn new(trace: Trace, id: Option<ExecutionId>, elapsed: Option<Duration>) -> Self {
        Run { trace, id, elapsed, returned: PhantomData }
    }

    /// Its number in the kit's engine; none where it ran elsewhere.
    #[must_use]
    pub fn id(&self) -> Option<ExecutionId> {
        self.id
    }

    /// How long it took, in the kit's time: seven days for a timeout of seven days.
    ///
    /// # Panics
    ///
    /// When it ran elsewhere, and whoever ran it does not tell.
    #[must_use]
    #[track_caller]
    pub fn elapsed(&self) -> Duration {
        self.elapsed.expect("the runner does not tell how long the execution took")
    }

    /// The states that it visited, in order. Behind a Parallel or Map stand the states of its first branch or iteration, then those of the second, however
    /// they were interleaved; behind a state that runs a child, the child's.
    #[must_use]
    pub fn states(&self) -> Vec<&str> {
        self.trace.placed().iter().map(|placed| placed.visit.state.as_str()).collect()
    }

    /// The calls of tasks that it made, in the order of [`Run::states`]. A retry is an attempt of the same call.
    #[must_use]
    pub fn calls(&self) -> Vec<&TaskCall> {
        self.trace.placed().iter().filter_map(|placed| placed.visit.call.as_ref()).collect()
    }

    /// The arguments of the calls of one task, in the order of [`Run::states`]: of a task with one parameter that parameter, of one with several a tuple.
    ///
    /// ```
    /// # use durafn::{prelude::*, testing::Run};
    /// #[task]
    /// async fn charge(customer: String, cents: u32) -> u32 { cents }
    ///
    /// # fn look(run: Run<u32>) {
    /// assert_eq!(run.calls_of(charge), [("Ada".to_owned(), 9_900)]);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When an input does not have the task's types.
    #[must_use]
    #[track_caller]
    pub fn calls_of<P, F: TaskFn<P>>(&self, task: F) -> Vec<F::Input> {
        let _ = task;
        let inputs = self.calls_by_name(<F::Task as Callable>::NAME).map(|call| call.input.to_string());
        let decode = |input: String| match <F::Task as Callable>::decode(&input) {
            Ok(args) => F::input(args),
            Err(error) => panic!("the input {input} of task `{}`: {error}", <F::Task as Callable>::NAME),
        };
        inputs.map(decode).collect()
    }

    /// How many attempts the calls of one task had, together.
    #[must_use]
    pub fn attempts_of<P, F: TaskFn<P>>(&self, task: F) -> usize {
        let _ = task;
        self.calls_by_name(<F::Task as Callable>::NAME).map(|call| call.attempts.len()).sum()
    }

    fn calls_by_name(&self, task: &'static str) -> impl Iterator<Item = &TaskCall> {
        self.calls().into_iter().filter(move |call| call.task == task)
    }

    /// What it did, as text: the input, each state, under it its call with what each attempt came to, and the end. Times, ids and keys are not in it, so it
    /// is the same in each run: for a snapshot.
    #[must_use]
    pub fn history(&self) -> String {
        self.trace.text()
    }

    /// The states that it visited are these.
    ///
    /// # Panics
    ///
    /// Where they are not: shows both from the first difference on.
    #[track_caller]
    pub fn assert_states<S: AsRef<str>>(&self, expected: impl IntoIterator<Item = S>) {
        self.assert_same("states", &self.states(), expected);
    }

    /// The tasks that it called are these.
    ///
    /// # Panics
    ///
    /// Where they are not: shows both from the first difference on.
    #[track_caller]
    pub fn assert_calls<S: AsRef<str>>(&self, expected: impl IntoIterator<Item = S>) {
        let calls: Vec<_> = self.calls().into_iter().map(|call| call.task.as_str()).collect();
        self.assert_same("calls", &calls, expected);
    }

    #[track_caller]
    fn assert_same<S: AsRef<str>>(&self, what: &str, actual: &[&str], expected: impl IntoIterator<Item = S>) {
        let expected: Vec<S> = expected.into_iter().collect();
        let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
        if let Some(difference) = difference(what, actual, &expected) {
            panic!("{difference}\n{}", self.history());
        }
    }

    /// It failed: the error's name and cause. An execution that took too long has failed with `States.Timeout`.
    ///
    /// # Panics
    ///
    /// Where it succeeded.
    #[must_use]
    #[track_caller]
    pub fn failed(&self) -> Failed {
        match &self.trace.end {
            End::Failed(failed) | End::Aborted(failed) => failed.clone(),
            End::TimedOut => Failed::new("States.Timeout", ""),
            End::Succeeded(output) => {
                panic!("workflow `{}` succeeded with {output}\n{}", self.trace.workflow, self.history())
            }
        }
    }

    /// It failed with an error of this type.
    ///
    /// # Panics
    ///
    /// Where it succeeded, or failed with something else.
    #[must_use]
    #[track_caller]
    pub fn failure<E: Failure>(&self) -> E {
        let failed = self.failed();
        E::from_failed(&failed)
            .unwrap_or_else(|| panic!("workflow `{}` failed with {failed}\n{}", self.trace.workflow, self.history()))
    }
}

impl<R: Returned + Joined> Run<R> {
    /// It succeeded: its output, the `Ok` value where it returns a `Result`.
    ///
    /// # Panics
    ///
    /// Where it did not.
    #[must_use]
    #[track_caller]
    pub fn output(&self) -> <R as Joined>::Value {
        let wire = match &self.trace.end {
            End::Succeeded(output) => output.to_string(),
            End::Failed(failed) => self.unexpected("failed", &failed.to_string()),
            End::Aborted(failed) => self.unexpected("was stopped", &failed.to_string()),
            End::TimedOut => self.unexpected("took too long", ""),
        };
        let returned = R::from_wire(Ok(&wire)).map(Joined::into_result);
        match returned {
            Ok(Ok(output)) => output,
            Ok(Err(_)) => self.unexpected("failed", ""),
            Err(failed) => self.unexpected("yielded what is not its type", &failed.to_string()),
        }
    }

    #[track_caller]
    fn unexpected(&self, what: &str, detail: &str) -> ! {
        let colon = if detail.is_empty() { "" } else { ": " };
        panic!("workflow `{}` {what}{colon}{detail}\n{}", self.trace.workflow, self.history())
    }
}

/// Where two lists part, from there on.
pub(super) fn difference(what: &str, actual: &[&str], expected: &[&str]) -> Option<String> {
    let at = actual.iter().zip(expected).take_while(|(actual, expected)| actual == expected).count();
    if at == actual.len() && at == expected.len() {
        return None;
    }
    let shown = |list: &[&str]| match list.get(at..) {
        None | Some([]) => "nothing more".to_owned(),
        Some(rest) => rest.join(", "),
    };
    let same = match at {
        0 => "from the first on".to_owned(),
        at => format!("behind {at} that agree, the last of which is `{}`", expected[at - 1]),
    };
    Some(format!("the {what} differ {same}\n  expected: {}\n  actual:   {}\n", shown(expected), shown(actual)))
}

impl<R> fmt::Debug for Run<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("id", &self.id).field("trace", &self.trace).finish_non_exhaustive()
    }
}
