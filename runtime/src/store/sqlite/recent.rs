//! What the writer knows of executions that it wrote to lately: that they are open, and which of their payloads are stored already.
//! Bounded, and emptied whenever what it says could be wrong.

use std::collections::HashMap;

use crate::store::ExecutionId;

/// Payloads shorter than this are cheaper to copy than to look up.
pub(super) const SHORTEST_SHARED: usize = 64;
/// The input, and the last payloads.
const REMEMBERED: usize = 5;
/// Executions per generation; two generations are kept, some 10 MB at most.
const GENERATION: usize = 16_384;
/// The reference to an execution's input, in place of a row of the journal.
const INPUT: i64 = 0;

type Digest = [u8; 32];

/// One execution that is open.
#[derive(Clone, Debug)]
pub(super) struct Known {
    payloads: [Option<(Digest, i64)>; REMEMBERED],
    oldest: usize,
}

impl Known {
    pub(super) fn new(input: &str) -> Known {
        let mut payloads = [None; REMEMBERED];
        payloads[0] = digest(input).map(|digest| (digest, INPUT));
        Known { payloads, oldest: 1 }
    }

    /// Where the payload is stored already, or what to remember it by once it is.
    pub(super) fn find(&self, payload: &str) -> Found {
        let Some(digest) = digest(payload) else { return Found::TooShort };
        match self.payloads.iter().flatten().find(|(known, _)| *known == digest) {
            Some((_, row)) => Found::Stored(*row),
            None => Found::New(digest),
        }
    }

    /// Remembers the row that holds a payload, in place of the oldest; the input stays.
    pub(super) fn remember(&mut self, digest: Digest, row: i64) {
        self.payloads[self.oldest] = Some((digest, row));
        self.oldest = self.oldest % (REMEMBERED - 1) + 1;
    }
}

/// Whether a payload is stored already.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    Stored(i64),
    New(Digest),
    TooShort,
}

/// A cryptographic hash: two payloads that were taken for one would be wrong silently.
fn digest(payload: &str) -> Option<Digest> {
    (payload.len() >= SHORTEST_SHARED).then(|| *blake3::hash(payload.as_bytes()).as_bytes())
}

/// The executions used last, in two generations: the older is dropped when the younger is full.
#[derive(Debug, Default)]
pub(super) struct Recent {
    young: HashMap<ExecutionId, Known>,
    old: HashMap<ExecutionId, Known>,
}

impl Recent {
    pub(super) fn get(&mut self, id: ExecutionId) -> Option<&mut Known> {
        if !self.young.contains_key(&id) {
            let known = self.old.remove(&id)?;
            self.put(id, known);
        }
        self.young.get_mut(&id)
    }

    pub(super) fn put(&mut self, id: ExecutionId, known: Known) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, known);
    }

    pub(super) fn remove(&mut self, id: ExecutionId) {
        self.young.remove(&id);
        self.old.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(letter: &str) -> String {
        letter.repeat(SHORTEST_SHARED)
    }

    fn add(known: &mut Known, payload: &str, row: i64) {
        let Found::New(digest) = known.find(payload) else { panic!("known already") };
        known.remember(digest, row);
    }

    #[test]
    fn the_input_is_remembered_for_good_and_the_last_four_payloads() {
        let mut known = Known::new(&long("i"));
        for (row, letter) in (1..).zip(["a", "b", "c", "d", "e"]) {
            add(&mut known, &long(letter), row);
        }
        assert!(matches!(known.find(&long("a")), Found::New(_)));
        assert_eq!(known.find(&long("b")), Found::Stored(2));
        assert_eq!(known.find(&long("e")), Found::Stored(5));
        assert_eq!(known.find(&long("i")), Found::Stored(0));
        assert_eq!(known.find("short"), Found::TooShort);
    }

    #[test]
    fn old_executions_are_forgotten_and_used_ones_kept() {
        let mut recent = Recent::default();
        let count = 3 * GENERATION as i64;
        for id in 0..count {
            recent.put(ExecutionId(id), Known::new("1"));
            recent.get(ExecutionId(0)).expect("it is used all the time");
        }
        assert!(recent.get(ExecutionId(1)).is_none());
        assert!(recent.young.len() + recent.old.len() <= 2 * GENERATION);
    }
}
