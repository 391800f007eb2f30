//! What the macros registered at link time, by name.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
};

use durafn_ir::{EXPRESS_SECONDS, TypeTable, TypedMachine, WorkflowKind};
use tokio::sync::OnceCell;

use crate::{
    callable::{BoxFuture, InputError, TaskEntry, Transact, WorkflowEntry},
    context::Cx,
    engine::Policy,
    error::{Error, Kind},
    failure::Failed,
    task::{Resources, TaskContext},
};

/// Runs one attempt from wire form to wire form.
pub(crate) type RunTask = Box<dyn Fn(&str, TaskContext) -> BoxFuture<Result<String, Failed>> + Send + Sync>;

/// Runs a body from wire form to wire form.
pub(crate) type RunWorkflow =
    Box<dyn Fn(Cx, &str) -> Result<BoxFuture<Result<String, Failed>>, InputError> + Send + Sync>;

/// The tasks and workflows of a program.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    tasks: BTreeMap<&'static str, TaskDef>,
    /// By name and version.
    workflows: BTreeMap<&'static str, BTreeMap<u32, Arc<WorkflowDef>>>,
}

pub(crate) struct TaskDef {
    pub(crate) policy: Policy,
    pub(crate) run: RunTask,
    /// Of a transaction.
    pub(crate) transact: Option<Transact>,
}

pub(crate) struct WorkflowDef {
    pub(crate) name: &'static str,
    pub(crate) kind: WorkflowKind,
    pub(crate) version: u32,
    pub(crate) check_input: fn(&str) -> Result<(), InputError>,
    pub(crate) run: RunWorkflow,
    pub(crate) machine: MachineSource,
    /// How long an execution may take, where [`WorkflowDef::machine`] does not tell.
    #[cfg(test)]
    pub(crate) timeout: Option<u64>,
    /// The key under which the store has the machine, once it has.
    pub(crate) stored: OnceCell<Arc<str>>,
    /// See [`WorkflowDef::dropped`].
    pub(crate) dropped: OnceLock<Arc<[u32]>>,
}

/// Where a workflow's machine comes from.
pub(crate) enum MachineSource {
    Linked(fn() -> Result<&'static TypedMachine, &'static durafn_ir::LinkErrors>),
    /// A body without a machine, under a key of its own: for tests of the engine.
    #[cfg(test)]
    Key(&'static str),
}

impl Registry {
    /// All that is linked into the program.
    ///
    /// # Errors
    ///
    /// When two tasks have one name, or two workflows one name and version, or a task that `runs` here needs a resource that is not there. Names all of
    /// them.
    pub(crate) fn linked(resources: &Resources, runs: impl Fn(&TaskEntry) -> bool) -> Result<Registry, Error> {
        Registry::collect(inventory::iter::<TaskEntry>, inventory::iter::<WorkflowEntry>, |entry| {
            runs(entry).then_some(resources)
        })
    }

    /// As [`Registry::linked`], where no task will run.
    ///
    /// # Errors
    ///
    /// When two tasks have one name, or two workflows one name and version.
    pub(crate) fn linked_without_resources() -> Result<Registry, Error> {
        Registry::collect(inventory::iter::<TaskEntry>, inventory::iter::<WorkflowEntry>, |_| None)
    }

    /// `resources` are those that a task must find.
    fn collect<'a, 'r>(
        tasks: impl IntoIterator<Item = &'a TaskEntry>,
        workflows: impl IntoIterator<Item = &'a WorkflowEntry>,
        resources: impl Fn(&TaskEntry) -> Option<&'r Resources>,
    ) -> Result<Registry, Error> {
        let mut registry = Registry::default();
        let mut problems = Vec::new();
        let mut places = BTreeMap::new();
        for entry in tasks {
            if let Some(first) = places.insert((TASK, entry.name, 1), entry.place) {
                let help = "give one of them another with `#[task(name = \"..\")]`";
                problems.push(duplicate(
                    "two tasks have",
                    &format!("the name `{}`", entry.name),
                    first,
                    entry.place,
                    help,
                ));
            }
            problems.extend(resources(entry).into_iter().flat_map(|resources| missing(entry, resources)));
            let run = entry.run;
            registry
                .add_task(entry.name, TaskDef { policy: policy(entry), run: Box::new(run), transact: entry.transact });
        }
        for entry in workflows {
            if let Some(first) = places.insert((WORKFLOW, entry.name, entry.version), entry.place) {
                problems.push(same_workflow(entry, first));
            }
            registry.add_workflow(WorkflowDef::of(entry));
        }
        if problems.is_empty() { Ok(registry) } else { Err(Kind::Registry(problems).into()) }
    }

    pub(crate) fn add_task(&mut self, name: &'static str, task: TaskDef) {
        self.tasks.insert(name, task);
    }

    /// A task is run by something else than its body. By the engine, also where it is an activity.
    #[cfg(feature = "testing")]
    pub(crate) fn run_instead(&mut self, task: &str, run: RunTask) {
        if let Some(task) = self.tasks.get_mut(task) {
            task.run = run;
            task.transact = None;
            task.policy.transaction = false;
            task.policy.activity = false;
        }
    }

