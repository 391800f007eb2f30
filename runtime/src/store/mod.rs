//! Where executions are kept: the durability contract, and the stores that keep it.
//!
//! # The contract
//!
//! A store holds executions, their journals and the machines they ran on. All that is written goes through [`Store::commit`], one
//! [`Unit`] at a time:
//!
//! 1. **Atomic.** A unit is applied whole or not at all, also across a crash at any instant.
//! 2. **Durable.** When `commit` has returned `Ok`, the unit survives a kill of the process and, at default settings, a loss of power.
//!    When it has returned an error, the unit is not applied and never will be.
//! 3. **Ordered.** Units are applied in the order of the calls. Journal rows are never changed, and are read back in the order in which they
//!    were written.
//! 4. **Named once.** Two executions of one workflow never have the same name, however many callers race. Whoever creates one, or lets one go on in the place of
//!    another ([`Link::Continues`]), is told where its name is taken.
//! 5. **Read your writes.** A read that starts after a commit returned sees it. Reads do not wait for writes.
//! 6. **Closed means closed.** No unit appends to, closes or wakes an execution that is closed, unless the same unit reopens it by
//!    [`Update::Reopen`].
//! 7. **Completed once.** Of all who complete or expire a token, one succeeds. A message that was posted stays in the inbox until a unit takes it, and is
//!    gone with that unit.
//! 8. **Committed together.** What the body of [`Store::transact`] writes and its row are one unit: all of it, or nothing where the body fails.
//! 9. **Removed means gone.** When [`Store::remove`] has returned, no read finds the execution and its name is free. No number of an execution is given
//!    twice.
//! 10. **Handed out once.** Of all workers that poll, one gets an attempt of an activity, the one that has waited longest among those of the tasks
//!     that are asked for; the same write says so in the inbox. One that nobody waits for any more is handed to nobody.
//!
//! A call of `commit` or `transact` counts from the first poll of its future; dropping the future afterwards does not take the unit back.
//!
//! What the changes of a unit do, in every store: [`Update::Close`] ends all waiting; [`Update::Block`] keeps `wake` and sets the cause but no
//! error; [`Update::Unblock`] clears the cause and sets [`Wake::Active`]; [`Update::Move`] changes the machine alone; [`Update::Reopen`] takes back all that [`Update::Close`] set, and
//! sets [`Wake::Active`]. A time before 1970 is stored as 1970. A child that its parent waits for ([`Link::Awaited`]) turns [`Link::Released`] by
//! [`Update::Release`] and when its parent is closed; [`Update::Reopen`] of the parent does not take that back.
//!
//! What holds besides where several engines share a store is said at [`Sharing`].
//!
//! The contract is also a test suite, [`contract`], that each store passes: [`SqliteStore`] and [`MemoryStore`].

mod activity;
pub mod contract;
mod crash;
mod error;
mod execution;
mod family;
mod guard;
mod inbox;
pub mod layered;
mod memory;
mod removal;
mod schedules;
mod sharing;
mod sqlite;
mod status;
mod tables;
mod unit;
mod waiting;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{failure::Failed, transaction::Transaction};

pub use activity::{NewActivity, Poll, QueuedActivity};
pub use crash::{Crash, CrashStore, Crashing, Fate, Lastly};
pub use error::StoreError;
pub use execution::{ExecutionId, ExecutionRow, NewExecution, Origin};
pub use family::{Link, LooseEnds, Parent};
pub(crate) use guard::Guard;
pub use inbox::{Expiry, Message, MessageId, NewToken, Post, TokenError, TokenRow, TokenStatus, WaitingToken};
pub use layered::{Layer, Layered, StoreCall};
pub use memory::MemoryStore;
pub use removal::Removable;
pub use schedules::ScheduleRow;
pub use sharing::{Lease, Sharing};
pub use sqlite::{OpenError, Shown, SqliteOptions, SqliteStore, Synchronous, back_up};
pub use status::Status;
pub use unit::{Committed, Update};
pub use waiting::{Checked, FIRST_TIMER, FIRST_WAITING, RunningOn, WAITS_FOR_TURN, Waiting, Wake};

/// One row of a journal. What the columns hold for each event is said in [`history`](crate::history).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JournalRow {
    /// The scope: empty for the workflow itself, else the path of entries and branches that leads to it, such as `3.1` or `3.1.0.17`.
    pub scope: Box<str>,
    /// Number of the durable entry within its scope, from 0.
    pub ordinal: u32,
    /// Number of the kind of event.
    pub event: u8,
    /// Milliseconds since the execution started.
    pub at: i64,
    /// Index of the state in the machine.
    pub state: Option<u32>,
    /// Indices of the states that were visited on the way and have no entry of their own, as text: `4 7 4`.
    pub visits: Option<Box<str>>,
    /// A task's or workflow's name, or an error's.
    pub name: Option<Box<str>>,
    /// An attempt, a count, a time, by the event.
    pub number: Option<i64>,
    /// Input, output or cause.
    pub payload: Option<Arc<str>>,
}

/// What one commit writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// An execution to create.
    pub create: Option<NewExecution>,
    /// Children to create; their parent is open, or the one that is created.
    pub children: Vec<NewExecution>,
    /// Rows to append, in order.
    pub append: Vec<(ExecutionId, JournalRow)>,
    /// Executions to change, after the rows.
    pub update: Vec<(ExecutionId, Update)>,
    /// Messages that are carried out with this unit: they leave the inbox. One that is not there is no mistake, unless the unit creates an execution.
    pub taken: Vec<MessageId>,
    /// How far executions of a workflow were held against code. Takes the place of what was said before.
    pub checked: Option<Checked>,
}

