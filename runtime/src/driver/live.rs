//! An execution in memory, as others see it: its mailbox, and its outcome.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::sync::{Notify, oneshot};

use super::{awaited::Awaited, permits::Permit, transaction::Transacted};
use crate::{
    engine::{ChildEnd, EntryId},
    error::Error,
    failure::Failed,
    metrics,
    store::{ExecutionId, ExecutionRow, MessageId, Status},
    task::Attended,
};

/// What is told to an execution.
pub(super) enum Message {
    AttemptEnded {
        entry: EntryId,
        attempt: u32,
        result: Result<Arc<str>, Failed>,
    },
    /// Somebody has completed a token.
    Completed {
        id: MessageId,
        token: Arc<str>,
        result: Result<Arc<str>, Failed>,
    },
    /// A transaction has come to its end.
    Transacted {
        entry: EntryId,
        attempt: u32,
        ended: Transacted,
    },
    /// A task that has waited for it may start.
    Permit(Permit),
    /// A worker has taken the attempt of an activity.
    ActivityStarted {
        id: MessageId,
        token: Arc<str>,
        worker: String,
        at: i64,
    },
    /// A timer may be due.
    Due,
    /// An attempt waits for the time by itself, or goes on.
    Stirred,
    /// It has waited for long since this time, or too many wait in memory.
    Leave {
        since: i64,
        crowded: bool,
    },
    /// A child execution has ended.
    ChildEnded(Box<ChildEnd>),
    /// It ends here.
    Stop {
        failed: Failed,
        reply: oneshot::Sender<()>,
    },
    /// Nothing new is started; what runs may come to its end.
    Drain,
    /// What runs is taken back.
    Halt,
}

/// What became of an execution.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Ended {
        status: Status,
        output: Option<Arc<str>>,
        failed: Option<Failed>,
    },
    Blocked {
        cause: String,
    },
    /// It left memory without an end: the engine was shut down, or the store failed.
    Gone(Error),
}

impl Outcome {
    /// Of an execution that has ended.
    pub(super) fn of(row: ExecutionRow) -> Outcome {
        let failed = (row.status != Status::Succeeded)
            .then(|| Failed::new(row.error.unwrap_or_default(), row.cause.unwrap_or_default()));
        Outcome::Ended { status: row.status, output: row.output, failed }
    }

    /// That of an execution that has ended or is blocked.
    pub(super) fn of_over(row: ExecutionRow) -> Outcome {
        match row.status {
            Status::Blocked => Outcome::Blocked { cause: row.cause.unwrap_or_default() },
            _ => Outcome::of(row),
        }
    }
}

/// An execution in memory.
#[derive(Debug)]
pub(crate) struct Live {
    id: OnceLock<ExecutionId>,
    mailbox: Mutex<Mailbox>,
    awaited: Arc<Awaited>,
    busy: Arc<Busy>,
    /// How many of its attempts wait for the time by themselves.
    parked: AtomicUsize,
}

impl Attended for Live {
    #[cfg(feature = "testing")]
    fn park(&self) {
        self.parked.fetch_add(1, Ordering::SeqCst);
        // Who reads no more counts nothing.
        let _ = self.send(Message::Stirred);
    }

    fn go_on(&self) {
        self.parked.fetch_sub(1, Ordering::SeqCst);
        let _ = self.send(Message::Stirred);
    }
}

#[derive(Default)]
struct Mailbox {
    messages: Vec<Message>,
    waker: Option<Waker>,
    /// It waits, and nothing of it is under way.
    idle: bool,
    /// Nobody reads any more.
    closed: bool,
}

impl Live {
    /// An execution that is about to be taken up. It counts as busy.
    pub(super) fn new(id: Option<ExecutionId>, awaited: Arc<Awaited>, busy: &Arc<Busy>) -> Arc<Live> {
        busy.enter();
        metrics::entered_memory();
        let id = id.map_or_else(OnceLock::new, OnceLock::from);
        let (mailbox, parked) = Default::default();
        Arc::new(Live { id, mailbox, awaited, busy: Arc::clone(busy), parked })
    }

    /// How many of its attempts wait for the time by themselves.
    pub(super) fn parked(&self) -> usize {
        self.parked.load(Ordering::SeqCst)
    }

