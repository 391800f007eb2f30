//! How long executions are kept that have ended.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Engine, error::Error};

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
    /// the disk. The folder is created where it is missing, files are for their owner alone. Where a file of this name is of another database's execution, it
    /// stays, and the new one is `WORKFLOW-ID-NONCE.json`.
    pub fn export_to(mut self, folder: impl AsRef<Path>) -> Retention {
        self.export_to = Some(folder.as_ref().to_owned());
        self
    }
}

impl Engine {
    /// Removes executions that ended long ago, with their histories: now, in small transactions, so that running executions are not held up. Their names
    /// are free again, and the room that they took is given back to the file system, but for a tenth of the file that it keeps to grow into.
    ///
    /// The newest execution stays, and so does whatever was started by one that has not ended.
    ///
    /// # Errors
    ///
    /// When the store fails, or a history cannot be written to the folder of [`Retention::export_to`]; that execution and those behind it stay.
    ///
    /// ```standalone_crate
    /// use durafn::{Engine, Retention, prelude::*};
    ///
    /// #[workflow]
    /// async fn double(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let clock = durafn::VirtualClock::at(0);
    /// let engine = Engine::builder().in_memory().clock(clock.clone()).open().await?;
    /// engine.start(double(1)).await?.result().await?;
    /// engine.start(double(2)).await?.result().await?;
    /// clock.advance(Duration::from_hours(31 * 24));
    /// let pruned = engine.prune(&Retention::keep(Duration::from_hours(30 * 24))).await?;
    /// assert_eq!(pruned.removed, 1, "all but the newest");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn prune(&self, retention: &Retention) -> Result<Pruned, Error> {
        self.shared().prune(retention).await
    }
}
