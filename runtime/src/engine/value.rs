//! What differs from run to run, and is recorded: the time, a UUID, a random number. Each is an entry that is closed by the row that
//! opens it, and becomes durable with the next entry of its scope.

use super::{Core, ScopeId, divergence::Step, matching::Next, recorded::Follow, state::State};
use crate::history::event::Event;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Milliseconds since 1970.
    Now(i64),
    Uuid(Box<str>),
    /// 53 random bits.
    Random(u64),
}

impl Value {
    /// The function that yields it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Now(_) => "now",
            Value::Uuid(_) => "uuid",
            Value::Random(_) => "random",
        }
    }

    fn into_event(self) -> Event {
        match self {
            Value::Now(millis) => Event::Now { millis },
            Value::Uuid(uuid) => Event::Uuid { uuid },
            Value::Random(bits) => Event::Random { bits },
        }
    }
}

const RANDOM_BITS: u32 = 53;

/// A number from 0 up to and without 1.
pub(super) fn unit(entropy: u128) -> f64 {
    fraction((entropy >> (u128::BITS - RANDOM_BITS)) as u64)
}

fn fraction(bits: u64) -> f64 {
    bits as f64 / (1_u64 << RANDOM_BITS) as f64
}

impl Core {
    /// The time in milliseconds since 1970.
    pub(crate) fn now(&self, scope: ScopeId) -> i64 {
        let mut state = self.state();
        let now = state.now;
        match state.value(scope, Value::Now(now)) {
            Value::Now(millis) => millis,
            Value::Uuid(_) | Value::Random(_) => unreachable!("a matching entry is of the same kind"),
        }
    }

    /// A random UUID.
    pub(crate) fn uuid(&self, scope: ScopeId) -> Box<str> {
        let mut state = self.state();
        let uuid = uuid::Builder::from_random_bytes(state.bits(scope).to_ne_bytes()).into_uuid();
        match state.value(scope, Value::Uuid(uuid.to_string().into())) {
            Value::Uuid(uuid) => uuid,
            Value::Now(_) | Value::Random(_) => unreachable!("a matching entry is of the same kind"),
        }
    }

    /// A random number from 0 up to and without 1.
    pub(crate) fn random(&self, scope: ScopeId) -> f64 {
        let mut state = self.state();
        let bits = (state.bits(scope) >> (u128::BITS - RANDOM_BITS)) as u64;
        match state.value(scope, Value::Random(bits)) {
            Value::Random(bits) => fraction(bits),
            Value::Now(_) | Value::Uuid(_) => unreachable!("a matching entry is of the same kind"),
        }
    }
}

impl State {
    /// Random bits for the next entry of a scope.
    fn bits(&self, scope: ScopeId) -> u128 {
        let ordinal = self.scopes.get(scope.0).map_or(0, |scope| scope.next_ordinal);
        self.draw(scope, ordinal, 0)
    }

    /// The recorded value, else this one.
    fn value(&mut self, scope: ScopeId, fresh: Value) -> Value {
        let step = Step::Value(fresh);
        let next = self.next(scope, None, &step);
        let Step::Value(fresh) = step else { unreachable!("the step is a value") };
        match next {
            Next::Recorded { follow: Follow::Value(recorded), .. } => recorded,
            Next::Recorded { .. } => unreachable!("a matching entry is of the same kind"),
            Next::New { ordinal } => {
                self.push(scope, ordinal, None, None, fresh.clone().into_event());
                fresh
            }
            // The code goes on to its next await with a value that nobody sees.
            Next::Inert(_) => fresh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_stay_below_one() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u128::MAX) < 1.0);
    }
}
