//! What an execution waits for, and what it makes of it. One that waits for long leaves memory, and is loaded again when it goes on.

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures_util::FutureExt as _;

use super::{live::Message, runner::Runner, timekeeper::LINGER_MILLIS};

/// Whether the execution stays in memory.
pub(super) enum Received {
    Stay,
    Left,
}

impl Runner {
    /// Waits for messages, or for a place to run a task in, and tells the core.
    pub(super) async fn receive(&mut self) -> Received {
        self.ask_for_place();
        let quiet = self.core.is_quiet();
        if quiet && self.waits_since.is_none() {
            let now = self.shared.clock.now();
            self.waits_since = Some(now);
            self.shared.timekeeper.lingers(now, &self.live);
        }
        let (live, messages, asked, places) = (&self.live, &mut self.messages, &mut self.asked, &mut self.places);
        poll_fn(|cx| {
            if let Some(place) = asked
                && let Poll::Ready(place) = place.poll_unpin(cx)
            {
                *asked = None;
                places.extend(place);
                return Poll::Ready(());
            }
            live.poll_receive(messages, quiet, cx)
        })
        .await;
        let mut messages = std::mem::take(&mut self.messages);
        if !messages.is_empty() && messages.iter().all(|message| matches!(message, Message::Leave { .. })) {
            let left = messages.drain(..).any(|message| self.leaves(&message));
            self.messages = messages;
            return if left { Received::Left } else { Received::Stay };
        }
        self.waits_since = None;
        self.core.set_now(self.shared.clock.now());
        for message in messages.drain(..) {
            self.take_in(message);
        }
        self.messages = messages;
        if !self.halted {
            self.core.fire();
        }
        Received::Stay
    }

    /// Leaves memory, unless the execution has gone on since it was found waiting, or goes on soon.
    fn leaves(&mut self, message: &Message) -> bool {
        let Message::Leave { since, crowded } = *message else { return false };
        if self.waits_since != Some(since) || self.draining || self.body.is_none() || !self.core.is_quiet() {
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

    /// Where tasks wait for a place, asks for one.
    fn ask_for_place(&mut self) {
        if self.asked.is_none()
            && !self.draining
            && self.core.wants_starts()
            && let Some(places) = &self.shared.places
        {
            self.asked = Some(Box::pin(Arc::clone(places).acquire_owned()));
        }
    }

    fn take_in(&mut self, message: Message) {
        match message {
            Message::AttemptEnded { entry, attempt, result } => {
                self.running.remove(&entry);
                self.core.attempt_ended(entry, attempt, result);
            }
            Message::Due => self.reminder = None,
            // Something else is there to be done.
            Message::Leave { .. } => {}
            Message::Stop { failed, reply } => {
                if self.body.take().is_some() {
                    self.core.abort(failed);
                    self.stopped = Some(reply);
                }
            }
            Message::Drain => {
                self.draining = true;
                self.asked = None;
            }
            Message::Halt => {
                self.halted = true;
                self.draining = true;
                self.asked = None;
                self.core.interrupt();
            }
        }
    }
}
