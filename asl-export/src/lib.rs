//! Exports durafn workflows as Amazon States Language (ASL) with JSONata.

#[cfg(any(test, feature = "conformance"))]
pub mod build;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod jsonata;
mod lower;
mod model;
mod names;
mod options;

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
    let liveness = Liveness::of(machine);
    let names = lower::name_variables(machine, &liveness);
    let lowering = lower::Lowering { machine, options, names: &names, liveness: &liveness };
    let mut findings = lower::Findings::default();
    let states = lowering.workflow(&mut findings);
    if !findings.errors.is_empty() {
        return Err(ExportErrors {
            workflow: machine.name.clone(),
            file: machine.file.clone(),
            errors: findings.errors,
        });
    }
    let definition = StateMachine {
        comment: machine.comment.clone(),
        query_language: "JSONata",
        timeout_seconds: machine.timeout_seconds,
        states,
    };
    Ok(Export { definition, warnings: findings.warnings })
}

#[cfg(test)]
mod tests;
