//! How long executions are kept that have ended.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How often an engine looks for executions to remove, unless told otherwise.
const EVERY: Duration = Duration::from_mins(60);

/// Which executions are kept, and for how long. Those that have not ended are always kept.
///
/// An engine with [`EngineBuilder::retention`](crate::EngineBuilder::retention) removes what is older, [`Engine::prune`](crate::Engine::prune) does so once,
/// and so does the command `prune`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it does nothing until an engine has it"]
pub struct Retention {
    pub(crate) keep: Duration,
    pub(crate) every: Duration,
    pub(crate) workflow: Option<String>,
    pub(crate) export_to: Option<PathBuf>,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// How many executions.
    pub removed: u64,
}

impl Retention {
    /// Executions are removed so long after their end.
    pub fn keep(time: Duration) -> Retention {
        Retention { keep: time, every: EVERY, workflow: None, export_to: None }
    }

    /// How often an engine looks for what has grown old, by its own clock: once an hour unless said, and when it opens. At least once a second.
    pub fn every(mut self, time: Duration) -> Retention {
        self.every = time.max(Duration::from_secs(1));
        self
    }

    /// Only executions of this workflow are removed.
    pub fn workflow(mut self, name: impl Into<String>) -> Retention {
        self.workflow = Some(name.into());
        self
    }

    /// Before an execution is removed, its history is written to this folder as `WORKFLOW-ID.json`, a [history file](crate::history::History), and is on
    /// the disk. The folder is created where it is missing, files are for their owner alone.
    pub fn export_to(mut self, folder: impl AsRef<Path>) -> Retention {
        self.export_to = Some(folder.as_ref().to_owned());
        self
    }
}
