//! The store on a SQLite file. The schema is described in `docs/storage.md`.
//!
//! * **Writing**: one thread owns the one connection that writes ([`writer`]); a lock keeps every other engine process out ([`lock`]), unless they share the
//!   file: then each has a lease ([`lease`]), which its thread renews.
//! * **Reading**: connections of their own, in WAL mode, so that reads and writes do not wait for each other ([`readers`]).
//! * **Compatibility**: `user_version` counts [`migrations`]; a file of a later version is refused.
//! * **Speed**: a commit costs one fsync, whatever is in it. Statements are prepared once, and what the writer knows of executions in use
//!   ([`recent`]) saves it from asking. The journal is indexed in batches ([`tail`]).

mod activity;
mod apply;
mod backup;
mod connection;
mod due;
mod error;
mod family;
mod groups;
mod inbox;
mod lease;
mod lock;
mod migrations;
mod packed;
mod readers;
mod recent;
mod removal;
mod rows;
mod schedules;
mod shared;
mod tail;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

pub use self::{
    backup::back_up,
    error::{OpenError, Shown},
};
use self::{
    connection::Right,
    readers::Readers,
    shared::Shared,
    tail::Tail,
    writer::{Work, Writer, Written},
};
use super::{
    Checked, Committed, ExecutionId, ExecutionRow, Expiry, JournalRow, Lease, ListFilter, LooseEnds, Message,
    MessageId, Poll, Post, QueuedActivity, Removable, RunningOn, ScheduleRow, Sharing, Status, Store, StoreError,
    TokenRow, TransactionBody, Unit, Waiting, WaitingToken, unit,
};
use crate::failure::Failed;

/// A store on a SQLite file. Dropping it writes what was committed and lets the file go.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    /// Dropped before the writer, whose connection is to be the last.
    readers: Readers,
    writer: Option<Writer>,
    /// What the writer has not indexed; unknown where another process writes.
    tail: Option<Tail>,
    /// Another process may hold the file: only its inbox is written.
    beside: bool,
    /// Engines share the file.
    shared: Option<Shared>,
}

/// How a file is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// What a commit waits for.
    pub synchronous: Synchronous,
    /// The file grows no further than this, the write-ahead log beside it not counted; commits fail then as on a full disk.
    pub max_bytes: Option<u64>,
    /// The file is shared with engines of other processes, which all open it so. Without it, the engine has the file for itself.
    pub shared: Option<Lease>,
    /// Inputs, outputs and payloads of the journal of so many bytes or more are stored compressed; `None` compresses nothing. What is stored already stays as it
    /// is, and is read whatever this says. 4,096 by default: from a page of the file on.
    pub compress_from: Option<usize>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        SqliteOptions { synchronous: Synchronous::Full, max_bytes: None, shared: None, compress_from: Some(4_096) }
    }
}

/// What a commit waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// For the disk: what is acknowledged survives a loss of power.
    #[default]
    Full,
    /// For the operating system: what is acknowledged survives a kill of the process; a loss of power may take the last commits, whole.
    Normal,
}

