//! From the checked model to Rust: native code, and the machine as text with what fills its holes.
//!
//! | file | what it writes |
//! |---|---|
//! | `callable` | what tasks and workflows share: the function, its wire form, its description |
//! | `task` | a task |
//! | `native` | a workflow |
//! | `pure` | a pure function |
//! | `fallback` | what stands for an item with mistakes |
//! | `machine` | the embedded machine and its holes |
//! | `body`, `stmt`, `expr`, `method`, `pat`, `awaits` | the body of a workflow, construct by construct |
//!
//! Names of ours in a body have `Span::mixed_site`, so they never meet the user's.

mod awaits;
mod body;
mod callable;
mod expr;
pub(crate) mod fallback;
mod machine;
mod method;
mod native;
mod pat;
mod pure;
#[cfg(test)]
mod span_tests;
mod stmt;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use self::{native::native, pure::pure, task::task};
