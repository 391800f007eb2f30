//! The one heap of timers, and the task that waits for the first of them.
//!
//! An execution in memory keeps its timers itself and has one place here, for the earliest. Executions that are only in the store
//! share one place, for the earliest of theirs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

use super::live::{Busy, Live, Message};
use crate::clock::Clock;

#[derive(Debug)]
pub(super) struct Timekeeper {
    heap: Mutex<Heap>,
    /// The earliest timer is another one.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Heap {
    next: u64,
    timers: BTreeMap<(i64, u64), Target>,
}

#[derive(Debug)]
enum Target {
    Execution(Weak<Live>),
    /// Executions that wait in the store.
    Stored,
}

impl Timekeeper {
    pub(super) fn new() -> Self {
        Timekeeper { heap: Mutex::default(), changed: Notify::new() }
    }

    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells an execution at a time that a timer may be due.
    pub(super) fn remind(&self, due: i64, live: &Arc<Live>) {
        self.add(due, Target::Execution(Arc::downgrade(live)));
    }

    /// Looks into the store at a time.
    pub(super) fn look_into_store(&self, due: i64) {
        self.add(due, Target::Stored);
    }

    fn add(&self, due: i64, target: Target) {
        let mut heap = self.heap();
        heap.next += 1;
        let key = (due, heap.next);
        heap.timers.insert(key, target);
        if heap.timers.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.changed.notify_one();
        }
    }

    /// No timer is due.
    pub(super) fn is_idle(&self, now: i64) -> bool {
        self.heap().timers.first_key_value().is_none_or(|((due, _), _)| *due > now)
    }

    /// When the first timer is due.
    pub(super) fn next(&self) -> Option<i64> {
        let mut heap = self.heap();
        while let Some(first) = heap.timers.first_entry() {
            match first.get() {
                Target::Execution(live) if live.strong_count() == 0 => drop(first.remove()),
                Target::Execution(_) | Target::Stored => return Some(first.key().0),
            }
        }
        None
    }

    /// Waits for timers and fires them, for ever. `load` takes up executions from the store.
    pub(super) async fn run(&self, clock: &dyn Clock, busy: &Busy, load: impl Fn()) {
        loop {
            let next = self.fire(clock.now(), &load);
            busy.changed();
            match next {
                Some(due) => {
                    tokio::select! {
                        () = clock.sleep_until(due) => {}
                        () = self.changed.notified() => {}
                    }
                }
                None => self.changed.notified().await,
            }
        }
    }

    /// Fires what is due, and yields the time of the next. Under the lock, so that whoever sees no timer due finds its
    /// execution busy.
    fn fire(&self, now: i64, load: &impl Fn()) -> Option<i64> {
        let mut heap = self.heap();
        while let Some(first) = heap.timers.first_entry() {
            if first.key().0 > now {
                return Some(first.key().0);
            }
            match first.remove() {
                Target::Execution(live) => {
                    if let Some(live) = live.upgrade() {
                        live.send(Message::Due);
                    }
                }
                Target::Stored => load(),
            }
        }
        None
    }
}
