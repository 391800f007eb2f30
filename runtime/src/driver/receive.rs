//! What an execution waits for, and what it makes of it. One that waits for long leaves memory, and is loaded again when it goes on.

use std::{future::poll_fn, sync::Arc};

use super::{inbox::check_result, live::Message, runner::Runner, timekeeper::LINGER_MILLIS};
use crate::{
    engine::{EntryId, Suspect},
    failure::Failed,
    store::{Expiry, MessageId},
};

/// Whether the execution stays in memory.
pub(super) enum Received {
    Stay,
    Left,
}

impl Runner {
    /// Waits for messages, and tells the core.
    pub(super) async fn receive(&mut self) -> Received {
        self.ask_for_permits();
        let parked = self.live.parked();
        let quiet = self.core.is_quiet(parked);
        if quiet && self.waits_since.is_none() && self.core.is_quiet(0) && self.express.is_none() {
            let now = self.shared.clock.now();
            self.waits_since = Some(now);
            self.shared.timekeeper.lingers(now, &self.live);
        }
        // Whoever waits for permits alone waits for others, who have something under way, or for time.
        let idle = quiet || (self.core.is_idle(parked) && !self.draining);
        let (live, messages) = (&self.live, &mut self.messages);
        poll_fn(|cx| live.poll_receive(messages, idle, cx)).await;
        let mut messages = std::mem::take(&mut self.messages);
        if !messages.is_empty() && messages.iter().all(|message| matches!(message, Message::Leave { .. })) {
            let left = messages.drain(..).any(|message| self.leaves(&message));
            self.messages = messages;
            return if left { Received::Left } else { Received::Stay };
        }
        self.waits_since = None;
        self.core.set_now(self.shared.clock.now());
        for message in messages.drain(..) {
            self.take_in(message).await;
        }
        self.messages = messages;
        if !self.halted {
            self.pass_time();
            self.question().await;
        }
        Received::Stay
    }

    /// Takes in what was told before the code ran for the first time.
    pub(super) async fn receive_early(&mut self) {
        for message in self.live.take_messages() {
            self.take_in(message).await;
        }
    }

    /// An attempt has come to its end. That of a callback has not failed where somebody has completed it.
    pub(super) async fn end_attempt(&mut self, entry: EntryId, attempt: u32, result: Result<Arc<str>, Failed>) {
        if result.is_err()
            && let Some(token) = self.core.token_of(entry, attempt)
            && self.shared.expire(&token, None).await != Some(Expiry::Expired)
        {
            return;
        }
        self.core.attempt_ended(entry, attempt, result);
    }

    /// Asks whoever knows whether attempts are overdue indeed, or can be given up.
    pub(super) async fn question(&mut self) {
        for suspect in self.core.suspects() {
            let Suspect { entry, attempt, token, silent_since, given_up: _ } = &suspect;
            let running = self.running.get(entry).filter(|running| running.context.attempt() == *attempt);
            let beat = running.and_then(|running| running.context.last_heartbeat());
            if let (Some(beat), Some(since)) = (beat, *silent_since)
                && beat > since
            {
                self.core.heard(*entry, *attempt, beat);
                continue;
            }
            if let Some(token) = token {
                match self.shared.expire(token, *silent_since).await {
                    Some(Expiry::Expired) => {}
                    Some(Expiry::Alive(beat)) => {
                        self.core.heard(*entry, *attempt, beat);
                        continue;
                    }
                    Some(Expiry::Used) | None => continue,
                }
            }
            self.core.overdue(&suspect);
        }
    }

    /// Fires what is due; last of all the end of the execution's own time.
    pub(super) fn pass_time(&mut self) {
        if self.core.is_overdue() && self.body.take().is_some() {
            self.core.time_out();
        } else {
            self.core.fire();
        }
    }

    /// Leaves memory, unless the execution has gone on since it was found waiting, or goes on soon.
    fn leaves(&mut self, message: &Message) -> bool {
        let Message::Leave { since, crowded } = *message else { return false };
        if self.waits_since != Some(since) || self.draining || self.body.is_none() || !self.core.is_quiet(0) {
            return false;
        }
        let due = self.core.next_due();
        let soon = self.shared.clock.now().saturating_add(LINGER_MILLIS);
        if !crowded && due.is_some_and(|due| due < soon) {
            return false;
        }
        // First, so that it is never due without anybody knowing.
        if let Some(due) = due {
            self.shared.timekeeper.look_into_store(due);
        }
        let left = self.shared.unload(self.id, &self.live);
        if left {
            self.forget_reminder();
        }
        left
    }

    /// Where tasks wait for permits, asks for them.
    fn ask_for_permits(&mut self) {
        if let Some(permits) = self.shared.permits.as_ref().filter(|_| !self.draining) {
            self.permits.ask(permits, &self.core.refused(), &self.live);
        }
    }

    async fn take_in(&mut self, message: Message) {
        match message {
            Message::AttemptEnded { entry, attempt, result } => {
                self.runs_no_more(entry, attempt);
                self.end_attempt(entry, attempt, result).await;
            }
            Message::Transacted { entry, attempt, ended } => {
                self.runs_no_more(entry, attempt);
                self.end_transaction(entry, attempt, ended).await;
            }
            Message::Completed { id, token, result } => self.complete(id, &token, result),
            Message::ActivityStarted { id, token, worker, at } => {
                self.core.activity_started(&token, &worker, at);
                self.taken.push(id);
            }
            Message::ChildEnded(ended) => self.core.child_ended(*ended),
            Message::Permit(permit) if self.draining => drop(permit),
            Message::Permit(permit) => self.permits.receive(permit),
            Message::Due => self.reminder = None,
            // Something else is there to be done.
            Message::Leave { .. } | Message::Stirred => {}
            Message::Stop { failed, reply } => {
                if self.body.take().is_some() {
                    self.core.abort(failed);
                    self.stopped = Some(reply);
                }
            }
            // An Express execution cannot be gone on with, so it goes on as long as it may.
            Message::Drain => self.draining = self.express.is_none(),
            Message::Halt => {
                self.halted = true;
                self.draining = true;
                self.core.interrupt();
            }
        }
    }

    fn runs_no_more(&mut self, entry: EntryId, attempt: u32) {
        if self.running.get(&entry).is_some_and(|running| running.context.attempt() == attempt) {
            self.running.remove(&entry);
        }
    }

    /// Ends the attempt that waits for a token. Its body, where that still runs, runs on by itself.
    fn complete(&mut self, id: MessageId, token: &str, result: Result<Arc<str>, Failed>) {
        let result = result.and_then(|output| {
            let task = self.core.task_of(token).unwrap_or_default();
            check_result(task, &output).map(|()| output)
        });
        if let Some(entry) = self.core.complete(token, result) {
            self.running.remove(&entry);
        }
        self.taken.push(id);
    }
}
