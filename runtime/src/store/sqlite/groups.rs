//! A group of jobs as one transaction. An engine that shares the file looks up its lease in each, and renews it between them.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode};

use super::{
    activity,
    apply::{Applier, Role, is_of_the_unit},
    connection::{Place, Right},
    error, inbox,
    lease::Seat,
    packed::Packer,
    removal, schedules,
    tail::Tail,
    writer::{Answer, Job, Signs, Work, Written},
};
use crate::{
    failure::Failed,
    metrics,
    store::{ExecutionId, Guard, JournalRow, StoreError, TransactionBody, Unit, tables},
};

/// How often the file is asked whether another process has written to it, where somebody wants to know. It costs a look into shared memory.
pub(super) const LOOK: Duration = Duration::from_millis(75);

/// An engine that shares the file lets others in so long after its own commit, where they want to write too.
const TURN: Duration = Duration::from_micros(500);

/// Writes groups of jobs.
#[derive(Debug)]
pub(super) struct Groups<'c> {
    path: &'c std::path::Path,
    place: Place,
    applier: Applier<'c>,
    guard: Guard,
    /// Where engines share the file.
    seat: Option<&'c mut Seat>,
    signs: &'c Signs,
    looked: Instant,
    /// When the last group was written.
    wrote: Option<Instant>,
    /// Another engine wrote between the last two groups.
    contended: bool,
}

impl<'c> Groups<'c> {
    pub(super) fn new(
        path: &'c std::path::Path,
        connection: &'c Connection,
        guard: Guard,
        place: Place,
        (tail, packer): (Tail, Packer),
        right: &'c mut Right,
        signs: &'c Signs,
    ) -> rusqlite::Result<Self> {
        let (role, seat) = match right {
            Right::Alone(_) => (Role::Alone, None),
            Right::Shared(seat) => (Role::Shared(seat.epoch), Some(seat)),
            Right::Beside => (Role::Beside, None),
        };
        let applier = Applier::new(connection, tail, packer, role)?;
        Ok(Groups { path, place, applier, guard, seat, signs, looked: Instant::now(), wrote: None, contended: false })
    }

    /// Looks whether another process has written, and yields when to look again.
    pub(super) fn look(&mut self) -> Duration {
        self.looked = Instant::now();
        match self.applier.others_wrote() {
            Ok(true) => self.signs.others_wrote.notify_one(),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the file cannot be asked whether another process has written"),
        }
        self.keep_lease();
        self.seat.as_ref().map_or(LOOK, |seat| seat.due_in().min(LOOK))
    }

    /// Looks also where there is always something to write.
    pub(super) fn look_in_passing(&mut self) {
        if self.looked.elapsed() >= LOOK {
            self.look();
        }
    }

    fn is_fenced(&self) -> bool {
        *self.signs.fenced.borrow()
    }

    fn fenced(&self) {
        self.signs.fenced.send_replace(true);
    }

    /// Renews the lease where it is due.
    fn keep_lease(&mut self) {
        let is_fenced = self.is_fenced();
        let Some(seat) = self.seat.as_mut().filter(|seat| !is_fenced && seat.due_in().is_zero()) else { return };
        match seat.renew(self.applier.connection()) {
            Ok(found) => {
                if found.freed {
                    self.signs.others_wrote.notify_one();
                }
                if found.is_lost {
                    self.fenced();
                }
            }
            Err(error) => {
                let error = error::medium(self.path, &error);
                tracing::error!(%error, "the lease on the file cannot be renewed; it is tried again");
            }
        }
    }

    /// An answer for each job. All are durable when this returns.
    pub(super) fn write(&mut self, jobs: &[Job]) -> Vec<Answer> {
        if let Some(lost) = self.place.lost() {
            let error = StoreError::Medium(format!(
                "{} was deleted or replaced under the running engine, so nothing more is written. Stop the engine before you move, \
                 restore or delete its file",
                lost.display()
            ));
            return vec![Err(error); jobs.len()];
        }
        if self.is_fenced() {
            return vec![Err(StoreError::Fenced); jobs.len()];
        }
        self.let_others_in();
        match self.transact(jobs) {
            Ok(answers) => answers,
            // One of them cannot be stored. Each on its own, so that it takes no other with it.
            Err(error) if is_of_the_unit(&error) && jobs.len() > 1 => {
                jobs.chunks(1).flat_map(|job| self.write(job)).collect()
            }
            Err(error) => {
                tracing::error!(%error, units = jobs.len(), "a commit failed");
                vec![Err(error::medium(self.path, &error)); jobs.len()]
            }
        }
    }

    /// Where others write too, they get their turn. They try for the lock every millisecond.
    fn let_others_in(&self) {
        if self.contended
            && let Some(wrote) = self.wrote
        {
            thread::sleep(TURN.saturating_sub(wrote.elapsed()));
        }
    }

