//! What an execution waits for, and what it makes of it.

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures_util::FutureExt as _;

use super::{live::Message, runner::Runner};

impl Runner {
    /// Waits for messages, or for a place to run a task in, and tells the core.
    pub(super) async fn receive(&mut self) {
        self.ask_for_place();
        let quiet = self.core.is_quiet();
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
        self.core.set_now(self.shared.clock.now());
        let mut messages = std::mem::take(&mut self.messages);
        for message in messages.drain(..) {
            self.take_in(message);
        }
        self.messages = messages;
        if !self.halted {
            self.core.fire();
        }
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
