//! One turn of the execution, as its driver takes it: poll, commit, act. A crash may come before the commit and right after it.

use std::sync::Arc;

use super::{
    plan::{policy, step_of},
    world::{Attempt, ChildRow, Live, Message, Token, World},
};
use crate::{
    engine::{Batch, Closing, Grant, Run, Suspect},
    failure::Failed,
    history::event::Event,
    store::{Expiry, JournalRow, Link, NewToken, Status, TokenStatus, Update},
};

impl World {
    /// Takes the execution up.
    pub(super) fn load(&mut self) -> Result<(), String> {
        self.lives += 1;
        self.tell(format!("taken up, with {} rows", self.disk.rows.len()));
        let mut live = self.core(&self.disk.rows, false)?;
        live.messages.extend(self.disk.inbox.iter().map(|(id, posted)| Message::Posted(*id, posted.clone())));
        let ended =
            self.disk.children.iter().filter(|(_, child)| child.ended.is_some() && !child.detached && !child.released);
        live.messages.extend(ended.map(|(name, _)| Message::ChildEnded(name.clone())));
        live.poll();
        self.live = Some(live);
        self.take_in_all();
        self.pass_time();
        self.turn()
    }

    /// Takes in what was told, and goes on.
    pub(super) fn receive(&mut self) -> Result<(), String> {
        let Some(live) = &mut self.live else { return Ok(()) };
        live.core.set_now(self.now);
        self.take_in_all();
        self.pass_time();
        self.turn()
    }

    fn take_in_all(&mut self) {
        let messages = self.live.as_mut().map(|live| std::mem::take(&mut live.messages)).unwrap_or_default();
        for message in messages {
            self.tell(format!("told: {message:?}"));
            self.take_in(message);
        }
    }

    fn take_in(&mut self, message: Message) {
        let Some(live) = &mut self.live else { return };
        match message {
            Message::Ended { entry, attempt, result } => {
                live.running.retain(|running| running.run.entry != entry || running.run.attempt != attempt);
                self.end_attempt(entry, attempt, result);
            }
            Message::Transacted { entry, attempt, result } => {
                live.running.retain(|running| running.run.entry != entry || running.run.attempt != attempt);
                match result {
                    Ok(output) => live.core.attempt_committed(entry, attempt, output),
                    failed @ Err(_) => self.end_attempt(entry, attempt, failed),
                }
            }
            Message::Posted(id, super::world::Posted::Complete(token, result)) => {
                if let Some(entry) = live.core.complete(&token, result) {
                    live.running.retain(|running| running.run.entry != entry);
                }
                live.taken.push(id);
            }
            Message::Posted(id, super::world::Posted::Started(token, at)) => {
                live.core.activity_started(&token, "worker", at);
                live.taken.push(id);
            }
            Message::ChildEnded(name) => {
                let ended = self.disk.children.get(&name).and_then(|child| Some((child, child.ended.clone()?)));
                if let Some((child, (status, result))) = ended {
                    let (scope, ordinal) = (child.scope.to_string(), child.ordinal);
                    let (output, failed) = (result.clone().ok(), result.err());
                    live.core.child_ended(crate::engine::ChildEnd { name, scope, ordinal, status, output, failed });
                }
            }
            Message::Due => {}
            Message::Stop => {
                if live.body.take().is_some() {
                    self.stopped = true;
                    live.core.abort(Failed::new("Stopped", ""));
                }
            }
        }
    }

    fn end_attempt(&mut self, entry: crate::engine::EntryId, attempt: u32, result: Result<Arc<str>, Failed>) {
        let Some(live) = &self.live else { return };
        let core = Arc::clone(&live.core);
        if result.is_err()
            && let Some(token) = core.token_of(entry, attempt)
            && self.expire(&token, None) != Expiry::Expired
        {
            return;
        }
        core.attempt_ended(entry, attempt, result);
    }

    fn pass_time(&mut self) {
        let Some(live) = &mut self.live else { return };
        if live.core.is_overdue() && live.body.take().is_some() {
            live.core.time_out();
        } else {
            live.core.fire();
        }
        let core = Arc::clone(&live.core);
        for suspect in core.suspects() {
            self.question(&core, &suspect);
        }
    }

