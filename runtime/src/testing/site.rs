//! One world of the kit: a clock, what became of attempts so far, and what is still to happen to them. It outlives the engines that run in it.
//!
//! Everything that takes time waits here, never on the machine's clock: attempts whose mock takes time, and answers to callbacks. An attempt
//! that waits here tells its execution, so that the engine counts it as waiting and finds itself idle.

use std::{
    any::Any,
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    future::{pending, ready},
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Settings,
    script::{Act, Chosen, Reached, Step, yielded},
};
use crate::{
    Clock, VirtualClock,
    callable::{BoxFuture, TaskEntry, Wired},
    failure::Failed,
    task::{Resources, TaskContext},
};

/// An attempt: its idempotency key and its number.
pub(super) type Attempt = (String, u32);

pub(super) struct Site {
    pub(super) settings: Arc<Settings>,
    pub(super) clock: VirtualClock,
    pub(super) resources: Resources,
    /// Every attempt is run twice.
    pub(super) twice: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reached: Reached,
    /// When an attempt ends that takes time; one that is repeated ends when it would have ended.
    ends: HashMap<Attempt, i64>,
    next: u64,
    sleepers: BTreeMap<Due, Sleeper>,
    answers: BTreeMap<Due, Answer>,
    log: Vec<Begun>,
    running: HashMap<Attempt, &'static str>,
    failure: Option<Failure>,
    differing: Vec<String>,
}

/// A time, and a number that no other has.
type Due = (i64, u64);

struct Sleeper {
    context: TaskContext,
    wake: oneshot::Sender<()>,
}

/// What completes a callback.
pub(super) struct Answer {
    pub(super) token: String,
    pub(super) result: Result<String, Failed>,
}

/// An attempt that has begun.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub(super) task: &'static str,
    pub(super) attempt: Attempt,
    pub(super) at_most_once: bool,
}

/// Why the test fails, whatever the workflow makes of it.
pub(super) enum Failure {
    Says(String),
    Panicked(Box<dyn Any + Send>),
}

impl Failure {
    /// Fails the test with it.
    pub(super) fn fail(self) -> ! {
        match self {
            Failure::Says(says) => panic!("{says}"),
            Failure::Panicked(panic) => resume_unwind(panic),
        }
    }
}

/// What is due next.
pub(super) enum Turn {
    Answer(Answer),
    Woken,
}

