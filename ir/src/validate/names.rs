//! Rules 4, 5 and 6: names and parameters.

use std::collections::BTreeSet;

use super::Checker;
use crate::{RegionId, StateKind, VarId};

/// The longest name that ASL allows.
const MAX_NAME: usize = 80;

impl Checker<'_> {
    pub(super) fn names(&mut self) {
        let mut seen = BTreeSet::new();
        for (_, state) in self.states() {
            let name = state.name.as_str();
            if !(1..=MAX_NAME).contains(&name.chars().count()) {
                self.at(4, state, format!("a name has 1 to {MAX_NAME} characters"));
            }
            if name.chars().any(char::is_control) {
                self.at(4, state, "a name holds no control characters");
            }
            if !seen.insert(name) {
                self.at(4, state, format!("two states are called `{name}`"));
            }
        }
        let mut seen = BTreeSet::new();
        for var in &self.machine.vars {
            let name = var.name.as_str();
            if !is_legal_var(name) {
                self.anywhere(5, format!("`{name}` is no legal name of a variable"));
            }
            if !seen.insert(name) {
                self.anywhere(5, format!("two variables are called `{name}`"));
            }
        }
    }

    pub(super) fn params(&mut self) {
        let machine = self.machine;
        let (names, vars) = (machine.params.len(), machine.regions[0].params.len());
        if names != vars {
            self.anywhere(6, format!("{names} parameters are held by {vars} variables"));
        }
        for (_, state) in self.states() {
            match &state.kind {
                StateKind::Map(map) => {
                    let params: Vec<VarId> = std::iter::once(map.item).chain(map.index).collect();
                    if machine.region(map.body).params != params {
                        self.at(6, state, "item and index are not the parameters of the body");
                    }
                }
                StateKind::Parallel(parallel)
                    if parallel.branches.iter().any(|branch| !machine.region(*branch).params.is_empty()) =>
                {
                    self.at(6, state, "a branch has parameters");
                }
                _ => {}
            }
        }
        for (index, region) in machine.regions.iter().enumerate() {
            for param in region.params.iter().filter(|param| machine.var(**param).region != RegionId(index as u32)) {
                let name = &machine.var(*param).name;
                self.anywhere(6, format!("the parameter `{name}` belongs to another region"));
            }
        }
    }
}

fn is_legal_var(name: &str) -> bool {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on = chars.all(|c| c.is_alphanumeric() || c == '_');
    starts && goes_on && name.chars().count() <= MAX_NAME && name != "states"
}
