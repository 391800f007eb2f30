//! A cursor on a recording.

use std::fmt;

use serde_json::Value;

use super::recording::{Change, Moment, Recording};
use crate::{history::StateType, nearest::nearest_names};

/// A place in a recording, and the ways from there. At first it stands at the first state; behind the last one is the end.
///
/// What is searched for is looked for behind the place, towards the end, or before it. From the beginning the first state is looked at too,
/// until it has been found.
#[derive(Clone, Debug)]
pub struct Session {
    recording: Recording,
    /// An index into the moments, or their number: the end.
    at: usize,
    /// A search has come to the first moment.
    found_first: bool,
}

/// Why the cursor did not move.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stuck {
    /// There is nothing in that direction.
    Edge {
        /// Towards the beginning.
        back: bool,
    },
    /// Nothing in that direction is what was asked for, in words.
    NotThere {
        /// What was asked for.
        what: String,
        /// Towards the beginning.
        back: bool,
    },
    /// There is no such state, but there are these.
    UnknownState {
        /// The name that was asked for.
        name: String,
        /// Those that are nearest.
        nearest: Vec<String>,
    },
    /// There is no such variable, but there are these.
    UnknownVariable {
        /// The name that was asked for.
        name: String,
        /// Those that are nearest.
        nearest: Vec<String>,
    },
    /// The state has no branches or iterations.
    NoBranches {
        /// The state.
        state: String,
    },
    /// The state has fewer branches or iterations that left a trace.
    NoSuchBranch {
        /// The state.
        state: String,
        /// The one that was asked for.
        index: u32,
    },
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = |back: bool| if back { "before" } else { "after" };
        let offer = |f: &mut fmt::Formatter<'_>, nearest: &[String]| match nearest {
            [] => Ok(()),
            names => write!(
                f,
                "; did you mean {}?",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
            ),
        };
        match self {
            Stuck::Edge { back: true } => f.write_str("this is the beginning"),
            Stuck::Edge { back: false } => f.write_str("this is the end"),
            Stuck::NotThere { what, back } => write!(f, "{what} does not come {} this", direction(*back)),
            Stuck::UnknownState { name, nearest } => {
                write!(f, "the workflow has no state `{name}`")?;
                offer(f, nearest)
            }
            Stuck::UnknownVariable { name, nearest } => {
                write!(f, "no variable `{name}` was seen")?;
                offer(f, nearest)
            }
            Stuck::NoBranches { state } => write!(f, "`{state}` has no branches to step into"),
            Stuck::NoSuchBranch { state, index } => write!(f, "branch {index} of `{state}` left no trace"),
        }
    }
}

impl std::error::Error for Stuck {}

/// Where a search goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Towards the end.
    #[default]
    Forward,
    /// Towards the beginning.
    Back,
}

impl Session {
    /// At the first state.
    #[must_use]
    pub fn new(recording: Recording) -> Session {
        Session { recording, at: 0, found_first: false }
    }

    /// What it is about.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The index of the moment that the cursor is at; their number at the end.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The moment that the cursor is at; none at the end.
    #[must_use]
    pub fn moment(&self) -> Option<&Moment> {
        self.moments().get(self.at)
    }

    fn moments(&self) -> &[Moment] {
        &self.recording.moments
    }

    /// The scope that the cursor is in.
    fn scope(&self) -> &str {
        self.moment().map_or("", |moment| &moment.scope)
    }

    /// Moves to a moment, or to the end.
    pub fn go(&mut self, position: usize) {
        self.found_first = false;
        self.at = position.min(self.moments().len());
    }

    /// So many moments further.
    ///
    /// # Errors
    ///
    /// At the end.
    pub fn next(&mut self, count: usize) -> Result<(), Stuck> {
        if self.at == self.moments().len() {
            return Err(Stuck::Edge { back: false });
        }
        self.go(self.at.saturating_add(count));
        Ok(())
    }

    /// So many moments back.
    ///
    /// # Errors
    ///
    /// At the beginning.
    pub fn back(&mut self, count: usize) -> Result<(), Stuck> {
        if self.at == 0 {
            return Err(Stuck::Edge { back: true });
        }
        self.at = self.at.saturating_sub(count);
        Ok(())
    }

    /// To the next moment that is not within the branches or iterations of this one.
    ///
    /// # Errors
    ///
    /// At the end.
    pub fn over(&mut self) -> Result<(), Stuck> {
        let scope = self.scope().to_owned();
        self.first_or_end(|moment| encloses(&moment.scope, &scope))
    }

