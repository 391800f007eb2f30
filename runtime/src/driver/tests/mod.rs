//! The engine with workflows that are closures, on a store in memory and a clock that stands still.

mod activities;
mod callbacks;
mod children;
mod continuations;
mod crash;
mod damage;
mod divergence;
mod express;
mod faults;
mod grown;
mod held;
mod history;
mod hooked;
mod inbox;
mod joins;
mod lifecycle;
mod limits;
mod patches;
mod races;
mod redrive;
mod retention;
mod schedules;
mod sequential;
mod sharing;
mod sizes;
mod stopping;
mod tasks;
mod transactions;
mod turns;
mod upgrades;
mod waiting;

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex},
};

use durafn_ir::{Retrier, WorkflowKind};
use tokio::sync::OnceCell;

use crate::{
    Engine, Failed, VirtualClock,
    callable::Adjust,
    context::Cx,
    engine::Policy,
    execution::Execution,
    registry::{MachineSource, Registry, TaskDef, WorkflowDef},
    store::{MemoryStore, Store},
    task::TaskContext,
};

/// Milliseconds since 1970 at which every test starts.
const START: i64 = 1_000_000;

/// What tasks did: `name(input)`, in order.
#[derive(Clone, Default)]
struct Effects(Arc<Mutex<Vec<String>>>);

impl Effects {
    fn note(&self, effect: String) {
        self.0.lock().unwrap().push(effect);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// How often each was done.
    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for effect in self.0.lock().unwrap().iter() {
            *counts.entry(effect.clone()).or_default() += 1;
        }
        counts
    }
}

/// Tasks and workflows under construction.
#[derive(Default)]
struct Program {
    registry: Registry,
    effects: Effects,
}

impl Program {
    fn new(effects: &Effects) -> Self {
        Program { registry: Registry::default(), effects: effects.clone() }
    }

    /// A task that notes its input and answers at once.
    fn task(
        self,
        name: &'static str,
        run: impl Fn(&str, &TaskContext) -> Result<String, Failed> + Send + Sync + 'static,
    ) -> Self {
        self.task_with(name, Policy::default(), run)
    }

    fn task_with(
        self,
        name: &'static str,
        policy: Policy,
        run: impl Fn(&str, &TaskContext) -> Result<String, Failed> + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(run);
        self.async_task(name, policy, move |input, context| {
            let run = Arc::clone(&run);
            async move { run(&input, &context) }
        })
    }

    fn async_task<F: Future<Output = Result<String, Failed>> + Send + 'static>(
        mut self,
        name: &'static str,
        policy: Policy,
        run: impl Fn(String, TaskContext) -> F + Send + Sync + 'static,
    ) -> Self {
        let effects = self.effects.clone();
        let run = Box::new(move |input: &str, context: TaskContext| {
            let (effects, effect) = (effects.clone(), format!("{name}({input})"));
            let work = run(input.to_owned(), context);
            Box::pin(async move {
                effects.note(effect);
                work.await
            }) as crate::callable::BoxFuture<_>
        });
        self.registry.add_task(name, TaskDef { policy, run, transact: None });
        self
    }

    /// A task that commits writes of its own.
    fn transaction(mut self, name: &'static str, policy: Policy, transact: crate::callable::Transact) -> Self {
        let policy = Policy { transaction: true, ..policy };
        let run = Box::new(|_: &str, _| -> crate::callable::BoxFuture<_> { unreachable!("it is a transaction") });
        self.registry.add_task(name, TaskDef { policy, run, transact: Some(transact) });
        self
    }

    fn workflow<F: Future<Output = Result<String, Failed>> + Send + 'static>(
        self,
        name: &'static str,
        body: impl Fn(Cx, String) -> F + Send + Sync + 'static,
    ) -> Self {
        self.workflow_of("machine", name, body)
    }

    fn workflow_of<F: Future<Output = Result<String, Failed>> + Send + 'static>(
        self,
        machine: &'static str,
        name: &'static str,
        body: impl Fn(Cx, String) -> F + Send + Sync + 'static,
    ) -> Self {
        self.version(1, machine, name, body)
    }

    fn version<F: Future<Output = Result<String, Failed>> + Send + 'static>(
        mut self,
        version: u32,
        machine: &'static str,
        name: &'static str,
        body: impl Fn(Cx, String) -> F + Send + Sync + 'static,
    ) -> Self {
        let run = Box::new(move |cx: Cx, input: &str| Ok(Box::pin(body(cx, input.to_owned())) as _));
        let stored = OnceCell::new();
        let (check_input, machine) = ((|_: &str| Ok(())) as fn(&str) -> _, MachineSource::Key(machine));
        self.registry.add_workflow(WorkflowDef {
            name,
            kind: WorkflowKind::Standard,
            version,
            check_input,
            run,
            machine,
            stored,
            timeout: None,
            dropped: std::sync::OnceLock::new(),
        });
        self
    }

    /// Limits the time of the last workflow's executions.
    fn within(mut self, seconds: u64, name: &'static str) -> Self {
        self.registry.set_timeout(name, seconds);
        self
    }

    /// Makes a workflow an Express one.
    fn express(mut self, name: &'static str) -> Self {
        self.registry.set_kind(name, WorkflowKind::Express);
        self
    }

    async fn open(self, store: &Arc<impl Store>, clock: &VirtualClock) -> Engine {
        self.open_with(store, clock, |builder| builder).await
    }

    async fn open_with(
        self,
        store: &Arc<impl Store>,
        clock: &VirtualClock,
        set: impl FnOnce(crate::EngineBuilder) -> crate::EngineBuilder,
    ) -> Engine {
        let builder = Engine::builder().shared_store(Arc::clone(store) as _).clock(clock.clone());
        set(builder.registry(self.registry)).open().await.unwrap()
    }
}

