//! One of several engines on a store.
//!
//! An execution is taken up once this engine owns it. Where another does, its outcome is waited for in the store. When others have written, or have
//! ended, there is something to catch up with: executions that are nobody's are taken up as they are due, those that are waited for here may have ended
//! elsewhere, and parents and children may be run by different engines.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use super::{
    Shared,
    live::{Live, Message, Outcome},
    load::PAGE,
};
use crate::{
    error::Error,
    store::{ExecutionId, ExecutionRow, FIRST_WAITING, Status, StoreError, WAITS_FOR_TURN, Wake},
};

impl Shared {
    pub(super) fn is_sharing(&self) -> bool {
        self.store.sharing().is_some()
    }

    /// Takes part among the engines on the store, where there are several.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(super) async fn join(self: &Arc<Self>) -> Result<(), Error> {
        let Some(sharing) = self.store.sharing() else { return Ok(()) };
        let workflows = if self.paused { Vec::new() } else { self.registry.workflows().map(str::to_owned).collect() };
        sharing.join(workflows).await?;
        let (store, shared) = (Arc::clone(&self.store), Arc::downgrade(self));
        let task = self.runtime.spawn(async move {
            if let Some(sharing) = store.sharing() {
                sharing.fenced().await;
            }
            if let Some(shared) = shared.upgrade() {
                shared.fence();
            }
        });
        self.waiting().push(task.abort_handle());
        Ok(())
    }

    /// Another engine has ended the lease of this one: nothing more is written, so nothing more is done.
    fn fence(&self) {
        if self.is_draining() {
            return;
        }
        tracing::error!("{}", StoreError::Fenced);
        // First, so that whoever sees the engine draining knows why.
        self.fenced.store(true, Ordering::SeqCst);
        self.abandon();
    }

    /// Why the engine does nothing any more.
    pub(super) fn gone(&self) -> Error {
        if self.is_fenced() { StoreError::Fenced.into() } else { Error::closed() }
    }

    pub(super) fn is_fenced(&self) -> bool {
        self.fenced.load(Ordering::SeqCst)
    }

    /// The execution as it is once this engine owns it; none where another does, or where it is of another program.
    ///
    /// # Errors
    ///
    /// When the engine or its store is shut down.
    pub(super) async fn own(&self, row: ExecutionRow) -> Result<Option<ExecutionRow>, StoreError> {
        let Some(sharing) = self.store.sharing() else { return Ok(Some(row)) };
        if self.registry.find_workflow(&row.workflow).is_none() {
            return Ok(None);
        }
        match self.persevere("an execution cannot be claimed", || sharing.claim(row.id)).await? {
            // Whoever owned it may have written until then.
            true => self.persevere("an execution cannot be read", || self.store.execution(row.id)).await,
            false => Ok(None),
        }
    }

    /// An execution that was to be taken up is another engine's. Whoever waits for it learns of its end all the same.
    pub(super) async fn leave_to_others(&self, id: ExecutionId, live: &Arc<Live>) {
        {
            let mut all = self.live();
            live.abandon();
            all.remove(&id);
            self.absent.keep_elsewhere(id, live);
        }
        self.left.notify_waiters();
        // It may have ended before.
        self.tell_ended(vec![id]).await;
    }

    /// Does what others have left to do.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(super) async fn catch_up(self: &Arc<Self>) -> Result<(), Error> {
        if !self.is_sharing() || self.is_draining() {
            return Ok(());
        }
        self.tell_ended(self.absent.elsewhere()).await;
        self.take_up_freed().await?;
        self.take_over_line().await?;
        self.tie_loose_ends().await?;
        self.try_blocked_elsewhere().await
    }

    /// Tells who waits for one of some executions that another engine runs, if it has ended, or is blocked and nothing that is tried here.
    async fn tell_ended(&self, ids: Vec<ExecutionId>) {
        let Some(sharing) = self.store.sharing().filter(|_| !ids.is_empty()) else { return };
        match self.persevere("the ends of executions cannot be read", || sharing.over(ids.clone())).await {
            Ok(over) => {
                for row in over.into_iter().filter(|row| row.status != Status::Blocked || !self.may_try(row)) {
                    // One that came back meanwhile tells for itself.
                    if let Some(awaited) = self.absent.take_elsewhere(row.id) {
                        awaited.tell(Outcome::of_over(row));
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "the ends of executions cannot be read"),
        }
    }

    /// Takes up what is due and nobody's.
    async fn take_up_freed(self: &Arc<Self>) -> Result<(), Error> {
        let Some(sharing) = self.store.sharing() else { return Ok(()) };
        let (now, mut after) = (self.clock.now(), FIRST_WAITING);
        loop {
            let (freed, next) = sharing.freed(after, now, PAGE).await?;
            if !freed.is_empty() {
                // First, so that nothing runs again that somebody has completed meanwhile.
                self.look_into_inbox(false).await?;
            }
            for (_, id) in &freed {
                self.take_up_in_turn(*id).await;
            }
            match freed.last() {
                Some(last) if freed.len() == PAGE => after = *last,
                _ => {
                    if let Some(next) = next.filter(|next| Wake::At(*next) < WAITS_FOR_TURN) {
                        self.timekeeper.look_into_store(next);
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Tells parents of children that have ended elsewhere, and stops children that a parent elsewhere has released.
    async fn tie_loose_ends(self: &Arc<Self>) -> Result<(), Error> {
        let loose = self.store.loose_ends().await?;
        for parent in loose.parents {
            let live = self.live().get(&parent).cloned();
            match live {
                // It may have been told, and hears it once more.
                Some(live) => {
                    for ended in self.ended_children(parent).await? {
                        let _ = live.send(Message::ChildEnded(Box::new(ended)));
                    }
                }
                None => self.take_up_in_turn(parent).await,
            }
        }
        if !loose.children.is_empty() {
            self.stop_released();
        }
        Ok(())
    }

    /// Tries what another engine has parked, since its code may fit here. Once: what does not fit does not fit later either.
    async fn try_blocked_elsewhere(self: &Arc<Self>) -> Result<(), Error> {
        let Some(sharing) = self.store.sharing() else { return Ok(()) };
        let mut blocked = sharing.blocked().await?;
        blocked.retain(|id| !self.is_tried(*id));
        if !blocked.is_empty() {
            self.look_into_inbox(true).await?;
        }
        for id in blocked {
            self.tried(id);
            self.take_up_in_turn(id).await;
        }
        Ok(())
    }

    /// The code of this program may fit a blocked execution.
    fn may_try(&self, row: &ExecutionRow) -> bool {
        !self.is_tried(row.id) && self.registry.find_workflow(&row.workflow).is_some()
    }

    /// The code of this program does not fit an execution.
    pub(super) fn tried(&self, id: ExecutionId) {
        if self.is_sharing() {
            self.tried.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        }
    }

    fn is_tried(&self, id: ExecutionId) -> bool {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }
}
