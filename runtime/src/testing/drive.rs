//! Moving a world on: everything that can happen now happens, then the clock moves to what is due next.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use tokio::sync::Notify;

use super::site::{Answer, Site, Turn};
use crate::{
    Clock, Engine, Error,
    callable::TaskEntry,
    driver::Chance,
    registry::Registry,
    store::{ExecutionId, ExecutionRow, Status, Store},
};

/// What moved a world on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// Something happened.
    On,
    /// The next thing is due later than the clock may move.
    Later,
    /// Nothing is due.
    Nothing,
}

/// A world with an engine in it.
pub(super) struct World {
    pub(super) site: Arc<Site>,
    pub(super) engine: Engine,
    watchdog: Watchdog,
}

impl World {
    /// Opens an engine on a store in a world.
    ///
    /// # Errors
    ///
    /// When the store has crashed.
    ///
    /// # Panics
    ///
    /// When the program's tasks and workflows do not fit together.
    pub(super) async fn open(site: &Arc<Site>, store: Arc<dyn Store>) -> Result<World, Error> {
        let mut registry = Registry::linked_without_resources().unwrap_or_else(|error| panic!("{error}"));
        for entry in inventory::iter::<TaskEntry> {
            let site = Arc::clone(site);
            registry.run_instead(entry.name, Box::new(move |input, context| site.attempt(entry, input, context)));
        }
        let settings = &site.settings;
        let builder = match &settings.engine {
            Some(set) => set(Engine::builder()),
            None => Engine::builder(),
        };
        let engine = builder
            .shared_store(store)
            .clock(site.clock.clone())
            .resources(site.resources.clone())
            .registry(registry)
            .chance(Chance::fixed())
            .open()
            .await?;
        Ok(World { site: Arc::clone(site), engine, watchdog: Watchdog::new(settings.patience) })
    }

    /// Waits until nothing more can happen at this moment.
    ///
    /// # Panics
    ///
    /// When the test has failed meanwhile, or something never ends.
    pub(super) async fn idle(&self) {
        let watched = self.watchdog.watch();
        let barked = tokio::select! {
            biased;
            () = self.engine.wait_idle() => false,
            () = watched.barks() => true,
        };
        drop(watched);
        if let Some(failure) = self.site.take_failure() {
            failure.fail();
        }
        assert!(
            !barked,
            "nothing has happened for {:?} of real time, in which these tasks run: {}. The kit's clock stands still while a body runs; a body that waits for \
             something outside is to be mocked, one that is slow needs more patience: `TestEngine::new().patience(..)`",
            self.site.settings.patience,
            self.site.running().join(", "),
        );
    }

    /// Lets one more thing happen, moving the clock to it where it is due until `limit`. All that can happen now has happened before.
    ///
    /// # Errors
    ///
    /// When the store has crashed.
    pub(super) async fn step(&self, limit: i64) -> Result<Moved, Error> {
        let (timer, waiting) = (self.engine.next_due(), self.site.next_due());
        let Some(due) = timer.into_iter().chain(waiting).min() else { return Ok(Moved::Nothing) };
        if due > limit {
            return Ok(Moved::Later);
        }
        if due > self.site.clock.now() {
            self.site.clock.advance_to(due);
            self.idle().await;
        }
        // One after the other, and timers first, so that the order is the same each time.
        match self.site.take_turn(self.site.clock.now()) {
            Some(Turn::Answer(answer)) => self.deliver(answer).await?,
            Some(Turn::Woken) | None => {}
        }
        self.idle().await;
        Ok(Moved::On)
    }

    /// Completes a callback. Where the store crashes meanwhile, whoever answers tries it again. One that nobody waits for any more is left alone: it timed out, or a crash has lost its token.
    async fn deliver(&self, answer: Answer) -> Result<(), Error> {
        let Answer { token, result } = &answer;
        let delivered = match result {
            Ok(output) => self.engine.complete_json(token, output).await,
            Err(failed) => self.engine.fail(token, failed.clone()).await,
        };
        match delivered {
            Ok(()) => Ok(()),
            Err(error) if error.is_unknown_token() || error.is_used_token() || error.is_expired_token() => Ok(()),
            Err(error) => {
                self.site.answer_again(answer);
                Err(error)
            }
        }
    }

