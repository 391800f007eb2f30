//! A store in memory, for tests and for looking at what an engine writes. It keeps the contract but for crashes: it ends with the process.

mod change;
mod family;
mod inbox;
mod shared;
mod tables;

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::Notify;

use self::{
    change::change,
    shared::{Engines, Seat},
    tables::Tables,
};
use super::{
    Checked, Committed, ExecutionId, ExecutionRow, Expiry, JournalRow, ListFilter, LooseEnds, Message, MessageId,
    NewExecution, Poll, Post, QueuedActivity, Removable, RunningOn, ScheduleRow, Sharing, Status, Store, StoreError,
    TokenRow, TransactionBody, Unit, Update, Waiting, WaitingToken, Wake,
    unit::{assert_well_formed, machines, names_to_go_on, refusal},
};
use crate::failure::Failed;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    contents: Arc<Mutex<Contents>>,
    posted: Arc<Notify>,
    /// Where engines share it.
    seat: Option<Seat>,
}

#[derive(Debug, Default)]
struct Contents {
    /// Of tasks, once there are any.
    tables: Option<Tables>,
    shut: bool,
    machines: HashMap<String, String>,
    names: HashMap<(String, String), ExecutionId>,
    /// An execution's number is its index and one.
    executions: Vec<Stored>,
    tokens: HashMap<String, TokenRow>,
    engines: Engines,
    inbox: BTreeMap<MessageId, Message>,
    schedules: BTreeMap<String, ScheduleRow>,
    /// The number of the last message.
    last: i64,
    checked: HashMap<String, Checked>,
    /// Attempts of activities in the order in which they wait.
    queue: Vec<QueuedActivity>,
}

#[derive(Debug)]
struct Stored {
    row: ExecutionRow,
    journal: Vec<JournalRow>,
    removed: bool,
    /// The epoch of the engine that owns it, where engines share the store.
    owner: Option<i64>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn open(&self) -> Result<MutexGuard<'_, Contents>, StoreError> {
        let contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let shut = contents.shut || self.seat.as_ref().is_some_and(Seat::is_shut);
        if shut { Err(StoreError::Shut) } else { Ok(contents) }
    }

    /// The contents, to change them.
    fn write(&self) -> Result<MutexGuard<'_, Contents>, StoreError> {
        let contents = self.open()?;
        match self.epoch() {
            Some(epoch) if !contents.engines.is_live(epoch) => Err(StoreError::Fenced),
            _ => {
                contents.engines.tell_others(self.epoch());
                Ok(contents)
            }
        }
    }

    fn epoch(&self) -> Option<i64> {
        self.seat.as_ref().map(Seat::epoch)
    }
}

impl Contents {
    fn stored(&self, id: ExecutionId) -> Option<&Stored> {
        self.executions.get(usize::try_from(id.0.checked_sub(1)?).ok()?).filter(|stored| !stored.removed)
    }

    fn is_open(&self, id: ExecutionId) -> bool {
        self.stored(id).is_some_and(|stored| stored.row.closed_at.is_none())
    }

    fn named(&self, workflow: &str, name: &str) -> Option<&ExecutionRow> {
        let id = self.names.get(&(workflow.to_owned(), name.to_owned()))?;
        self.stored(*id).map(|stored| &stored.row)
    }

    fn rows(&self) -> impl DoubleEndedIterator<Item = &ExecutionRow> {
        self.executions.iter().filter(|stored| !stored.removed).map(|stored| &stored.row)
    }

