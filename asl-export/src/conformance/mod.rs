//! Cases that hold each encoding to what Rust computes: an expression, values of its variables, and its value or failure.
//!
//! They are data, so that a test which has JSONata engines at hand can run [`Case::jsonata`] on them.

mod iterators;
pub mod machines;
mod needles;
mod numbers;
mod options;
mod rearranged;
mod remainders;
mod rest;
mod shapes;
mod texts;
mod times;
mod vectors;

use durafn_ir::{RegionId, TypedMachine};
use serde_json::Value;

use crate::{
    build::{Build, E},
    error::ExportError,
    jsonata::Encoder,
    names::Names,
};

/// An expression and what it yields.
#[derive(Debug)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// Holds the types and variables.
    pub machine: TypedMachine,
    /// The expression.
    pub expr: E,
    /// What it yields for values of its variables.
    pub rows: Vec<Row>,
}

/// Values of variables by name, and what an expression yields for them.
#[derive(Clone, Debug)]
pub struct Row {
    /// The variables: an object.
    pub bindings: Value,
    /// The value; none where the expression fails.
    pub expected: Option<Value>,
}

impl Case {
    /// The expression as it is exported.
    ///
    /// # Errors
    ///
    /// When it has no faithful form.
    pub fn jsonata(&self) -> Result<String, ExportError> {
        let names = Names::of(&self.machine);
        let mut encoder = Encoder::new(&self.machine, &names, RegionId(0));
        Ok(encoder.root(&self.expr)?.to_string())
    }
}

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    numbers::add(&mut cases);
    remainders::add(&mut cases);
    texts::add(&mut cases);
    options::add(&mut cases);
    vectors::add(&mut cases);
    iterators::add(&mut cases);
    shapes::add(&mut cases);
    needles::add(&mut cases);
    rearranged::add(&mut cases);
    times::add(&mut cases);
    rest::add(&mut cases);
    cases
}

/// What the macro makes of a row.
fn row(bindings: Value, expected: Option<Value>) -> Row {
    Row { bindings, expected }
}

fn case(cases: &mut Vec<Case>, name: &str, build: impl FnOnce(&mut Build) -> E, rows: Vec<Row>) {
    let mut machine = Build::default();
    let expr = build(&mut machine);
    cases.push(Case { name: name.to_owned(), machine: machine.machine, expr, rows });
}

/// `{"x": 1} => 2;` for a value, `{"x": 0} => fails;` for a failure.
macro_rules! rows {
    (@ $rows:ident) => {};
    (@ $rows:ident $bindings:tt => fails; $($rest:tt)*) => {
        $rows.push($crate::conformance::row(serde_json::json!($bindings), None));
        rows!(@ $rows $($rest)*);
    };
    (@ $rows:ident $bindings:tt => $expected:tt; $($rest:tt)*) => {
        $rows.push($crate::conformance::row(serde_json::json!($bindings), Some(serde_json::json!($expected))));
        rows!(@ $rows $($rest)*);
    };
    ($($rest:tt)*) => {{
        #[allow(unused_mut)]
        let mut rows = Vec::new();
        rows!(@ rows $($rest)*);
        rows
    }};
}
use rows;
