//! The one thread that writes. It takes everything that is queued, commits it as one transaction, answers, and looks again: while one
//! group is on its way to the disk the next one gathers, so that nothing is ever delayed to make groups larger.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

use tokio::sync::{Notify, oneshot, watch};

use super::{
    connection::{Right, WriteConnection},
    error,
    groups::{Groups, LOOK},
    tail::Tail,
};
use crate::{
    failure::Failed,
    store::{
        Committed, ExecutionId, Expiry, Guard, JournalRow, MessageId, Poll, Post, QueuedActivity, ScheduleRow,
        StoreError, TransactionBody, Unit,
    },
};

pub(super) type Answer = Result<Written, StoreError>;

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
    Claimed(bool),
    Activity(Option<Box<QueuedActivity>>),
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
    Claim(ExecutionId),
    Join { workflows: String },
    Poll(Poll),
}

pub(super) struct Job {
    pub(super) work: Work,
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

/// What the writer lets others know.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// Another process may have written, or has ended.
    pub(super) others_wrote: Notify,
    /// The lease has ended although the store is open.
    pub(super) fenced: watch::Sender<bool>,
}

/// The writer as others see it.
pub(super) struct Writer {
    queue: Arc<Mutex<Queue>>,
    signs: Arc<Signs>,
    thread: Thread,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
    handle: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: PathBuf, file: WriteConnection, tail: Tail) -> std::io::Result<Writer> {
        // A lease must be renewed whether or not anybody wants to know.
        let watched = matches!(file.right, Right::Shared(_));
        let queue = Arc::new(Mutex::new(Queue { watched, ..Queue::default() }));
        let (end, ended) = oneshot::channel();
        let signs = Arc::new(Signs::default());
        let (taken, given) = (queue.clone(), signs.clone());
        let handle = thread::Builder::new().name("durafn-store".into()).spawn(move || {
            write_all(&path, &taken, file, tail, &given);
            // The receiver is gone where nobody waits for the end.
            let _ = end.send(());
        })?;
        let thread = handle.thread().clone();
        Ok(Writer { queue, signs, thread, ended: Mutex::new(Some(ended)), handle: Some(handle) })
    }

    /// Waits until another process may have written.
    pub(super) async fn others_wrote(&self) {
        if !std::mem::replace(&mut locked(&self.queue).watched, true) {
            self.thread.unpark();
        }
        self.signs.others_wrote.notified().await;
    }

    /// Waits until the lease has ended although the store is open.
    pub(super) async fn fenced(&self) {
        // The sender lives as long as this.
        let _ = self.signs.fenced.subscribe().wait_for(|fenced| *fenced).await;
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

fn write_all(path: &std::path::Path, queue: &Mutex<Queue>, file: WriteConnection, tail: Tail, signs: &Signs) {
    let WriteConnection { mut connection, place, mut right, packer } = file;
    let _exit = ShutOnExit(queue);
    let guard = Guard::of(&mut connection);
    match guard.and_then(|guard| Groups::new(path, &connection, guard, place, (tail, packer), &mut right, signs)) {
        Ok(mut groups) => {
            let mut jobs = Vec::new();
            while take(queue, &mut jobs, || groups.look()) {
                groups.look_in_passing();
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
            while take(queue, &mut jobs, || LOOK) {
                jobs.drain(..).for_each(|job| drop(job.answer.send(Err(failure.clone()))));
            }
        }
    }
    // The last connection to go moves the log into the file; then another engine may come.
    drop(connection);
    drop(right);
}

/// Waits for jobs and takes them all. False when there will be none. Where it is watched, looks at the file now and then: as soon again as `look` says.
fn take(queue: &Mutex<Queue>, into: &mut Vec<Job>, mut look: impl FnMut() -> Duration) -> bool {
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
            thread::park_timeout(look());
        } else {
            thread::park();
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
