//! Task tokens.

use std::{fmt, marker::PhantomData, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The token of a callback: whoever holds it can complete the call, with a `T`.
///
/// A task marked `callback` takes it by a parameter of this type, which is not part of its call. It is text: it can be printed, parsed, and written by serde.
///
/// ```
/// use durafn::prelude::*;
///
/// let token: TaskToken<u64> = "5f1e0c9d".parse()?;
/// assert_eq!(format!("https://shop.example/approve?token={token}"), "https://shop.example/approve?token=5f1e0c9d");
/// # Ok::<(), durafn::task::InvalidToken>(())
/// ```
pub struct TaskToken<T> {
    text: Arc<str>,
    completed_with: PhantomData<fn(T)>,
}

/// A text that no task token can be: it is empty, longer than 2,048 characters, or has characters other than printable ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no task token: a token has 1 to 2048 printable ASCII characters and no spaces")]
pub struct InvalidToken;

/// Longer than those of Step Functions.
const LONGEST: usize = 2_048;

impl<T> TaskToken<T> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T> FromStr for TaskToken<T> {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| TaskToken { text: text.into(), completed_with: PhantomData }).ok_or(InvalidToken)
    }
}

impl<T> AsRef<str> for TaskToken<T> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<T> fmt::Display for TaskToken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Without the token: whoever reads a log could complete the task.
impl<T> fmt::Debug for TaskToken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskToken").finish_non_exhaustive()
    }
}

impl<T> Clone for TaskToken<T> {
    fn clone(&self) -> Self {
        TaskToken { text: Arc::clone(&self.text), completed_with: PhantomData }
    }
}

impl<T> PartialEq for TaskToken<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for TaskToken<T> {}

impl<T> Serialize for TaskToken<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T> Deserialize<'de> for TaskToken<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_text_and_keeps_it_out_of_logs() {
        let token: TaskToken<u64> = "a1b2".parse().unwrap();
        assert_eq!(token.to_string(), "a1b2");
        assert_eq!(serde_json::to_string(&token).unwrap(), "\"a1b2\"");
        assert_eq!(serde_json::from_str::<TaskToken<u64>>("\"a1b2\"").unwrap(), token);
        assert!(!format!("{token:?}").contains("a1b2"));
        for wrong in ["", "a b", "\u{e9}", &"x".repeat(2_049)] {
            assert!(wrong.parse::<TaskToken<u64>>().is_err(), "{wrong}");
        }
    }
}
