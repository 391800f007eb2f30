//! The function itself, on an engine.

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use durafn::{
    Clock, Engine, Error, Execution, ExecutionError, VirtualClock,
    history::{EventKind, History, HistoryEvent},
    store::{Crash, ExecutionId, JournalRow, Lastly, MemoryStore, SqliteOptions, SqliteStore, Store},
    verify,
};
use durafn_ir::{CalleeKind, StateKind, TypedMachine, WorkflowKind};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::{
    Reply, START, Subject, World,
    hands::Hands,
    observed::{Observed, Outcome, Scope, Step},
};
use crate::{
    mortal::{Death, Mortal, Victim, mortal},
    oracle::EXECUTION_NAME,
};

/// Events of journal rows that open scopes: a Parallel, a Map, a race.
const OPENINGS: [u8; 3] = [20, 21, 26];

/// One run in memory; one on a file, with a crash in the middle.
pub(super) fn runs(subject: &Subject, input: &Value) -> [Observed; 2] {
    if subject.machine.kind == WorkflowKind::Express {
        return ["native", "native, again"].map(|who| express(subject, input, who));
    }
    let clock = VirtualClock::at(START);
    let store = Arc::new(mortal(Arc::new(MemoryStore::new()), None));
    let site = Site::new(subject, input, clock, true);
    let whole = runtime().block_on(site.go_on("native", &store)).unwrap_or_else(|error| broken("native", &error));
    [whole, crashed(subject, input, store.layer().writes())]
}

fn crashed(subject: &Subject, input: &Value, commits: usize) -> Observed {
    const WHO: &str = "native, crashed";
    let directory = tempfile::tempdir().expect("a directory");
    let open = |death| {
        let store = SqliteStore::open(directory.path().join("run.db"), SqliteOptions::default()).expect("a store");
        Arc::new(mortal(Arc::new(store), death))
    };
    let site = Site::new(subject, input, VirtualClock::at(START), false);
    let lastly = if commits.is_multiple_of(2) { Lastly::Written } else { Lastly::Lost };
    {
        let store = open(Some(Death { crash: Crash { write: commits / 2, lastly }, of: Victim::Store }));
        runtime().block_on(async {
            tokio::select! {
                biased;
                () = store.layer().dead() => {}
                _ = site.go_on(WHO, &store) => {}
            }
        });
    }
    runtime().block_on(site.go_on(WHO, &open(None))).unwrap_or_else(|error| broken(WHO, &error))
}

/// An Express execution in memory.
fn express(subject: &Subject, input: &Value, who: &'static str) -> Observed {
    let clock = VirtualClock::at(START);
    let site = Site::new(subject, input, clock, true);
    runtime().block_on(site.run(who)).unwrap_or_else(|error| broken(who, &error))
}

fn broken(who: &'static str, error: &Error) -> Observed {
    Observed { outcome: Outcome::Other(error.to_string()), ..Observed::new(who) }
}

/// A runtime on which tokio's own time passes when nothing else can happen. That is the sign to move the engine's clock.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
}

/// Where a run takes place, before a crash and after it.
struct Site<'a> {
    subject: &'a Subject,
    input: String,
    world: World,
    clock: VirtualClock,
    /// The engine makes activities itself. Else [`Hands`] does, who survives it.
    served: bool,
    hands: Hands,
}

