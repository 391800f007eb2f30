//! A race: the first branch that ends decides, the others are dropped.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use serde::Serialize;

use super::{
    Cx,
    join::{Join, Joined, NoError, Scope},
    scope::Body,
};
use crate::{
    Failure, Fault,
    engine::{Decided, JoinKind},
    failure::Failed,
};

/// What ASL lets a winner hand on: the characters of an error's cause.
const LARGEST: usize = 32_768;

/// A value that is larger than what ASL lets a winner hand on.
const TOO_LARGE: &str = "States.DataLimitExceeded";

type Start<'a> = Box<dyn FnOnce(Cx) -> Body<'a, ()> + Send + 'a>;

/// A race under construction: branches are added, then it runs. `R` is what each of them yields.
#[must_use = "a race does nothing until it runs"]
pub struct Race<'a, R: Joined> {
    cx: Cx,
    state: u32,
    branches: Vec<Start<'a>>,
    won: Arc<Mutex<Option<R::Value>>>,
}

impl<'a, R: Joined> Race<'a, R>
where
    R::Value: Serialize + 'a,
{
    pub(super) fn new(cx: Cx, state: u32) -> Self {
        Race { cx, state, branches: Vec::new(), won: Arc::default() }
    }

    /// Adds a branch.
    pub fn branch<F, B>(&mut self, body: F)
    where
        F: FnOnce(Cx) -> B + Send + 'a,
        B: Future<Output = R> + Send + 'a,
    {
        let won = Arc::clone(&self.won);
        self.branches.push(Box::new(move |cx| {
            let value = body(cx);
            Box::pin(async move {
                let value = value.await.into_result().map_err(|error| error.to_failed())?;
                fits(&value)?;
                *won.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            })
        }));
    }

    /// Adds a branch that can only fail.
    pub fn timer<F, B>(&mut self, body: F)
    where
        F: FnOnce(Cx) -> B + Send + 'a,
        B: Future<Output = Result<NoError, Fault>> + Send + 'a,
    {
        self.branches.push(Box::new(move |cx| {
            let value = body(cx);
            Box::pin(async move {
                match value.await {
                    Ok(never) => match never {},
                    Err(fault) => Err(fault.to_failed()),
                }
            })
        }));
    }

    /// Runs the branches concurrently until the first of them ends, with success or failure. Of several that end at the same moment it is the one that
    /// was added first. A failure that `R` cannot hold ends the scope around the race.
    pub async fn run(self) -> R {
        let Race { cx, state, branches, won } = self;
        let join = Join::open(&cx, state, JoinKind::Race, branches.len());
        let mut running: Vec<Scope<'_>> = (0..).zip(branches).map(|(index, start)| join.scope(index, start)).collect();
        let (index, ended) = poll_fn(|context| {
            for scope in &mut running {
                if let Poll::Ready((index, ended)) = Pin::new(scope).poll(context)
                    && join.decides(index)
                {
                    return Poll::Ready((index, ended));
                }
            }
            Poll::Pending
        })
        .await;
        let decided = match ended {
            Ok(()) => Decided::Won { index },
            Err(failed) => Decided::Failed { index, failed },
        };
        drop(running);
        match join.close(decided).await {
            Ok(()) => {
                let value = won.lock().unwrap_or_else(PoisonError::into_inner).take();
                R::from_result(Ok(value.expect("the branch that won has left its value")))
            }
            Err(failed) => match R::Error::from_failed(&failed) {
                Some(error) => R::from_result(Err(error)),
                None => cx.leave(failed).await,
            },
        }
    }
}

/// The value, in the frame in which ASL carries it, is no larger than a cause may be.
fn fits<V: Serialize>(value: &V) -> Result<(), Failed> {
    let length = match serde_json::to_string(value) {
        Ok(text) => text.chars().count() + r#"{"v":}"#.len(),
        Err(error) => {
            let cause = format!("the value of a race's winner cannot be written: {error}");
            return Err(Failed::new(crate::engine::QUERY_EVALUATION_ERROR, cause));
        }
    };
    match length <= LARGEST {
        true => Ok(()),
        false => Err(Failed::new(TOO_LARGE, TOO_LARGE_CAUSE)),
    }
}

const TOO_LARGE_CAUSE: &str = "the value of a race's winner, as JSON, is larger than an error's cause may be: let the branch yield \
    less, or a key by which a task finds it";

impl<R: Joined> std::fmt::Debug for Race<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Race")
            .field("state", &self.state)
            .field("branches", &self.branches.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_up_to_the_size_of_a_cause_may_win() {
        let text = |length: usize| "ä".repeat(length - r#"{"v":""}"#.len());
        assert_eq!(fits(&text(LARGEST)), Ok(()));
        assert_eq!(fits(&text(LARGEST + 1)).unwrap_err().error, TOO_LARGE);
    }
}
