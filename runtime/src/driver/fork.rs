//! New executions that share the past of another.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use durafn_ir::WorkflowKind;

use super::{
    Awaited, Shared,
    replay::{Outlook, Recording, outlook},
};
use crate::{
    engine::{Found, Launch},
    error::{Error, Kind},
    failure::Failed,
    history::{
        History,
        event::{Event, Place},
    },
    nearest::nearest,
    store::{Committed, ExecutionId, ExecutionRow, JournalRow, NewExecution, Origin, Status, StoreError, Unit, Wake},
    verify::Divergence,
};

/// What a fork is to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) name: Option<String>,
    /// The state before which it parts; none is the start.
    pub(crate) at: Option<String>,
    /// Which of its visits, from 1.
    pub(crate) occurrence: u32,
    pub(crate) scope: Option<String>,
    /// What the state yields instead.
    pub(crate) result: Option<Result<Arc<str>, Failed>>,
    /// Another input, from the start.
    pub(crate) input: Option<Arc<str>>,
}

impl Shared {
    /// Starts an execution with the past of another.
    ///
    /// # Errors
    ///
    /// When the plan does not fit the history: the state is not there or was not visited so often, it has no result; or today's code
    /// does not fit the past.
    pub(crate) async fn fork(
        self: &Arc<Self>,
        history: &History,
        plan: &Plan,
    ) -> Result<(ExecutionId, Arc<Awaited>), Error> {
        self.check_writable()?;
        if !history.redacted.is_empty() {
            return Err(Kind::Fork(
                "payloads were taken out of this history, so it cannot go on; verify it instead".into(),
            )
            .into());
        }
        let mut rows = past(history, plan)?;
        let source = &history.execution;
        let workflow = self.registry.workflow_of(&source.workflow, source.version)?;
        if workflow.kind == WorkflowKind::Express {
            let what = format!(
                "`{}` is an Express workflow, which begins in memory and cannot be forked; run it again",
                workflow.name
            );
            return Err(Kind::Fork(what).into());
        }
        let input = plan.input.as_ref().unwrap_or(&source.input);
        self.check_size(input, || format!("the input of workflow `{}`", workflow.name))?;
        (workflow.check_input)(input).map_err(|error| Kind::BadInput { workflow: source.workflow.clone(), error })?;
        let now = self.clock.now();
        let nonce = uuid::Uuid::new_v4().to_string();
        let new = NewExecution {
            workflow: source.workflow.clone(),
            version: source.version,
            name: plan.name.clone(),
            machine: self.machine_of_fork(history, &rows).await?,
            input: Arc::clone(input),
            origin: Some(origin(source, &rows, plan, &nonce, now)),
            nonce,
            // What is past has its time already.
            started_at: if rows.is_empty() { now } else { source.started_at },
            parent: None,
        };
        let launches = self.check_fork(history, &new, &rows, plan, now)?;
        // Those of the other execution are not its own.
        for Launch { scope, ordinal, attempt, .. } in &launches {
            let at = now.saturating_sub(new.started_at);
            let place = Place { scope: scope.clone(), ordinal: *ordinal, at, ..Place::default() };
            rows.push(Event::ChildStarted { attempt: *attempt }.into_row(place));
        }
        let children = self.new_children(ExecutionId::NEW, launches, None).await?;
        let unit = Unit {
            create: Some(new),
            children: children.clone(),
            append: rows.into_iter().map(|row| (ExecutionId::NEW, row)).collect(),
            ..Unit::default()
        };
        match self.store.commit(unit).await? {
            Committed::Done { created: Some(id), children: ids } => {
                self.run_children(id, ids.into_iter().zip(children).collect());
                Ok((id, self.find(self.row(id).await?).await?))
            }
            Committed::Done { created: None, .. } => Err(StoreError::Closed(ExecutionId::NEW).into()),
            Committed::NameTaken(row) => {
                let name = plan.name.clone().unwrap_or_default();
                Err(Kind::NameTaken { workflow: row.workflow, name, by: row.id }.into())
            }
        }
    }

