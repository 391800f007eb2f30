//! Each encoding gives on every JSONata engine what Rust computes: `durafn_asl::conformance` has the cases.

use durafn_asl::conformance::{Case, Row, cases};
use durafn_tests::oracle::{Evaluated, Interpreter, Question};
use serde_json::Value;

/// Most failures that are shown.
const SHOWN: usize = 20;

fn agree_on(interpreter: Interpreter) {
    let Some(oracle) = interpreter.get() else { return };
    let cases = cases();
    let (mut rows, mut questions): (Vec<(&Case, &Row)>, Vec<Question>) = Default::default();
    for case in &cases {
        let expr = case.jsonata().unwrap_or_else(|error| panic!("{}: {}", case.name, error.message));
        for row in &case.rows {
            questions.push(Question { expr: expr.clone(), bindings: row.bindings.clone() });
            rows.push((case, row));
        }
    }
    assert!(rows.len() > 1_000, "{} rows", rows.len());
    let answers = oracle.evaluate(&questions).unwrap_or_else(|refused| panic!("{}: {refused:?}", interpreter.name()));
    assert_eq!(answers.len(), questions.len());
    let wrong: Vec<String> = rows
        .iter()
        .zip(&questions)
        .zip(&answers)
        .filter(|(((_, row), _), answer)| !meets(row, answer))
        .map(|(((case, row), question), answer)| report(case, row, question, answer))
        .collect();
    let (count, some) = (wrong.len(), wrong.into_iter().take(SHOWN).collect::<String>());
    assert!(count == 0, "{count} of {} rows differ on {}:\n{some}", rows.len(), interpreter.name());
}

fn meets(row: &Row, answer: &Evaluated) -> bool {
    match (&row.expected, answer) {
        (Some(expected), Evaluated::Value { defined: true, value }) => same(expected, value),
        (None, Evaluated::Error { .. }) => true,
        _ => false,
    }
}

/// Numbers are doubles: 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

fn report(case: &Case, row: &Row, question: &Question, answer: &Evaluated) -> String {
    let expected = row.expected.as_ref().map_or("a failure".to_owned(), Value::to_string);
    let found = match answer {
        Evaluated::Value { defined: true, value } => value.to_string(),
        Evaluated::Value { .. } => "nothing".to_owned(),
        Evaluated::Error { message } => format!("a failure: {message}"),
    };
    format!("\n{}\n  {}\n  with {}\n  Rust: {expected}\n  here: {found}\n", case.name, question.expr, row.bindings)
}

#[test]
fn on_python() {
    agree_on(Interpreter::Sfnx);
}

#[test]
fn on_the_reference_implementation() {
    agree_on(Interpreter::LocalStack);
}