    /// Past the lines of a loop: to the next moment of this scope that stands further down in the source than this one.
    ///
    /// # Errors
    ///
    /// At the end.
    pub fn until(&mut self) -> Result<(), Stuck> {
        let (scope, line) = (self.scope().to_owned(), self.moment().map_or(0, |moment| moment.line));
        self.first_or_end(|moment| {
            moment.scope != scope && encloses(&moment.scope, &scope) || moment.scope == scope && moment.line > line
        })
    }

    /// Out of this branch or iteration: to the next moment of the scope around it.
    ///
    /// # Errors
    ///
    /// At the end.
    pub fn out(&mut self) -> Result<(), Stuck> {
        let scope = self.scope().to_owned();
        self.first_or_end(|moment| moment.scope != scope && encloses(&moment.scope, &scope))
    }

    /// Into a branch or iteration of this state, by its index; the first to leave a trace where none is given.
    ///
    /// # Errors
    ///
    /// When the state has none, or not this one.
    pub fn into_branch(&mut self, index: Option<u32>) -> Result<(), Stuck> {
        let Some(moment) = self.moment() else { return Err(Stuck::Edge { back: false }) };
        let ordinal = match &moment.entry {
            Some(entry) if matches!(moment.kind, StateType::Parallel | StateType::Map) => entry.ordinal,
            _ => return Err(Stuck::NoBranches { state: moment.name.clone() }),
        };
        let dot = if moment.scope.is_empty() { "" } else { "." };
        let prefix = format!("{}{dot}{ordinal}.", moment.scope);
        let wanted = |moment: &Moment| match index {
            Some(index) => encloses(&format!("{prefix}{index}"), &moment.scope),
            None => moment.scope.starts_with(&prefix),
        };
        match (self.at..self.moments().len()).find(|at| wanted(&self.moments()[*at])) {
            Some(at) => {
                self.at = at;
                Ok(())
            }
            None => {
                let state = moment.name.clone();
                Err(match index {
                    Some(index) => Stuck::NoSuchBranch { state, index },
                    None => Stuck::NoBranches { state },
                })
            }
        }
    }

    /// To the next visit of a state in a direction, or to its `visit`th, wherever that is.
    ///
    /// # Errors
    ///
    /// When there is no such state, or no such visit.
    pub fn to_state(&mut self, direction: Direction, name: &str, visit: Option<u32>) -> Result<(), Stuck> {
        if !self.recording.states().any(|state| state == name) {
            let nearest = owned(nearest_names(name, self.recording.states()));
            return Err(Stuck::UnknownState { name: name.to_owned(), nearest });
        }
        match visit {
            None => self.find(direction, &format!("state `{name}`"), |_, _, moment| moment.name == name),
            Some(visit) => {
                let found = self.moments().iter().position(|moment| moment.name == name && moment.visit == visit);
                let what = || format!("visit {visit} of state `{name}`");
                self.at = found.ok_or_else(|| Stuck::NotThere { what: what(), back: false })?;
                Ok(())
            }
        }
    }

    /// To the next state that stands in a line of the source.
    ///
    /// # Errors
    ///
    /// When none does.
    pub fn to_line(&mut self, direction: Direction, line: u32) -> Result<(), Stuck> {
        self.find(direction, &format!("a state of line {line}"), |_, _, moment| moment.line == line)
    }

    /// To the next state that fails.
    ///
    /// # Errors
    ///
    /// When none does.
    pub fn to_failure(&mut self, direction: Direction) -> Result<(), Stuck> {
        self.find(direction, "a state that fails", |_, _, moment| moment.failed())
    }

    /// To the next moment before which a variable took a value.
    ///
    /// # Errors
    ///
    /// When there is no such variable, or it takes none there.
    pub fn to_change(&mut self, direction: Direction, variable: &str) -> Result<(), Stuck> {
        let names = self.recording.variables();
        if !names.contains(&variable) {
            let nearest = owned(nearest_names(variable, names.into_iter()));
            return Err(Stuck::UnknownVariable { name: variable.to_owned(), nearest });
        }
        let what = format!("a change of `{variable}`");
        self.find(direction, &what, |this, at, _| this.fresh_at(at).iter().any(|change| change.variable == variable))
    }

