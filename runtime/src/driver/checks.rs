//! What is held against a wish before anything happens.

use super::Shared;
use crate::error::{Error, Kind};

impl Shared {
    /// # Errors
    ///
    /// When a payload is larger than it may be.
    pub(crate) fn check_size(&self, payload: &str, what: impl FnOnce() -> String) -> Result<(), Error> {
        match self.bounds.oversized(payload, what) {
            Some(failed) => Err(Kind::TooLarge(failed.cause).into()),
            None => Ok(()),
        }
    }

    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        if self.read_only {
            return Err(Kind::Config(
                "the file was opened to be read; open it with `Engine::open` to change it".into(),
            )
            .into());
        }
        if self.is_draining() { Err(self.gone()) } else { Ok(()) }
    }

    pub(super) fn check_starts(&self) -> Result<(), Error> {
        self.check_writable()?;
        match self.paused {
            true => Err(Kind::Config("a paused engine starts nothing; open it without `paused()`".into()).into()),
            false => Ok(()),
        }
    }
}
