//! What a run did, wherever it ran: the states it visited, the calls it made, and its end.
//!
//! A trace is a tree: behind a Parallel or Map stand its branches or iterations, each with what happened in it, in the order of their index. So a trace
//! is the same however branches were interleaved, and the same for the exported machine.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

use serde_json::Value;

use crate::failure::Failed;

/// One step into a scope: the state that opened it, how often that had opened scopes before in the scope around, and which branch or iteration.
pub(super) type Step = (String, usize, usize);

/// Where something happens: none is the workflow itself.
pub(super) type Scope = Vec<Step>;

/// A state that was entered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Visit {
    pub(super) scope: Scope,
    pub(super) state: String,
    pub(super) call: Option<TaskCall>,
}

/// A call of a task.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TaskCall {
    /// The task's name.
    pub task: String,
    /// The state that made the call.
    pub state: String,
    /// The input, in its wire form.
    pub input: Value,
    /// What became of each attempt, in order. The last one has no end where the call was dropped.
    pub attempts: Vec<Option<Result<Value, Failed>>>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    Succeeded(Value),
    Failed(Failed),
    TimedOut,
    Aborted(Failed),
}

/// What a run did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trace {
    pub(super) workflow: String,
    pub(super) input: Value,
    /// In any order that keeps that of each scope.
    pub(super) visits: Vec<Visit>,
    /// Scopes that were dropped before they came to an end of their own. What an exported machine did does not tell them.
    pub(super) cut: BTreeSet<Scope>,
    pub(super) end: End,
}

/// A visit in its place in the tree.
pub(super) struct Placed<'a> {
    pub(super) visit: &'a Visit,
    /// The headings of scopes that begin just before it: how deep, and the index.
    opens: Vec<(usize, usize)>,
    depth: usize,
}

impl Trace {
    /// All visits, each behind the state that opened its scope.
    pub(super) fn placed(&self) -> Vec<Placed<'_>> {
        let mut by_scope: HashMap<&[Step], Vec<&Visit>> = HashMap::new();
        let mut inner: HashMap<(&[Step], &str, usize), Vec<usize>> = HashMap::new();
        for visit in &self.visits {
            by_scope.entry(&visit.scope).or_default().push(visit);
            // Also scopes around in which nothing but another scope is seen.
            for depth in 0..visit.scope.len() {
                let (around, [(state, round, index), ..]) = visit.scope.split_at(depth) else { continue };
                let indices = inner.entry((around, state, *round)).or_default();
                if !indices.contains(index) {
                    indices.push(*index);
                }
            }
        }
        inner.values_mut().for_each(|indices| indices.sort_unstable());
        let mut placed = Vec::with_capacity(self.visits.len());
        let tree = Tree { by_scope, inner };
        tree.place(&Vec::new(), 0, Vec::new(), &mut placed);
        placed
    }

    /// The trace as text, without times, ids and anything else that differs from run to run.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.workflow, self.input);
        for Placed { visit, opens, depth } in self.placed() {
            for (depth, index) in opens {
                line(&mut text, depth, format_args!("[{index}]"));
            }
            line(&mut text, depth, format_args!("{}", visit.state));
            let Some(call) = &visit.call else { continue };
            line(&mut text, depth + 1, format_args!("{} {}", call.task, call.input));
            for attempt in &call.attempts {
                match attempt {
                    Some(Ok(output)) => line(&mut text, depth + 2, format_args!("-> {output}")),
                    Some(Err(failed)) => line(&mut text, depth + 2, format_args!("-> {}", shown(failed))),
                    None => line(&mut text, depth + 2, format_args!("-> dropped")),
                }
            }
        }
        match &self.end {
            End::Succeeded(output) => line(&mut text, 0, format_args!("succeeded {output}")),
            End::Failed(failed) => line(&mut text, 0, format_args!("failed {}", shown(failed))),
            End::TimedOut => line(&mut text, 0, format_args!("timed out")),
            End::Aborted(failed) => line(&mut text, 0, format_args!("aborted {failed}")),
        }
        text
    }
}

/// A failure of the machinery by its name: what it says besides is not the same everywhere.
fn shown(failed: &Failed) -> String {
    match failed.error.as_str() {
        "States.Timeout" | "States.HeartbeatTimeout" | "States.QueryEvaluationError" => failed.error.clone(),
        _ => failed.to_string(),
    }
}

fn line(text: &mut String, depth: usize, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:width$}{what}", "", width = 2 * (depth + 1));
}

struct Tree<'a> {
    by_scope: HashMap<&'a [Step], Vec<&'a Visit>>,
    inner: HashMap<(&'a [Step], &'a str, usize), Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn place(&self, scope: &Scope, depth: usize, opens: Vec<(usize, usize)>, placed: &mut Vec<Placed<'a>>) {
        let mut opens = opens;
        let mut rounds: HashMap<&str, usize> = HashMap::new();
        for visit in self.by_scope.get(scope.as_slice()).into_iter().flatten() {
            placed.push(Placed { visit, opens: std::mem::take(&mut opens), depth });
            let round = rounds.entry(&visit.state).or_default();
            for index in self.inner.get(&(scope.as_slice(), &*visit.state, *round)).into_iter().flatten() {
                let mut inside = scope.clone();
                inside.push((visit.state.clone(), *round, *index));
                self.place(&inside, depth + 2, vec![(depth + 1, *index)], placed);
            }
            *round += 1;
        }
    }
}

/// A value as every interpreter writes it: a whole number without a fraction.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

/// JSON text as a value; what is none is the text itself.
pub(super) fn parsed(json: &str) -> Value {
    plain(serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.to_owned())))
}
