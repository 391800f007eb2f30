//! The one thread that writes. It takes everything that is queued, commits it as one transaction, answers, and looks again: while one
//! group is on its way to the disk the next one gathers, so that nothing is ever delayed to make groups larger.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{Notify, oneshot};

use super::{
    apply::{Applier, is_of_the_unit},
    connection::{Place, WriteConnection},
    error, inbox, removal, schedules,
    tail::Tail,
};
use crate::{
    failure::Failed,
    metrics,
    store::{
        Committed, ExecutionId, Expiry, Guard, JournalRow, MessageId, Post, ScheduleRow, StoreError, TransactionBody,
        Unit, tables,
    },
};

/// How often the file is asked whether another process has written to it, where somebody wants to know. It costs a look into shared memory.
const LOOK: Duration = Duration::from_millis(75);

type Answer = Result<Written, StoreError>;

/// What became of some work.
#[derive(Clone, Debug)]
pub(super) enum Written {
    Unit(Committed),
    Message(MessageId),
    Expiry(Expiry),
    Transacted(Result<Arc<str>, Failed>),
    Removed(usize),
    /// Whether there is more to sweep.
    Swept(bool),
    /// Whether the schedule was what it was said to be.
    Swapped(bool),
    Done,
}

/// What is written in one go.
pub(super) enum Work {
    Unit(Box<Unit>),
    Machine { fingerprint: String, workflow: String, json: String },
    Post { post: Post, at: i64 },
    Heartbeat { token: String, at: i64 },
    Expire { token: String, silent_since: Option<i64> },
    Transact { id: ExecutionId, row: JournalRow, body: TransactionBody },
    Tables(Vec<String>),
    Remove(Vec<ExecutionId>),
    PutSchedule(ScheduleRow),
    SwapSchedule(Box<(ScheduleRow, Option<ScheduleRow>)>),
    Sweep,
}

struct Job {
    work: Work,
    answer: oneshot::Sender<Answer>,
}

/// What is to be written, and whether more may come.
#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    shut: bool,
    /// Somebody wants to know when another process has written.
    watched: bool,
}

/// The writer as others see it.
pub(super) struct Writer {
    queue: Arc<Mutex<Queue>>,
    /// Another process may have written.
    others_wrote: Arc<Notify>,
    thread: Thread,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
    handle: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: PathBuf, file: WriteConnection, tail: Tail) -> std::io::Result<Writer> {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let (end, ended) = oneshot::channel();
        let others_wrote = Arc::new(Notify::new());
        let (taken, notify) = (queue.clone(), others_wrote.clone());
        let handle = thread::Builder::new().name("durafn-store".into()).spawn(move || {
            write_all(&path, &taken, file, tail, &notify);
            // The receiver is gone where nobody waits for the end.
            let _ = end.send(());
        })?;
        let thread = handle.thread().clone();
        Ok(Writer { queue, others_wrote, thread, ended: Mutex::new(Some(ended)), handle: Some(handle) })
    }

    /// Waits until another process may have written.
    pub(super) async fn others_wrote(&self) {
        if !std::mem::replace(&mut locked(&self.queue).watched, true) {
            self.thread.unpark();
        }
        self.others_wrote.notified().await;
    }

    pub(super) async fn write(&self, work: Work) -> Answer {
        let (answer, answered) = oneshot::channel();
        {
            let mut queue = locked(&self.queue);
            if queue.shut {
                return Err(StoreError::Shut);
            }
            queue.jobs.push(Job { work, answer });
        }
        self.thread.unpark();
        answered.await.unwrap_or(Err(StoreError::Shut))
    }

    /// Writes what is queued, and lets the file go.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.shut();
        let ended = locked(&self.ended).take().ok_or(StoreError::Shut)?;
        ended.await.map_err(|_| StoreError::Shut)
    }

    fn shut(&self) {
        locked(&self.queue).shut = true;
        self.thread.unpark();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shut();
        if let Some(handle) = self.handle.take() {
            // A panic of the writer was printed when it happened.
            let _ = handle.join();
        }
    }
}

/// A panic while the lock was held leaves a queue that is still whole.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shuts the queue also where the writer panics, so that no one waits for ever.
struct ShutOnExit<'q>(&'q Mutex<Queue>);

impl Drop for ShutOnExit<'_> {
    fn drop(&mut self) {
        let mut queue = locked(self.0);
        queue.shut = true;
        queue.jobs.clear();
    }
}

fn write_all(path: &std::path::Path, queue: &Mutex<Queue>, file: WriteConnection, tail: Tail, others_wrote: &Notify) {
    let WriteConnection { mut connection, place, lock } = file;
    let _exit = ShutOnExit(queue);
    let guard = Guard::of(&mut connection);
    match guard.and_then(|guard| Groups::new(path, &connection, guard, place, tail, lock.is_some())) {
        Ok(mut groups) => {
            let mut jobs = Vec::new();
            while take(queue, &mut jobs, || groups.look(others_wrote)) {
                let answers = groups.write(&jobs);
                for (job, answer) in jobs.drain(..).zip(answers) {
                    // The caller has stopped waiting; its unit counts all the same.
                    let _ = job.answer.send(answer);
                }
            }
            groups.finish();
        }
        Err(failure) => {
            let failure = error::medium(path, &failure);
            let mut jobs = Vec::new();
            while take(queue, &mut jobs, || {}) {
                jobs.drain(..).for_each(|job| drop(job.answer.send(Err(failure.clone()))));
            }
        }
    }
    // The last connection to go moves the log into the file; then another engine may come.
    drop(connection);
    drop(lock);
}

