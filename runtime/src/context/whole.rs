//! How long the result of a Parallel or Map is as a whole, before it is one. Measured where that is limited, and no more in a replay.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

/// The length of a result as JSON, of which each branch adds its part.
#[derive(Clone, Debug, Default)]
pub(super) struct Whole(Arc<Mutex<Option<Array>>>);

/// A JSON array under construction.
#[derive(Debug, Default)]
struct Array {
    values: usize,
    bytes: usize,
}

impl Whole {
    /// Measures from now on, or not.
    pub(super) fn measure(&self, measures: bool) {
        *self.array() = measures.then(Array::default);
    }

    /// One more value.
    pub(super) fn add(&self, value: &impl Serialize) {
        if let Some(array) = &mut *self.array() {
            let mut length = Length(0);
            // What cannot be written has no length.
            if serde_json::to_writer(&mut length, value).is_ok() {
                array.values += 1;
                array.bytes += length.0;
            }
        }
    }

    /// The length, where it was measured.
    pub(super) fn bytes(&self) -> Option<usize> {
        let array = self.array();
        let Array { values, bytes } = array.as_ref()?;
        Some("[]".len() + bytes + values.saturating_sub(1))
    }

    fn array(&self) -> MutexGuard<'_, Option<Array>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_the_array() {
        let whole = Whole::default();
        whole.add(&1);
        assert_eq!(whole.bytes(), None, "nobody wants to know");
        whole.measure(true);
        assert_eq!(whole.bytes(), Some("[]".len()));
        whole.add(&"a");
        whole.add(&[1, 20]);
        assert_eq!(whole.bytes(), Some(r#"["a",[1,20]]"#.len()));
    }
}
