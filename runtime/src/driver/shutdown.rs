//! The end of an engine: in order, with a deadline, or at once.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{
    Outcome, Shared,
    live::{Live, Message},
};
use crate::{error::Error, worker::Stop};

impl Shared {
    /// Lets what runs come to its end until the deadline, takes the rest back, and closes the store.
    pub(crate) async fn shutdown(&self, deadline: Duration) -> Result<(), Error> {
        if self.read_only {
            return Ok(self.store.close().await?);
        }
        if self.draining.swap(true, Ordering::SeqCst) && !self.is_fenced() {
            return Err(Error::closed());
        }
        // Whoever is being created enters `live` first, and is told like the others.
        drop(self.creation.write().await);
        self.tell_all(|| Message::Drain);
        self.workers.stop(Stop::Drain);
        if !deadline.is_zero() {
            let due = self.clock.now().saturating_add(i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX));
            let expired = async {
                while self.clock.now() < due {
                    self.clock.sleep_until(due).await;
                }
            };
            tokio::select! {
                () = async { tokio::join!(self.all_left(), self.workers.ended()); } => {}
                () = expired => {}
            }
        }
        self.express.halt();
        self.tell_all(|| Message::Halt);
        self.workers.stop(Stop::Halt);
        tokio::join!(self.all_left(), self.workers.ended());
        self.stop_waiting();
        self.absent.tell_all(&Outcome::Gone(self.gone()));
        Ok(self.store.close().await?)
    }

    /// Takes back what runs, without waiting for it: the last handle of the engine is gone.
    pub(crate) fn abandon(&self) {
        if !self.draining.swap(true, Ordering::SeqCst) {
            self.express.halt();
            self.tell_all(|| Message::Halt);
            self.workers.abandon();
            self.absent.tell_all(&Outcome::Gone(self.gone()));
            self.stop_waiting();
        }
    }

    fn stop_waiting(&self) {
        self.schedules.clear();
        for task in self.waiting().drain(..) {
            task.abort();
        }
        self.checking.stop();
    }

    fn tell_all(&self, message: impl Fn() -> Message) {
        let all: Vec<Arc<Live>> = self.live().values().cloned().collect();
        for live in all {
            // Whoever reads no more has ended.
            let _ = live.send(message());
        }
    }

    async fn all_left(&self) {
        loop {
            let left = self.left.notified();
            if self.live().is_empty() {
                return;
            }
            left.await;
        }
    }
}