impl Site {
    pub(super) fn new(settings: &Arc<Settings>, twice: bool) -> Arc<Site> {
        let clock = VirtualClock::at(settings.start);
        let mut resources = Resources::new();
        settings.resources.iter().for_each(|add| add(&mut resources));
        Arc::new(Site { settings: Arc::clone(settings), clock, resources, twice, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one attempt as its script has it.
    pub(super) fn attempt(self: &Arc<Self>, entry: &'static TaskEntry, input: &str, context: TaskContext) -> Wired {
        let attempt = (context.idempotency_key().to_owned(), context.attempt());
        {
            let mut state = self.state();
            let at_most_once = entry.at_most_once;
            state.log.push(Begun { task: entry.name, attempt: attempt.clone(), at_most_once });
            state.running.insert(attempt.clone(), entry.name);
        }
        let chosen = self.choose(entry, input, &attempt.0, attempt.1);
        let runs = Runs { site: Arc::clone(self), attempt };
        let work = match chosen {
            Ok(Some((step, answers))) => self.step(entry, input, context, step, answers),
            Ok(None) => self.body(entry, input, context),
            Err(failure) => self.fail(failure, context),
        };
        Box::pin(async move {
            let _runs = runs;
            work.await
        })
    }

    /// The step that a script has for an attempt, and whether it is about the answer alone; none where the body runs.
    ///
    /// # Errors
    ///
    /// When the test fails: the task may not be called, or not once more.
    pub(super) fn choose(
        &self,
        entry: &TaskEntry,
        input: &str,
        key: &str,
        attempt: u32,
    ) -> Result<Option<(Step, bool)>, Failure> {
        let name = entry.name;
        let chosen = self.settings.scripts.choose(&mut self.state().reached, name, key, attempt);
        match chosen {
            Chosen::Step { step, answers } => Ok(Some((step, answers))),
            Chosen::Unmocked if self.settings.only_mocked => Err(Failure::Says(format!(
                "task `{name}` was called with {input} and is not mocked; mock it with `kit.mock({name}).with(..)`, or let its body run with `.runs()`"
            ))),
            Chosen::Unmocked => Ok(None),
            Chosen::UsedUp(steps) => Err(Failure::Says(format!(
                "task `{name}` was called with {input} (attempt {attempt}), and its script is used up: it is for {steps} attempts. Add a step to it, or leave \
                 `.times(..)` of its last step out"
            ))),
        }
    }

    /// What the body of a task needs is there.
    ///
    /// # Errors
    ///
    /// When a resource is missing.
    pub(super) fn check_needs(&self, entry: &TaskEntry) -> Result<(), Failure> {
        let Some(need) = (entry.needs)().into_iter().find(|need| !self.resources.has(need)) else { return Ok(()) };
        Err(Failure::Says(format!(
            "the body of task `{}` ({}:{}) needs a resource of type `{}`, and the kit has none; give it one with `TestEngine::new().resource(..)`, \
             or mock the task",
            entry.name, entry.place.0, entry.place.1, need.type_name
        )))
    }

    /// Fails the test. The attempt has no end.
    fn fail(&self, failure: Failure, context: TaskContext) -> Wired {
        self.state().failure.get_or_insert(failure);
        hangs(context)
    }

    fn step(
        self: &Arc<Self>,
        entry: &'static TaskEntry,
        input: &str,
        context: TaskContext,
        step: Step,
        answers: bool,
    ) -> Wired {
        let result = match yielded(&step.act, input) {
            None => None,
            Some(Ok(result)) => Some(result),
            Some(Err(panic)) => return self.fail(Failure::Panicked(panic), context),
        };
        let token = context.token().map(str::to_owned);
        match (step.act, result, token) {
            (Act::Runs, ..) => self.body(entry, input, context),
            (Act::Panics(message), ..) => {
                let takes = self.takes(step.takes, context);
                Box::pin(async move {
                    takes.await;
                    std::panic::panic_any(message.to_string())
                })
            }
            (_, result, Some(token)) => {
                let asked = if answers { self.body(entry, input, context.clone()) } else { nothing() };
                let site = Arc::clone(self);
                Box::pin(async move {
                    let asked = asked.await?;
                    if let Some(result) = result {
                        site.answer(&context, step.takes, Answer { token, result });
                    }
                    Ok(asked)
                })
            }
            (_, Some(result), None) => {
                let takes = self.takes(step.takes, context);
                Box::pin(async move {
                    takes.await;
                    result
                })
            }
            (_, None, None) => hangs(context),
        }
    }

    /// The task's own body, once or twice.
    fn body(self: &Arc<Self>, entry: &'static TaskEntry, input: &str, context: TaskContext) -> Wired {
        if let Err(failure) = self.check_needs(entry) {
            return self.fail(failure, context);
        }
        if entry.transact.is_some() {
            let says = format!(
                "task `{}` is a transaction, whose body the kit does not run: mock it, or test its workflow in an `Engine` that is `in_memory()`",
                entry.name
            );
            return self.fail(Failure::Says(says), context);
        }
        if !self.twice || entry.at_most_once {
            return (entry.run)(input, context);
        }
        let (site, input) = (Arc::clone(self), input.to_owned());
        Box::pin(async move {
            let first = (entry.run)(&input, context.clone()).await;
            let second = (entry.run)(&input, context).await;
            if first != second && !site.settings.varying.contains(entry.name) {
                let differs = format!(
                    "task `{}` with {input}\n    first:  {}\n    second: {}",
                    entry.name,
                    shown(&first),
                    shown(&second)
                );
                site.state().differing.push(differs);
            }
            second
        })
    }

    /// When an attempt ends that takes so long.
    fn end(&self, state: &mut State, context: &TaskContext, takes: Duration) -> i64 {
        let attempt = (context.idempotency_key().to_owned(), context.attempt());
        let millis = i64::try_from(takes.as_millis()).unwrap_or(i64::MAX);
        *state.ends.entry(attempt).or_insert_with(|| self.clock.now().saturating_add(millis))
    }

    /// Takes back an answer that could not be delivered.
    pub(super) fn answer_again(&self, answer: Answer) {
        let mut state = self.state();
        state.next += 1;
        let place = (self.clock.now(), state.next);
        state.answers.insert(place, answer);
    }

    fn answer(&self, context: &TaskContext, takes: Duration, answer: Answer) {
        let mut state = self.state();
        let due = self.end(&mut state, context, takes);
        state.next += 1;
        let place = (due, state.next);
        state.answers.insert(place, answer);
    }

    /// Ready when the time has passed that an attempt takes.
    fn takes(self: &Arc<Self>, takes: Duration, context: TaskContext) -> BoxFuture<()> {
        if takes.is_zero() {
            return Box::pin(ready(()));
        }
        let site = Arc::clone(self);
        Box::pin(async move {
            let (wake, woken) = oneshot::channel();
            let place = {
                let mut state = site.state();
                let due = site.end(&mut state, &context, takes);
                state.next += 1;
                let place = (due, state.next);
                state.sleepers.insert(place, Sleeper { context: context.clone(), wake });
                place
            };
            let _sleeps = Sleeps { site: Arc::clone(&site), place };
            context.park();
            // Whoever wakes it has taken the sender out first, so there is one.
            let _ = woken.await;
        })
    }

    /// When something is due that waits here.
    pub(super) fn next_due(&self) -> Option<i64> {
        let state = self.state();
        let firsts = [state.sleepers.keys().next(), state.answers.keys().next()];
        firsts.into_iter().flatten().map(|(due, _)| *due).min()
    }

    /// Takes the first thing that is due; wakes it, where it is an attempt.
    pub(super) fn take_turn(&self, now: i64) -> Option<Turn> {
        let mut state = self.state();
        let sleeper = state.sleepers.keys().next().copied().filter(|(due, _)| *due <= now);
        let answer = state.answers.keys().next().copied().filter(|(due, _)| *due <= now);
        match (sleeper, answer) {
            (None, None) => None,
            (Some(sleeper), answer) if answer.is_none_or(|answer| sleeper < answer) => {
                let Sleeper { context, wake } = state.sleepers.remove(&sleeper)?;
                drop(state);
                // Before it wakes, so that the engine is not idle from here on.
                context.go_on();
                // An attempt that was dropped meanwhile does not want to know.
                let _ = wake.send(());
                Some(Turn::Woken)
            }
            (_, answer) => state.answers.remove(&answer?).map(Turn::Answer),
        }
    }

    pub(super) fn take_failure(&self) -> Option<Failure> {
        self.state().failure.take()
    }

    /// The attempts that run, by their task.
    pub(super) fn running(&self) -> Vec<&'static str> {
        let mut running: Vec<_> = self.state().running.values().copied().collect();
        running.sort_unstable();
        running
    }

    /// Every attempt that has begun, in order.
    pub(super) fn log(&self) -> Vec<Begun> {
        self.state().log.clone()
    }

    /// What attempts that ran twice made of it the second time, where that differs.
    pub(super) fn differing(&self) -> Vec<String> {
        self.state().differing.clone()
    }
}

/// An attempt that waits for ever.
fn hangs(context: TaskContext) -> Wired {
    Box::pin(async move {
        context.park();
        pending().await
    })
}

/// The body of a callback that asks nobody.
fn nothing() -> Wired {
    Box::pin(ready(Ok("null".to_owned())))
}

fn shown(result: &Result<String, Failed>) -> String {
    match result {
        Ok(output) => output.clone(),
        Err(failed) => failed.to_string(),
    }
}

/// An attempt sleeps, while this lives.
struct Sleeps {
    site: Arc<Site>,
    place: Due,
}

impl Drop for Sleeps {
    fn drop(&mut self) {
        let sleeper = self.site.state().sleepers.remove(&self.place);
        drop(sleeper);
    }
}

/// An attempt runs, while this lives.
struct Runs {
    site: Arc<Site>,
    attempt: Attempt,
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.site.state().running.remove(&self.attempt);
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running: HashSet<_> = self.running().into_iter().collect();
        f.debug_struct("Site").field("clock", &self.clock).field("running", &running).finish_non_exhaustive()
    }
}