    /// The key of the machine that the first rows are of: today's where there are none.
    async fn machine_of_fork(&self, history: &History, rows: &[JournalRow]) -> Result<String, Error> {
        let workflow = self.registry.workflow_of(&history.execution.workflow, history.execution.version)?;
        if rows.is_empty() {
            return Ok(self.stored_machine(workflow).await?.to_string());
        }
        for (key, json) in &history.machines {
            self.store.put_machine(key, &history.execution.workflow, json).await?;
        }
        let changed = rows.iter().rev().find_map(|row| match Event::from_row(row) {
            Ok(Event::CodeChanged { to, .. }) => Some(to.into()),
            _ => None,
        });
        Ok(changed.unwrap_or_else(|| history.first_machine().to_owned()))
    }

    /// Today's code goes the way of the past. Yields the children that it waits for there.
    fn check_fork(
        &self,
        history: &History,
        new: &NewExecution,
        rows: &[JournalRow],
        plan: &Plan,
        now: i64,
    ) -> Result<Vec<Launch>, Error> {
        let execution = ExecutionRow {
            id: history.execution.id,
            workflow: new.workflow.clone(),
            version: new.version,
            name: new.name.clone(),
            machine: new.machine.clone(),
            status: Status::Running,
            input: Arc::clone(&new.input),
            output: None,
            error: None,
            cause: None,
            nonce: new.nonce.clone(),
            started_at: new.started_at,
            closed_at: None,
            wake: Wake::Active,
            parent: None,
            origin: new.origin.clone(),
        };
        match outlook(&self.registry, Recording { execution: &execution, rows, redacted: false }, now)? {
            Outlook::GoesOn { children } => Ok(children),
            Outlook::Ends { .. } => Ok(Vec::new()),
            Outlook::Diverged(found) => {
                let (rows, machines) = (rows.to_vec(), history.machines.clone());
                let past = History { execution, rows, machines, redacted: Vec::new() };
                let divergence = Divergence::describe(&self.registry, &past, &found);
                if let (Some(_), Some(state), Found::Undecodable { .. }) = (&plan.result, &plan.at, &found.recorded)
                    && divergence.state.as_ref() == Some(state)
                {
                    let what = format!("the result that was given for `{state}` is {}", divergence.recorded);
                    return Err(Kind::Fork(what).into());
                }
                Err(Kind::Diverged(divergence.to_string()).into())
            }
        }
    }
}

/// A fork with a past sees the id and the name that the past has seen; one without is an execution like others.
fn origin(source: &ExecutionRow, rows: &[JournalRow], plan: &Plan, nonce: &str, now: i64) -> Origin {
    let shared = rows.len().saturating_sub(if plan.result.is_some() { 2 } else { 0 });
    let (id, name) = match &source.origin {
        _ if rows.is_empty() => (nonce.to_owned(), plan.name.clone()),
        Some(origin) => (origin.id.clone(), origin.name.clone()),
        None => (source.nonce.clone(), source.name.clone()),
    };
    Origin { execution: source.id, rows: u32::try_from(shared).unwrap_or(u32::MAX), id, name, at: Some(now) }
}

/// The rows that a fork begins with.
fn past(history: &History, plan: &Plan) -> Result<Vec<JournalRow>, Error> {
    let refuse = |what: &str| Err(Kind::Fork(what.to_owned()).into());
    let Some(state) = &plan.at else {
        return match plan.result {
            Some(_) => refuse("a changed result belongs to a state: name it"),
            None => Ok(Vec::new()),
        };
    };
    if plan.input.is_some() {
        return refuse(
            "with another input nothing that was recorded holds: leave the state out, and the fork begins at the start",
        );
    }
    let cut = find(history, state, plan)?;
    let mut rows = not_begun(&history.rows[..cut]);
    if let Some(result) = &plan.result {
        let opening = &history.rows[cut];
        let (scheduled, ended) = match Event::from_row(opening) {
            Ok(Event::TaskScheduled { task, input, .. } | Event::ActivityScheduled { task, input }) => (
                Event::TaskScheduled { task, input, started: true },
                match result {
                    Ok(output) => Event::TaskSucceeded { output: Arc::clone(output) },
                    Err(failed) => {
                        Event::TaskFailed { error: failed.error.as_str().into(), cause: failed.cause.as_str().into() }
                    }
                },
            ),
            Ok(scheduled @ Event::ChildScheduled { .. }) => (
                scheduled,
                match result {
                    Ok(output) => Event::ChildSucceeded { output: Arc::clone(output) },
                    Err(failed) => {
                        Event::ChildFailed { error: failed.error.as_str().into(), cause: failed.cause.as_str().into() }
                    }
                },
            ),
            _ => {
                return refuse(&format!(
                    "`{state}` calls nothing, so it has no result of its own to change; change that of a state before it or within it"
                ));
            }
        };
        let place = place_of(opening);
        rows.push(scheduled.into_row(place.clone()));
        rows.push(ended.into_row(Place { state: None, visits: None, ..place }));
    }
    Ok(rows)
}