    /// What others wait for.
    pub(super) fn awaited(&self) -> &Arc<Awaited> {
        &self.awaited
    }

    /// Its number; none until it is created.
    pub(super) fn id(&self) -> Option<ExecutionId> {
        self.id.get().copied()
    }

    pub(super) fn created(&self, id: ExecutionId) {
        // An execution is created once.
        let _ = self.id.set(id);
    }

    fn mailbox(&self) -> MutexGuard<'_, Mailbox> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the execution something.
    ///
    /// # Errors
    ///
    /// With the message, where the execution is over or has left memory.
    pub(super) fn send(&self, message: Message) -> Result<(), Message> {
        let mut mailbox = self.mailbox();
        if mailbox.closed {
            return Err(message);
        }
        mailbox.messages.push(message);
        if mem::take(&mut mailbox.idle) {
            self.busy.enter();
        }
        if let Some(waker) = mailbox.waker.take() {
            drop(mailbox);
            waker.wake();
        }
        Ok(())
    }

    /// Reads messages no more, unless there are some. False where there are.
    pub(super) fn retire(&self) -> bool {
        let mut mailbox = self.mailbox();
        if !mailbox.messages.is_empty() {
            return false;
        }
        mailbox.closed = true;
        let was_idle = mem::replace(&mut mailbox.idle, true);
        drop(mailbox);
        metrics::left_memory();
        if !was_idle {
            self.busy.leave();
        }
        true
    }

    /// Takes all messages. While there are none and `quiet`, the execution counts as idle.
    pub(super) fn poll_receive(&self, into: &mut Vec<Message>, quiet: bool, cx: &Context<'_>) -> Poll<()> {
        let mut mailbox = self.mailbox();
        if !mailbox.messages.is_empty() {
            mem::swap(&mut mailbox.messages, into);
            return Poll::Ready(());
        }
        mailbox.waker = Some(cx.waker().clone());
        if quiet && !mem::replace(&mut mailbox.idle, true) {
            drop(mailbox);
            self.busy.leave();
        }
        Poll::Pending
    }

    /// Takes the messages that are there.
    pub(super) fn take_messages(&self) -> Vec<Message> {
        mem::take(&mut self.mailbox().messages)
    }

    /// Nobody reads messages any more, and this is what became of the execution.
    pub(super) fn close(&self, outcome: Outcome) {
        let mut mailbox = self.mailbox();
        if mem::replace(&mut mailbox.closed, true) {
            return;
        }
        let undelivered = mem::take(&mut mailbox.messages);
        let was_idle = mem::replace(&mut mailbox.idle, true);
        drop(mailbox);
        drop(undelivered);
        metrics::left_memory();
        self.awaited.tell(outcome);
        if !was_idle {
            self.busy.leave();
        }
    }

    /// Nobody reads messages any more, and what becomes of the execution is decided elsewhere.
    pub(super) fn abandon(&self) {
        let mut mailbox = self.mailbox();
        mailbox.closed = true;
        let undelivered = mem::take(&mut mailbox.messages);
        let was_idle = mem::replace(&mut mailbox.idle, true);
        drop(mailbox);
        drop(undelivered);
        metrics::left_memory();
        if !was_idle {
            self.busy.leave();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.mailbox().closed
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").field("idle", &self.idle).field("closed", &self.closed).finish_non_exhaustive()
    }
}

/// How many executions have something under way.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    count: AtomicUsize,
    changed: Notify,
}

/// Something is under way as long as this is held.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Busy>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Busy {
    /// Counts one more as under way, also where its future is dropped.
    pub(super) fn under_way(self: &Arc<Self>) -> UnderWay {
        self.enter();
        UnderWay(Arc::clone(self))
    }

    pub(super) fn enter(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn leave(&self) {
        if self.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.changed.notify_waiters();
        }
    }

    /// Something changed that [`Busy::wait`] looks at.
    pub(super) fn changed(&self) {
        self.changed.notify_waiters();
    }

    /// Waits until nothing is under way and `idle` holds.
    pub(super) async fn wait(&self, idle: impl Fn() -> bool) {
        loop {
            let changed = self.changed.notified();
            if idle() && self.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            changed.await;
        }
    }
}
