//! Running today's code against a recorded journal, without effects.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::Shared;
use crate::{
    context::{Cx, poll_body},
    engine::{Core, Observer, Recorded},
    error::{Error, Kind},
    store::ExecutionId,
};

/// What a replay has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How many recorded entries today's code agrees with, from the first on.
    pub matching: u64,
    /// The first place where it does not; none where it agrees with all.
    pub divergence: Option<Divergence>,
}

/// The first place where today's code does other than what was recorded. Its text names the execution, the state, the source line, what
/// was recorded, what was attempted and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Divergence {
    /// The execution.
    pub execution: ExecutionId,
    /// Its workflow.
    pub workflow: String,
    /// The name it was started with.
    pub name: Option<String>,
    /// The scope: empty for the workflow itself, else the path to a branch or iteration.
    pub scope: String,
    /// The number of the durable entry within its scope.
    pub ordinal: u32,
    /// The state that today's code is in.
    pub state: Option<String>,
    /// Its source file and line.
    pub place: Option<(String, u32)>,
    /// The state that was recorded.
    pub recorded_state: Option<String>,
    /// What was recorded.
    pub recorded: String,
    /// What today's code attempts.
    pub attempted: String,
    /// How many entries agreed before.
    pub matching: u64,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "execution {} of workflow `{}`", self.execution.0, self.workflow)?;
        if let Some(name) = &self.name {
            write!(f, " (`{name}`)")?;
        }
        write!(f, " does not fit today's code")?;
        if let Some(state) = &self.state {
            write!(f, " at state `{state}`")?;
        }
        if let Some((file, line)) = &self.place {
            write!(f, " ({file}:{line})")?;
        }
        if !self.scope.is_empty() {
            write!(f, " in branch {}", self.scope)?;
        }
        write!(f, ": recorded is {}", self.recorded)?;
        if let Some(state) = &self.recorded_state {
            write!(f, " (state `{state}`)")?;
        }
        write!(
            f,
            ", the code attempts {}; {} entries agree before it. It goes on as soon as code that does what was recorded opens this \
             store, or can be stopped",
            self.attempted, self.matching
        )
    }
}

impl Shared {
    /// Replays an execution; the observer sees states and variables go by.
    ///
    /// # Errors
    ///
    /// When there is no such execution or workflow, or the journal cannot be read.
    pub(crate) async fn replay(
        self: &Arc<Self>,
        id: ExecutionId,
        observer: Option<Box<dyn Observer>>,
    ) -> Result<Replayed, Error> {
        let row = self.row(id).await?;
        let rows = self.store.journal(id).await?;
        let workflow = self.registry.workflow(&row.workflow)?;
        let recorded =
            Recorded::read(&rows, row.started_at).map_err(|error| Kind::Unreadable { id, what: error.to_string() })?;
        let facts = self.facts(workflow, row.nonce.clone(), row.name.clone(), row.started_at);
        let core = Arc::new(Core::new(facts, Arc::clone(self) as _, recorded, row.wake, true));
        if let Some(observer) = observer {
            core.set_observer(observer);
        }
        let cx = Cx { core: Arc::clone(&core), scope: core.root() };
        let mut body = (workflow.run)(cx, &row.input)
            .map_err(|error| Kind::BadInput { workflow: workflow.name.to_owned(), error })?;

        let again = Arc::new(Again(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&again));
        while again.0.swap(false, Ordering::Acquire) {
            if let Poll::Ready(ended) = poll_body(&mut body, &core, core.root(), &mut Context::from_waker(&waker)) {
                core.finish(ended, row.output.as_deref());
                break;
            }
        }
        let divergence = match core.divergence() {
            Some(found) => Some(self.describe_divergence(&row, &found).await),
            None => None,
        };
        Ok(Replayed { matching: core.matched(), divergence })
    }
}

struct Again(AtomicBool);

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