/// Waits for jobs and takes them all. False when there will be none. Where it is watched, looks at the file now and then.
fn take(queue: &Mutex<Queue>, into: &mut Vec<Job>, mut look: impl FnMut()) -> bool {
    loop {
        let watched;
        {
            let mut queue = locked(queue);
            if !queue.jobs.is_empty() {
                std::mem::swap(into, &mut queue.jobs);
                return true;
            }
            if queue.shut {
                return false;
            }
            watched = queue.watched;
        }
        if watched {
            look();
            thread::park_timeout(LOOK);
        } else {
            thread::park();
        }
    }
}

/// Writes groups of jobs.
#[derive(Debug)]
struct Groups<'c> {
    path: &'c std::path::Path,
    place: Place,
    applier: Applier<'c>,
    guard: Guard,
}

impl<'c> Groups<'c> {
    fn new(
        path: &'c std::path::Path,
        connection: &'c Connection,
        guard: Guard,
        place: Place,
        tail: Tail,
        alone: bool,
    ) -> rusqlite::Result<Self> {
        Ok(Groups { path, place, applier: Applier::new(connection, tail, alone)?, guard })
    }

    /// Looks whether another process has written.
    fn look(&mut self, others_wrote: &Notify) {
        match self.applier.others_wrote() {
            Ok(true) => others_wrote.notify_one(),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the file cannot be asked whether another process has written"),
        }
    }

    /// An answer for each job. All are durable when this returns.
    fn write(&mut self, jobs: &[Job]) -> Vec<Answer> {
        if let Some(lost) = self.place.lost() {
            let error = StoreError::Medium(format!(
                "{} was deleted or replaced under the running engine, so nothing more is written. Stop the engine before you move, \
                 restore or delete its file",
                lost.display()
            ));
            return vec![Err(error); jobs.len()];
        }
        match self.transact(jobs) {
            Ok(answers) => answers,
            // One of them cannot be stored. Each on its own, so that it takes no other with it.
            Err(error) if is_of_the_unit(&error) && jobs.len() > 1 => {
                jobs.chunks(1).flat_map(|job| self.write(job)).collect()
            }
            Err(error) => {
                tracing::error!(%error, units = jobs.len(), "a commit failed");
                vec![Err(error::medium(self.path, &error)); jobs.len()]
            }
        }
    }

    /// Leaves a file whose index is complete, for whoever looks at it. Where that fails, nothing is lost.
    fn finish(&mut self) {
        if self.place.lost().is_none()
            && let Err(error) = self.applier.index_all()
        {
            self.applier.roll_back();
            tracing::warn!(%error, "the end of the journal is not indexed");
        }
    }

    fn transact(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        let begun = Instant::now();
        let applied = self.apply(jobs);
        let committed = applied.and_then(|answers| self.applier.commit().map(|()| answers));
        metrics::committed(jobs.len(), begun.elapsed(), committed.is_ok());
        if let Err(error) = &committed {
            self.applier.roll_back();
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
                && let Err(error) = self.applier.overwrite_failed_commit()
            {
                tracing::error!(%error, "the medium still fails after a failed commit");
            }
        }
        committed
    }

    fn apply(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        self.applier.begin()?;
        let connection = self.applier.connection();
        let done = |answer: Result<_, StoreError>| answer.map(|()| Written::Done);
        jobs.iter()
            .map(|job| {
                Ok(match &job.work {
                    Work::Unit(unit) => self.applier.unit(unit)?.map(Written::Unit),
                    Work::Machine { fingerprint, workflow, json } => {
                        self.applier.machine(fingerprint, workflow, json)?.map(Written::Unit)
                    }
                    Work::Post { post, at } => inbox::post(connection, post, *at)?.map(Written::Message),
                    Work::Heartbeat { token, at } => done(inbox::heartbeat(connection, token, *at)?),
                    Work::Expire { token, silent_since } => {
                        Ok(Written::Expiry(inbox::expire(connection, token, *silent_since)?))
                    }
                    Work::Transact { id, row, body } => {
                        self.transaction(*id, row, body, jobs.len() == 1)?.map(Written::Transacted)
                    }
                    Work::Tables(versions) => done(tables::bring(connection, &self.guard, versions)?),
                    Work::Remove(ids) => Ok(Written::Removed(self.applier.remove(ids)?)),
                    Work::PutSchedule(row) => done(Ok(schedules::put(connection, row)?)),
                    Work::SwapSchedule(change) => {
                        Ok(Written::Swapped(schedules::swap(connection, &change.0, change.1.as_ref())?))
                    }
                    Work::Sweep => Ok(Written::Swept(removal::sweep(connection)?)),
                })
            })
            .collect()
    }

    /// Runs the body of a task, and appends its row where it has succeeded.
    fn transaction(
        &mut self,
        id: ExecutionId,
        row: &JournalRow,
        body: &TransactionBody,
        alone: bool,
    ) -> rusqlite::Result<Result<Result<Arc<str>, Failed>, StoreError>> {
        let connection = self.applier.connection();
        if !self.applier.is_open(id)? {
            return Ok(Err(StoreError::Closed(id)));
        }
        match tables::run(connection, &self.guard, body)? {
            Some(Ok(output)) => {
                let row = JournalRow { payload: Some(Arc::clone(&output)), ..row.clone() };
                match self.applier.unit(&Unit { append: vec![(id, row)], ..Unit::default() })? {
                    Ok(_) => tables::keep(connection).map(|()| Ok(Ok(output))),
                    Err(refused) => tables::undo(connection).map(|()| Err(refused)),
                }
            }
            Some(failed) => Ok(Ok(failed)),
            // What was in the transaction before it is lost with it, so it is tried again alone.
            None if !alone => Err(rusqlite::Error::ExecuteReturnedResults),
            None => {
                self.applier.roll_back();
                self.applier.begin()?;
                Ok(Ok(Err(tables::rolled_back())))
            }
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