    /// To the next moment with a text, in any case, in its state's name, input, output, error or in the values that it binds.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn search(&mut self, direction: Direction, text: &str) -> Result<(), Stuck> {
        let wanted = text.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        self.find(direction, &format!("`{text}`"), |_, _, moment| {
            let in_entry = moment.entry.as_ref().is_some_and(|entry| entry.texts().into_iter().any(has));
            has(&moment.name) || in_entry || moment.changes.iter().any(|change| has(&change.value.to_string()))
        })
    }

    fn find(
        &mut self,
        direction: Direction,
        what: &str,
        wanted: impl Fn(&Session, usize, &Moment) -> bool,
    ) -> Result<(), Stuck> {
        let wanted = |at: &usize| wanted(self, *at, &self.moments()[*at]);
        let found = match direction {
            Direction::Forward if self.at == 0 && !self.found_first => (0..self.moments().len()).find(wanted),
            Direction::Forward => (self.at + 1..self.moments().len()).find(wanted),
            Direction::Back => (0..self.at).rev().find(wanted),
        };
        match found {
            Some(at) => {
                self.found_first = at == 0;
                self.at = at;
                Ok(())
            }
            None => Err(Stuck::NotThere { what: what.to_owned(), back: direction == Direction::Back }),
        }
    }

    fn first_or_end(&mut self, wanted: impl Fn(&Moment) -> bool) -> Result<(), Stuck> {
        let end = self.moments().len();
        if self.at == end {
            return Err(Stuck::Edge { back: false });
        }
        self.at = (self.at + 1..end).find(|at| wanted(&self.moments()[*at])).unwrap_or(end);
        Ok(())
    }

    /// The variables with their values at this moment, by name; of several with one name the one that was bound last.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, &Value)> {
        let mut values: Vec<(&'static str, &Value)> = Vec::new();
        for change in self.bound_by_now() {
            match values.iter_mut().find(|(name, _)| *name == change.variable) {
                Some(known) => known.1 = &change.value,
                None => values.push((change.variable, &change.value)),
            }
        }
        values
    }

    /// The value of a variable at this moment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.variables().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// What has changed since the moment before in this scope.
    #[must_use]
    pub fn changed(&self) -> Vec<&Change> {
        self.fresh_at(self.at)
    }

    /// What changed between a moment, or the end, and the moment before it in its scope.
    fn fresh_at(&self, at: usize) -> Vec<&Change> {
        let scope = self.moments().get(at).map_or("", |moment| &moment.scope);
        match self.moments()[..at].iter().rev().find(|other| other.scope == scope) {
            Some(before) => before.changes.iter().collect(),
            None => self.recording.initial.get(scope).into_iter().flatten().collect(),
        }
    }

    /// Everything that was bound in the scopes around the cursor before it, in order.
    fn bound_by_now(&self) -> Vec<&Change> {
        let here = self.scope().to_owned();
        let mut changes = Vec::new();
        for scope in lineage(&here) {
            changes.extend(self.recording.initial.get(scope).into_iter().flatten());
            let earlier: Vec<&Moment> =
                self.moments()[..self.at].iter().filter(|moment| moment.scope == scope).collect();
            // The last moment of a scope around this one is the Parallel or Map that this one is in: what it yields is not there yet.
            let done = if scope == here { earlier.len() } else { earlier.len().saturating_sub(1) };
            changes.extend(earlier[..done].iter().flat_map(|moment| &moment.changes));
        }
        changes
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// A scope is another one or one around it.
fn encloses(outer: &str, inner: &str) -> bool {
    outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A scope and those around it, from the outermost on: a scope is two numbers longer than the one around it.
fn lineage(scope: &str) -> Vec<&str> {
    let ends = scope.match_indices('.').map(|(at, _)| at).chain([scope.len()]);
    let mut all = vec![""];
    all.extend(ends.skip(1).step_by(2).map(|end| &scope[..end]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_lie_within_each_other() {
        assert_eq!(lineage(""), [""]);
        assert_eq!(lineage("3.1"), ["", "3.1"]);
        assert_eq!(lineage("3.1.0.17"), ["", "3.1", "3.1.0.17"]);
        assert!(encloses("", "3.1") && encloses("3.1", "3.1") && encloses("3.1", "3.1.0.17"));
        assert!(!encloses("3.1", "3.17") && !encloses("3.1", ""));
    }
}
