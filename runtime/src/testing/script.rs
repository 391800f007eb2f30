//! What mocked tasks do: a script of steps for each, and how far each script is.

use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    fmt,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    callable::{Callable, Returned, Task},
    failure::{Failed, Failure},
};

/// How a mock makes a result of an input, both in their wire form.
type Closure = Arc<dyn Fn(&str) -> Result<String, Failed> + Send + Sync>;

/// What one step does with an attempt.
#[derive(Clone)]
pub(super) enum Act {
    With(Closure),
    Yields(Result<String, Failed>),
    Panics(Arc<str>),
    /// Never ends.
    Never,
    /// Runs the task's own body.
    Runs,
}

#[derive(Clone)]
pub(super) struct Step {
    pub(super) act: Act,
    pub(super) takes: Duration,
    /// For ever where there is none, as the last step.
    times: Option<u32>,
}

/// What a mocked task does, step by step.
struct Script {
    steps: Vec<Step>,
    /// Each call has the script from its start, for its attempts.
    each_call: bool,
    /// The body of the callback runs; the script is about the answers.
    answers: bool,
    /// Differs from that of the script before it.
    edition: u64,
}

/// The scripts of all mocked tasks.
#[derive(Clone, Default)]
pub(super) struct Scripts(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    scripts: BTreeMap<&'static str, Script>,
    edition: u64,
}

/// How far scripts are, in one world.
#[derive(Default)]
pub(super) struct Reached {
    /// By task, edition and, where each call has its own, its key: how many attempts it has had.
    counts: HashMap<(&'static str, u64, Option<String>), u32>,
    /// What an attempt was given: one that is repeated gets the same.
    given: HashMap<(String, u32), Chosen>,
}

/// What an attempt is given.
#[derive(Clone)]
pub(super) enum Chosen {
    /// Nobody has mocked the task.
    Unmocked,
    Step {
        step: Step,
        answers: bool,
    },
    /// The script has an end, and this attempt is behind it: so many steps there were.
    UsedUp(u32),
}

impl Scripts {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The step for an attempt of a call, by its key.
    pub(super) fn choose(&self, reached: &mut Reached, task: &str, key: &str, attempt: u32) -> Chosen {
        if let Some(given) = reached.given.get(&(key.to_owned(), attempt)) {
            return given.clone();
        }
        let book = self.book();
        let chosen = match book.scripts.get_key_value(task) {
            None => Chosen::Unmocked,
            Some((&task, script)) => {
                let of = script.each_call.then(|| key.to_owned());
                let count = reached.counts.entry((task, script.edition, of)).or_default();
                *count += 1;
                script.at(*count)
            }
        };
        reached.given.insert((key.to_owned(), attempt), chosen.clone());
        chosen
    }

    fn change(&self, task: &'static str, change: impl FnOnce(&mut Script)) {
        if let Some(script) = self.book().scripts.get_mut(task) {
            change(script);
        }
    }
}

impl Script {
    /// The step for the n-th attempt, from 1. All steps but the last are for one attempt where they do not say for how many.
    fn at(&self, nth: u32) -> Chosen {
        let mut left = nth;
        let last = self.steps.len().saturating_sub(1);
        for (index, step) in self.steps.iter().enumerate() {
            let times = step.times.or_else(|| (index < last).then_some(1));
            match times {
                Some(times) if left > times => left -= times,
                _ => return Chosen::Step { step: step.clone(), answers: self.answers },
            }
        }
        Chosen::UsedUp(nth - left)
    }
}

/// Says what a mocked task does in the place of its body; made by [`TestEngine::mock`](super::TestEngine::mock).
///
/// Each method is a step of the task's script, and yields a [`Script`](Scripted) to which further ones can be added. A step is for one attempt,
/// [`times`](Scripted::times) makes it one for several; the last step, unless it says how many times, is for all that follow.
#[must_use = "a mock without a step leaves the task as it is: say what it does, as in `.with(|..| ..)`"]
pub struct Mock<T, P> {
    scripts: Scripts,
    answers: bool,
    each_call: bool,
    of: PhantomData<fn(T, P)>,
}

/// A script that has steps: more can be added, and the last one adjusted.
pub struct Scripted<T, P> {
    scripts: Scripts,
    of: PhantomData<fn(T, P)>,
}

impl<T: Task, P> Mock<T, P> {
    pub(super) fn new(scripts: &Scripts, answers: bool) -> Self {
        Mock { scripts: scripts.clone(), answers, each_call: false, of: PhantomData }
    }

    /// Each call has the script from its start, for its attempts. Without this the script is for all calls of the task, in their order.
    pub fn each_call(mut self) -> Self {
        self.each_call = true;
        self
    }

