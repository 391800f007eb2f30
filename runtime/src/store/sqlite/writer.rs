//! The one thread that writes. It takes everything that is queued, commits it as one transaction, answers, and looks again: while one
//! group is on its way to the disk the next one gathers, so that nothing is ever delayed to make groups larger.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle, Thread},
};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::{
    apply::{Applier, is_of_the_unit},
    connection::{Place, WriteConnection},
    error,
    tail::Tail,
};
use crate::store::{Committed, StoreError, Unit};

type Answer = Result<Committed, StoreError>;

/// What is written in one go.
#[derive(Debug)]
pub(super) enum Work {
    Unit(Unit),
    Machine { fingerprint: String, workflow: String, json: String },
}

#[derive(Debug)]
struct Job {
    work: Work,
    answer: oneshot::Sender<Answer>,
}

/// What is to be written, and whether more may come.
#[derive(Debug, Default)]
struct Queue {
    jobs: Vec<Job>,
    shut: bool,
}

/// The writer as others see it.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Arc<Mutex<Queue>>,
    thread: Thread,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
    handle: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: PathBuf, file: WriteConnection, tail: Tail) -> std::io::Result<Writer> {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let (end, ended) = oneshot::channel();
        let taken = queue.clone();
        let handle = thread::Builder::new().name("durafn-store".into()).spawn(move || {
            write_all(&path, &taken, file, tail);
            // The receiver is gone where nobody waits for the end.
            let _ = end.send(());
        })?;
        Ok(Writer { queue, thread: handle.thread().clone(), ended: Mutex::new(Some(ended)), handle: Some(handle) })
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

fn write_all(path: &std::path::Path, queue: &Mutex<Queue>, file: WriteConnection, tail: Tail) {
    let WriteConnection { connection, place, lock } = file;
    let _exit = ShutOnExit(queue);
    match Groups::new(path, &connection, place, tail) {
        Ok(mut groups) => {
            let mut jobs = Vec::new();
            while take(queue, &mut jobs) {
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
            while take(queue, &mut jobs) {
                jobs.drain(..).for_each(|job| drop(job.answer.send(Err(failure.clone()))));
            }
        }
    }
    // The last connection to go moves the log into the file; then another engine may come.
    drop(connection);
    drop(lock);
}

/// Waits for jobs and takes them all. False when there will be none.
fn take(queue: &Mutex<Queue>, into: &mut Vec<Job>) -> bool {
    loop {
        {
            let mut queue = locked(queue);
            if !queue.jobs.is_empty() {
                std::mem::swap(into, &mut queue.jobs);
                return true;
            }
            if queue.shut {
                return false;
            }
        }
        thread::park();
    }
}

/// Writes groups of jobs.
#[derive(Debug)]
struct Groups<'c> {
    path: &'c std::path::Path,
    place: Place,
    applier: Applier<'c>,
}

impl<'c> Groups<'c> {
    fn new(path: &'c std::path::Path, connection: &'c Connection, place: Place, tail: Tail) -> rusqlite::Result<Self> {
        Ok(Groups { path, place, applier: Applier::new(connection, tail)? })
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
        let applied = self.apply(jobs);
        let committed = applied.and_then(|answers| self.applier.commit().map(|()| answers));
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
        jobs.iter()
            .map(|job| match &job.work {
                Work::Unit(unit) => self.applier.unit(unit),
                Work::Machine { fingerprint, workflow, json } => self.applier.machine(fingerprint, workflow, json),
            })
            .collect()
    }
}
