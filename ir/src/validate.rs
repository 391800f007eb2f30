//! The verifier. What it accepts, back ends may rely on.
//!
//! Rules:
//!
//! 1. Every id of a state, region, variable or type is in range, and a type that is made of itself has a name.
//! 2. Region 0 is the workflow and has no parent; every other region is listed by its parent, and by no other state, and lies within region 0. A region starts at
//!    one of its own states. Where rule 1 or 2 is broken, no other rule is looked at.
//! 3. An edge leads to a state of its own region.
//! 4. State names are unique, hold 1 to 80 characters and no control characters.
//! 5. Variable names are unique, start with a letter or `_`, hold letters, digits and `_`, 80 at most, and are not `states`, which ASL reserves.
//! 6. The workflow's parameters and the variables of its region that hold them are equally many; a Map's item and index are the parameters of its body; a Parallel's
//!    branches have none. Parameters belong to their region.
//! 7. Where a region has parameters, no edge leads back to its first state.
//! 8. `End` leaves no Choice and no catcher.
//! 9. A region assigns only variables of its own.
//! 10. A variable is assigned on every way that leads to a read of it.
//! 11. `enter` of a state that can be retried holds nothing that varies from attempt to attempt.
//! 12. Assignments of a catcher cannot fail.
//! 13. Types agree: of assignments and results with their variables, of the ends of a region, of arguments with parameters; conditions are `bool`, items a vector,
//!     failures failure types.
//! 14. Lists of error names are not empty and do not hold `States.ALL`; retriers have intervals from 1 second and a backoff from 1.
//! 15. A closure stands only among the arguments of a method, a task token only among those of a task; an iterator does not leave its expression.
//! 16. What continues as new starts the machine's own workflow and is not waited for. It stands in region 0 and ends it, and nothing is caught of it; the
//!     workflow has no output.

mod assignment;
mod flow;
mod ids;
mod names;
mod types;

#[cfg(test)]
mod tests;

use std::{fmt, ops::Deref};

use crate::{Span, State, StateId, Typed, TypedMachine};

/// A machine that keeps every rule.
#[derive(Clone, Copy, Debug)]
pub struct Validated<'a> {
    machine: &'a TypedMachine,
}

impl<'a> Validated<'a> {
    /// The machine.
    #[must_use]
    pub fn machine(self) -> &'a TypedMachine {
        self.machine
    }
}

impl Deref for Validated<'_> {
    type Target = TypedMachine;

    fn deref(&self) -> &TypedMachine {
        self.machine
    }
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The number of the rule in the [list](self).
    pub rule: u32,
    /// The state where it is broken, by name.
    pub state: Option<String>,
    /// Its place in the source.
    pub span: Span,
    /// How it is broken.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { rule, state, span, message } = self;
        write!(f, "{}:{}: ", span.line, span.column)?;
        if let Some(state) = state {
            write!(f, "state `{state}`: ")?;
        }
        write!(f, "{message} (rule {rule})")
    }
}

/// Holds a machine against every rule.
///
/// # Errors
///
/// Every broken rule with its place.
pub fn validate(machine: &TypedMachine) -> Result<Validated<'_>, Vec<Violation>> {
    let mut checker = Checker { machine, violations: Vec::new() };
    checker.ids();
    if checker.violations.is_empty() {
        checker.regions();
    }
    if checker.violations.is_empty() {
        checker.edges();
        checker.names();
        checker.params();
        checker.effects();
        checker.error_names();
        checker.types();
        checker.assignments();
    }
    if checker.violations.is_empty() { Ok(Validated { machine }) } else { Err(checker.violations) }
}

/// A machine keeps rules 1 and 2: whoever follows its ids finds what they name, and comes to an end. What an older version wrote keeps these, whatever other
/// rules there are today.
#[must_use]
pub fn is_well_formed(machine: &TypedMachine) -> bool {
    let mut checker = Checker { machine, violations: Vec::new() };
    checker.ids();
    if checker.violations.is_empty() {
        checker.regions();
    }
    checker.violations.is_empty()
}

struct Checker<'a> {
    machine: &'a TypedMachine,
    violations: Vec<Violation>,
}

impl<'a> Checker<'a> {
    fn states(&self) -> impl Iterator<Item = (StateId, &'a State<Typed>)> + use<'a> {
        self.machine.states.iter().enumerate().map(|(index, state)| (StateId(index as u32), state))
    }

    fn at(&mut self, rule: u32, state: &State<Typed>, message: impl Into<String>) {
        let state_name = Some(state.name.clone());
        self.violations.push(Violation { rule, state: state_name, span: state.span, message: message.into() });
    }

    fn anywhere(&mut self, rule: u32, message: impl Into<String>) {
        self.violations.push(Violation { rule, state: None, span: Span::default(), message: message.into() });
    }
}