    pub(crate) fn add_workflow(&mut self, workflow: WorkflowDef) {
        self.workflows.entry(workflow.name).or_default().insert(workflow.version, Arc::new(workflow));
    }

    #[cfg(test)]
    pub(crate) fn set_timeout(&mut self, workflow: &str, seconds: u64) {
        let workflow = self.workflows.get_mut(workflow).and_then(|all| Arc::get_mut(all.values_mut().next()?));
        workflow.expect("a workflow that nobody shares").timeout = Some(seconds);
    }

    #[cfg(test)]
    pub(crate) fn set_kind(&mut self, workflow: &str, kind: WorkflowKind) {
        let workflow = self.workflows.get_mut(workflow).and_then(|all| Arc::get_mut(all.values_mut().next()?));
        workflow.expect("a workflow that nobody shares").kind = kind;
    }

    pub(crate) fn task(&self, name: &str) -> Option<&TaskDef> {
        self.tasks.get(name)
    }

    /// A task with its name.
    pub(crate) fn named_task(&self, name: &str) -> Option<(&'static str, &TaskDef)> {
        self.tasks.get_key_value(name).map(|(name, task)| (*name, task))
    }

    pub(crate) fn tasks(&self) -> impl Iterator<Item = &'static str> {
        self.tasks.keys().copied()
    }

    pub(crate) fn workflows(&self) -> impl Iterator<Item = &'static str> {
        self.workflows.keys().copied()
    }

    /// The names of the tasks that workers make.
    pub(crate) fn activities(&self) -> Vec<String> {
        self.tasks.iter().filter(|(_, task)| task.policy.activity).map(|(name, _)| (*name).to_owned()).collect()
    }

    /// The newest version of a workflow.
    pub(crate) fn find_workflow(&self, name: &str) -> Option<&Arc<WorkflowDef>> {
        self.workflows.get(name)?.values().next_back()
    }

    /// The versions of a workflow, the oldest first.
    pub(crate) fn versions(&self, name: &str) -> impl Iterator<Item = &Arc<WorkflowDef>> {
        self.workflows.get(name).into_iter().flat_map(BTreeMap::values)
    }

    /// # Errors
    ///
    /// When a workflow of this program cannot be scheduled.
    pub(crate) fn check_scheduled(&self, workflow: &str) -> Result<(), Error> {
        match self.find_workflow(workflow).map(|known| known.kind) {
            Some(WorkflowKind::Express) => Err(Kind::Schedule(format!(
                "`{workflow}` is an Express workflow, which cannot be scheduled; schedule a Standard one that starts it with `.start()`"
            ))
            .into()),
            Some(WorkflowKind::Standard) | None => Ok(()),
        }
    }

    /// Checks an input as far as this program knows the workflow: its type, else that it is JSON.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    pub(crate) fn check_input(&self, workflow: &str, input: &str) -> Result<(), Error> {
        let name = || workflow.to_owned();
        match self.find_workflow(workflow) {
            Some(known) => {
                (known.check_input)(input).map_err(|error| Kind::BadInput { workflow: name(), error })?;
            }
            None => {
                let checked = serde_json::from_str::<serde::de::IgnoredAny>(input);
                checked.map_err(|error| Kind::UnwritableInput { workflow: name(), error })?;
            }
        }
        Ok(())
    }

    /// # Errors
    ///
    /// With the nearest names, where there is none of this name.
    pub(crate) fn workflow(&self, name: &str) -> Result<&Arc<WorkflowDef>, Error> {
        self.find_workflow(name).ok_or_else(|| {
            let known = self.workflows().map(ToOwned::to_owned).collect();
            Kind::UnknownWorkflow { name: name.to_owned(), known }.into()
        })
    }

    /// One version of a workflow.
    ///
    /// # Errors
    ///
    /// With the nearest names, where there is none of this name; with the versions that there are, where there is not this one.
    pub(crate) fn workflow_of(&self, name: &str, version: u32) -> Result<&Arc<WorkflowDef>, Error> {
        self.workflow(name)?;
        let versions = self.workflows.get(name);
        versions.and_then(|versions| versions.get(&version)).ok_or_else(|| {
            let known = versions.iter().flat_map(|versions| versions.keys()).copied().collect();
            Kind::UnknownVersion { name: name.to_owned(), version, known }.into()
        })
    }
}

const TASK: &str = "task";
const WORKFLOW: &str = "workflow";

fn policy(entry: &TaskEntry) -> Policy {
    let callee = (entry.describe)(&mut TypeTable::default());
    Policy {
        timeout: callee.timeout_seconds,
        heartbeat: callee.heartbeat_seconds,
        retry: callee.retry.into(),
        callback: entry.callback,
        activity: entry.activity,
        at_most_once: entry.at_most_once,
        transaction: entry.transact.is_some(),
    }
}

