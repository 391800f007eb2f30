//! Tests of workflows: an engine in memory with a clock of its own, mocked tasks, crashes, and the exported machine.
//!
//! A [`TestEngine`] runs workflows as the real engine does, because it is one; only the clock and the tasks are the test's. Feature `testing`, for
//! `[dev-dependencies]`.
//!
//! ```standalone_crate
//! use durafn::{prelude::*, testing::TestEngine};
//!
//! #[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
//! enum OrderError {
//!     Declined,
//!     #[fault]
//!     Fault(Fault),
//! }
//!
//! #[task(timeout = "30s", retry(on = "States.Timeout", interval = "1s", attempts = 3))]
//! async fn charge(customer: String, cents: u32) -> Result<String, OrderError> {
//!     unimplemented!("asks the bank for {cents} cents of {customer}")
//! }
//!
//! #[task(callback, timeout = "7d")]
//! async fn ask(token: TaskToken<bool>, customer: String) -> Result<(), OrderError> {
//!     unimplemented!("mails {token} to {customer}")
//! }
//!
//! #[workflow]
//! async fn order(customer: String, cents: u32) -> Result<String, OrderError> {
//!     match ask(customer.clone()).await {
//!         Ok(true) => charge(customer, cents).await,
//!         Ok(false) => Err(OrderError::Declined),
//!         Err(OrderError::Fault(Fault::Timeout)) => Ok("forgotten".to_string()),
//!         Err(error) => Err(error),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let kit = TestEngine::new().only_mocked();
//! kit.mock(ask).with(|customer| Ok(customer == "Ada"));
//! kit.mock(charge).fails(Fault::Timeout).times(2).with(|customer, cents| Ok(format!("{customer} paid {cents}")));
//!
//! let run = kit.run(order("Ada".into(), 9_900)).await;
//! assert_eq!(run.output(), "Ada paid 9900");
//! run.assert_states(["Ask", "match ask", "Charge"]);
//! assert_eq!(run.calls_of(charge), [("Ada".to_owned(), 9_900)]);
//! assert_eq!(run.attempts_of(charge), 3);
//!
//! kit.mock(ask).never();
//! let run = kit.run(order("Bob".into(), 1)).await;
//! assert_eq!((run.output().as_str(), run.elapsed()), ("forgotten", Duration::from_hours(7 * 24)));
//! # }
//! ```
//!
//! # Time
//!
//! The kit's clock moves by itself, to the next moment at which something is due, and only when all that can happen now has happened. Work takes no time,
//! whatever it takes really; a mock takes time where it [says so](Scripted::takes), and what [never](Mock::never) ends leaves it to a timeout. So events have the
//! order that they really have, and always the same. At one moment timers come first, then what the kit holds back, in the order in which it began.
//!
//! `uuid()` and `random()` follow from the place at which they are called: they too are the same in each run of a test.
//!
//! # What stays real
//!
//! Journal, replay, retries, timeouts, tokens, children: everything but the store, which is in memory. A task that is not mocked runs its own body with the
//! resources that the kit was given.
//!
//! # Crashes
//!
//! [`TestEngine::crash_everywhere`] ends the process at each write of the journal, before and after it is durable, goes on from what is there, and holds the
//! promises against what happened. [`TestEngine::every_step_twice`] runs each attempt twice, as after a crash at the worst moment.
//!
//! # The exported machine
//!
//! [`TestEngine::run_on`] runs the definition that `export` writes on an interpreter that is not ours, with the same mocks, and yields the same [`Run`].

mod crash;
mod drive;
mod exported;
mod express;
mod function;
mod journal;
mod run;
mod script;
mod site;
mod trace;

use std::{collections::BTreeSet, fmt, future::Future, sync::Arc, time::Duration};

use durafn_ir::WorkflowKind;
use tokio::sync::OnceCell;

