//! Removing executions that ended long ago: page by page, and of each page piece by piece, so that every transaction is short.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::Shared;
use crate::{
    error::{Error, Kind},
    history::History,
    retention::{Pruned, Retention},
    store::{ExecutionId, Removable},
};

/// Executions that are removed by one transaction.
const PAGE: usize = 200;

impl Shared {
    /// Removes what is old, now.
    ///
    /// # Errors
    ///
    /// When the store fails, or a history cannot be written.
    pub(crate) async fn prune(&self, retention: &Retention) -> Result<Pruned, Error> {
        self.check_writable()?;
        let Retention { keep, workflow, export_to, .. } = retention;
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let closed_before = self.clock.now().saturating_sub(keep);
        let workflow = workflow.clone();
        let mut which = Removable { closed_before, workflow, after: ExecutionId(0), limit: PAGE };
        let mut pruned = Pruned::default();
        loop {
            let ids = self.store.removable(&which).await?;
            let Some(last) = ids.last() else { break };
            which.after = *last;
            if let Some(folder) = export_to {
                self.export(&ids, folder).await?;
            }
            pruned.removed += self.store.remove(&ids).await? as u64;
            self.sweep().await?;
        }
        // What a crash has left.
        self.sweep().await?;
        Ok(pruned)
    }

    async fn sweep(&self) -> Result<(), Error> {
        while !self.is_draining() && self.store.sweep().await? {}
        Ok(())
    }

    /// Writes histories to a folder. They are on the disk when this returns.
    async fn export(&self, ids: &[ExecutionId], folder: &Path) -> Result<(), Error> {
        let mut files = Vec::with_capacity(ids.len());
        for id in ids {
            let history = History::load(&*self.store, *id).await?;
            let stem = format!("{}-{}", history.execution.workflow, id.0);
            files.push(ToWrite { stem, nonce: history.execution.nonce.clone(), json: history.to_json()? });
        }
        let folder = folder.to_owned();
        let written = tokio::task::spawn_blocking(move || write(&folder, &files)).await;
        written.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }

    /// Removes what is old, now and then, until the engine shuts down.
    pub(super) fn start_retention(self: &Arc<Self>, retention: Retention) {
        let shared = Arc::clone(self);
        let task = self.runtime.spawn(async move {
            let every = i64::try_from(retention.every.as_millis()).unwrap_or(i64::MAX);
            loop {
                match shared.prune(&retention).await {
                    Ok(Pruned { removed: 0 }) => {}
                    Ok(Pruned { removed }) => tracing::info!(removed, "executions that ended long ago are removed"),
                    Err(error) => tracing::error!(%error, "old executions are not removed; it is tried again later"),
                }
                let due = shared.clock.now().saturating_add(every);
                while shared.clock.now() < due {
                    shared.clock.sleep_until(due).await;
                }
            }
        });
        self.waiting().push(task.abort_handle());
    }
}

/// A history, and what its file is named after.
struct ToWrite {
    stem: String,
    nonce: String,
    json: String,
}

/// Where a history is written. Another database has executions of the same numbers: what it has left in the folder stays.
fn place_of(folder: &Path, ToWrite { stem, nonce, .. }: &ToWrite) -> PathBuf {
    let path = folder.join(format!("{stem}.json"));
    let is_its_own = || History::read(&path).is_ok_and(|written| written.execution.nonce == *nonce);
    if path.exists() && !is_its_own() { folder.join(format!("{stem}-{nonce}.json")) } else { path }
}

fn write(folder: &Path, files: &[ToWrite]) -> Result<(), Error> {
    let failed = |path: &Path, error| Kind::Unwritten { path: path.to_owned(), error };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for file in files {
        let path = place_of(folder, file);
        write_file(&path, &file.json).map_err(|error| failed(&path, error))?;
    }
    // The names, too.
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, error))?;
    Ok(())
}

/// Writes a file whole or not at all, for its owner alone.
fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("json.part");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)
}