    fn question(&mut self, core: &crate::engine::Core, suspect: &Suspect) {
        let Suspect { entry, attempt, token, silent_since, given_up: _ } = suspect;
        let running = self.live.as_ref().and_then(|live| live.attempt(*entry));
        let beat = running.filter(|running| running.run.attempt == *attempt).and_then(|running| running.beat);
        if let (Some(beat), Some(since)) = (beat, *silent_since)
            && beat > since
        {
            return core.heard(*entry, *attempt, beat);
        }
        if let Some(token) = token {
            match self.expire(token, *silent_since) {
                Expiry::Expired => {}
                Expiry::Alive(beat) => return core.heard(*entry, *attempt, beat),
                Expiry::Used => return,
            }
        }
        self.tally.count("an attempt is overdue");
        core.overdue(suspect);
    }

    /// As the store does it, at once and durable.
    fn expire(&mut self, token: &Arc<str>, silent_since: Option<i64>) -> Expiry {
        let Some(row) = self.disk.tokens.get_mut(token) else { return Expiry::Expired };
        if row.status == TokenStatus::Used {
            return Expiry::Used;
        }
        match (row.beat, silent_since) {
            (Some(beat), Some(since)) if beat > since => return Expiry::Alive(beat),
            _ => row.status = TokenStatus::Expired,
        }
        self.disk.queue.retain(|queued| queued.token != *token);
        Expiry::Expired
    }

    /// Polls, commits and acts, until there is nothing to do but wait.
    pub(super) fn turn(&mut self) -> Result<(), String> {
        let wild = self.is_wild();
        loop {
            let Some(live) = &mut self.live else { return Ok(()) };
            live.poll();
            let (draining, tape) = (live.draining, &mut self.tape);
            let mut grant = |_| match wild && !draining {
                true => [Grant::Start, Grant::Start, Grant::Start, Grant::NotThis, Grant::Nothing][tape.below(5)],
                false if draining => Grant::Nothing,
                false => Grant::Start,
            };
            let batch =
                live.core.flush(&mut grant).map_err(|divergence| format!("it parts from its rows: {divergence:?}"))?;
            let taken = std::mem::take(&mut live.taken);
            if wild && self.tape.rarely(15) {
                self.tally.count("a crash before a commit");
                self.crash("a crash before the commit");
                return Ok(());
            }
            self.commit(&batch, &taken)?;
            if wild && self.tape.rarely(15) {
                self.tally.count("a crash after a commit");
                self.crash("a crash after the commit");
                return Ok(());
            }
            if !self.act(batch)? {
                return Ok(());
            }
        }
    }

    pub(super) fn crash(&mut self, what: &str) {
        self.tell(what.to_owned());
        self.live = None;
        self.orphans.clear();
    }

    fn commit(&mut self, batch: &Batch, taken: &[u64]) -> Result<(), String> {
        let Batch { rows, wake, updates, closing, launches, releases, .. } = batch;
        if self.disk.closing.is_some() {
            return Err("it has ended, and goes on".to_owned());
        }
        for row in rows {
            self.append(row.clone())?;
        }
        for launch in launches {
            let child = ChildRow {
                scope: launch.scope.clone(),
                ordinal: launch.ordinal,
                attempt: launch.attempt,
                detached: launch.link != Link::Awaited,
                released: false,
                ended: None,
            };
            self.tell(format!("a child: {}", launch.name));
            if self.disk.children.insert(launch.name.clone(), child).is_some() {
                return Err(format!("the child {} is created twice", launch.name));
            }
        }
        for update in updates {
            self.update(update)?;
        }
        for release in releases {
            let of = |child: &&mut ChildRow| child.scope == release.scope && child.ordinal == release.ordinal;
            self.disk.children.values_mut().filter(of).for_each(|child| child.released = true);
        }
        if let Some(wake) = wake {
            self.disk.wake = *wake;
        }
        for id in taken {
            self.disk.inbox.remove(id);
        }
        if let Some(closing) = closing {
            self.close(closing);
        }
        if !rows.is_empty() {
            self.commits.push(self.disk.rows.len());
        }
        self.check_disk()
    }

