//! Handles of several engines on one store in memory. A lease lasts as long as its handle, or until [`MemoryStore::fence`] ends it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use tokio::sync::{Notify, watch};

use super::{Contents, MemoryStore, Stored};
use crate::store::{ExecutionId, ExecutionRow, Sharing, Status, StoreError, Waiting, unit::Standing};

/// The engines that share a store, by epoch.
#[derive(Debug, Default)]
pub(super) struct Engines {
    live: BTreeMap<i64, Engine>,
    last: i64,
}

#[derive(Debug)]
struct Engine {
    posted: Arc<Notify>,
    workflows: Vec<String>,
    fenced: watch::Sender<bool>,
}

/// What an engine is among them.
#[derive(Debug)]
pub(super) struct Seat {
    epoch: i64,
    shut: AtomicBool,
    fenced: watch::Receiver<bool>,
}

impl Seat {
    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::SeqCst)
    }

    pub(super) fn give_back(&self, engines: &mut Engines) {
        self.shut.store(true, Ordering::SeqCst);
        engines.live.remove(&self.epoch);
        engines.tell_others(None);
    }
}

impl Engines {
    pub(super) fn is_live(&self, epoch: i64) -> bool {
        self.live.contains_key(&epoch)
    }

    /// Something is written, by one of them or by somebody else.
    pub(super) fn tell_others(&self, epoch: Option<i64>) {
        let others = self.live.iter().filter(|(other, _)| epoch != Some(**other));
        others.for_each(|(_, engine)| engine.posted.notify_one());
    }
}

impl Contents {
    fn is_free(&self, stored: &Stored) -> bool {
        stored.owner.is_none_or(|owner| !self.engines.is_live(owner))
    }

    pub(super) fn standing(&self, id: ExecutionId, epoch: Option<i64>) -> Standing {
        match self.stored(id) {
            Some(stored) if stored.row.closed_at.is_none() => match epoch {
                Some(_) if stored.owner != epoch => Standing::NotOwned,
                _ => Standing::Open,
            },
            _ => Standing::Closed,
        }
    }

    /// Whether the handle with an epoch may take an execution up.
    pub(super) fn takes(&self, id: ExecutionId, epoch: Option<i64>) -> bool {
        epoch.is_none() || self.stored(id).is_none_or(|stored| stored.owner == epoch || self.is_free(stored))
    }

    /// Whether an execution is the handle's own, or nobody's and of one of its workflows.
    pub(super) fn is_theirs(&self, stored: &Stored, epoch: Option<i64>) -> bool {
        epoch.is_none_or(|epoch| stored.owner == Some(epoch) || self.is_free_for(stored, epoch))
    }

    fn is_free_for(&self, stored: &Stored, epoch: i64) -> bool {
        let runs = |engine: &Engine| engine.workflows.contains(&stored.row.workflow);
        self.is_free(stored) && self.engines.live.get(&epoch).is_some_and(runs)
    }
}

impl MemoryStore {
    /// A handle for one of several engines on what this store holds. Its lease lasts until it is closed, dropped or [fenced](MemoryStore::fence).
    ///
    /// ```
    /// use durafn::store::{MemoryStore, Store};
    ///
    /// let store = MemoryStore::new();
    /// let (one, other) = (store.share(), store.share());
    /// assert!(one.sharing().is_some() && other.sharing().is_some());
    /// ```
    #[must_use]
    pub fn share(&self) -> MemoryStore {
        let posted = Arc::new(Notify::new());
        let (fence, fenced) = watch::channel(false);
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        contents.engines.last += 1;
        let epoch = contents.engines.last;
        let engine = Engine { posted: Arc::clone(&posted), workflows: Vec::new(), fenced: fence };
        contents.engines.live.insert(epoch, engine);
        drop(contents);
        let seat = Seat { epoch, shut: AtomicBool::new(false), fenced };
        MemoryStore { contents: Arc::clone(&self.contents), posted, seat: Some(seat) }
    }

    /// Ends the lease of this handle, as another engine ends one that is not renewed: for tests. Without effect on a store that is not shared.
    pub fn fence(&self) {
        let Some(seat) = &self.seat else { return };
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = contents.engines.live.remove(&seat.epoch) {
            engine.fenced.send_replace(true);
            contents.engines.tell_others(None);
        }
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        if let Some(seat) = &self.seat {
            seat.give_back(&mut self.contents.lock().unwrap_or_else(PoisonError::into_inner).engines);
        }
    }
}

#[async_trait]
impl Sharing for MemoryStore {
    async fn join(&self, workflows: Vec<String>) -> Result<(), StoreError> {
        let mut contents = self.write()?;
        if let Some(engine) = self.epoch().and_then(|epoch| contents.engines.live.get_mut(&epoch)) {
            engine.workflows = workflows;
        }
        Ok(())
    }

    async fn claim(&self, id: ExecutionId) -> Result<bool, StoreError> {
        let mut contents = self.write()?;
        let epoch = self.epoch();
        let claimable = contents.standing(id, epoch) != Standing::Closed && contents.takes(id, epoch);
        if claimable {
            contents.at(id).owner = epoch;
        }
        Ok(claimable)
    }

    async fn freed(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        let contents = self.open()?;
        let epoch = self.epoch().unwrap_or_default();
        Ok(contents.due(|stored| contents.is_free_for(stored, epoch), after, until, limit))
    }

    async fn over(&self, ids: Vec<ExecutionId>) -> Result<Vec<ExecutionRow>, StoreError> {
        let contents = self.open()?;
        let rows = ids.iter().filter_map(|id| contents.stored(*id)).map(|stored| &stored.row);
        Ok(rows.filter(|row| row.status != Status::Running).cloned().collect())
    }

    async fn blocked(&self) -> Result<Vec<ExecutionId>, StoreError> {
        let contents = self.open()?;
        let epoch = self.epoch().unwrap_or_default();
        let is_blocked = |stored: &&Stored| stored.row.status == Status::Blocked && contents.is_free_for(stored, epoch);
        Ok(contents.executions.iter().filter(is_blocked).map(|stored| stored.row.id).collect())
    }

    async fn fenced(&self) {
        let Some(seat) = &self.seat else { return std::future::pending().await };
        // An orderly end drops the sender, and is no fence.
        if seat.fenced.clone().wait_for(|fenced| *fenced).await.is_err() {
            std::future::pending().await
        }
    }
}
