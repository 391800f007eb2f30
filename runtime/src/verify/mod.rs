//! Today's code against recorded histories: the gate before a deploy, and a test.
//!
//! [`Engine::replay`](crate::Engine::replay) looks at one execution, [`Engine::verify`](crate::Engine::verify) at many, [`replay`] at a
//! [`History`] from a file, and [`verify_histories!`](crate::verify_histories) makes a test of a folder of files. Nothing of them
//! has an effect, and nothing is written.

mod cause;
mod diff;
mod divergence;
mod folder;
mod report;

use std::sync::{Arc, OnceLock};

pub use cause::Cause;
pub use diff::Difference;
pub use divergence::{Divergence, Replayed};
pub use folder::check_folder;
pub use report::{CodeCheck, Group, Report, Unreadable};

use crate::{
    driver::{Recording, replay as run},
    engine::Observer,
    error::Error,
    history::History,
    registry::Registry,
};

/// Runs today's code, as it is linked into this program, against a history.
///
/// # Errors
///
/// When the workflow is not in this program, or does not take the recorded input.
pub fn replay(history: &History) -> Result<Replayed, Error> {
    replay_with(linked()?, history, None)
}

/// All that is linked into this program.
pub(crate) fn linked() -> Result<&'static Arc<Registry>, Error> {
    static LINKED: OnceLock<Result<Arc<Registry>, Error>> = OnceLock::new();
    let linked = LINKED.get_or_init(|| Registry::linked_without_resources().map(Arc::new));
    linked.as_ref().map_err(Error::clone)
}

/// As [`replay`]; the observer sees states and variables go by.
pub(crate) fn replay_with(
    registry: &Arc<Registry>,
    history: &History,
    observer: Option<Box<dyn Observer>>,
) -> Result<Replayed, Error> {
    let redacted = !history.redacted.is_empty();
    let ran = run(registry, Recording { execution: &history.execution, rows: &history.rows, redacted }, observer)?;
    let divergence = ran.divergence.map(|found| Divergence::describe(registry, history, &found));
    Ok(Replayed { matching: ran.matching, divergence })
}
