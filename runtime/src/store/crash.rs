//! A store that crashes at a write, for tests of what is made of it afterwards.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Layer, Layered, Store, StoreCall, StoreError};

/// What becomes of the write at which a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lastly {
    /// It is durable, and nobody learns of it.
    Written,
    /// It is lost.
    Lost,
}

/// A crash: at a write, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Crash {
    /// The write.
    pub write: usize,
    /// What becomes of it.
    pub lastly: Lastly,
}

/// A store that crashes at a write, or only counts writes. From there on it answers that it is shut down; the store behind it outlives that.
pub type CrashStore = Layered<Crashing>;

/// The layer of a [`CrashStore`].
#[derive(Debug)]
pub struct Crashing {
    crash: Option<Crash>,
    writes: AtomicUsize,
}

impl Crash {
    /// What becomes of the n-th write, from 0.
    #[must_use]
    pub fn fate(self, write: usize) -> Fate {
        match (write.cmp(&self.write), self.lastly) {
            (std::cmp::Ordering::Less, _) => Fate::Lives,
            (std::cmp::Ordering::Equal, Lastly::Written) => Fate::WrittenLast,
            _ => Fate::Dead,
        }
    }
}

/// What becomes of a write in the neighbourhood of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is before the crash.
    Lives,
    /// It is written, and nobody learns of it.
    WrittenLast,
    /// It is not written.
    Dead,
}

impl CrashStore {
    /// A store that crashes there; without a crash it counts.
    #[must_use]
    pub fn crashing(store: Arc<dyn Store>, crash: Option<Crash>) -> CrashStore {
        Layered::new(store, Crashing { crash, writes: AtomicUsize::new(0) })
    }

    /// How many writes were asked for.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.layer().writes.load(Ordering::SeqCst)
    }

    /// The crash has happened.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.layer().crash.is_some_and(|crash| self.writes() > crash.write)
    }
}

impl Layer for Crashing {
    async fn ask<T: Send + 'static>(
        &self,
        call: StoreCall,
        asked: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let write = match call.writes() {
            true => self.writes.fetch_add(1, Ordering::SeqCst),
            false => self.writes.load(Ordering::SeqCst),
        };
        // A read before the write of the crash finds the store alive, one after it does not.
        match self.crash.map_or(Fate::Lives, |crash| crash.fate(write)) {
            Fate::Lives => asked.await,
            Fate::WrittenLast if call.writes() => {
                asked.await?;
                Err(StoreError::Shut)
            }
            Fate::Dead if call.writes() || self.crash.is_some_and(|crash| write > crash.write) => Err(StoreError::Shut),
            Fate::WrittenLast | Fate::Dead => asked.await,
        }
    }

    fn closes(&self) -> bool {
        false
    }
}
