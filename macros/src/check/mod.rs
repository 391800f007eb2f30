//! What the tree can say and a workflow must not mean: one rule a file, its comment is the rule.

use crate::{ast::Workflow, diag::Collector};

/// Holds every rule against a workflow.
pub(crate) fn check(_diag: &Collector, _workflow: &Workflow) {}
