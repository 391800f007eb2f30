//! What the tree can say and a workflow must not mean: one rule a file, its comment is the rule.

mod anew;
mod assignment;
mod branch;
mod clock;
mod closure;
mod duration;
mod for_loop;
mod guard;
mod hash;
mod io;
mod lock;
mod method;
mod patch;
mod path;
mod pure;
mod question_mark;
mod randomness;
mod spawn;
mod unused;

pub(crate) use method::is_known as is_method;
pub(crate) use path::refuses;

use crate::{ast::Workflow, diag::Collector};

/// Every rule. They know nothing of each other, so one mistake may break several; each rule leaves to the others what is theirs.
const RULES: &[fn(&Collector, &Workflow)] = &[
    path::check,
    method::check,
    assignment::check,
    branch::check,
    anew::check,
    closure::check,
    guard::check,
    patch::check,
    for_loop::check,
    duration::check,
    question_mark::check,
    unused::check,
];

/// The rules for a pure function: it has no statements that suspend, so those on what suspends are not among them.
const PURE_RULES: &[fn(&Collector, &Workflow)] =
    &[path::check, method::check, closure::check, guard::check, question_mark::check, unused::check, pure::check];

/// Holds every rule against a workflow.
pub(crate) fn check(diag: &Collector, workflow: &Workflow) {
    for rule in RULES {
        rule(diag, workflow);
    }
}

/// Holds the rules for pure functions against one.
pub(crate) fn check_pure(diag: &Collector, function: &Workflow) {
    for rule in PURE_RULES {
        rule(diag, function);
    }
}