/// A program, a store and a clock.
struct World {
    store: Arc<MemoryStore>,
    clock: VirtualClock,
    effects: Effects,
}

impl World {
    fn new() -> Self {
        let (store, clock, effects) = (Arc::default(), VirtualClock::at(START), Effects::default());
        World { store, clock, effects }
    }

    fn program(&self) -> Program {
        Program::new(&self.effects)
    }

    async fn open(&self, program: Program) -> Engine {
        program.open(&self.store, &self.clock).await
    }

    /// Runs workflow `w` to its end, moving the clock from timer to timer.
    async fn run(&self, program: Program, input: &str) -> Result<String, String> {
        let engine = self.open(program).await;
        let execution = start(&engine, input).await;
        settle(&engine, &self.clock).await;
        outcome(&execution).await
    }

    /// The journal of execution 1 as text: `scope#ordinal event(number) name payload [visits]`.
    async fn journal(&self) -> Vec<String> {
        journal(&*self.store).await
    }
}

async fn journal(store: &impl Store) -> Vec<String> {
    let rows = store.journal(crate::store::ExecutionId(1)).await.unwrap();
    let text = rows.iter().map(|row| {
        let event = format!("{:?}", crate::history::event::Event::from_row(row).unwrap());
        let visits = row.visits.as_ref().map(|visits| format!(" [{visits}]")).unwrap_or_default();
        format!("{}#{} {event}{visits}", row.scope, row.ordinal)
    });
    text.collect()
}

async fn start(engine: &Engine, input: &str) -> Execution<serde_json::Value> {
    engine.start_json("w", None, input).await.unwrap()
}

/// The output, or `name: cause`.
async fn outcome(execution: &Execution<serde_json::Value>) -> Result<String, String> {
    let outcome = execution.output_json().await;
    outcome.map(|output| output.to_string()).map_err(|error| error.to_string())
}

/// Lets the engine run until nothing is left to do, moving the clock from timer to timer.
async fn settle(engine: &Engine, clock: &VirtualClock) {
    loop {
        engine.wait_idle().await;
        match engine.next_due() {
            Some(due) => clock.advance_to(due),
            None => return,
        }
    }
}

/// Lets go of an engine, and waits until it has let go of the store.
async fn leave(engine: Engine) {
    drop(engine);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

/// Calls a task and takes its failure as a value.
async fn call(cx: &Cx, state: u32, task: &'static str, input: &str) -> Result<String, Failed> {
    cx.enter(state);
    cx.call_by_name(state, task, input.to_owned(), &Adjust::default(), |wire| Ok(wire.map(str::to_owned))).await
}

/// Runs a child and takes its failure as a value.
async fn child(cx: &Cx, state: u32, workflow: &'static str, input: &str, adjust: Adjust) -> Result<String, Failed> {
    cx.enter(state);
    cx.child_by_name(state, (workflow, 1), input.to_owned(), &adjust, |wire| Ok(wire.map(str::to_owned))).await
}

/// Ends the execution, and starts the workflow anew.
async fn anew(cx: &Cx, state: u32, workflow: &'static str, input: &str) -> Result<String, Failed> {
    cx.enter(state);
    let adjust = Adjust::default();
    cx.continue_by_name(state, (workflow, 1), input.to_owned(), &adjust, |wire| Ok(wire.map(str::to_owned))).await
}

/// Calls a task whose failure the code cannot hold.
async fn must(cx: &Cx, state: u32, task: &'static str, input: &str) -> String {
    cx.enter(state);
    cx.call_by_name(state, task, input.to_owned(), &Adjust::default(), |wire| wire.map(str::to_owned)).await
}

fn retry(errors: &[&str], attempts: u32) -> Policy {
    let errors = errors.iter().map(|&name| name.to_owned()).collect();
    let retrier = Retrier {
        errors,
        interval_seconds: 1,
        backoff_rate: 2.0,
        max_attempts: attempts,
        max_delay_seconds: None,
        jitter: false,
    };
    Policy { retry: [retrier].into(), ..Policy::default() }
}
