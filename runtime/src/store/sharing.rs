//! Several engines on one store.
//!
//! Each holds the store by a handle of its own, which has a lease. The lease has a number, its *epoch*, that no other lease ever gets. An open execution
//! has at most one *owner*, by epoch: the engine that runs it. A lease that is not renewed is ended by another engine; what its engine owned is nobody's
//! from then on, and is taken over as it is due.
//!
//! The contract of [`store`](super) holds, and besides:
//!
//! 11. **Fenced.** Whatever a handle writes is written only if its lease has not ended, which is looked up in the same transaction. Otherwise nothing is, and the
//!     answer is [`StoreError::Fenced`].
//! 12. **One owner.** A unit changes an execution only if its handle owns it, else the answer is [`StoreError::NotOwned`]. The handle that creates or
//!     [reopens](super::Update::Reopen) an execution owns it; one that nobody owns is owned by the first to [claim](Sharing::claim) it. An execution that is closed
//!     or [blocked](super::Update::Block) is nobody's. Closing a parent releases its children, whoever owns them.
//! 13. **Carried out once.** [`Store::inbox`](super::Store::inbox) yields the messages for executions that the handle owns or nobody does, and starts. Where two create an
//!     execution for one message, one succeeds, and the other is told [`StoreError::Taken`].
//!
//! [`Store::due`](super::Store::due), [`Store::running`](super::Store::running) and [`Store::loose_ends`](super::Store::loose_ends) yield executions of the handle's own, and nobody's.
//! [`Store::posted`](super::Store::posted) is ready also when others may have committed, or when executions may have become nobody's.

use std::time::Duration;

use async_trait::async_trait;

use super::{ExecutionId, ExecutionRow, StoreError, Waiting};

/// The handle of one of several engines on a store. Beside the promises of [`Store`](super::Store): what is written is written only while the lease lasts, an execution has one owner, and a message is carried out once.
#[async_trait]
pub trait Sharing: Send + Sync {
    /// Says which workflows the engine runs. Executions of others that nobody owns are none of its business.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn join(&self, workflows: Vec<String>) -> Result<(), StoreError>;

    /// Makes the engine the owner of an open execution that nobody owns. True where it is the owner now.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn claim(&self, id: ExecutionId) -> Result<bool, StoreError>;

    /// As [`Store::due`](super::Store::due), of those that nobody owns.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn freed(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError>;

    /// Those of some executions that run no more: they have ended, or are blocked.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn over(&self, ids: Vec<ExecutionId>) -> Result<Vec<ExecutionRow>, StoreError>;

    /// The executions that are blocked and nobody's, of the workflows that the engine runs.
    ///
    /// # Errors
    ///
    /// What the medium said.
    async fn blocked(&self) -> Result<Vec<ExecutionId>, StoreError>;

    /// Ready when the lease has ended although the handle is open.
    async fn fenced(&self);
}

/// How long an engine may be silent before others take over what it runs: five seconds unless said otherwise.
///
/// It is renewed three times as often, by a thread that does nothing but write. Others count its renewals against their own clock, which does not jump:
/// setting the machine's clock or suspending it ends no lease. A process that has died is found out at once, whatever its lease.
///
/// ```
/// use durafn::store::Lease;
/// use std::time::Duration;
///
/// assert_eq!(Lease::default(), Lease::lasting(Duration::from_secs(5)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    duration: Duration,
}

impl Lease {
    /// The shortest that is accepted.
    pub const SHORTEST: Duration = Duration::from_millis(100);

    /// A lease that lasts so long without being renewed.
    #[must_use]
    pub const fn lasting(duration: Duration) -> Lease {
        Lease { duration }
    }

    /// How long it lasts without being renewed.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.duration
    }

    /// How often it is renewed.
    pub(super) fn interval(self) -> Duration {
        self.duration / 3
    }
}

impl Default for Lease {
    fn default() -> Self {
        Lease::lasting(Duration::from_secs(5))
    }
}
