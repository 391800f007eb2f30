//! Today's code against executions that wait, after an open.
//!
//! An execution that wakes is replayed and parked where today's code does not fit it. That may be in seven days; so that a mistake shows on the day
//! of the deploy, executions whose last rows are of another machine than today's are looked at without waiting for that, one after the other
//! and behind all that is due. Looking is a replay without effects. One that fits is left where it is; one that does not is taken up, as if
//! it were due, which parks it. What was blocked before is tried too.
//!
//! Nothing is written about an execution that fits. How far a workflow was looked through is noted for each page ([`Checked`]), so that the next
//! open with the same code goes on from there; another code starts anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::sync::{Semaphore, watch};

use super::{
    Shared,
    replay::{Recording, replay},
};
use crate::{
    error::{Error, Kind},
    store::{Checked, ExecutionId, ListFilter, RunningOn, Status, StoreError, Unit},
    verify::CodeCheck,
};

/// Executions are looked at in pages of this size.
const PAGE: usize = 1_000;

/// So many that do not fit are parked at once.
const AT_ONCE: u32 = 8;

const UNREADABLE: &str = "executions that wait cannot be read";

/// How far the check of this engine is.
#[derive(Debug)]
pub(super) struct Checking(watch::Sender<Phase>);

#[derive(Clone, Copy, Debug)]
enum Phase {
    UnderWay,
    Done(CodeCheck),
    /// The engine was shut down before, or its store failed.
    Stopped,
}

impl Checking {
    pub(super) fn new() -> Checking {
        Checking(watch::Sender::new(Phase::UnderWay))
    }

    /// Nothing is looked at any more. What is known stays known.
    pub(super) fn stop(&self) {
        self.0.send_if_modified(|phase| {
            let under_way = matches!(phase, Phase::UnderWay);
            if under_way {
                *phase = Phase::Stopped;
            }
            under_way
        });
    }

    async fn ended(&self) -> Result<CodeCheck, Error> {
        let mut phase = self.0.subscribe();
        match phase.wait_for(|phase| !matches!(phase, Phase::UnderWay)).await.as_deref() {
            Ok(Phase::Done(check)) => Ok(*check),
            Ok(Phase::Stopped | Phase::UnderWay) | Err(_) => Err(Error::closed()),
        }
    }
}

/// Why a check ends before its end.
enum Stopped {
    Draining,
    Failed(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Stopped::Failed(error)
    }
}

impl Shared {
    /// Waits until today's code was held against all that waits and all that was blocked.
    ///
    /// # Errors
    ///
    /// When the engine takes nothing up, or is shut down before.
    pub(crate) async fn code_checked(&self) -> Result<CodeCheck, Error> {
        if self.read_only || self.paused {
            let what = "an engine that is paused or only reads holds no code against executions; use `verify`";
            return Err(Kind::Config(what.into()).into());
        }
        self.checking.ended().await
    }

    /// Holds today's code against all that waits and all that was blocked.
    pub(super) async fn check_code(self: &Arc<Self>) {
        match self.check_all().await {
            Ok(check) => {
                let CodeCheck { checked, blocked } = check;
                match blocked {
                    0 if checked == 0 => {}
                    0 => tracing::info!(checked, "today's code fits the executions that wait"),
                    _ => tracing::warn!(
                        checked,
                        blocked,
                        "today's code does not fit some executions that wait; `list --status blocked` names them"
                    ),
                }
                self.checking.0.send_replace(Phase::Done(check));
            }
            Err(stopped) => {
                if let Stopped::Failed(error) = stopped
                    && !self.is_draining()
                {
                    tracing::error!(%error, "code is not held against executions that wait; it is when they wake, or at the next open");
                }
                self.checking.stop();
            }
        }
    }

