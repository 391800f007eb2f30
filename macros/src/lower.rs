//! From the tree to the machine: every construct becomes states, edges and expressions.
//!
//! States are emitted in the order of the source. Edges that lead to what comes next are left open in the [`Cursor`] and closed when
//! the next state appears, so joins need no state of their own. Assignments become Pass states here, one for each run of
//! them; folding them into their neighbours is the optimiser's work. What a value becomes is said by a [`Dest`].
//!
//! | file | what it lowers |
//! |---|---|
//! | `builder` | states, cursors, variables, holes |
//! | `expr` | pure expressions |
//! | `pattern` | patterns, destructuring, conditions |
//! | `stmt` | statements, blocks, assignments, values into a destination |
//! | `flow` | `if`, `match`, loops, `break`, `return` as states |
//! | `fold` | the same without states, where all they do is assign |
//! | `awaits` | calls, sleeps, Parallel, Map |
//! | `pure` | the body of a `#[pure] fn`: one expression |
//! | `matching` | `match` on the `Result` of an await: Catch and Choice |

mod awaits;
mod builder;
mod expr;
mod flow;
mod fold;
mod matching;
mod pattern;
mod pure;
mod stmt;
#[cfg(test)]
mod tests;

use crate::{ast::Workflow, lowered::Lowered};

use self::{builder::Builder, stmt::Dest};
pub(crate) use self::{
    expr::{last_segment, member_name},
    pure::lower_pure,
};

/// The pass. Errors are constructs that the language has and states cannot yet express.
pub(crate) fn lower(workflow: &Workflow) -> Result<Lowered, Vec<syn::Error>> {
    let mut builder = Builder::new(workflow);
    builder.block_into(&workflow.body, &Dest::Return);
    builder.finish()
}