/// Rows as of an execution that has begun nothing of what was under way: those attempts begin in the fork. What somebody may still do with the token of
/// a callback is done to the source.
fn not_begun(rows: &[JournalRow]) -> Vec<JournalRow> {
    let mut ended = HashSet::new();
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let is_ended = ended.contains(&(&*row.scope, row.ordinal));
        match Event::from_row(row) {
            Ok(Event::TaskRetried { .. } | Event::TaskSucceeded { .. } | Event::TaskFailed { .. }) => {
                ended.insert((&*row.scope, row.ordinal));
                kept.push(row.clone());
            }
            Ok(Event::TaskScheduled { task, input, .. }) if !is_ended => {
                kept.push(Event::TaskScheduled { task, input, started: false }.into_row(place_of(row)));
            }
            Ok(
                Event::TaskStarted { .. }
                | Event::TaskInterrupted { .. }
                | Event::TaskToken { .. }
                | Event::TaskSubmitted
                | Event::ActivityQueued { .. }
                | Event::ActivityStarted { .. },
            ) if !is_ended => {}
            _ => kept.push(row.clone()),
        }
    }
    kept.reverse();
    kept
}

fn place_of(row: &JournalRow) -> Place {
    let JournalRow { scope, ordinal, at, state, visits, .. } = row.clone();
    Place { scope, ordinal, at, state, visits }
}

/// The row with which the wanted visit of a state was recorded.
fn find(history: &History, state: &str, plan: &Plan) -> Result<usize, Error> {
    let mut visits = BTreeMap::<String, Vec<usize>>::new();
    let mut machines = BTreeMap::new();
    let mut known = Vec::new();
    for (index, (row, key)) in history.rows.iter().zip(history.machine_keys()).enumerate() {
        let machine = machines.entry(key).or_insert_with_key(|key| history.machine(key));
        let names = machine.iter().flat_map(|machine| machine.states.iter().map(|state| state.name.as_str()));
        let names: Vec<&str> = names.collect();
        let entered = row.visits.as_deref().unwrap_or_default().split(' ').filter_map(|visit| visit.parse().ok());
        for entered in entered.chain(row.state) {
            let name = names.get(entered as usize).map_or_else(|| format!("#{entered}"), |name| (*name).to_owned());
            if plan.scope.as_deref().is_none_or(|scope| scope == &*row.scope) {
                visits.entry(name).or_default().push(index);
            }
        }
    }
    for machine in machines.values().flatten() {
        known.extend(machine.states.iter().map(|state| state.name.clone()));
    }
    let place = plan.scope.as_ref().map_or_else(String::new, |scope| format!(" in scope `{scope}`"));
    let occurrence = plan.occurrence.max(1);
    match visits.get(state) {
        Some(rows) => rows.get(occurrence as usize - 1).copied().ok_or_else(|| {
            let times = match rows.len() {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            Kind::Fork(format!("`{state}` was entered {times}{place}, so there is no visit {occurrence}")).into()
        }),
        None if known.iter().any(|name| name == state) => {
            let entered: Vec<_> = visits.keys().map(|name| format!("`{name}`")).collect();
            let entered = match entered.as_slice() {
                [] => "; no state was: scopes look like `3.1`, and `history` shows them".to_owned(),
                entered => format!("; entered were {}", entered.join(", ")),
            };
            Err(Kind::Fork(format!("`{state}` was not entered{place}{entered}")).into())
        }
        None => {
            let known: Vec<String> = visits.keys().cloned().chain(known).collect();
            Err(Kind::Fork(format!("there is no state `{state}` in this execution{}", nearest(state, &known))).into())
        }
    }
}
