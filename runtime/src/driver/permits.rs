//! Permits: an attempt of a task starts with one, where the engine's tasks are limited.
//!
//! An execution that gets no permit asks for one, at most one for each task at a time, and waits behind those that asked before. It may ask again
//! only when it has its permit, so executions take turns, however many attempts each of them wants to start. Nobody overtakes
//! those who wait for the same task; tasks do not wait for each other's limits.
//!
//! A rate counts starts: a permit is given when fewer than so many were given in the stretch of time before. The timekeeper knows when the next
//! one can be.

use std::{
    collections::{HashMap, VecDeque},
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use super::{
    live::{Live, Message},
    timekeeper::Timekeeper,
};
use crate::{
    clock::Clock,
    engine::Grant,
    limits::{Limits, TaskLimits},
};

/// All permits of an engine.
pub(super) struct Permits {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    timekeeper: Arc<Timekeeper>,
}

/// Leave for one attempt of a task to run. Dropped, it goes to the next who waits.
pub(super) struct Permit {
    task: &'static str,
    permits: Arc<Permits>,
}

struct State {
    /// How many more may run, of all tasks.
    free: usize,
    limits: Limits,
    tasks: HashMap<&'static str, Task>,
    /// The number of the next who waits.
    next: u64,
}

/// One task.
struct Task {
    free: usize,
    rate: Option<Window>,
    waiting: VecDeque<(u64, Weak<Live>)>,
}

/// The last starts of a task with a rate.
struct Window {
    starts: VecDeque<i64>,
    most: usize,
    millis: i64,
}

impl Permits {
    pub(super) fn new(limits: &Limits, clock: &Arc<dyn Clock>, timekeeper: &Arc<Timekeeper>) -> Arc<Permits> {
        let (free, limits) = (limits.tasks.unwrap_or(usize::MAX), limits.clone());
        let state = Mutex::new(State { free, limits, tasks: HashMap::new(), next: 0 });
        Arc::new(Permits { state, clock: Arc::clone(clock), timekeeper: Arc::clone(timekeeper) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a permit where nobody waits for it.
    ///
    /// # Errors
    ///
    /// When there is none: of this task, or of any.
    pub(super) fn take(self: &Arc<Self>, task: &'static str) -> Result<Permit, Grant> {
        let now = self.clock.now();
        let mut state = self.state();
        if state.free == 0 {
            let all_alike = state.limits.by_task.is_empty();
            return Err(if all_alike { Grant::Nothing } else { Grant::NotThis });
        }
        let known = state.task(task);
        known.forget_dead();
        if !known.waiting.is_empty() || !known.may_start(now) {
            return Err(Grant::NotThis);
        }
        state.give(task, now);
        Ok(Permit { task, permits: Arc::clone(self) })
    }

    /// Asks for a permit, which comes as a message.
    pub(super) fn ask(self: &Arc<Self>, task: &'static str, live: &Arc<Live>) {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.task(task).waiting.push_back((number, Arc::downgrade(live)));
        drop(state);
        self.hand_out();
    }

    /// Gives what is free to those who wait, in the order in which they asked.
    pub(super) fn hand_out(self: &Arc<Self>) {
        let now = self.clock.now();
        let mut given = Vec::new();
        let mut state = self.state();
        while let Some(task) = state.first(now) {
            let Some((_, live)) = state.task(task).waiting.pop_front() else { break };
            state.give(task, now);
            given.push((live, Permit { task, permits: Arc::clone(self) }));
        }
        if let Some(due) = state.due() {
            self.timekeeper.permits_due(due);
        }
        drop(state);
        for (live, permit) in given {
            if let Some(live) = live.upgrade() {
                // Who is over by now drops it, and it goes to the next.
                let _ = live.send(Message::Permit(permit));
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.permits.state();
        state.free = state.free.saturating_add(1);
        let task = state.task(self.task);
        task.free = task.free.saturating_add(1);
        drop(state);
        self.permits.hand_out();
    }
}

impl Permit {
    pub(super) fn task(&self) -> &'static str {
        self.task
    }
}

impl State {
    fn task(&mut self, name: &'static str) -> &mut Task {
        let limits = &self.limits;
        self.tasks.entry(name).or_insert_with(|| Task::new(limits.by_task.get(name)))
    }

    fn give(&mut self, name: &'static str, now: i64) {
        // Without a limit it never runs out.
        self.free -= usize::from(self.free != usize::MAX);
        let task = self.task(name);
        task.free -= usize::from(task.free != usize::MAX);
        if let Some(rate) = &mut task.rate {
            rate.start(now);
        }
    }

    /// The task of the first who waits and may start.
    fn first(&mut self, now: i64) -> Option<&'static str> {
        if self.free == 0 {
            return None;
        }
        self.tasks.values_mut().for_each(Task::forget_dead);
        let ready = self.tasks.iter().filter(|(_, task)| task.may_start(now));
        let numbered = ready.filter_map(|(name, task)| Some((task.waiting.front()?.0, *name)));
        numbered.min().map(|(_, name)| name)
    }

    /// When the next permit can be given that waits for time alone.
    fn due(&self) -> Option<i64> {
        if self.free == 0 {
            return None;
        }
        let waited_for = self.tasks.values().filter(|task| task.free > 0 && !task.waiting.is_empty());
        waited_for.filter_map(|task| task.rate.as_ref()?.due()).min()
    }
}

impl Task {
    fn new(limits: Option<&TaskLimits>) -> Task {
        let rate = limits.and_then(|limits| limits.rate).map(|rate| Window {
            starts: VecDeque::new(),
            most: rate.starts,
            millis: i64::try_from(rate.per.as_millis()).unwrap_or(i64::MAX),
        });
        let free = limits.and_then(|limits| limits.at_once).unwrap_or(usize::MAX);
        Task { free, rate, waiting: VecDeque::new() }
    }

    fn may_start(&self, now: i64) -> bool {
        self.free > 0 && self.rate.as_ref().and_then(Window::due).is_none_or(|due| due <= now)
    }

    /// Those who are over wait no more.
    fn forget_dead(&mut self) {
        let dead = |live: &Weak<Live>| live.upgrade().is_none_or(|live| live.is_closed());
        while self.waiting.front().is_some_and(|(_, live)| dead(live)) {
            self.waiting.pop_front();
        }
    }
}

impl Window {
    fn start(&mut self, now: i64) {
        if self.starts.len() == self.most {
            self.starts.pop_front();
        }
        self.starts.push_back(now);
    }

    /// When the next start is early enough; none where it is at any time.
    fn due(&self) -> Option<i64> {
        let oldest = self.starts.front().filter(|_| self.starts.len() == self.most)?;
        Some(oldest.saturating_add(self.millis))
    }
}

/// The permits that one execution has in hand.
#[derive(Debug, Default)]
pub(super) struct InHand {
    /// Those that it was sent.
    sent: Vec<Permit>,
    /// Those of the attempts that the next commit starts, in order.
    granted: VecDeque<Permit>,
    /// Tasks for which it has asked.
    asked: Vec<&'static str>,
}

impl InHand {
    pub(super) fn receive(&mut self, permit: Permit) {
        self.asked.retain(|task| *task != permit.task());
        self.sent.push(permit);
    }

    /// The permit of the next attempt.
    pub(super) fn next(&mut self) -> Option<Permit> {
        self.granted.pop_front()
    }

    /// What was sent and not used goes to others.
    pub(super) fn give_back_unused(&mut self) {
        drop(mem::take(&mut self.sent));
    }

    /// Whether an attempt may start; its permit is put by.
    pub(super) fn grant(&mut self, permits: &Arc<Permits>, task: &'static str) -> Grant {
        let sent = self.sent.iter().position(|permit| permit.task() == task);
        match sent.map_or_else(|| permits.take(task), |index| Ok(self.sent.swap_remove(index))) {
            Ok(permit) => {
                self.granted.push_back(permit);
                Grant::Start
            }
            // One in hand may be of another task.
            Err(Grant::Nothing) if !self.sent.is_empty() => Grant::NotThis,
            Err(refused) => refused,
        }
    }

    /// Asks for what was refused.
    pub(super) fn ask(&mut self, permits: &Arc<Permits>, refused: &[&'static str], live: &Arc<Live>) {
        for task in refused {
            if !self.asked.contains(task) {
                self.asked.push(task);
                permits.ask(task, live);
            }
        }
    }
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits").finish_non_exhaustive()
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("task", &self.task).finish_non_exhaustive()
    }
}
