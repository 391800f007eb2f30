//! What a look at many executions has shown.

use std::{collections::BTreeMap, fmt};

use super::Divergence;
use crate::store::ExecutionId;

/// What today's code would do with many executions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many were looked at.
    pub checked: u64,
    /// Those that today's code parts from, by number.
    pub diverged: Vec<Divergence>,
    /// Those that could not be run at all, by number.
    pub unreadable: Vec<Unreadable>,
}

/// What has come of holding today's code against executions that wait, which an engine does after it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeCheck {
    /// How many were replayed: those whose last rows are of another machine, as far as an earlier open with the same code had not come.
    pub checked: u64,
    /// How many of them do not fit and were parked.
    pub blocked: u64,
}

/// An execution that today's code cannot be run against.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// The execution.
    pub execution: ExecutionId,
    /// Its workflow.
    pub workflow: String,
    /// Why: its workflow is not in this program or does not take its input, or its journal is damaged.
    pub why: String,
}

/// Executions that would block for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The workflow.
    pub workflow: String,
    /// The likely cause, or why it cannot be run.
    pub cause: String,
    /// The state that today's code is in, or else the one that was recorded.
    pub state: Option<String>,
    /// Its source file and line.
    pub place: Option<(String, u32)>,
    /// The executions, by number.
    pub executions: Vec<ExecutionId>,
}

impl Report {
    /// Nothing would block.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.blocked() == 0
    }

    /// How many executions would block.
    #[must_use]
    pub fn blocked(&self) -> usize {
        self.diverged.len() + self.unreadable.len()
    }

    /// The executions that would block, grouped by cause and place, the largest group first.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let mut groups = BTreeMap::<_, Vec<ExecutionId>>::new();
        for found in &self.diverged {
            let state = found.state.clone().or_else(|| found.recorded_state.clone());
            let key = (found.workflow.clone(), found.cause.name().to_owned(), state, found.place.clone());
            groups.entry(key).or_default().push(found.execution);
        }
        for found in &self.unreadable {
            let key = (found.workflow.clone(), found.why.clone(), None, None);
            groups.entry(key).or_default().push(found.execution);
        }
        let group = |((workflow, cause, state, place), executions)| Group { workflow, cause, state, place, executions };
        let mut groups: Vec<Group> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.executions.len()));
        groups
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for found in &self.diverged {
            writeln!(f, "{found}\n")?;
        }
        for Unreadable { execution, workflow, why } in &self.unreadable {
            writeln!(
                f,
                "execution {} of workflow `{workflow}` cannot be run against today's code: {why}\n",
                execution.0
            )?;
        }
        write!(f, "{} executions checked, {} would block", self.checked, self.blocked())
    }
}
