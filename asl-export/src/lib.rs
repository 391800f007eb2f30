//! Exports durafn workflows as Amazon States Language (ASL).
//!
//! [`export`] turns the model of a workflow into a definition that AWS Step Functions runs, in JSONata mode with data in workflow variables. It
//! knows nothing of running: what it reads is the model alone, and what it writes is meant to read as an expert writes it by hand.
//!
//! ```
//! use durafn_asl::{Options, export};
//! use durafn_ir::TypedMachine;
//!
//! // A workflow hands over its machine; here is a written one, that yields its input.
//! let machine: TypedMachine = serde_json::from_value(serde_json::json!({
//!     "name": "echo", "comment": "Yields its input.", "file": "src/lib.rs", "kind": "Standard", "timeout_seconds": null,
//!     "params": ["text"], "output": 0, "failure": null,
//!     "vars": [{"name": "text", "ty": 0, "region": 0, "span": {"line": 1, "column": 1}}],
//!     "regions": [{"parent": null, "start": 0, "params": [0]}],
//!     "states": [{
//!         "name": "Echo", "comment": null, "span": {"line": 2, "column": 5}, "region": 0, "enter": [],
//!         "kind": {"Succeed": {"ty": 0, "span": {"line": 2, "column": 5}, "kind": {"Var": 0}}}
//!     }],
//!     "types": ["String"],
//! }))?;
//! let export = export(&machine, &Options::default())?;
//! assert_eq!(export.definition.to_json(), r#"{
//!   "Comment": "Yields its input.",
//!   "QueryLanguage": "JSONata",
//!   "StartAt": "Echo",
//!   "States": {
//!     "Echo": {
//!       "Type": "Succeed",
//!       "Output": "{% $states.input %}"
//!     }
//!   }
//! }
//! "#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! * `lower`: states, one for one, and what stands for a variable while a state is translated;
//! * `jsonata`: expressions. `encode` walks them, `builtins` has one encoding a method, `patterns` and `wire` know serde's representations,
//!   `simplify` says the result shorter;
//! * `refusal`: the list of what has no form in ASL; `support`: what is refused or warned of before anything is translated; `lint`: what no validator finds in the finished document;
//! * `conformance` (a feature): cases that tests run on JSONata engines, so that every encoding is held to what Rust computes.
//!
//! A construct without a faithful form is an [`ExportError`], never a definition that means something else.

#[cfg(any(test, feature = "conformance"))]
pub mod build;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod jsonata;
mod lint;
mod lower;
mod model;
mod names;
mod options;
mod refusal;
mod support;

use durafn_ir::{Liveness, TypedMachine};

pub use error::{ExportError, ExportErrors, Warning};
pub use model::{Catcher, ChoiceRule, Json, ProcessorConfig, Retrier, State, StateMachine, States};
pub use options::{Account, Options, Target};

/// A definition and what to know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The state machine.
    pub definition: StateMachine,
    /// What differs on AWS for some values.
    pub warnings: Vec<Warning>,
}

/// Exports a workflow.
///
/// # Errors
///
/// When a construct has no faithful form in ASL: all of them, each with its state, its place in the source and the way out.
pub fn export(machine: &TypedMachine, options: &Options) -> Result<Export, ExportErrors> {
    let machine = &*lower::split_varying(machine);
    let liveness = Liveness::of(machine);
    let names = lower::name_variables(machine, &liveness);
    let ways = lower::Ways::of(machine);
    let lowering = lower::Lowering { machine, options, names: &names, liveness: &liveness, ways: &ways };
    let mut findings = lower::Findings::default();
    support::check(machine, options, &mut findings);
    let states = lowering.workflow(&mut findings);
    let definition = StateMachine {
        comment: machine.comment.clone(),
        query_language: "JSONata",
        timeout_seconds: machine.timeout_seconds,
        states,
    };
    if findings.errors.is_empty() {
        findings.errors.extend(lint::lint(&definition).into_iter().map(|(state, message)| {
            let span = support::span_of(machine, state.as_deref());
            let error = ExportError::new(
                span,
                message,
                "rename the state or variable; anything else is a fault of the exporter",
            );
            ExportError { state, ..error }
        }));
    }
    if findings.errors.is_empty() {
        return Ok(Export { definition, warnings: findings.warnings });
    }
    Err(ExportErrors { workflow: machine.name.clone(), file: machine.file.clone(), errors: findings.errors })
}

#[cfg(test)]
mod tests;
