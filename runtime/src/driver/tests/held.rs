//! A store around another that holds back one answer, so that a test can do something between a read and what is made of it.

use std::{fmt, sync::atomic::AtomicBool, sync::atomic::Ordering};

use tokio::sync::Notify;

use super::*;
use crate::store::{Layer, Layered, StoreCall, StoreError};

pub(super) type HeldStore = Layered<Hold>;

#[derive(Default)]
pub(super) struct Hold {
    armed: AtomicBool,
    pub(super) reached: Notify,
    pub(super) released: Notify,
}

impl Hold {
    pub(super) fn around(inner: &Arc<MemoryStore>) -> Arc<HeldStore> {
        Arc::new(Layered::new(Arc::clone(inner) as _, Hold::default()))
    }

    /// The next read or write beside units is held back, once it was answered.
    pub(super) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}

impl Layer for Hold {
    async fn ask<T: Send + 'static>(
        &self,
        call: StoreCall,
        asked: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = asked.await;
        if call != StoreCall::Commit && self.armed.swap(false, Ordering::SeqCst) {
            self.reached.notify_one();
            self.released.notified().await;
        }
        answer
    }
}
