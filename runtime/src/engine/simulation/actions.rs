//! What can happen next, and how it does.

use std::sync::Arc;

use super::{
    plan::step_of,
    turn::transacts,
    world::{Message, Posted, World},
};
use crate::{
    engine::Run,
    failure::Failed,
    history::event::{Event, Place},
    store::{JournalRow, Status, TokenStatus, Wake},
};

/// In the order in which a calm world does them.
#[derive(Clone, Debug)]
enum Action {
    TakeUp,
    Receive,
    /// What waits for leave to run has it.
    Permit,
    End(usize),
    Transact(usize),
    /// A transaction that nobody waits for any more.
    Late(usize),
    /// A worker takes an activity.
    Take,
    Complete(Arc<str>),
    EndChild(String),
    StopChild(String),
    /// Time passes to when something is due.
    Due(i64),
    // Not in a calm world:
    Crash,
    Leave,
    Shutdown,
    /// A task or whoever holds a token sends a heartbeat.
    Beat,
    /// Time passes.
    Pass(i64),
    /// An attempt ends that was cancelled before.
    Stale,
    Stop,
}

impl World {
    /// One thing happens.
    pub(super) fn step(&mut self) -> Result<(), String> {
        let mut actions = self.actions();
        if self.is_wild() && self.tape.rarely(5) {
            actions = self.wild_actions();
        }
        if actions.is_empty() {
            return Err(format!("nothing can happen any more; it waits for {:?}", self.disk.wake));
        }
        let chosen = if self.is_wild() { self.tape.below(actions.len()) } else { 0 };
        self.act_out(actions.swap_remove(chosen))
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        let is_open = self.disk.closing.is_none();
        let told = !self.disk.inbox.is_empty() || self.disk.children.values().any(|child| child.is_news(&self.ledger));
        let wakes = match self.disk.wake {
            Wake::Active => true,
            Wake::At(due) => due <= self.now,
            Wake::External => false,
        };
        match &self.live {
            None if is_open && (wakes || told) => actions.push(Action::TakeUp),
            None => {}
            Some(live) => {
                if !live.messages.is_empty() {
                    actions.push(Action::Receive);
                }
                if !live.core.refused().is_empty() {
                    actions.push(Action::Permit);
                }
                for (index, attempt) in live.running.iter().enumerate() {
                    let transaction = attempt.run.task == "transaction";
                    actions.push(if transaction { Action::Transact(index) } else { Action::End(index) });
                }
            }
        }
        actions.extend((0..self.orphans.len()).map(Action::Late));
        if !self.disk.queue.is_empty() {
            actions.push(Action::Take);
        }
        let waiting = self.disk.tokens.iter().filter(|(_, token)| token.status == TokenStatus::Waiting);
        // The store refuses what comes too late.
        let in_time = waiting.filter(|(_, token)| token.due.is_none_or(|due| self.now < due));
        let completable = in_time.filter(|(_, token)| token.taken || !token.activity);
        actions.extend(completable.map(|(token, _)| Action::Complete(Arc::clone(token))));
        for (name, child) in self.disk.children.iter().filter(|(_, child)| child.ended.is_none()) {
            let released = child.released && !child.detached;
            actions.push(if released { Action::StopChild(name.clone()) } else { Action::EndChild(name.clone()) });
        }
        let due = match (&self.live, self.disk.wake) {
            (Some(live), _) => live.core.next_due(),
            (None, Wake::At(due)) => Some(due),
            (None, Wake::Active | Wake::External) => None,
        };
        if is_open && let Some(due) = due {
            actions.push(Action::Due(due));
        }
        actions
    }

    fn wild_actions(&mut self) -> Vec<Action> {
        let pass = 1 + self.tape.below(40_000) as i64;
        let mut actions = vec![Action::Pass(pass), Action::Beat];
        if let Some(live) = &self.live {
            actions.extend([Action::Crash, Action::Shutdown, Action::Stale]);
            if live.body.is_some() && live.core.is_quiet(0) && live.messages.is_empty() {
                actions.push(Action::Leave);
            }
            if self.steps.is_multiple_of(8) {
                actions.push(Action::Stop);
            }
        }
        actions
    }