    fn commit(&mut self, unit: Unit, epoch: Option<i64>) -> Result<Committed, StoreError> {
        let exists = |id| Ok(self.stored(id).is_some());
        let Ok(refusal) = refusal(&unit, |id| Ok::<_, Infallible>(self.standing(id, epoch)), exists);
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        if let Some(missing) = machines(&unit).find(|fingerprint| !self.machines.contains_key(*fingerprint)) {
            return Err(StoreError::NoMachine(missing.to_owned()));
        }
        if let Some(NewExecution { name: Some(name), workflow, .. }) = &unit.create
            && let Some(taken) = self.named(workflow, name)
        {
            return Ok(Committed::NameTaken(Box::new(taken.clone())));
        }
        if let Some(taken) = names_to_go_on(&unit).find_map(|(workflow, name)| self.named(workflow, name)) {
            return Ok(Committed::NameTaken(Box::new(taken.clone())));
        }
        if unit.create.is_some()
            && let Some(gone) = unit.taken.iter().find(|id| !self.inbox.contains_key(id))
        {
            return Err(StoreError::Taken(*gone));
        }
        // From here on nothing is refused.
        let created = unit.create.map(|new| self.create(new, epoch));
        let resolve = |id| if id == ExecutionId::NEW { created.unwrap_or(id) } else { id };
        let mut children = Vec::with_capacity(unit.children.len());
        for mut child in unit.children {
            if let Some(parent) = &mut child.parent {
                parent.execution = resolve(parent.execution);
            }
            children.push(self.create(child, epoch));
        }
        for (id, row) in unit.append {
            self.at(resolve(id)).journal.push(row);
        }
        for (id, update) in unit.update {
            match update {
                Update::IssueToken(new) => self.issue(resolve(id), new),
                Update::QueueActivity(new) => self.queue(resolve(id), *new),
                Update::ExpireToken(token) => {
                    let _ = self.expire(&token, None);
                }
                update => {
                    let id = resolve(id);
                    if update == Update::Reopen {
                        self.expire_all(id);
                    }
                    match &update {
                        Update::Close { .. } => {
                            self.release(id, |_| true);
                            self.queue.retain(|queued| queued.execution != id);
                        }
                        Update::Release { scope, ordinal } => {
                            self.release(id, |parent| *parent.scope == **scope && parent.ordinal == *ordinal);
                        }
                        _ => {}
                    }
                    match &update {
                        Update::Close { .. } | Update::Block { .. } => self.at(id).owner = None,
                        Update::Reopen => self.at(id).owner = epoch,
                        _ => {}
                    }
                    change(&mut self.at(id).row, update);
                }
            }
        }
        for id in unit.taken {
            self.inbox.remove(&id);
        }
        if let Some(checked) = unit.checked {
            self.checked.insert(checked.workflow.clone(), checked);
        }
        Ok(Committed::Done { created, children })
    }

    /// An execution that was checked to exist.
    fn at(&mut self, id: ExecutionId) -> &mut Stored {
        &mut self.executions[id.0 as usize - 1]
    }

    /// Of those executions that `whose` takes.
    fn due(
        &self,
        whose: impl Fn(&Stored) -> bool,
        after: Waiting,
        until: i64,
        limit: usize,
    ) -> (Vec<Waiting>, Option<i64>) {
        let running = || {
            let theirs = self.executions.iter().filter(|stored| whose(stored)).map(|stored| &stored.row);
            theirs.filter(|row| row.status == Status::Running).map(|row| (row.wake, row.id))
        };
        let is_due = |waiting: &Waiting| *waiting > after && waiting.0 <= Wake::At(until);
        let mut due: Vec<_> = running().filter(is_due).collect();
        due.sort_unstable();
        due.truncate(limit);
        let next = running().filter_map(|(wake, _)| match wake {
            Wake::At(time) if time > until => Some(time),
            _ => None,
        });
        (due, next.min())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        assert_well_formed(&unit);
        self.write()?.commit(unit, self.epoch())
    }