    async fn check_all(self: &Arc<Self>) -> Result<CodeCheck, Stopped> {
        self.try_blocked().await?;
        let counts = self.persevere(UNREADABLE, || self.store.count()).await?;
        let running = counts.into_iter().filter(|(_, status, _)| *status == Status::Running);
        let mut workflows: BTreeSet<String> = running.map(|(workflow, ..)| workflow).collect();
        if self.is_sharing() {
            // Those of other programs are none of this one's business.
            workflows.retain(|workflow| self.registry.find_workflow(workflow).is_some());
        }
        let mut check = CodeCheck::default();
        for workflow in workflows {
            self.check_workflow(&workflow, &mut check).await?;
        }
        Ok(check)
    }

    /// Takes up what is blocked, the newest first: it goes on where today's code fits.
    async fn try_blocked(self: &Arc<Self>) -> Result<(), Stopped> {
        let mut filter = ListFilter { status: Some(Status::Blocked), limit: PAGE, ..ListFilter::default() };
        loop {
            let page = self.persevere(UNREADABLE, || self.store.list(&filter)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            filter.before = Some(last.id);
            for row in page {
                if self.is_draining() {
                    return Err(Stopped::Draining);
                }
                self.take_up_in_turn(row.id).await;
            }
        }
    }

    async fn check_workflow(self: &Arc<Self>, workflow: &str, check: &mut CodeCheck) -> Result<(), Stopped> {
        let today = self.today(workflow).await;
        let code: Vec<String> = today.iter().map(|(version, machine)| format!("{version}:{machine}")).collect();
        let code = code.join(" ");
        let mut after = ExecutionId(0);
        // What another engine owns is not looked at, and may be this one's at the next open.
        let noted = !self.is_sharing();
        if noted {
            match self.persevere(UNREADABLE, || self.store.checked(workflow)).await? {
                Some(known) if known.code == code => after = known.to,
                Some(_) => self.note_checked(workflow, &code, after).await?,
                None => {}
            }
        }
        let places = Arc::new(Semaphore::new(AT_ONCE as usize));
        loop {
            let page = self.persevere(UNREADABLE, || self.store.running(workflow, after, PAGE)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            let (before, size) = (check.checked, page.len());
            for RunningOn { id, version, machine } in page {
                if self.is_draining() {
                    return Err(Stopped::Draining);
                }
                // What is in memory was replayed when it was loaded.
                if today.get(&version).is_some_and(|today| **today == *machine) || self.live().contains_key(&id) {
                    continue;
                }
                check.checked += 1;
                if !self.fits(id).await? {
                    check.blocked += 1;
                    let place = Arc::clone(&places).acquire_owned().await.ok();
                    self.take_up(id, place).await;
                }
                tokio::task::yield_now().await;
            }
            // What does not fit is parked before it counts as looked at.
            drop(places.acquire_many(AT_ONCE).await);
            // A look at a few that are of today's machine anyway is not worth a commit.
            if noted && (check.checked > before || size == PAGE) {
                self.note_checked(workflow, &code, after).await?;
            }
        }
    }

    /// Today's machine of each version of a workflow that the program can run.
    async fn today(&self, workflow: &str) -> BTreeMap<u32, Arc<str>> {
        let mut today = BTreeMap::new();
        for definition in self.registry.versions(workflow) {
            if let Ok(machine) = self.stored_machine(definition).await {
                today.insert(definition.version, machine);
            }
        }
        today
    }

    async fn note_checked(&self, workflow: &str, code: &str, to: ExecutionId) -> Result<(), Stopped> {
        let checked = Checked { workflow: workflow.to_owned(), code: code.to_owned(), to };
        self.commit(Unit { checked: Some(checked), ..Unit::default() }).await?;
        Ok(())
    }

    /// Today's code fits what was recorded of an execution.
    async fn fits(&self, id: ExecutionId) -> Result<bool, Stopped> {
        let Some(row) = self.persevere(UNREADABLE, || self.store.execution(id)).await? else { return Ok(true) };
        if row.status != Status::Running {
            return Ok(true);
        }
        let rows = self.persevere(UNREADABLE, || self.store.journal(id)).await?;
        let recording = Recording { execution: &row, rows: &rows, redacted: false };
        Ok(replay(&self.registry, recording, None).is_ok_and(|ran| ran.divergence.is_none()))
    }
}