pub use self::{
    crash::CrashReport,
    exported::{Answer, Asked, Ended, Entered, Exported, Interpreter, InterpreterProcess, Outcome, ScopePath, Tasks},
    function::TaskFn,
    run::Run,
    script::{Mock, Scripted},
    trace::TaskCall,
};
use self::{
    drive::{Moved, World},
    script::Scripts,
    site::Site,
};
use crate::{
    Clock, Engine, EngineBuilder, Execution,
    callable::{Call, Callable, Task, Workflow},
    store::{ExecutionId, MemoryStore, Status},
    task::Resources,
};

/// Midnight of 1 January 2026.
const START: i64 = 1_767_225_600_000;

/// An engine for tests: in memory, with a clock that moves by itself, and tasks that can be mocked. The [module](self) has an example.
///
/// What goes wrong in a test panics, and so fails it: an unmocked task, a wait that never ends, a workflow that is no part of the program.
pub struct TestEngine {
    settings: Arc<Settings>,
    world: OnceCell<World>,
}

type SetEngine = Arc<dyn Fn(EngineBuilder) -> EngineBuilder + Send + Sync>;
type AddResource = Arc<dyn Fn(&mut Resources) + Send + Sync>;

/// What all worlds of a kit share.
#[derive(Clone)]
struct Settings {
    scripts: Scripts,
    /// Each adds one.
    resources: Vec<AddResource>,
    only_mocked: bool,
    varying: BTreeSet<&'static str>,
    start: i64,
    patience: Duration,
    engine: Option<SetEngine>,
}

impl Default for TestEngine {
    fn default() -> Self {
        TestEngine::new()
    }
}

impl TestEngine {
    /// An engine without executions. Its clock shows midnight of 1 January 2026.
    #[must_use]
    pub fn new() -> Self {
        let settings = Settings {
            scripts: Scripts::default(),
            resources: Vec::new(),
            only_mocked: false,
            varying: BTreeSet::new(),
            start: START,
            patience: Duration::from_secs(30),
            engine: None,
        };
        TestEngine { settings: Arc::new(settings), world: OnceCell::new() }
    }

