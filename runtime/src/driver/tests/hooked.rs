//! A store around another: a hook is asked before each call, and may refuse it.

use std::fmt;

use super::*;
use crate::store::{Layer, Layered, StoreCall, StoreError};

type Before = Box<dyn Fn(StoreCall) -> Result<(), StoreError> + Send + Sync>;

pub(super) type Hooked = Layered<Hook>;

pub(super) struct Hook {
    before: Before,
    closes: bool,
}

impl Hooked {
    pub(super) fn hooked(
        inner: &Arc<MemoryStore>,
        before: impl Fn(StoreCall) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Hooked {
        Layered::new(Arc::clone(inner) as _, Hook { before: Box::new(before), closes: true })
    }

    /// A store that outlives its engine.
    pub(super) fn unclosed(inner: &Arc<MemoryStore>) -> Hooked {
        Layered::new(Arc::clone(inner) as _, Hook { before: Box::new(|_| Ok(())), closes: false })
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

impl Layer for Hook {
    async fn ask<T: Send + 'static>(
        &self,
        call: StoreCall,
        asked: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        (self.before)(call)?;
        asked.await
    }

    fn closes(&self) -> bool {
        self.closes
    }
}