    /// Leaves a file whose index is complete, for whoever looks at it, and gives the lease back. Where that fails, nothing is lost.
    pub(super) fn finish(&mut self) {
        if self.place.lost().is_some() || self.is_fenced() {
            return;
        }
        if let Err(error) = self.applier.index_all() {
            self.applier.roll_back();
            tracing::warn!(%error, "the end of the journal is not indexed");
        }
        if let Some(seat) = &self.seat
            && let Err(error) = seat.give_back(self.applier.connection())
        {
            tracing::warn!(%error, "the lease is not given back; others find out that this process has ended");
        }
    }

    fn transact(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        let begun = Instant::now();
        let committed = self.transact_or_fail(jobs);
        metrics::committed(jobs.len(), begun.elapsed(), committed.is_ok());
        if let Err(error) = &committed {
            self.applier.roll_back();
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
                && let Err(error) = self.applier.overwrite_failed_commit()
            {
                tracing::error!(%error, "the medium still fails after a failed commit");
            }
        }
        committed
    }

    /// On an error the transaction must be rolled back.
    fn transact_or_fail(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        self.applier.begin()?;
        self.contended = self.applier.is_contended();
        if !self.applier.holds_lease()? {
            self.applier.roll_back();
            self.fenced();
            return Ok(vec![Err(StoreError::Fenced); jobs.len()]);
        }
        let answers = self.apply(jobs)?;
        self.applier.commit()?;
        self.wrote = Some(Instant::now());
        Ok(answers)
    }

    fn apply(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        let connection = self.applier.connection();
        let done = |answer: Result<_, StoreError>| answer.map(|()| Written::Done);
        jobs.iter()
            .map(|job| {
                Ok(match &job.work {
                    Work::Unit(unit) => self.applier.unit(unit)?.map(Written::Unit),
                    Work::Machine { fingerprint, workflow, json } => {
                        self.applier.machine(fingerprint, workflow, json)?.map(Written::Unit)
                    }
                    Work::Post { post, at } => inbox::post(connection, post, *at)?.map(Written::Message),
                    Work::Heartbeat { token, at } => done(inbox::heartbeat(connection, token, *at)?),
                    Work::Expire { token, silent_since } => {
                        Ok(Written::Expiry(inbox::expire(connection, token, *silent_since)?))
                    }
                    Work::Transact { id, row, body } => {
                        self.transaction(*id, row, body, jobs.len() == 1)?.map(Written::Transacted)
                    }
                    Work::Tables(versions) => done(tables::bring(connection, &self.guard, versions)?),
                    Work::Remove(ids) => Ok(Written::Removed(self.applier.remove(ids)?)),
                    Work::PutSchedule(row) => done(Ok(schedules::put(connection, row)?)),
                    Work::SwapSchedule(change) => {
                        Ok(Written::Swapped(schedules::swap(connection, &change.0, change.1.as_ref())?))
                    }
                    Work::Sweep => Ok(Written::Swept(removal::sweep(connection)?)),
                    Work::Poll(poll) => Ok(Written::Activity(activity::poll(connection, poll)?.map(Box::new))),
                    Work::Claim(id) => Ok(Written::Claimed(self.applier.claim(*id)?)),
                    Work::Join { workflows } => {
                        self.applier.join(workflows)?;
                        Ok(Written::Done)
                    }
                })
            })
            .collect()
    }

    /// Runs the body of a task, and appends its row where it has succeeded.
    fn transaction(
        &mut self,
        id: ExecutionId,
        row: &JournalRow,
        body: &TransactionBody,
        alone: bool,
    ) -> rusqlite::Result<Result<Result<Arc<str>, Failed>, StoreError>> {
        let connection = self.applier.connection();
        if let Some(refused) = self.applier.standing(id)?.refusal(id) {
            return Ok(Err(refused));
        }
        match tables::run(connection, &self.guard, body)? {
            Some(Ok(output)) => {
                let row = JournalRow { payload: Some(Arc::clone(&output)), ..row.clone() };
                match self.applier.unit(&Unit { append: vec![(id, row)], ..Unit::default() })? {
                    Ok(_) => tables::keep(connection).map(|()| Ok(Ok(output))),
                    Err(refused) => tables::undo(connection).map(|()| Err(refused)),
                }
            }
            Some(failed) => Ok(Ok(failed)),
            // What was in the transaction before it is lost with it, so it is tried again alone.
            None if !alone => Err(rusqlite::Error::ExecuteReturnedResults),
            None => {
                self.applier.roll_back();
                self.applier.begin()?;
                Ok(Ok(Err(tables::rolled_back())))
            }
        }
    }
}