    /// Moves the world on until an execution is over.
    ///
    /// # Errors
    ///
    /// When the store has crashed.
    ///
    /// # Panics
    ///
    /// When it never will be over.
    pub(super) async fn finish(&self, id: ExecutionId) -> Result<ExecutionRow, Error> {
        let limit = self.site.clock.now().saturating_add(ONE_YEAR);
        self.idle().await;
        loop {
            let row = self.engine.describe(id).await?;
            if row.status != Status::Running {
                return Ok(row);
            }
            match self.step(limit).await? {
                Moved::On => {}
                Moved::Nothing => panic!("{}", self.waits_for_ever(&row).await),
                Moved::Later => panic!(
                    "execution {} of workflow `{}` is not over after a year of the kit's time, which is as long as AWS lets one run: does it wait in a loop \
                     for something that no mock ever says?",
                    row.id.0, row.workflow
                ),
            }
        }
    }

    /// Moves the world on until nothing is due any more: what was started and is not waited for comes to its end too.
    ///
    /// # Errors
    ///
    /// When the store has crashed.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let limit = self.site.clock.now().saturating_add(ONE_YEAR);
        while let Moved::On = self.step(limit).await? {}
        Ok(())
    }

    async fn waits_for_ever(&self, row: &ExecutionRow) -> String {
        let open = super::journal::open_states(&self.engine, row.id).await;
        let open = if open.is_empty() { "nothing".to_owned() } else { open.join(" and ") };
        format!(
            "execution {} of workflow `{}` waits for ever, for {open}. Answer a callback with `kit.mock(..).with(..)`, or give it a timeout; \
             complete a token of your own between `kit.start(..)` and `kit.finish(..)`",
            row.id.0, row.workflow
        )
    }
}

/// As long as AWS lets an execution run, in milliseconds.
pub(super) const ONE_YEAR: i64 = 365 * 24 * 60 * 60 * 1_000;

/// Notices in real time that nothing happens any more: a test that hangs says nothing.
pub(super) struct Watchdog {
    dog: Arc<Dog>,
    /// Its thread ends with this.
    _leash: mpsc::Sender<()>,
}

#[derive(Default)]
struct Dog {
    /// Odd while somebody waits.
    turns: AtomicU64,
    /// The turn at which it barked.
    barked: AtomicU64,
    bark: Notify,
}

/// Somebody waits, while this lives.
pub(super) struct Watched<'a> {
    dog: &'a Dog,
    turn: u64,
}

impl Watchdog {
    pub(super) fn new(patience: Duration) -> Watchdog {
        let (leash, held) = mpsc::channel();
        let dog = Arc::new(Dog::default());
        let watching = Arc::clone(&dog);
        let watch = move || {
            let mut seen = 0;
            while held.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                let turn = watching.turns.load(Ordering::SeqCst);
                if turn % 2 == 1 && turn == seen {
                    watching.barked.store(turn, Ordering::SeqCst);
                    watching.bark.notify_one();
                }
                seen = turn;
            }
        };
        // Without the thread a test that hangs is not explained, and all else is as it is.
        let _ = thread::Builder::new().name("durafn-watchdog".to_owned()).spawn(watch);
        Watchdog { dog, _leash: leash }
    }

    pub(super) fn watch(&self) -> Watched<'_> {
        let turn = self.dog.turns.fetch_add(1, Ordering::SeqCst) + 1;
        Watched { dog: &self.dog, turn }
    }
}

impl Watched<'_> {
    /// Ready when nothing has happened for too long. A bark for a turn before is none.
    pub(super) async fn barks(&self) {
        while self.dog.barked.load(Ordering::SeqCst) != self.turn {
            self.dog.bark.notified().await;
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.dog.turns.fetch_add(1, Ordering::SeqCst);
    }
}
