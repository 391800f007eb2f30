//! What the attributes can say and nothing carries out yet: an error, so that nobody relies on it.

use durafn_ir::WorkflowKind;
use proc_macro2::Ident;

use crate::{
    ast::{TaskAttr, WorkflowAttr},
    diag::{Collector, Diagnostics, catalog},
};

/// Arguments of `#[workflow(..)]`.
pub(crate) fn workflow(attr: &WorkflowAttr, name: &Ident) -> Result<(), Diagnostics> {
    let asked = [
        (attr.kind == WorkflowKind::Express, "`express`", "leave it out: the workflow runs as a standard one"),
        (attr.timeout_seconds.is_some(), "the `timeout` of a workflow", "give its tasks a `timeout` each"),
    ];
    report(name, &asked)
}

/// Arguments of `#[task(..)]`.
pub(crate) fn task(attr: &TaskAttr, name: &Ident) -> Result<(), Diagnostics> {
    let poll = "let a task ask again and again, with `sleep` between";
    let asked = [
        (attr.callback, "a `callback` task", poll),
        (attr.activity, "an `activity` task", "leave it out, and export with `--target activity`"),
        (attr.at_most_once, "`at_most_once`", "make the task idempotent by its `TaskContext::idempotency_key`"),
        (attr.heartbeat_seconds.is_some(), "`heartbeat`", "give the task a `timeout`"),
    ];
    report(name, &asked)
}

fn report(name: &Ident, asked: &[(bool, &str, &str)]) -> Result<(), Diagnostics> {
    let diag = Collector::new();
    for (_, what, instead) in asked.iter().filter(|(asked, ..)| *asked) {
        diag.report_at(name, catalog::NOT_BUILT, &[what, instead]);
    }
    diag.finish()
}
