//! How much may run at once, how often tasks may start, and how large payloads may be: what the builder sets for one engine.

use std::{collections::BTreeMap, time::Duration};

use durafn_ir::WorkflowKind;

use crate::{
    error::{Error, Kind},
    nearest::nearest,
    registry::Registry,
};

/// How many Express executions run at once, unless the builder says otherwise.
pub const MAX_EXPRESS_EXECUTIONS: usize = 1_000;

/// The limits of one engine. What is not there has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Limits {
    /// Attempts of all tasks together.
    pub(crate) tasks: Option<usize>,
    pub(crate) by_task: BTreeMap<String, TaskLimits>,
    /// Bytes of JSON that a payload may have.
    pub(crate) payload: Option<usize>,
    /// Executions of a workflow.
    pub(crate) by_workflow: BTreeMap<String, usize>,
    /// Express executions of all workflows together; [`MAX_EXPRESS_EXECUTIONS`] where it is not set.
    pub(crate) express: Option<usize>,
}

/// How many bytes of JSON an input, output or result may have unless the builder says otherwise: as on AWS.
pub const PAYLOAD_LIMIT: usize = 256 * 1_024;

/// The limits of one task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TaskLimits {
    /// Attempts that run at once.
    pub(crate) at_once: Option<usize>,
    /// Attempts that start within a time.
    pub(crate) rate: Option<Rate>,
}

/// So many starts within any stretch of this length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) starts: usize,
    pub(crate) per: Duration,
}

/// The most starts that a rate may have: the engine remembers that many.
const MOST_STARTS: usize = 1_000_000;

impl Limits {
    /// Whether tasks are limited at all.
    pub(crate) fn limit_tasks(&self) -> bool {
        self.tasks.is_some() || !self.by_task.is_empty()
    }

    /// # Errors
    ///
    /// When nothing could ever run with one of the limits, or a name is unknown: says which, and what to do.
    pub(crate) fn check(&self, registry: &Registry) -> Result<(), Error> {
        let refuse = |what: String| Err(Error::from(Kind::Config(what.into())));
        if self.tasks == Some(0) {
            return refuse("with `max_concurrent_tasks(0)` no task could ever run; give at least 1".to_owned());
        }
        if self.payload == Some(0) {
            return refuse("with `payload_limit(0)` nothing has room; give a number of bytes, or `None`".to_owned());
        }
        if self.express == Some(0) {
            let what = "with `max_express_executions(0)` no Express workflow could ever run; give at least 1";
            return refuse(what.to_owned());
        }
        for (name, limits) in &self.by_task {
            match registry.task(name) {
                None => return refuse(unknown("task", name, registry.tasks())),
                Some(task) if task.policy.activity => {
                    return refuse(format!(
                        "`{name}` is an activity, which workers make: limit it by their `concurrency`, or by `serve_activities`"
                    ));
                }
                Some(_) => {}
            }
            if limits.at_once == Some(0) {
                return refuse(format!("with `task_concurrency({name:?}, 0)` it could never run; give at least 1"));
            }
            if let Some(Rate { starts, per }) = limits.rate
                && (!(1..=MOST_STARTS).contains(&starts) || per < Duration::from_millis(1))
            {
                return refuse(format!(
                    "`task_rate({name:?}, {starts}, {per:?})` is no rate: give 1 to {MOST_STARTS} starts, and at least a millisecond"
                ));
            }
        }
        for (name, limit) in &self.by_workflow {
            match registry.find_workflow(name).map(|workflow| workflow.kind) {
                None => return refuse(unknown("workflow", name, registry.workflows())),
                Some(WorkflowKind::Express) => {
                    let what = format!(
                        "`{name}` is an Express workflow; those are limited together, by `max_express_executions`"
                    );
                    return refuse(what);
                }
                Some(WorkflowKind::Standard) => {}
            }
            if *limit == 0 {
                return refuse(format!("with `workflow_concurrency({name:?}, 0)` it could never run; give at least 1"));
            }
        }
        Ok(())
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<String> = known.map(str::to_owned).collect();
    format!("a limit is set for the {what} `{name}`, and this program has no such {what}{}", nearest(name, &known))
}