    fn close(&mut self, closing: &Closing) {
        self.disk.closing = Some(closing.clone());
        self.disk.inbox.clear();
        self.disk.queue.clear();
        for token in self.disk.tokens.values_mut().filter(|token| token.status == TokenStatus::Waiting) {
            token.status = TokenStatus::Expired;
        }
        self.disk.children.values_mut().for_each(|child| child.released = true);
        let live = self.live.take();
        let running = live.map(|live| live.running).unwrap_or_default();
        self.orphan(running);
    }

    /// Nobody waits for these any more.
    fn orphan(&mut self, attempts: Vec<Attempt>) {
        let runs = attempts.into_iter().map(|attempt| attempt.run);
        self.orphans.extend(runs.filter(|run| run.task == "transaction"));
    }

    pub(super) fn append(&mut self, row: JournalRow) -> Result<(), String> {
        let event = Event::from_row(&row).map_err(|error| error.to_string())?;
        self.tell(format!("row {}#{} {event:?}", row.scope, row.ordinal));
        self.ledger.read(&row)?;
        let place = (row.scope.clone(), row.ordinal);
        match &event {
            Event::TaskScheduled { input, .. }
            | Event::ActivityScheduled { input, .. }
            | Event::ChildScheduled { input, .. } => {
                self.disk.steps.insert(place, step_of(input));
            }
            Event::TaskToken { attempt, token } | Event::ActivityQueued { attempt, token } => {
                let activity = matches!(event, Event::ActivityQueued { .. });
                let new = Token {
                    scope: row.scope.clone(),
                    ordinal: row.ordinal,
                    attempt: *attempt,
                    status: TokenStatus::Expired,
                    due: None,
                    beat: None,
                    taken: false,
                    activity,
                    result: None,
                };
                if self.disk.tokens.insert(Arc::clone(token), new).is_some() {
                    return Err(format!("the token {token} is issued twice"));
                }
            }
            Event::TaskSucceeded { output } => self.ends_as_completed(&row, &Ok(Arc::clone(output)))?,
            Event::TaskRetried { error, cause, .. } | Event::TaskFailed { error, cause } => {
                self.ends_as_completed(&row, &Err(Failed::new(&**error, &**cause)))?;
            }
            _ => {}
        }
        self.disk.rows.push(row);
        Ok(())
    }

    /// An attempt whose token was used ends as the completion said; one that has a token succeeds in no other way.
    fn ends_as_completed(&self, row: &JournalRow, result: &Result<Arc<str>, Failed>) -> Result<(), String> {
        let Some(entry) = self.ledger.entry(&row.scope, row.ordinal) else { return Ok(()) };
        let attempt = entry.attempt - u32::from(matches!(Event::from_row(row), Ok(Event::TaskRetried { .. })));
        let of = |token: &&Token| token.scope == row.scope && token.ordinal == row.ordinal && token.attempt == attempt;
        // After a redrive there may be two of one number: the last counts.
        let rows = self.disk.rows.iter().rev().filter_map(|row| row.name.as_deref());
        let tokens: Vec<&Token> = rows.filter_map(|name| self.disk.tokens.get(name)).filter(of).collect();
        let Some(token) = tokens.first() else { return Ok(()) };
        match (&token.result, result) {
            (Some(completed), result) if completed != result => {
                Err(format!("it was completed with {completed:?}, and ends with {result:?}"))
            }
            (None, Ok(_)) => Err("nobody has completed it, and it succeeds".to_owned()),
            _ => Ok(()),
        }
    }

    fn update(&mut self, update: &Update) -> Result<(), String> {
        match update {
            Update::IssueToken(NewToken { token, due, .. }) => self.issue(token, *due),
            Update::QueueActivity(new) => {
                self.disk.queue.push_back(new.as_ref().clone());
                self.issue(&new.token, None)
            }
            Update::ExpireToken(token) => {
                let _ = self.expire(token, None);
                Ok(())
            }
            other => Err(format!("no such thing happens here: {other:?}")),
        }
    }

    fn issue(&mut self, token: &str, due: Option<i64>) -> Result<(), String> {
        let row = self.disk.tokens.get_mut(token).ok_or("a token without its row")?;
        if row.status == TokenStatus::Expired {
            row.status = TokenStatus::Waiting;
        }
        row.due = row.due.or(due);
        Ok(())
    }