    async fn put_machine(&self, fingerprint: &str, _workflow: &str, json: &str) -> Result<(), StoreError> {
        self.write()?.machines.entry(fingerprint.to_owned()).or_insert_with(|| json.to_owned());
        Ok(())
    }

    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        Ok(self.open()?.machines.get(fingerprint).cloned())
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        Ok(self.open()?.stored(id).map(|stored| stored.row.clone()))
    }

    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError> {
        Ok(self.open()?.named(workflow, name).cloned())
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError> {
        let limit = if filter.limit == 0 { usize::MAX } else { filter.limit };
        let contents = self.open()?;
        let listed = contents.rows().rev().filter(|row| {
            filter.workflow.as_ref().is_none_or(|workflow| row.workflow == *workflow)
                && filter.status.is_none_or(|status| row.status == status)
                && filter.before.is_none_or(|before| row.id < before)
        });
        Ok(listed.take(limit).cloned().collect())
    }

    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError> {
        let contents = self.open()?;
        let mut counts = std::collections::BTreeMap::new();
        for row in contents.rows() {
            let (_, count) = counts.entry((&row.workflow, row.status as i64)).or_insert((row.status, 0));
            *count += 1;
        }
        Ok(counts.into_iter().map(|((workflow, _), (status, count))| (workflow.clone(), status, count)).collect())
    }

    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError> {
        Ok(self.open()?.stored(id).map(|stored| stored.journal.clone()).unwrap_or_default())
    }

    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        let contents = self.open()?;
        Ok(contents.due(|stored| contents.is_theirs(stored, self.epoch()), after, until, limit))
    }

    async fn running(&self, workflow: &str, after: ExecutionId, limit: usize) -> Result<Vec<RunningOn>, StoreError> {
        let contents = self.open()?;
        let running = contents.rows().filter(|row| {
            let runs = row.workflow == workflow && row.status == Status::Running && row.id > after;
            runs && contents.takes(row.id, self.epoch())
        });
        let on = |row: &ExecutionRow| RunningOn { id: row.id, version: row.version, machine: row.machine.clone() };
        Ok(running.take(limit).map(on).collect())
    }

    async fn checked(&self, workflow: &str) -> Result<Option<Checked>, StoreError> {
        Ok(self.open()?.checked.get(workflow).cloned())
    }

    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        let id = self.write()?.post(post, at)?;
        self.posted.notify_one();
        Ok(id)
    }

    async fn inbox(&self) -> Result<Vec<Message>, StoreError> {
        let contents = self.open()?;
        let is_mine = |message: &&Message| message.execution.is_none_or(|id| contents.takes(id, self.epoch()));
        Ok(contents.inbox.values().filter(is_mine).cloned().collect())
    }

    /// Whoever posts here holds the store, so it is also ready then; an engine that looks finds nothing new.
    async fn posted(&self) {
        self.posted.notified().await;
    }

    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError> {
        Ok(self.open()?.tokens.get(token).cloned())
    }

    async fn waiting_tokens(&self) -> Result<Vec<WaitingToken>, StoreError> {
        Ok(self.open()?.waiting_tokens())
    }

    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError> {
        self.write()?.waiting(token, at)?.beat = Some(at);
        Ok(())
    }

    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError> {
        Ok(self.write()?.expire(token, silent_since))
    }

    async fn poll_activity(&self, poll: &Poll) -> Result<Option<QueuedActivity>, StoreError> {
        let queued = self.write()?.poll(poll);
        if queued.is_some() {
            self.posted.notify_one();
        }
        Ok(queued)
    }

    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError> {
        let contents = self.open()?;
        let is_child = |row: &&ExecutionRow| row.parent.as_ref().is_some_and(|known| known.execution == parent);
        Ok(contents.rows().filter(is_child).cloned().collect())
    }

    async fn loose_ends(&self) -> Result<LooseEnds, StoreError> {
        Ok(self.open()?.loose_ends(self.epoch()))
    }

    fn sharing(&self) -> Option<&dyn Sharing> {
        self.seat.as_ref().map(|_| self as &dyn Sharing)
    }

    async fn transact(
        &self,
        id: ExecutionId,
        row: JournalRow,
        body: TransactionBody,
    ) -> Result<Result<Arc<str>, Failed>, StoreError> {
        self.write()?.transact(id, row, &body, self.epoch())
    }

    async fn bring_tables(&self, versions: &[String]) -> Result<(), StoreError> {
        self.write()?.bring_tables(versions)
    }

    async fn removable(&self, which: &Removable) -> Result<Vec<ExecutionId>, StoreError> {
        let contents = self.open()?;
        let wanted = |row: &&ExecutionRow| {
            row.id > which.after
                && row.closed_at.is_some_and(|closed| closed < which.closed_before)
                && which.workflow.as_ref().is_none_or(|workflow| row.workflow == *workflow)
                && contents.may_go(row)
        };
        Ok(contents.rows().filter(wanted).map(|row| row.id).take(which.limit).collect())
    }

    async fn remove(&self, ids: &[ExecutionId]) -> Result<usize, StoreError> {
        let mut contents = self.write()?;
        Ok(ids.iter().filter(|id| contents.remove(**id)).count())
    }

    /// Memory is given back at once.
    async fn sweep(&self) -> Result<bool, StoreError> {
        self.open().map(|_| false)
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRow>, StoreError> {
        Ok(self.open()?.schedules.values().cloned().collect())
    }

    async fn put_schedule(&self, row: ScheduleRow) -> Result<(), StoreError> {
        self.write()?.schedules.insert(row.name.clone(), row);
        Ok(())
    }

    async fn swap_schedule(&self, was: &ScheduleRow, row: Option<ScheduleRow>) -> Result<bool, StoreError> {
        let mut contents = self.write()?;
        if contents.schedules.get(&was.name) != Some(was) {
            return Ok(false);
        }
        match row {
            Some(row) => contents.schedules.insert(was.name.clone(), row),
            None => contents.schedules.remove(&was.name),
        };
        Ok(true)
    }

    async fn close(&self) -> Result<(), StoreError> {
        let mut contents = self.open()?;
        match &self.seat {
            Some(seat) => seat.give_back(&mut contents.engines),
            None => contents.shut = true,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract;

    #[tokio::test]
    async fn memory_keeps_the_contract() {
        contract::check(async || MemoryStore::new()).await;
        contract::check(async || MemoryStore::new().share()).await;
    }

    #[tokio::test]
    async fn memory_can_be_shared() {
        let make = async || {
            let store = MemoryStore::new();
            [store.share(), store.share()]
        };
        contract::sharing::check(make, MemoryStore::fence).await;
    }
}