impl SqliteStore {
    /// Opens a file for an engine, and creates it where there is none. The only engine at a time, unless it is [shared](SqliteOptions::shared).
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the file and what to do.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref();
        let file = connection::open_for_writing(path, &options)?;
        let shared = match &file.right {
            Right::Shared(seat) => Some(Shared::new(seat.epoch)),
            Right::Alone(_) | Right::Beside => None,
        };
        let tail = Tail::default();
        tail.load(&file.connection).map_err(|error| OpenError::from_sqlite(path, &error))?;
        let writer =
            Writer::start(path.to_owned(), file, tail.clone()).map_err(|error| OpenError::from_io(path, &error))?;
        let readers = Readers::new(path);
        // Others add to the journal, too.
        let tail = Some(tail).filter(|_| shared.is_none());
        Ok(SqliteStore { path: path.to_owned(), readers, writer: Some(writer), tail, beside: false, shared })
    }

    /// Opens a file to look at it, also while an engine runs on it. Whatever writes fails.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the file and what to do.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref();
        let readers = Readers::new(path);
        readers.keep(connection::open_for_reading(path)?);
        Ok(SqliteStore { path: path.to_owned(), readers, writer: None, tail: None, beside: false, shared: None })
    }

    /// Opens a file to write into its inbox, also while an engine runs on it. Committing fails.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the file and what to do.
    pub fn open_beside(path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref();
        let file = connection::open_beside(path)?;
        let writer =
            Writer::start(path.to_owned(), file, Tail::default()).map_err(|error| OpenError::from_io(path, &error))?;
        let readers = Readers::new(path);
        Ok(SqliteStore { path: path.to_owned(), readers, writer: Some(writer), tail: None, beside: true, shared: None })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn epoch(&self) -> Option<i64> {
        self.shared.as_ref().map(Shared::epoch)
    }

    async fn write(&self, work: Work) -> Result<Written, StoreError> {
        let of_an_engine = !matches!(
            work,
            Work::Post { .. }
                | Work::Heartbeat { .. }
                | Work::Expire { .. }
                | Work::PutSchedule(_)
                | Work::SwapSchedule(_)
                | Work::Poll(_)
        );
        match &self.writer {
            Some(writer) if !(self.beside && of_an_engine) => writer.write(work).await,
            _ => Err(StoreError::Medium(format!(
                "{} was opened to be read; start an engine on it to change it",
                self.path.display()
            ))),
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        unit::assert_well_formed(&unit);
        match self.write(Work::Unit(Box::new(unit))).await? {
            Written::Unit(committed) => Ok(committed),
            _ => unreachable!("a unit is answered as one"),
        }
    }

    async fn put_machine(&self, fingerprint: &str, workflow: &str, json: &str) -> Result<(), StoreError> {
        let (fingerprint, workflow, json) = (fingerprint.to_owned(), workflow.to_owned(), json.to_owned());
        self.write(Work::Machine { fingerprint, workflow, json }).await.map(|_| ())
    }

    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        let fingerprint = fingerprint.to_owned();
        self.readers.read(move |connection| rows::machine(connection, &fingerprint)).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        self.readers.read(move |connection| rows::by_id(connection, id)).await
    }

    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError> {
        let (workflow, name) = (workflow.to_owned(), name.to_owned());
        self.readers.read(move |connection| rows::by_name(connection, &workflow, &name)).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError> {
        let filter = filter.clone();
        self.readers.read(move |connection| rows::list(connection, &filter)).await
    }

    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError> {
        self.readers.read(rows::count).await
    }

    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError> {
        let behind_index = self.tail.as_ref().is_none_or(|tail| tail.may_hold(id));
        self.readers.read(move |connection| rows::journal(connection, id, behind_index)).await
    }

    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        let whose = self.shared.as_ref().map(Shared::own_and_free).unwrap_or_default();
        self.readers.read(move |connection| due::due(connection, &whose, after, until, limit)).await
    }

    async fn running(&self, workflow: &str, after: ExecutionId, limit: usize) -> Result<Vec<RunningOn>, StoreError> {
        let (epoch, workflow) = (self.epoch(), workflow.to_owned());
        self.readers.read(move |connection| rows::running(connection, epoch, &workflow, after, limit)).await
    }

    async fn checked(&self, workflow: &str) -> Result<Option<Checked>, StoreError> {
        let workflow = workflow.to_owned();
        self.readers.read(move |connection| rows::checked(connection, &workflow)).await
    }

    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        match self.write(Work::Post { post, at }).await? {
            Written::Message(id) => Ok(id),
            _ => unreachable!("a message is answered by its number"),
        }
    }

    async fn inbox(&self) -> Result<Vec<Message>, StoreError> {
        let epoch = self.epoch();
        self.readers.read(move |connection| inbox::all(connection, epoch)).await
    }

    async fn posted(&self) {
        match &self.writer {
            Some(writer) => writer.others_wrote().await,
            None => std::future::pending().await,
        }
    }

    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError> {
        let token = token.to_owned();
        self.readers.read(move |connection| inbox::token(connection, &token)).await
    }

    async fn waiting_tokens(&self) -> Result<Vec<WaitingToken>, StoreError> {
        self.readers.read(activity::waiting_tokens).await
    }

    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError> {
        self.write(Work::Heartbeat { token: token.to_owned(), at }).await.map(|_| ())
    }

    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError> {
        match self.write(Work::Expire { token: token.to_owned(), silent_since }).await? {
            Written::Expiry(expiry) => Ok(expiry),
            _ => unreachable!("an expiry is answered as one"),
        }
    }

    async fn poll_activity(&self, poll: &Poll) -> Result<Option<QueuedActivity>, StoreError> {
        let tasks = poll.tasks.clone();
        // Most polls find nothing, and a read is in nobody's way.
        if !self.readers.read(move |connection| activity::waits(connection, &tasks)).await? {
            return Ok(None);
        }
        match self.write(Work::Poll(poll.clone())).await? {
            Written::Activity(activity) => Ok(activity.map(|activity| *activity)),
            _ => unreachable!("a poll is answered by an activity"),
        }
    }

    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError> {
        self.readers.read(move |connection| rows::children(connection, parent)).await
    }

    async fn loose_ends(&self) -> Result<LooseEnds, StoreError> {
        let epoch = self.epoch();
        self.readers.read(move |connection| family::loose_ends(connection, epoch)).await
    }

    fn sharing(&self) -> Option<&dyn Sharing> {
        self.shared.as_ref().map(|_| self as &dyn Sharing)
    }

    async fn transact(
        &self,
        id: ExecutionId,
        row: JournalRow,
        body: TransactionBody,
    ) -> Result<Result<Arc<str>, Failed>, StoreError> {
        match self.write(Work::Transact { id, row, body }).await? {
            Written::Transacted(ended) => Ok(ended),
            _ => unreachable!("a transaction is answered as one"),
        }
    }

    async fn bring_tables(&self, versions: &[String]) -> Result<(), StoreError> {
        self.write(Work::Tables(versions.to_vec())).await.map(|_| ())
    }

    async fn removable(&self, which: &Removable) -> Result<Vec<ExecutionId>, StoreError> {
        let which = which.clone();
        self.readers.read(move |connection| removal::removable(connection, &which)).await
    }

    async fn remove(&self, ids: &[ExecutionId]) -> Result<usize, StoreError> {
        match self.write(Work::Remove(ids.to_vec())).await? {
            Written::Removed(removed) => Ok(removed),
            _ => unreachable!("a removal is answered by a number"),
        }
    }

    async fn sweep(&self) -> Result<bool, StoreError> {
        match self.write(Work::Sweep).await? {
            Written::Swept(more) => Ok(more),
            _ => unreachable!("a sweep is answered as one"),
        }
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRow>, StoreError> {
        self.readers.read(schedules::all).await
    }

    async fn put_schedule(&self, row: ScheduleRow) -> Result<(), StoreError> {
        self.write(Work::PutSchedule(row)).await.map(|_| ())
    }

    async fn swap_schedule(&self, was: &ScheduleRow, row: Option<ScheduleRow>) -> Result<bool, StoreError> {
        match self.write(Work::SwapSchedule(Box::new((was.clone(), row)))).await? {
            Written::Swapped(swapped) => Ok(swapped),
            _ => unreachable!("a change of a schedule is answered as one"),
        }
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await?;
        match &self.writer {
            Some(writer) => writer.close().await,
            None => Ok(()),
        }
    }
}