/// Which executions to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListFilter {
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Only in this state.
    pub status: Option<Status>,
    /// Only with a smaller id than this: listing goes from the newest to the oldest.
    pub before: Option<ExecutionId>,
    /// At most so many; 0 is no limit.
    pub limit: usize,
}

/// What a transaction does in its store: it yields an output, or a failure after which nothing of it is kept.
pub type TransactionBody = Arc<dyn Fn(&Transaction<'_>) -> Result<Arc<str>, Failed> + Send + Sync>;

/// A store of executions. The [module](self) says what each method promises.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// Applies a unit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Closed`] where it changes an execution that is closed, [`StoreError::Taken`] where the start that it carries out was carried out
    /// before, else what the medium said.
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError>;

    /// Keeps a machine's JSON under its fingerprint; a second time does nothing.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn put_machine(&self, fingerprint: &str, workflow: &str, json: &str) -> Result<(), StoreError>;

    /// The JSON of a machine.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError>;

    /// One execution.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError>;

    /// The execution of a workflow with a name.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError>;

    /// Executions from the newest to the oldest.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError>;

    /// How many executions there are, by workflow and state.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError>;

    /// The journal of an execution in the order in which it was written.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError>;

    /// A page of the running executions that want attention up to a time, in the order of [`Waiting`]: those behind `after`, at most `limit`.
    /// With the first time after `until` that an execution waits for.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError>;

    /// A page of the running executions of a workflow behind one, by number, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn running(&self, workflow: &str, after: ExecutionId, limit: usize) -> Result<Vec<RunningOn>, StoreError>;

    /// How far the running executions of a workflow were held against code: what [`Unit::checked`] said last.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn checked(&self, workflow: &str) -> Result<Option<Checked>, StoreError>;

    /// Puts a message into the inbox; `at` is the time in milliseconds since 1970. A token is used up by it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Token`] where the token cannot be completed, [`StoreError::Closed`] where the execution to be stopped has ended or does not
    /// exist; else what the medium said.
    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError>;

    /// The messages in the inbox, the oldest first.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn inbox(&self) -> Result<Vec<Message>, StoreError>;

    /// Ready when messages may have been posted since the last time by somebody who does not hold this store: another process.
    async fn posted(&self);

    /// A token.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError>;

    /// The tokens that are waited for, in the order of their executions.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn waiting_tokens(&self) -> Result<Vec<WaitingToken>, StoreError>;

    /// Notes a heartbeat of the task with a token, at a time in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// [`StoreError::Token`] where the token cannot be completed; else what the medium said.
    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError>;

    /// Expires a token, unless it was used, or a heartbeat came after `silent_since`.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError>;

    /// Hands the attempt of an activity to a worker that has waited longest, and says so in the inbox; none where none waits.
    ///
    /// # Errors
    ///
    /// What the medium said. Then nothing was handed out.
    async fn poll_activity(&self, poll: &Poll) -> Result<Option<QueuedActivity>, StoreError>;

    /// The executions that an execution has started, in the order of creation.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError>;

    /// Children about which something is left to do.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn loose_ends(&self) -> Result<LooseEnds, StoreError>;

    /// Runs the body of a task, and commits what it has written together with the row, whose payload is the output; or nothing of both, where it
    /// fails. It may run more than once; what counts is what was committed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Closed`] where the execution is closed, [`StoreError::NoTables`] where the store keeps none, else what the medium said.
    async fn transact(
        &self,
        id: ExecutionId,
        row: JournalRow,
        body: TransactionBody,
    ) -> Result<Result<Arc<str>, Failed>, StoreError> {
        let _ = (id, row, body);
        Err(StoreError::NoTables)
    }

    /// Brings the tables of tasks to the last of these versions: those that were not applied are, each once and whole.
    ///
    /// # Errors
    ///
    /// [`StoreError::Tables`] where one cannot be applied, [`StoreError::NoTables`] where the store keeps none, else what the medium said.
    async fn bring_tables(&self, versions: &[String]) -> Result<(), StoreError> {
        if versions.is_empty() { Ok(()) } else { Err(StoreError::NoTables) }
    }

    /// The executions that [`Store::remove`] would remove, in the order of their numbers: closed, not the newest of all, and not started by one that
    /// is open.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn removable(&self, which: &Removable) -> Result<Vec<ExecutionId>, StoreError>;

    /// Removes executions with their journals and tokens; passes over those that [`Store::removable`] would not tell. Says how many it removed.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn remove(&self, ids: &[ExecutionId]) -> Result<usize, StoreError>;

    /// Frees a piece of the room that removed executions took. Says whether there is more to free.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn sweep(&self) -> Result<bool, StoreError>;

    /// The schedules, by name.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn schedules(&self) -> Result<Vec<ScheduleRow>, StoreError>;

    /// Puts a schedule in the place of the one of its name.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn put_schedule(&self, row: ScheduleRow) -> Result<(), StoreError>;

    /// Changes a schedule, or removes it, where it is still what it was. Says whether it is.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn swap_schedule(&self, was: &ScheduleRow, row: Option<ScheduleRow>) -> Result<bool, StoreError>;
    /// What there is besides where several engines share the medium; nothing where this handle has it for itself.
    fn sharing(&self) -> Option<&dyn Sharing> {
        None
    }

    /// Waits until all that was committed is written, and lets the medium go. Later calls fail.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn close(&self) -> Result<(), StoreError>;
}
