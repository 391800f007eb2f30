//! Everything that generated code may name, and nothing else. Not part of the public interface.
#![allow(missing_docs, clippy::missing_errors_doc, clippy::must_use_candidate)]

pub mod body;
pub mod compare;
pub mod convert;
pub mod describe;
mod eval;
pub mod format;
pub mod iter;
pub mod linking;
pub mod methods;
mod numbers;
pub mod on;
pub mod ops;
pub mod pure;
pub mod receiver;
pub mod slots;
pub mod times;
pub mod wire;

pub use durafn_ir as ir;
pub use inventory;

pub use self::{eval::raise, receiver::Receiver};
pub use crate::{
    callable::{
        Asks, BoxFuture, Call, Callable, InputError, Need, Returned, Task, TaskEntry, Workflow, WorkflowEntry, kind,
    },
    check::{check_workflows, report as workflow_mistakes},
    context::{Cx, NoError},
    data::{Data, Plain},
    failure::{Failed, Failure, FailureFrom, Fault},
    task::{TaskContext, TaskToken},
    transaction::Transaction,
};
