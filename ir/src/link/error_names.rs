//! Lists of error names.

use super::{Linked, Linker};
use crate::{Catcher, EVERY_TASK_ERROR, EnumDef, ErrorName, FAULT_TYPE, Span, SpelledErrorName, TypeHole, Typed};

/// The name that stands for every failure of a task that is no timeout.
const WILDCARD: &str = EVERY_TASK_ERROR[0];

/// The catcher takes failures whose names it does not list.
pub(super) fn takes_others(catcher: &Catcher<Typed>) -> bool {
    catcher.errors.iter().any(|name| name == WILDCARD)
}

impl Linker<'_> {
    /// The names that a list stands for, each once, in the order of the list.
    pub(super) fn error_names(&mut self, span: Span, names: &[SpelledErrorName]) -> Linked<Vec<ErrorName>> {
        let mut all: Vec<ErrorName> = Vec::new();
        for name in names {
            for name in self.error_name(span, name)? {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        Some(all)
    }

    fn error_name(&mut self, span: Span, name: &SpelledErrorName) -> Linked<Vec<ErrorName>> {
        match name {
            SpelledErrorName::Literal(name) => Some(vec![name.clone()]),
            SpelledErrorName::Fault(variant) => match fault_name(variant).filter(|name| *name != WILDCARD) {
                Some(name) => Some(vec![name.into()]),
                None => self.fail(
                    span,
                    format!("`Fault::{variant}` has no error name of its own: match the whole `Fault`, or list the name itself"),
                ),
            },
            SpelledErrorName::All(hole) | SpelledErrorName::PassedOn(hole) => {
                let def = self.failure_def(span, *hole)?;
                Some(def.variants.iter().flat_map(|variant| names_of(&def, &variant.name)).collect())
            }
            SpelledErrorName::Converted(from, into) => {
                let same = self.hole(Some(*from)).is_some_and(|from| self.hole(Some(*into)) == Some(from));
                if same { Some(Vec::new()) } else { self.error_name(span, &SpelledErrorName::All(*from)) }
            }
            SpelledErrorName::Variant(hole, variant) => {
                let def = self.failure_def(span, *hole)?;
                if def.name == FAULT_TYPE && fault_name(variant).is_none_or(|name| name == WILDCARD) {
                    return self.fail(
                        span,
                        format!("a Catch for `{variant}` would take other faults too: match it as `Fault::{variant}`, under that name"),
                    );
                }
                let names = names_of(&def, variant);
                if names.is_empty() {
                    return self.fail(span, format!("`{}::{variant}` has no error name", def.name));
                }
                Some(names)
            }
        }
    }

    fn failure_def(&mut self, span: Span, hole: TypeHole) -> Linked<EnumDef> {
        let Some(ty) = self.hole(Some(hole)) else {
            return self.fail(span, "the type of the error that is caught here was not captured");
        };
        match self.types.failure(ty) {
            Some(def) => Some(def.clone()),
            None => {
                let name = self.types.name(ty);
                self.fail(span, format!("{name} has no error names: derive `Failure` for it"))
            }
        }
    }
}

/// The names under which a variant of a failure type travels.
fn names_of(def: &EnumDef, variant: &str) -> Vec<ErrorName> {
    if def.name == FAULT_TYPE {
        return match fault_name(variant) {
            Some(name) => vec![name.into()],
            // Any other name from outside: States.TaskFailed stands for it in a Catch.
            None => vec![EVERY_TASK_ERROR[0].into()],
        };
    }
    match def.find(variant) {
        Some((_, variant)) if variant.fault => EVERY_TASK_ERROR.map(ErrorName::from).to_vec(),
        Some((_, variant)) => variant.error.clone().into_iter().collect(),
        None => Vec::new(),
    }
}

/// The error name of a variant of `Fault`; `Other` holds its name in its value.
fn fault_name(variant: &str) -> Option<&'static str> {
    match variant {
        "Timeout" => Some("States.Timeout"),
        "HeartbeatTimeout" => Some("States.HeartbeatTimeout"),
        "TaskFailed" => Some("States.TaskFailed"),
        _ => None,
    }
}

/// Catchers in an order in which the first that lists a name is the one that Rust's `match` would take. Each name stands once; a catcher that is left
/// with none goes.
///
/// `States.TaskFailed` takes every name but `States.Timeout`, so it must not stand before a name that a later catcher lists: a catcher that
/// holds it is split, its other names stay and the wildcard moves to the end.
pub(super) fn named_first(catchers: Vec<Catcher<Typed>>) -> Vec<Catcher<Typed>> {
    let mut named: Vec<Catcher<Typed>> = Vec::new();
    for mut catcher in catchers {
        catcher.errors.retain(|name| !named.iter().any(|earlier| earlier.errors.contains(name)));
        if !catcher.errors.is_empty() {
            named.push(catcher);
        }
    }
    let wild = named.iter().position(takes_others);
    let Some(wild) = wild.filter(|wild| wild + 1 < named.len()) else { return named };
    named.push(Catcher { errors: vec![WILDCARD.into()], ..named[wild].clone() });
    named[wild].errors.retain(|name| name != WILDCARD);
    if named[wild].errors.is_empty() {
        named.remove(wild);
    }
    named
}