    fn add(self, act: Act) -> Scripted<T, P> {
        let Mock { scripts, answers, each_call, .. } = self;
        {
            let mut book = scripts.book();
            book.edition += 1;
            let edition = book.edition;
            book.scripts.insert(T::NAME, Script { steps: vec![Step::new(act)], each_call, answers, edition });
        }
        Scripted { scripts, of: PhantomData }
    }
}

impl<T: Task, P> Scripted<T, P> {
    /// The last step is for so many attempts.
    ///
    /// # Panics
    ///
    /// When it is for none: leave the step out.
    #[track_caller]
    pub fn times(self, times: u32) -> Self {
        assert!(times > 0, "a step of the script of `{}` that is for no attempt: leave it out", T::NAME);
        self.last(|step| step.times = Some(times))
    }

    /// The last step takes so long, in the kit's time. Where the task's own timeout is shorter or as long, the attempt times out.
    pub fn takes(self, time: Duration) -> Self {
        self.last(|step| step.takes = time)
    }

    fn last(self, change: impl FnOnce(&mut Step)) -> Self {
        self.scripts.change(T::NAME, |script| {
            if let Some(step) = script.steps.last_mut() {
                change(step);
            }
        });
        self
    }

    fn add(self, act: Act) -> Scripted<T, P> {
        self.scripts.change(T::NAME, |script| script.steps.push(Step::new(act)));
        self
    }
}

impl Step {
    fn new(act: Act) -> Step {
        Step { act, takes: Duration::ZERO, times: None }
    }
}

macro_rules! steps {
    ($ty:ident) => {
        impl<T: Task, P> $ty<T, P> {
            /// The attempt yields this: a value, or a `Result` where the task returns one.
            pub fn returns(self, returned: T::Returned) -> Scripted<T, P> {
                self.add(Act::Yields(returned.into_wire()))
            }

            /// The attempt fails with this error, which is one of the task's own or a [`Fault`](crate::Fault), such as `Fault::Timeout`. That takes no time:
            /// [`never`](Self::never) lets a timeout pass.
            pub fn fails<E: Failure>(self, error: E) -> Scripted<T, P> {
                self.add(Act::Yields(Err(error.to_failed())))
            }

            /// The task panics with this message.
            pub fn panics(self, message: &str) -> Scripted<T, P> {
                self.add(Act::Panics(message.into()))
            }

            /// The attempt never ends by itself: its timeout ends it, or what is raced against it.
            pub fn never(self) -> Scripted<T, P> {
                self.add(Act::Never)
            }

            /// The task's own body runs.
            pub fn runs(self) -> Scripted<T, P> {
                self.add(Act::Runs)
            }
        }
    };
}

steps!(Mock);
steps!(Scripted);

macro_rules! with {
    ($ty:ident $($param:ident)*) => {
        impl<T: Task<Args = ($($param,)*)>, $($param: 'static),*> $ty<T, ($($param,)*)> {
            /// The attempt yields what this closure makes of the call's arguments. It is a plain function of them: counting is what scripts do.
            ///
            /// A panic in it, such as that of an assertion, fails the test.
            pub fn with(self, mock: impl Fn($($param),*) -> T::Returned + Send + Sync + 'static) -> Scripted<T, ($($param,)*)> {
                self.add(Act::With(Arc::new(move |input| {
                    #[allow(non_snake_case)]
                    let ($($param,)*) = decoded::<T>(input)?;
                    mock($($param),*).into_wire()
                })))
            }
        }
    };
    ($(($($param:ident)*))*) => {$( with!(Mock $($param)*); with!(Scripted $($param)*); )*};
}

with! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E G) (A B C D E G H) (A B C D E G H I) }

/// The arguments of a call. Where its input does not have their types, the task fails as its body would.
fn decoded<T: Task>(input: &str) -> Result<<T as Callable>::Args, Failed> {
    T::decode(input).map_err(|error| Failed::task_failed(format!("the input of `{}` {error}", T::NAME)))
}

/// What a step yields for an input, or the panic of the test's own closure.
pub(super) fn yielded(act: &Act, input: &str) -> Option<Result<Result<String, Failed>, Box<dyn Any + Send>>> {
    match act {
        Act::With(mock) => Some(catch_unwind(AssertUnwindSafe(|| mock(input)))),
        Act::Yields(result) => Some(Ok(result.clone())),
        Act::Panics(_) | Act::Never | Act::Runs => None,
    }
}

impl<T: Task, P> fmt::Debug for Mock<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock").field("task", &T::NAME).finish_non_exhaustive()
    }
}

impl<T: Task, P> fmt::Debug for Scripted<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").field("task", &T::NAME).finish_non_exhaustive()
    }
}

impl fmt::Debug for Scripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.book().scripts.keys()).finish()
    }
}