fn same_workflow(entry: &WorkflowEntry, first: (&str, u32)) -> String {
    let (name, version) = (entry.name, entry.version);
    let what = format!("the name `{name}` and the version {version}");
    let help = format!(
        "give one of them another name with `#[workflow(name = \"..\")]`; or, where one is to take the place of the other, a higher version: \
         `#[workflow(name = \"{name}\", version = {})]`",
        version + 1
    );
    duplicate("two workflows have", &what, first, entry.place, &help)
}

fn duplicate(who: &str, what: &str, first: (&str, u32), second: (&str, u32), help: &str) -> String {
    format!("{who} {what}: {}:{} and {}:{}; {help}", first.0, first.1, second.0, second.1)
}

fn missing(entry: &TaskEntry, resources: &Resources) -> Vec<String> {
    let needs = (entry.needs)();
    let missing = needs.iter().filter(|need| !resources.has(need));
    missing
        .map(|need| {
            format!(
                "task `{}` ({}:{}) needs a resource of type `{}`, and the engine has none; give it one with \
                 `Engine::builder().resource(..)`",
                entry.name, entry.place.0, entry.place.1, need.type_name
            )
        })
        .collect()
}

impl WorkflowDef {
    fn of(entry: &WorkflowEntry) -> WorkflowDef {
        let run = entry.run;
        WorkflowDef {
            name: entry.name,
            kind: entry.kind,
            version: entry.version,
            check_input: entry.check_input,
            run: Box::new(run),
            machine: MachineSource::Linked(entry.machine),
            #[cfg(test)]
            timeout: None,
            stored: OnceCell::new(),
            dropped: OnceLock::new(),
        }
    }

    /// The states that the body reports and the machine does not have.
    pub(crate) fn dropped(&self) -> Arc<[u32]> {
        let find = || {
            let alive = self.machine().map(TypedMachine::reachable).unwrap_or_default();
            alive.iter().enumerate().filter(|(_, alive)| !**alive).map(|(state, _)| state as u32).collect()
        };
        Arc::clone(self.dropped.get_or_init(find))
    }

    /// Seconds that an execution may take.
    pub(crate) fn timeout(&self) -> Option<u64> {
        #[cfg(test)]
        if self.timeout.is_some() {
            return self.timeout;
        }
        let own = self.machine().and_then(|machine| machine.timeout_seconds);
        match self.kind {
            WorkflowKind::Standard => own,
            WorkflowKind::Express => Some(own.unwrap_or(EXPRESS_SECONDS)),
        }
    }

    /// Today's machine can be linked.
    ///
    /// # Errors
    ///
    /// When types make it impossible.
    pub(crate) fn check_machine(&self) -> Result<(), Error> {
        match &self.machine {
            MachineSource::Linked(_) => self.linked().map(drop),
            #[cfg(test)]
            MachineSource::Key(_) => Ok(()),
        }
    }

    /// Today's machine, where it can be linked.
    pub(crate) fn machine(&self) -> Option<&'static TypedMachine> {
        match &self.machine {
            MachineSource::Linked(machine) => machine().ok(),
            #[cfg(test)]
            MachineSource::Key(_) => None,
        }
    }

    /// Today's machine.
    ///
    /// # Errors
    ///
    /// When types make the machine impossible.
    pub(crate) fn linked(&self) -> Result<&'static TypedMachine, Error> {
        let failed = |errors: String| Kind::Machine { workflow: self.name.to_owned(), errors }.into();
        match &self.machine {
            MachineSource::Linked(machine) => machine().map_err(|errors| failed(errors.to_string())),
            #[cfg(test)]
            MachineSource::Key(_) => Err(failed("it is a body without a machine".to_owned())),
        }
    }

    /// Today's machine for the store: its key and its JSON.
    ///
    /// # Errors
    ///
    /// When types make the machine impossible.
    pub(crate) fn stored_form(&self) -> Result<(Arc<str>, String), Error> {
        match &self.machine {
            MachineSource::Linked(_) => {
                let machine = self.linked()?;
                let failed = |error: serde_json::Error| Kind::Machine {
                    workflow: self.name.to_owned(),
                    errors: error.to_string(),
                };
                Ok((machine_key(machine), serde_json::to_string(machine).map_err(failed)?))
            }
            #[cfg(test)]
            MachineSource::Key(key) => Ok(((*key).into(), "{}".to_owned())),
        }
    }
}

/// The key of a machine in the store: its fingerprint, which tells what it does, and a hash of its states' names in order, by which journal rows
/// refer to states, and of its patches, for which it has the new way alone.
pub(crate) fn machine_key(machine: &TypedMachine) -> Arc<str> {
    let mut names = blake3::Hasher::new();
    for state in &machine.states {
        names.update(state.name.as_bytes());
        names.update(b"\n");
    }
    for patch in &machine.patches {
        names.update(b"patched ");
        names.update(patch.as_bytes());
        names.update(b"\n");
    }
    let names = names.finalize().to_hex();
    format!("{}-{}", machine.fingerprint(), &names[..8]).into()
}

impl fmt::Debug for TaskDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskDef").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl fmt::Debug for WorkflowDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkflowDef").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
