//! The one heap of timers, and the task that waits for the first of them.
//!
//! An execution in memory keeps its timers itself and has one place here, for the earliest. Executions that are only in the store
//! share one place, for the earliest of theirs. Executions in memory that wait stand in a queue; its head is asked to leave memory when it has
//! waited for long, or when the queue grows long.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

use super::live::{Busy, Live, Message};
use crate::{clock::Clock, metrics};

/// An execution that has waited for so many milliseconds leaves memory, unless it goes on as soon as that.
pub(super) const LINGER_MILLIS: i64 = 5_000;
/// So many executions wait in memory; when there are more, those that have waited longest leave.
const LINGERING: usize = 4_096;

#[derive(Debug)]
pub(super) struct Timekeeper {
    heap: Mutex<Heap>,
    /// The next time is an earlier one.
    changed: Notify,
}

/// A place among the timers: a time, and a number that no other has.
pub(super) type Place = (i64, u64);

#[derive(Debug, Default)]
struct Heap {
    next: u64,
    timers: BTreeMap<Place, Weak<Live>>,
    /// When executions are due that are only in the store.
    stored: Option<i64>,
    /// When a task may start again that has started too often.
    permits: Option<i64>,
    /// Who waits in memory, since when. Some have gone on meanwhile.
    lingering: VecDeque<(i64, Weak<Live>)>,
}

impl Heap {
    /// The first time at which an execution is due.
    fn due(&self) -> Option<i64> {
        let timer = self.timers.keys().next().map(|(due, _)| *due);
        timer.into_iter().chain(self.stored).chain(self.permits).min()
    }

    /// The first time at which there is something to do.
    fn first(&self) -> Option<i64> {
        let leaves = self.lingering.front().map(|(since, _)| since.saturating_add(LINGER_MILLIS));
        self.due().into_iter().chain(leaves).min()
    }
}

impl Timekeeper {
    pub(super) fn new() -> Self {
        Timekeeper { heap: Mutex::default(), changed: Notify::new() }
    }

    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Heap) -> T) -> T {
        let mut heap = self.heap();
        let before = heap.first();
        let changed = change(&mut heap);
        let first = heap.first();
        if first.is_some_and(|first| before.is_none_or(|before| first < before)) {
            self.changed.notify_one();
        }
        changed
    }

    /// Tells an execution at a time that a timer may be due.
    pub(super) fn remind(&self, due: i64, live: &Arc<Live>) -> Place {
        self.change(|heap| {
            heap.next += 1;
            let place = (due, heap.next);
            heap.timers.insert(place, Arc::downgrade(live));
            place
        })
    }

    pub(super) fn forget(&self, place: Place) {
        self.heap().timers.remove(&place);
    }

    /// Looks into the store at a time, if not before.
    pub(super) fn look_into_store(&self, due: i64) {
        self.change(|heap| heap.stored = Some(heap.stored.map_or(due, |stored| stored.min(due))));
    }

    /// Hands out permits at a time, if not before.
    pub(super) fn permits_due(&self, due: i64) {
        self.change(|heap| heap.permits = Some(heap.permits.map_or(due, |permits| permits.min(due))));
    }

    /// An execution waits, from now on.
    pub(super) fn lingers(&self, now: i64, live: &Arc<Live>) {
        let crowded = self.change(|heap| {
            heap.lingering.push_back((now, Arc::downgrade(live)));
            if heap.lingering.len() > LINGERING { heap.lingering.pop_front() } else { None }
        });
        if let Some((since, live)) = crowded {
            ask_to_leave(&live, since, true);
        }
    }

    /// No timer is due.
    pub(super) fn is_idle(&self, now: i64) -> bool {
        self.heap().due().is_none_or(|due| due > now)
    }

    /// When the first timer is due.
    pub(super) fn next(&self) -> Option<i64> {
        let mut heap = self.heap();
        while let Some(first) = heap.timers.first_entry() {
            if first.get().strong_count() > 0 {
                break;
            }
            first.remove();
        }
        heap.due()
    }

    /// Waits for timers and fires them, for ever. `load` takes up executions from the store, `hand_out` gives tasks their
    /// permits.
    pub(super) async fn run(&self, clock: &dyn Clock, busy: &Busy, load: impl Fn(), hand_out: impl Fn()) {
        loop {
            let next = self.fire(clock.now(), &load, &hand_out);
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
    fn fire(&self, now: i64, load: &impl Fn(), hand_out: &impl Fn()) -> Option<i64> {
        let mut heap = self.heap();
        while let Some(first) = heap.timers.first_entry()
            && first.key().0 <= now
        {
            metrics::timer_fired(now.saturating_sub(first.key().0));
            if let Some(live) = first.remove().upgrade() {
                // Who reads no more is over, or is found in the store.
                let _ = live.send(Message::Due);
            }
        }
        if let Some(stored) = heap.stored.take_if(|stored| *stored <= now) {
            metrics::timer_fired(now.saturating_sub(stored));
            load();
        }
        if heap.permits.is_some_and(|permits| permits <= now) {
            heap.permits = None;
            hand_out();
        }
        while let Some((since, live)) =
            heap.lingering.pop_front_if(|(since, _)| since.saturating_add(LINGER_MILLIS) <= now)
        {
            ask_to_leave(&live, since, false);
        }
        heap.first()
    }
}

fn ask_to_leave(live: &Weak<Live>, since: i64, crowded: bool) {
    if let Some(live) = live.upgrade() {
        // Who reads no more has left.
        let _ = live.send(Message::Leave { since, crowded });
    }
}
