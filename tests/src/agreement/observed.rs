//! What was seen of one run, in terms that all ways to run share.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value};

use super::Told;

/// One run.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Who ran it.
    pub who: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What happened in each scope.
    pub scopes: BTreeMap<Scope, Trace>,
    /// Scopes of which not all may have been seen, because a sibling failed. Only the reference knows them.
    pub cut: Cut,
    /// What GetExecutionHistory tells of it and of the executions that it started, where the interpreter keeps that.
    pub told: Vec<Told>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// With an output.
    Output(Value),
    /// With an error name and a cause.
    Failed {
        /// The name.
        error: String,
        /// The cause.
        cause: String,
    },
    /// It took too long.
    TimedOut,
    /// In a way that none should.
    Other(String),
}

/// A scope: the workflow itself where it is empty.
pub type Scope = Vec<Step>;

/// One step of the way to a scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The Parallel or Map.
    pub state: String,
    /// How often it had begun before, in the scope around it.
    pub round: usize,
    /// The branch or iteration.
    pub index: usize,
}

/// What happened in a scope, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The states visited.
    pub visits: Vec<String>,
    /// The attempts of tasks.
    pub calls: Vec<Call>,
}

/// An attempt of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The task's name.
    pub task: String,
    /// Its input.
    pub input: Value,
    /// The number of the attempt, from 1.
    pub attempt: u32,
}

/// Which scopes a failure has cut short.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// The branches and iterations that failed their Parallel or Map.
    pub failing: BTreeSet<Scope>,
}

impl Observed {
    /// A run that has not begun.
    #[must_use]
    pub fn new(who: &'static str) -> Observed {
        let scopes = BTreeMap::from([(Scope::new(), Trace::default())]);
        Observed {
            who,
            outcome: Outcome::Other("it never ended".into()),
            scopes,
            cut: Cut::default(),
            told: Vec::new(),
        }
    }

    /// A state was entered.
    pub fn visit(&mut self, scope: Scope, state: &str) {
        self.scopes.entry(scope).or_default().visits.push(state.to_owned());
    }

    /// An attempt was made.
    pub fn call(&mut self, scope: Scope, task: &str, input: &Value, attempt: u32) {
        let call = Call { task: task.to_owned(), input: normal(input), attempt };
        self.scopes.entry(scope).or_default().calls.push(call);
    }
}

impl Outcome {
    /// An output.
    #[must_use]
    pub fn output(value: &Value) -> Outcome {
        Outcome::Output(normal(value))
    }
}

impl Cut {
    /// A sibling of the scope, or of one around it, failed.
    #[must_use]
    pub fn has(&self, scope: &[Step]) -> bool {
        (1..=scope.len()).any(|length| {
            let around = &scope[..length];
            self.failing.iter().any(|failing| failing.len() == length && is_sibling(failing, around))
        })
    }
}

fn is_sibling(one: &[Step], other: &[Step]) -> bool {
    let ([before @ .., one], [same @ .., other]) = (one, other) else { return false };
    before == same && one.state == other.state && one.round == other.round && one.index != other.index
}

/// JSON as an interpreter whose numbers are doubles writes it.
#[must_use]
pub fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(normal_number(number)),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), normal(value))).collect(),
        other => other.clone(),
    }
}

const EXACT: f64 = 9_007_199_254_740_992.0;

fn normal_number(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => Number::from(float as i64),
        _ => number.clone(),
    }
}
