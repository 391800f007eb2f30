//! When runs agree.
//!
//! * They end with the same output, or with the same error name and cause. A cause that is JSON is compared as JSON. Causes of the machinery's own
//!   errors (`States.*`) are each interpreter's text and are not compared.
//! * In each scope they visit the same states in the same order, and call the same tasks with the same inputs in the same order,
//!   attempts included. Between scopes there is no order.
//! * A scope that was cancelled, because a sibling failed, may have come further in one run than in another: one is a prefix of the other. A scope
//!   in which nothing happened is as good as none.

use std::{
    collections::BTreeSet,
    fmt::{self, Debug, Display},
};

use serde_json::Value;

use super::observed::{Call, Cut, Observed, Outcome, Scope, Trace, normal};

/// Where two runs part first.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The two that were held against each other.
    pub between: [&'static str; 2],
    /// Where.
    pub place: String,
    /// What each of them has there.
    pub has: [String; 2],
}

/// The first difference between any two runs. `reference` knows which scopes may have been cut short.
#[must_use]
pub fn first_difference(reference: &Observed, runs: &[Observed]) -> Option<Difference> {
    let all: Vec<&Observed> = std::iter::once(reference).chain(runs).collect();
    let pairs =
        all.iter().enumerate().flat_map(|(index, one)| all[index + 1..].iter().map(move |other| (*one, *other)));
    pairs.into_iter().find_map(|(one, other)| difference(&reference.cut, one, other))
}

fn difference(cut: &Cut, one: &Observed, other: &Observed) -> Option<Difference> {
    let between = [one.who, other.who];
    if !same_outcome(&one.outcome, &other.outcome) {
        let has = [one.outcome.to_string(), other.outcome.to_string()];
        return Some(Difference { between, place: "the end".into(), has });
    }
    let scopes: BTreeSet<&Scope> = one.scopes.keys().chain(other.scopes.keys()).collect();
    let nothing = Trace::default();
    scopes.into_iter().find_map(|scope| {
        let [left, right] = [one, other].map(|run| run.scopes.get(scope).unwrap_or(&nothing));
        let cut = cut.has(scope);
        let (what, index, has) = None
            .or_else(|| first("state", &left.visits, &right.visits, cut, |state| format!("`{state}`")))
            .or_else(|| first("call", &left.calls, &right.calls, cut, Call::to_string))?;
        let place = format!("{what} {} of {}", index + 1, ShownScope(scope));
        Some(Difference { between, place, has })
    })
}

type Found = (&'static str, usize, [String; 2]);

fn first<T: PartialEq>(
    what: &'static str,
    left: &[T],
    right: &[T],
    cut: bool,
    show: impl Fn(&T) -> String,
) -> Option<Found> {
    let common = left.len().min(right.len());
    let length = if cut { common } else { left.len().max(right.len()) };
    let index = (0..length).find(|&index| left.get(index) != right.get(index))?;
    let shown = |side: &[T]| side.get(index).map_or_else(|| "nothing more".to_owned(), &show);
    Some((what, index, [shown(left), shown(right)]))
}

fn same_outcome(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Output(one), Outcome::Output(other)) => one == other,
        (Outcome::Failed { error, cause }, Outcome::Failed { error: other, cause: other_cause }) => {
            error == other && (error.starts_with("States.") || same_cause(cause, other_cause))
        }
        (Outcome::TimedOut, Outcome::TimedOut) => true,
        _ => false,
    }
}

fn same_cause(one: &str, other: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok().map(|value| normal(&value));
    match (json(one), json(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Output(value) => write!(f, "output {value}"),
            Outcome::Failed { error, cause } => write!(f, "error {error}, cause {cause}"),
            Outcome::TimedOut => write!(f, "a timeout of the workflow"),
            Outcome::Other(what) => write!(f, "{what}"),
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { task, input, attempt } = self;
        write!(f, "{task}({input}) attempt {attempt}")
    }
}

/// A scope as a person reads it.
#[derive(Debug)]
pub struct ShownScope<'a>(pub &'a Scope);

impl Display for ShownScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, "the workflow");
        }
        for (position, step) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}`{}`[{}]", step.state, step.index)?;
            if step.round > 0 {
                write!(f, " round {}", step.round + 1)?;
            }
        }
        Ok(())
    }
}