impl<'a> Site<'a> {
    fn new(subject: &'a Subject, input: &Value, clock: VirtualClock, served: bool) -> Site<'a> {
        let (world, hands) = (World::default(), Hands::of(subject));
        Site { subject, input: input.to_string(), world, clock, served, hands }
    }

    /// Starts the execution, or goes on with it, and watches it to its end.
    async fn go_on(&self, who: &'static str, store: &Arc<Mortal>) -> Result<Observed, Error> {
        let engine = Engine::builder()
            .shared_store(Arc::clone(store) as _)
            .clock(self.clock.clone())
            .resource(self.world.clone());
        let engine = if self.served { engine.serve_activities(4) } else { engine };
        let engine = engine.open().await?;
        self.hands.go_on(&engine, &self.world);
        let execution =
            engine.start_json(self.subject.workflow.name, Some(EXECUTION_NAME.to_owned()), &self.input).await?;
        let mut observed = Observed::new(who);
        observed.outcome = self.finish(&engine, &execution).await;
        self.settle(&engine).await;
        self.tell(&mut observed, &engine, store, execution.id(), &Scope::new()).await?;
        if let Some(divergence) = engine.replay(execution.id()).await?.divergence {
            observed.outcome = Outcome::Other(format!("its own replay diverges: {divergence}"));
        }
        engine.shutdown(Duration::ZERO).await?;
        Ok(observed)
    }

    /// Runs an Express workflow to its end, and replays what happened.
    async fn run(&self, who: &'static str) -> Result<Observed, Error> {
        let engine =
            Engine::builder().in_memory().clock(self.clock.clone()).resource(self.world.clone()).open().await?;
        let run = engine.run_json(self.subject.workflow.name, &self.input).name(EXECUTION_NAME).with_history();
        let mut ended = pin!(run);
        let (execution, history) = loop {
            tokio::select! {
                biased;
                ended = &mut ended => break ended?,
                () = tokio::time::sleep(Duration::from_millis(1)) => match self.clock.next_due() {
                    Some(due) => self.clock.advance_to(due),
                    None => return Ok(Observed { outcome: Outcome::Other("it waits for nothing".to_owned()), ..Observed::new(who) }),
                },
            }
        };
        let mut observed = Observed::new(who);
        observed.outcome = outcome(execution.output_json().await);
        let machine = self.subject.machine;
        let scopes = Scopes::of(machine, &history.rows);
        tell(&mut observed, machine, &scopes, &Scope::new(), &history.events()?);
        if let Some(divergence) = verify::replay(&History::parse(&history.to_json()?)?)?.divergence {
            observed.outcome = Outcome::Other(format!("its own replay diverges: {divergence}"));
        }
        Ok(observed)
    }

    /// Answers a token. One that a crash has made unknown, or that is used or expired, has no taker.
    async fn deliver(&self, engine: &Engine, token: &str, reply: Reply) {
        let delivered = match reply {
            Reply::Complete(value) => engine.complete_json(token, &value.to_string()).await,
            Reply::Fail(failed) => engine.fail(token, failed).await,
        };
        if let Err(error) = delivered
            && !(error.is_unknown_token() || error.is_used_token() || error.is_expired_token())
        {
            panic!("the answer to a token is refused: {error}");
        }
        self.world.delivered(token);
    }

    /// Lets what was started and is not waited for come to its end.
    async fn settle(&self, engine: &Engine) {
        loop {
            engine.wait_idle().await;
            match engine.next_due() {
                Some(due) => self.clock.advance_to(due),
                None => return,
            }
        }
    }

    /// Tells of an execution, and of those that it has started, inside of their states.
    async fn tell(
        &self,
        observed: &mut Observed,
        engine: &Engine,
        store: &Arc<Mortal>,
        id: ExecutionId,
        around: &Scope,
    ) -> Result<(), Error> {
        let row = engine.describe(id).await?;
        let machine = self.subject.machine_of(&row.workflow).expect("a workflow of the family");
        let history = engine.history(id).await?;
        let journal = store.journal(id).await.unwrap_or_default();
        let scopes = Scopes::of(machine, &journal);
        tell(observed, machine, &scopes, around, &history);
        let mut rounds = std::collections::BTreeMap::new();
        for child in engine.children(id).await? {
            let parent = child.parent.expect("a child has a parent");
            let mut scope = around.clone();
            scope.extend(scopes.scope(&parent.scope));
            let opened = |row: &&JournalRow| *row.scope == *parent.scope && row.ordinal == parent.ordinal;
            let state = journal.iter().find(opened).and_then(|row| row.state);
            let state = state.map_or_else(String::new, |state| machine.states[state as usize].name.clone());
            let round = rounds.entry((scope.clone(), state.clone())).or_default();
            scope.push(Step { state, round: *round, index: 0 });
            *round += 1;
            Box::pin(self.tell(observed, engine, store, child.id, &scope)).await?;
        }
        Ok(())
    }

    async fn finish(&self, engine: &Engine, execution: &Execution<Value>) -> Outcome {
        let mut end = pin!(execution.output_json());
        loop {
            tokio::select! {
                biased;
                end = &mut end => return outcome(end),
                (token, reply) = self.world.next_reply() => self.deliver(engine, &token, reply).await,
                () = tokio::time::sleep(Duration::from_millis(1)) => match self.clock.next_due() {
                    _ if !self.served && self.hands.take(engine, &self.world).await => {}
                    Some(due) if due > self.clock.now() => self.clock.advance_to(due),
                    _ => return Outcome::Other("it waits for nothing".to_owned()),
                },
            }
        }
    }
}

fn outcome(end: Result<Arc<str>, ExecutionError>) -> Outcome {
    match end {
        Ok(output) => match serde_json::from_str(&output) {
            Ok(value) => Outcome::output(&value),
            Err(error) => Outcome::Other(format!("the output is no JSON ({error}): {output}")),
        },
        Err(ExecutionError::Failed { failed, .. }) => Outcome::Failed { error: failed.error, cause: failed.cause },
        Err(ExecutionError::TimedOut { .. }) => Outcome::TimedOut,
        Err(error) => Outcome::Other(error.to_string()),
    }
}

fn tell(observed: &mut Observed, machine: &TypedMachine, scopes: &Scopes, around: &Scope, history: &[HistoryEvent]) {
    let children: Vec<&str> = machine
        .states
        .iter()
        .filter_map(|state| match &state.kind {
            StateKind::Task(task) if matches!(task.callee.kind, CalleeKind::Workflow) => Some(&*task.callee.name),
            _ => None,
        })
        .collect();
    for event in history {
        let scope = || around.iter().cloned().chain(scopes.scope(&event.scope)).collect();
        let details = &event.details;
        match event.kind {
            EventKind::StateEntered(_) => observed.visit(scope(), details.state.as_deref().unwrap_or_default()),
            // A child execution is no call: it is told of by itself.
            EventKind::TaskScheduled if details.task.as_deref().is_some_and(|task| children.contains(&task)) => {}
            EventKind::TaskScheduled | EventKind::ActivityScheduled => {
                let input = details.input.as_deref().and_then(|input| serde_json::from_str(input).ok());
                let task = details.task.as_deref().unwrap_or_default();
                observed.call(scope(), task, &input.unwrap_or_default(), details.attempt.unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// What the numbers in a journal's scopes stand for.
struct Scopes {
    /// By scope and ordinal of the entry that opened it: the state and the round.
    openings: HashMap<(String, u32), (String, usize)>,
}

impl Scopes {
    fn of(machine: &TypedMachine, journal: &[JournalRow]) -> Scopes {
        let mut rounds = HashMap::<(String, String), usize>::new();
        let mut openings = HashMap::new();
        for row in journal.iter().filter(|row| OPENINGS.contains(&row.event)) {
            let state = row.state.map_or_else(String::new, |state| machine.states[state as usize].name.clone());
            let round = rounds.entry((row.scope.to_string(), state.clone())).or_default();
            openings.insert((row.scope.to_string(), row.ordinal), (state, *round));
            *round += 1;
        }
        Scopes { openings }
    }

    /// A journal's scope is a list of numbers, two a step: the ordinal of the entry and the index.
    fn scope(&self, text: &str) -> Scope {
        let mut scope = Scope::new();
        let mut around = String::new();
        let mut numbers = text.split('.').filter(|number| !number.is_empty());
        while let (Some(ordinal), Some(index)) = (numbers.next(), numbers.next()) {
            let key = (around.clone(), ordinal.parse().unwrap_or_default());
            let (state, round) = self.openings.get(&key).cloned().unwrap_or_default();
            scope.push(Step { state, round, index: index.parse().unwrap_or_default() });
            let dot = if around.is_empty() { "" } else { "." };
            around = format!("{around}{dot}{ordinal}.{index}");
        }
        scope
    }
}
