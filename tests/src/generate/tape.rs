//! The choices that make a machine: a list of numbers. A shorter list with smaller numbers makes a simpler machine, and a list that has ended makes the
//! simplest choice for ever, so that any list makes a machine. That is what shrinking works on.

use proptest::{
    prelude::Rng as _,
    strategy::{NewTree, Strategy, ValueTree},
    test_runner::TestRunner,
};

/// Choices that are being taken.
#[derive(Clone, Debug)]
pub struct Tape {
    choices: Vec<u32>,
    taken: usize,
}

impl Tape {
    /// Choices from the start.
    #[must_use]
    pub fn new(choices: Vec<u32>) -> Tape {
        Tape { choices, taken: 0 }
    }

    /// A number from 0 to below `n`; 0 is the simplest.
    pub fn below(&mut self, n: usize) -> usize {
        let choice = self.choices.get(self.taken).copied().unwrap_or(0);
        self.taken += 1;
        ((u64::from(choice) * n as u64) >> 32) as usize
    }

    /// True so many times of a hundred; false is simpler.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of them; the first is the simplest.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// No choice is left.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.taken >= self.choices.len()
    }
}

/// Lists of choices: mostly short ones.
#[derive(Clone, Copy, Debug)]
pub struct Tapes;

/// How long lists are. More choices make more states and deeper expressions.
const LENGTHS: [usize; 8] = [60, 120, 120, 200, 200, 300, 450, 800];

impl Strategy for Tapes {
    type Tree = Shrinking;
    type Value = Vec<u32>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let rng = runner.rng();
        let length = LENGTHS[rng.next_u32() as usize % LENGTHS.len()];
        let best: Vec<u32> = (0..length).map(|_| rng.next_u32()).collect();
        Ok(Shrinking { tried: best.clone(), size: best.len() / 2, best, at: 0, pass: Pass::Delete })
    }
}

/// A list of choices that fails, and what is tried to make it simpler.
#[derive(Clone, Debug)]
pub struct Shrinking {
    best: Vec<u32>,
    tried: Vec<u32>,
    pass: Pass,
    size: usize,
    at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pass {
    /// Leaves out a run of choices.
    Delete,
    /// Makes a run of choices the simplest.
    Zero,
    /// Makes one choice smaller.
    Halve,
    Done,
}

impl Shrinking {
    /// Goes on to the next thing to try. False where nothing is left.
    fn propose(&mut self) -> bool {
        loop {
            if self.at >= self.best.len() {
                self.at = 0;
                match (self.pass, self.size) {
                    (Pass::Done, _) => return false,
                    (Pass::Delete | Pass::Zero, 2..) => self.size /= 2,
                    (Pass::Delete, _) => (self.pass, self.size) = (Pass::Zero, (self.best.len() / 4).max(1)),
                    (Pass::Zero, _) => (self.pass, self.size) = (Pass::Halve, 1),
                    (Pass::Halve, _) => self.pass = Pass::Done,
                }
                continue;
            }
            let end = (self.at + self.size.max(1)).min(self.best.len());
            self.tried.clone_from(&self.best);
            match self.pass {
                Pass::Delete => drop(self.tried.drain(self.at..end)),
                Pass::Zero => self.tried[self.at..end].fill(0),
                Pass::Halve => self.tried[self.at] /= 2,
                Pass::Done => return false,
            }
            if self.tried != self.best {
                return true;
            }
            self.at = end;
        }
    }
}

impl ValueTree for Shrinking {
    type Value = Vec<u32>;

    fn current(&self) -> Vec<u32> {
        self.tried.clone()
    }

    /// What was tried fails too, so that it is the best so far; the same place is tried again.
    fn simplify(&mut self) -> bool {
        self.best.clone_from(&self.tried);
        self.propose()
    }

    /// What was tried does not fail: the next place.
    fn complicate(&mut self) -> bool {
        self.at = (self.at + self.size.max(1)).min(self.best.len());
        if self.propose() {
            return true;
        }
        self.tried.clone_from(&self.best);
        false
    }
}