    #[track_caller]
    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        assert!(!self.world.initialized(), "the kit has run something: its settings stand at its beginning");
        set(Arc::make_mut(&mut self.settings));
        self
    }

    /// Gives the bodies of tasks that are not mocked a value by its type.
    #[must_use]
    #[track_caller]
    pub fn resource<T: Clone + Send + Sync + 'static>(self, resource: T) -> Self {
        self.resource_with(move || resource.clone())
    }

    /// As [`TestEngine::resource`], with a value that is made anew for each run of [`TestEngine::crash_everywhere`] and
    /// [`TestEngine::every_step_twice`].
    #[must_use]
    #[track_caller]
    pub fn resource_with<T: Clone + Send + Sync + 'static>(self, make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.resources.push(Arc::new(move |resources| resources.insert(make()))))
    }

    /// A task that is called and not mocked fails the test. Without this its own body runs.
    #[must_use]
    #[track_caller]
    pub fn only_mocked(self) -> Self {
        self.set(|settings| settings.only_mocked = true)
    }

    /// The clock begins at this time.
    #[must_use]
    #[track_caller]
    pub fn start_at(self, time: impl Into<jiff::Timestamp>) -> Self {
        let start = time.into().as_millisecond();
        self.set(|settings| settings.start = start)
    }

    /// Settings of the engine itself, such as limits: `.engine_with(|builder| builder.max_concurrent_tasks(2))`. Store, clock and resources are the kit's own.
    #[must_use]
    #[track_caller]
    pub fn engine_with(self, set: impl Fn(EngineBuilder) -> EngineBuilder + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.engine = Some(Arc::new(set)))
    }

    /// How long the bodies of tasks may run, in real time, before the test fails and names them. 30 seconds unless set.
    #[must_use]
    #[track_caller]
    pub fn patience(self, patience: Duration) -> Self {
        self.set(|settings| settings.patience = patience)
    }

    /// [`TestEngine::every_step_twice`] lets the results of this task differ from one time to the other: it reads a clock, say.
    #[must_use]
    #[track_caller]
    pub fn varying<P, F: TaskFn<P>>(self, task: F) -> Self {
        let _ = task;
        self.set(|settings| {
            settings.varying.insert(<F::Task as Callable>::NAME);
        })
    }

    /// Says what a task does in the place of its body: the steps of the script that this begins. It takes the place of a script that the task has.
    ///
    /// Closures take the parameters of the task and return what its call yields: of a callback, what completes it. Without a body, a task needs none of
    /// its resources.
    pub fn mock<P, F: TaskFn<P>>(&self, task: F) -> Mock<F::Task, P> {
        let _ = task;
        Mock::new(&self.settings.scripts, false)
    }

    /// Says how a callback is answered, after its own body has asked: with a script like that of [`TestEngine::mock`].
    ///
    /// Only a callback is answered; for any other task this does not compile:
    ///
    /// ```compile_fail
    /// use durafn::{prelude::*, testing::TestEngine};
    ///
    /// #[task]
    /// async fn charge(cents: u32) -> u32 { cents }
    ///
    /// TestEngine::new().answer(charge).returns(5);
    /// ```
    pub fn answer<P, F: TaskFn<P>>(&self, callback: F) -> Mock<F::Task, P> {
        const {
            assert!(
                <F::Task as Task>::CALLBACK,
                "only a callback is answered: other tasks are mocked, by `kit.mock(..)`"
            )
        };
        let _ = callback;
        Mock::new(&self.settings.scripts, true)
    }

    async fn world(&self) -> &World {
        let open = async || {
            let site = Site::new(&self.settings, false);
            let opened = World::open(&site, Arc::new(MemoryStore::new())).await;
            opened.unwrap_or_else(|error| panic!("the kit's engine cannot be opened: {error}"))
        };
        self.world.get_or_init(open).await
    }

    /// Runs a workflow to its end, be it Standard or Express.
    ///
    /// # Panics
    ///
    /// When it never comes to an end, and where the test fails on the way.
    pub async fn run<W: Workflow>(&self, call: Call<W>) -> Run<W::Returned> {
        if W::KIND == WorkflowKind::Express {
            return express::run(self.world().await, &call).await;
        }
        let execution = self.start(call).await;
        self.finish(&execution).await
    }

    /// Exports a workflow, and runs the definition on an interpreter of Amazon States Language, with the same mocks: a run that can be held against that of
    /// [`TestEngine::run`]. Scripts begin anew.
    ///
    /// # Panics
    ///
    /// When the workflow has no form in ASL, the interpreter cannot run it, and where the test fails on the way.
    pub async fn run_on<W: Workflow, I: Interpreter>(&self, interpreter: &mut I, call: Call<W>) -> Run<W::Returned> {
        exported::run_on(Site::new(&self.settings, false), interpreter, call).await
    }

    /// Starts a workflow, and lets all happen that can happen now. The clock stands still.
    ///
    /// # Panics
    ///
    /// When it cannot be started or is Express, and where the test fails.
    pub async fn start<W: Workflow>(&self, call: Call<W>) -> Execution<W::Returned> {
        check_standard::<W>();
        let world = self.world().await;
        let started = world.engine.start(call).await;
        let execution = started.unwrap_or_else(|error| panic!("workflow `{}` cannot be started: {error}", W::NAME));
        world.idle().await;
        execution
    }

    /// Goes on until an execution that was started is over. Others go on with it.
    ///
    /// # Panics
    ///
    /// As [`TestEngine::run`].
    pub async fn finish<R>(&self, execution: &Execution<R>) -> Run<R> {
        let world = self.world().await;
        let over = async {
            let row = world.finish(execution.id()).await?;
            assert!(
                row.status != Status::Blocked,
                "execution {} is blocked: {}",
                row.id.0,
                row.cause.as_deref().unwrap_or_default()
            );
            self.look(world, execution.id()).await
        };
        over.await.unwrap_or_else(|error| panic!("execution {} cannot be run to its end: {error}", execution.id().0))
    }

    async fn look<R>(&self, world: &World, id: ExecutionId) -> Result<Run<R>, crate::Error> {
        let row = world.engine.describe(id).await?;
        let trace = journal::trace(&world.engine, id).await?;
        Ok(Run::new(trace, Some(id), Some(elapsed(row.started_at, row.closed_at))))
    }

    /// Lets the clock move by a duration, and everything happen that is due on the way.
    ///
    /// # Panics
    ///
    /// Where the test fails on the way.
    pub async fn advance(&self, by: Duration) {
        let world = self.world().await;
        let clock = &world.site.clock;
        let to = clock.now().saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        world.idle().await;
        while let Moved::On = world.step(to).await.unwrap_or_else(|error| panic!("the kit cannot go on: {error}")) {}
        clock.advance_to(to);
        world.idle().await;
    }

    /// What the kit's clock shows.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        let now = self.world.get().map_or(self.settings.start, |world| world.site.clock.now());
        jiff::Timestamp::from_millisecond(now).unwrap_or_default()
    }

    /// The engine itself: to complete a token, to stop, to look at histories. Opened where it is not yet.
    pub async fn engine(&self) -> &Engine {
        &self.world().await.engine
    }

    /// Runs a workflow with a crash at each write of its journal, before the write is durable and after, and goes on from what is there. `call` makes the
    /// same call each time; scripts begin anew each time.
    ///
    /// Holds against a run without a crash: the output or error, the states visited, the calls with their inputs; that no attempt whose end is in the journal
    /// has run again; that an attempt in flight at the crash has run at most once more, or, where its task is `at_most_once`, never.
    ///
    /// # Panics
    ///
    /// Where one of these does not hold: says at which write, and what. When the workflow is Express: a crash ends it.
    pub fn crash_everywhere<W: Workflow>(
        &self,
        call: impl Fn() -> Call<W> + Send + Sync,
    ) -> impl Future<Output = CrashReport<W::Returned>> + Send {
        check_standard::<W>();
        crash::everywhere(&self.settings, call)
    }

    /// Runs a workflow, and every attempt of a task that is not mocked twice, with the same idempotency key: as after a crash just before its result was
    /// durable. The workflow goes on with the second result. A task that is `at_most_once` runs once.
    ///
    /// That the second time changed nothing more, the test sees in what its tasks have to do with.
    ///
    /// # Panics
    ///
    /// Where a task yields something else the second time, unless it is [varying](TestEngine::varying); and as [`TestEngine::run`].
    pub async fn every_step_twice<W: Workflow>(&self, call: Call<W>) -> Run<W::Returned> {
        let site = Site::new(&self.settings, true);
        let run = async {
            let world = World::open(&site, Arc::new(MemoryStore::new())).await?;
            if W::KIND == WorkflowKind::Express {
                return Ok(express::run(&world, &call).await);
            }
            let execution = world.engine.start(call).await?;
            world.finish(execution.id()).await?;
            self.look(&world, execution.id()).await
        };
        let run: Result<_, crate::Error> = run.await;
        let run = run.unwrap_or_else(|error| panic!("workflow `{}` cannot be run: {error}", W::NAME));
        let differing = site.differing();
        assert!(
            differing.is_empty(),
            "run twice with the same idempotency key, these do not yield the same:\n  {}\nA crash can repeat any attempt: let the task find what it did by \
             `TaskContext::idempotency_key`; where its result may differ, say `TestEngine::new().varying(..)`",
            differing.join("\n  ")
        );
        run
    }
}

/// An Express execution is in no store, where it could be looked at before its end or gone on with.
fn check_standard<W: Workflow>() {
    assert!(
        W::KIND == WorkflowKind::Standard,
        "workflow `{0}` is Express, whose executions are in memory alone: nobody can look at one before its end, and a crash ends it; run it from \
         start to end by `kit.run({0}(..))`, or start it by `kit.engine().await.start({0}(..))`, where its tasks are mocked too",
        W::NAME
    );
}

fn elapsed(from: i64, to: Option<i64>) -> Duration {
    let millis = to.map_or(0, |to| to.saturating_sub(from));
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

impl fmt::Debug for TestEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestEngine").field("mocked", &self.settings.scripts).finish_non_exhaustive()
    }
}
