//! What a file with workflows and tasks imports: `use durafn::prelude::*;`.

pub use std::time::Duration;

pub use serde::{Deserialize, Serialize};

pub use crate::{
    Data, Failure, Fault, pure, task,
    task::{Resources, TaskContext, TaskToken},
    transaction::Transaction,
    workflow,
};
