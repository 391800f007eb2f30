//! Where an engine's random bits come from.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::Draw;

/// Random bits; or, for tests, bits that follow from what they are for, so that they are the same in each run and after each crash.
#[derive(Debug)]
pub(crate) enum Chance {
    Random,
    /// With how many executions were started so far.
    #[cfg_attr(not(feature = "testing"), allow(dead_code))]
    Fixed(AtomicU64),
}

impl Chance {
    #[cfg(feature = "testing")]
    pub(crate) fn fixed() -> Chance {
        Chance::Fixed(AtomicU64::new(0))
    }

    /// Text that no other execution has.
    pub(super) fn nonce(&self) -> String {
        match self {
            Chance::Random => uuid::Uuid::new_v4().to_string(),
            Chance::Fixed(started) => text(&[&started.fetch_add(1, Ordering::SeqCst).to_string()]),
        }
    }

    /// The nonce of a child, which no other has its name.
    pub(super) fn nonce_of_child(&self, name: &str) -> String {
        match self {
            Chance::Random => uuid::Uuid::new_v4().to_string(),
            Chance::Fixed(_) => text(&["child", name]),
        }
    }

    pub(super) fn entropy(&self, draw: Draw<'_>) -> u128 {
        match self {
            Chance::Random => uuid::Uuid::new_v4().as_u128(),
            Chance::Fixed(_) => {
                let Draw { nonce, scope, ordinal, attempt } = draw;
                bits(&["draw", nonce, scope, &ordinal.to_string(), &attempt.to_string()])
            }
        }
    }
}

fn bits(parts: &[&str]) -> u128 {
    let hash = blake3::hash(parts.join("\n").as_bytes());
    let (first, _) = hash.as_bytes().split_at(16);
    first.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
}

fn text(parts: &[&str]) -> String {
    uuid::Uuid::from_u128(bits(parts)).to_string()
}
