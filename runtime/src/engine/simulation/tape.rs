//! Chance, as a tape of choices: of a seed, or written before. A tape that is over says 0, which is always the calmest choice.

#[derive(Debug)]
pub(super) struct Tape {
    written: Vec<usize>,
    at: usize,
    more: Option<fastrand::Rng>,
}

impl Tape {
    pub(super) fn seeded(seed: u64) -> Tape {
        Tape { written: Vec::new(), at: 0, more: Some(fastrand::Rng::with_seed(seed)) }
    }

    pub(super) fn of(written: Vec<usize>) -> Tape {
        Tape { written, at: 0, more: None }
    }

    /// What was read of it.
    pub(super) fn used(mut self) -> Vec<usize> {
        self.written.truncate(self.at);
        self.written
    }

    /// A number from 0 up to and without `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        if end < 2 {
            return 0;
        }
        if self.at == self.written.len() {
            match &mut self.more {
                Some(rng) => self.written.push(rng.usize(..end)),
                None => return 0,
            }
        }
        self.at += 1;
        self.written[self.at - 1] % end
    }

    /// True once in so many times.
    pub(super) fn rarely(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }
}