    /// What holds after every commit.
    fn check_disk(&self) -> Result<(), String> {
        for (name, child) in
            self.disk.children.iter().filter(|(_, child)| child.ended.is_none() && !child.released && !child.detached)
        {
            let waits = self.ledger.is_open(&child.scope, child.ordinal);
            let attempt = self.ledger.entry(&child.scope, child.ordinal).map(|entry| entry.attempt);
            if !waits || attempt != Some(child.attempt) {
                return Err(format!("nobody waits for {name}, and it runs on"));
            }
        }
        for (token, row) in self.disk.tokens.iter().filter(|(_, row)| row.status == TokenStatus::Waiting) {
            let waits = self.ledger.is_open(&row.scope, row.ordinal);
            let attempt = self.ledger.entry(&row.scope, row.ordinal).map(|entry| entry.attempt);
            if !waits || attempt != Some(row.attempt) {
                return Err(format!("nobody waits for {token}, and it can be completed"));
            }
        }
        Ok(())
    }

    /// Starts and cancels. True where the code may go on at once.
    fn act(&mut self, batch: Batch) -> Result<bool, String> {
        let Some(live) = &mut self.live else { return Ok(false) };
        let (cancelled, running) = std::mem::take(&mut live.running)
            .into_iter()
            .partition(|running| batch.cancels.contains(&running.run.entry));
        live.running = running;
        live.core.set_now(self.now);
        self.orphan(cancelled);
        let alone = batch.runs.len() == 1;
        let mut again = false;
        for run in batch.runs {
            self.check_run(&run)?;
            let at_once = alone && policy(run.task) == policy("plain") && self.tape.below(2) == 1;
            let result = self.plan.result(step_of(&run.input), run.attempt, self.healed);
            let Some(live) = &mut self.live else { return Ok(false) };
            if at_once {
                self.tally.count("an attempt ends at once");
                live.core.attempt_ended(run.entry, run.attempt, result);
                again = true;
                continue;
            }
            if run.task != "transaction" {
                live.core.attempt_pending(run.entry);
            }
            live.running.push(Attempt { run, beat: None });
        }
        Ok(again)
    }

    /// An attempt begins only where the journal says so, where its call is open, and no more often than it may.
    fn check_run(&mut self, run: &Run) -> Result<(), String> {
        let Run { scope, ordinal, attempt, task, .. } = run;
        self.tell(format!("runs: {task} at {scope}#{ordinal}, attempt {attempt}"));
        let entry = self.ledger.entry(scope, *ordinal).ok_or("it runs before it is recorded")?;
        if entry.started != *attempt || !self.ledger.is_open(scope, *ordinal) {
            return Err(format!("attempt {attempt} runs, and the journal has {entry:?}"));
        }
        let key = (self.ledger.drives, scope.clone(), *ordinal, *attempt);
        let lives = self.ran.entry(key).or_default();
        if lives.contains(&self.lives) || (policy(task).at_most_once && !lives.is_empty()) {
            return Err(format!("attempt {attempt} of {task} runs once more"));
        }
        lives.push(self.lives);
        match u32::try_from(lives.len()).unwrap_or(u32::MAX)
            > self.plan.crash_restarts.saturating_add(1).saturating_add(self.shutdowns)
        {
            true => Err(format!("attempt {attempt} of {task} was started more often than it may: {lives:?}")),
            false => Ok(()),
        }
    }

    /// What a live execution is told again whenever something is posted: all that is in the inbox.
    pub(super) fn hand_over(&mut self) {
        let inbox = self.disk.inbox.iter().map(|(id, posted)| Message::Posted(*id, posted.clone()));
        if let Some(Live { messages, .. }) = &mut self.live {
            messages.extend(inbox);
        }
    }

    pub(super) fn child_ends(&mut self, name: &str, status: Status, result: Result<Arc<str>, Failed>) {
        self.tell(format!("the child {name} ends: {status:?}"));
        let Some(child) = self.disk.children.get_mut(name) else { return };
        child.ended = Some((status, result));
        if let Some(live) = &mut self.live
            && !child.detached
        {
            live.messages.push(Message::ChildEnded(name.to_owned()));
        }
    }
}

/// The first transaction under way.
pub(super) fn transacts(live: &Live) -> Option<usize> {
    live.running.iter().position(|attempt| attempt.run.task == "transaction")
}
