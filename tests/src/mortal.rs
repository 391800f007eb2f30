//! A store that counts writes and can die at one of them.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use durafn::store::{Crash, Fate, Layer, Layered, Store, StoreCall, StoreError};
use tokio::{runtime::Handle, sync::Notify};

/// A store around another one.
///
/// Everything asked of it runs on the runtime's blocking pool, so that a paused clock of tokio does not take waiting for the
/// disk for idleness.
pub type Mortal = Layered<Mortality>;

/// The layer of a [`Mortal`] store.
#[derive(Debug)]
pub struct Mortality {
    writes: AtomicUsize,
    death: Option<Death>,
    dead: Notify,
}

/// When and how a store dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// At this write.
    pub crash: Crash,
    /// What dies.
    pub of: Victim,
}

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// The store: it never answers again.
    Store,
    /// The process, by SIGKILL.
    Process,
}

/// A store around another one, that dies or only counts.
#[must_use]
pub fn mortal(store: Arc<dyn Store>, death: Option<Death>) -> Mortal {
    Layered::new(store, Mortality { writes: AtomicUsize::new(0), death, dead: Notify::new() })
}

impl Mortality {
    /// How many writes were asked for.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Waits for the death.
    pub async fn dead(&self) {
        self.dead.notified().await;
    }

    async fn die(&self, of: Victim) -> ! {
        if of == Victim::Process {
            // Nobody lives to see an error.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        self.dead.notify_one();
        loop {
            std::future::pending::<()>().await;
        }
    }
}

impl Layer for Mortality {
    async fn ask<T: Send + 'static>(
        &self,
        call: StoreCall,
        asked: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(Death { crash, of }) = self.death.filter(|_| call.writes()) else {
            self.writes.fetch_add(usize::from(call.writes()), Ordering::SeqCst);
            return on_blocking_pool(asked).await;
        };
        match crash.fate(self.writes.fetch_add(1, Ordering::SeqCst)) {
            Fate::Lives => on_blocking_pool(asked).await,
            Fate::WrittenLast => {
                on_blocking_pool(asked).await?;
                self.die(of).await
            }
            Fate::Dead => self.die(of).await,
        }
    }
}

async fn on_blocking_pool<T: Send + 'static>(asked: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = Handle::current();
    match tokio::task::spawn_blocking(move || runtime.block_on(asked)).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being dropped, and so is whoever asked.
            Err(_) => std::future::pending().await,
        },
    }
}