    fn act_out(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::TakeUp => self.load(),
            Action::Receive => self.receive(),
            Action::Permit => {
                self.tally.count("a permit");
                self.receive()
            }
            Action::End(index) => self.ends(index),
            Action::Transact(index) => self.transacts(index),
            Action::Late(index) => self.comes_late(index),
            Action::Take => self.takes(),
            Action::Complete(token) => self.completes(&token),
            Action::EndChild(name) => {
                self.tally.count("a child ends");
                let child = &self.disk.children[&name];
                let step = self.disk.steps.get(&(child.scope.clone(), child.ordinal)).copied().unwrap_or_default();
                let result =
                    if child.detached { Ok("0".into()) } else { self.plan.result(step, child.attempt, self.healed) };
                let status = if result.is_ok() { Status::Succeeded } else { Status::Failed };
                self.child_ends(&name, status, result);
                Ok(())
            }
            Action::StopChild(name) => {
                self.tally.count("a child is stopped");
                self.child_ends(&name, Status::Aborted, Err(Failed::new("", "")));
                Ok(())
            }
            Action::Due(due) => {
                self.now = self.now.max(due);
                self.tell("something is due".to_owned());
                if let Some(live) = &mut self.live {
                    live.messages.push(Message::Due);
                }
                Ok(())
            }
            Action::Pass(millis) => {
                self.now += millis;
                if let Some(live) = &mut self.live {
                    live.messages.push(Message::Due);
                }
                Ok(())
            }
            Action::Crash => {
                self.tally.count("a crash");
                self.crash("a crash");
                Ok(())
            }
            Action::Leave => {
                self.tally.count("leaves memory");
                self.crash("it leaves memory");
                Ok(())
            }
            Action::Shutdown => self.shuts_down(),
            Action::Beat => {
                self.beats();
                Ok(())
            }
            Action::Stale => {
                self.stale();
                Ok(())
            }
            Action::Stop => {
                self.tally.count("a stop");
                if let Some(live) = &mut self.live {
                    live.messages.push(Message::Stop);
                }
                Ok(())
            }
        }
    }

    /// The body of an attempt returns. That of a callback has handed its token on.
    fn ends(&mut self, index: usize) -> Result<(), String> {
        self.tally.count("an attempt ends");
        let Some(live) = &mut self.live else { return Ok(()) };
        let Run { entry, attempt, input, task, .. } = &live.running[index].run;
        let result = match *task {
            // Now and then it fails where it could have been completed.
            "callback" | "asks_once" if *attempt > 1 || !self.tape.rarely(4) => Ok("".into()),
            _ => self.plan.result(step_of(input), *attempt, self.healed),
        };
        live.messages.push(Message::Ended { entry: *entry, attempt: *attempt, result });
        live.running.remove(index);
        Ok(())
    }

    /// An end that comes again, of an attempt that runs no more.
    fn stale(&mut self) {
        self.tally.count("a stale end");
        let Some(live) = &mut self.live else { return };
        if let Some(attempt) = live.running.first() {
            let (entry, attempt) = (attempt.run.entry, attempt.run.attempt.wrapping_sub(1));
            live.messages.push(Message::Ended { entry, attempt, result: Err(Failed::new("Stale", "")) });
        }
    }

    /// The store runs the body of a transaction, and commits its success by itself.
    fn transacts(&mut self, index: usize) -> Result<(), String> {
        self.tally.count("a transaction");
        let Some(live) = &mut self.live else { return Ok(()) };
        let run = live.running.remove(index).run;
        let (entry, attempt) = (run.entry, run.attempt);
        let result = self.plan.result(step_of(&run.input), attempt, self.healed);
        if let Ok(output) = &result {
            self.succeeds(&run, output)?;
        }
        if let Some(live) = &mut self.live {
            live.messages.push(Message::Transacted { entry, attempt, result });
        }
        Ok(())
    }

    fn comes_late(&mut self, index: usize) -> Result<(), String> {
        let run = self.orphans.remove(index);
        let result = self.plan.result(step_of(&run.input), run.attempt, self.healed);
        if let (Ok(output), None) = (&result, &self.disk.closing) {
            self.tally.count("a late transaction");
            self.succeeds(&run, output)?;
        }
        Ok(())
    }

    fn succeeds(&mut self, run: &Run, output: &Arc<str>) -> Result<(), String> {
        let place = Place {
            scope: run.scope.clone(),
            ordinal: run.ordinal,
            at: self.now - super::world::START,
            ..Place::default()
        };
        let row: JournalRow = Event::TaskSucceeded { output: Arc::clone(output) }.into_row(place);
        self.append(row)?;
        self.commits.push(self.disk.rows.len());
        Ok(())
    }

    fn takes(&mut self) -> Result<(), String> {
        self.tally.count("a worker takes");
        let Some(queued) = self.disk.queue.pop_front() else { return Ok(()) };
        let token = Arc::clone(&queued.token);
        self.tell(format!("a worker takes {token}"));
        let row = self.disk.tokens.get_mut(&token).ok_or("an activity without its token")?;
        if row.status != TokenStatus::Waiting {
            return Ok(());
        }
        row.taken = true;
        row.due = queued.timeout.map(|seconds| crate::engine::later(self.now, seconds));
        self.post(Posted::Started(token, self.now));
        Ok(())
    }

    fn completes(&mut self, token: &Arc<str>) -> Result<(), String> {
        let row = self.disk.tokens.get_mut(token).ok_or("no such token")?;
        self.tally.count("a completion");
        let step = self.disk.steps[&(row.scope.clone(), row.ordinal)];
        let result = self.plan.result(step, row.attempt, self.healed);
        row.status = TokenStatus::Used;
        row.result = Some(result.clone());
        self.disk.queue.retain(|queued| queued.token != *token);
        self.post(Posted::Complete(Arc::clone(token), result));
        Ok(())
    }

    fn post(&mut self, posted: Posted) {
        self.tell(format!("posted: {posted:?}"));
        self.disk.posted += 1;
        self.disk.inbox.insert(self.disk.posted, posted);
        self.hand_over();
    }

    fn beats(&mut self) {
        let now = self.now;
        let tokens = self.disk.tokens.values_mut().filter(|token| token.status == TokenStatus::Waiting);
        let mut beats = 0;
        for token in tokens {
            token.beat = Some(now);
            beats += 1;
        }
        for attempt in self.live.iter_mut().flat_map(|live| &mut live.running) {
            attempt.beat = Some(now);
            beats += 1;
        }
        if beats > 0 {
            self.tally.count("a heartbeat");
        }
    }

    /// What runs is taken back; transactions come to their end first.
    fn shuts_down(&mut self) -> Result<(), String> {
        self.tally.count("a shutdown");
        self.tell("a shutdown".to_owned());
        self.shutdowns += 1;
        let Some(live) = &mut self.live else { return Ok(()) };
        live.draining = true;
        live.core.set_now(self.now);
        live.core.interrupt();
        self.turn()?;
        while let Some(index) = self.live.as_ref().and_then(transacts) {
            self.transacts(index)?;
            self.receive()?;
        }
        if self.live.is_some() {
            self.crash("it is shut down");
        }
        Ok(())
    }
}
