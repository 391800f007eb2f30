//! What generated machines hold and do: every kind of state, expression, builtin, pattern and failure must occur.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

use durafn_ir::{Builtin, Expr, ExprKind, Pattern, StateKind, Test, TypeDef, Typed, TypedMachine};

use super::without_support;

/// How often each thing occurred, by what it is.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<(&'static str, String), usize>,
}

/// Kinds that must occur. Builtins are known by their own list.
const EXPECTED: [(&str, &[&str]); 5] = [
    ("state", &["Pass", "Task", "Wait", "Choice", "Parallel", "Map", "Succeed", "Fail"]),
    (
        "expression",
        &[
            "Literal",
            "Const",
            "Var",
            "Field",
            "Index",
            "Unary",
            "Binary",
            "Cast",
            "If",
            "Match",
            "Let",
            "Construct",
            "Tuple",
            "Array",
            "Repeat",
            "Range",
            "Format",
            "Method",
            "Lambda",
            "Context",
            "With",
        ],
    ),
    ("pattern", &["Wild", "Bind", "Literal", "Range", "Tuple", "Fields", "Or"]),
    (
        "type",
        &[
            "Unit",
            "Bool",
            "Int",
            "Float",
            "Char",
            "String",
            "Duration",
            "Timestamp",
            "Option",
            "Result",
            "Vec",
            "Tuple",
            "Map",
            "Struct",
            "Enum",
            "Opaque",
            "Iterator",
        ],
    ),
    (
        "failure",
        &[
            "declared",
            "States.QueryEvaluationError",
            "States.TaskFailed",
            "States.Timeout",
            "States.HeartbeatTimeout",
            "Lambda.Unknown",
            "caught",
            "retried",
        ],
    ),
];

impl Coverage {
    /// Counts what a machine holds, and how its runs ended.
    pub fn add(&mut self, machine: &TypedMachine, ends: &[Option<String>]) {
        for (_, def) in machine.types.iter() {
            self.count("type", &variant_of(def));
            if let TypeDef::Enum(def) = def {
                self.count("enum", &variant_of(&def.tagging));
            }
        }
        for state in &machine.states {
            self.count("state", &variant_of(&state.kind));
            match &state.kind {
                StateKind::Choice(rules, _) => {
                    for test in rules.iter().flat_map(|rule| &rule.tests) {
                        if let Test::Matches(_, pattern) = test {
                            self.pattern(pattern);
                        }
                    }
                }
                StateKind::Task(task) if task.retry.is_some() => self.count("failure", "retried"),
                _ => {}
            }
            state.catchers().iter().for_each(|_| self.count("failure", "caught"));
            state.each_expr(&mut |root| root.walk(&mut |expr| self.expr(expr)));
        }
        for error in ends.iter().flatten() {
            let known = error.starts_with("States.") || error == "Lambda.Unknown";
            self.count("failure", if known { error } else { "declared" });
        }
    }

    fn count(&mut self, what: &'static str, which: &str) {
        *self.counts.entry((what, which.to_owned())).or_default() += 1;
    }

    fn expr(&mut self, expr: &Expr<Typed>) {
        self.count("expression", &variant_of(&expr.kind));
        match &*expr.kind {
            ExprKind::Method(builtin, _) => self.count("builtin", &format!("{builtin:?}")),
            ExprKind::Binary(op, ..) => self.count("operator", &format!("{op:?}")),
            ExprKind::Match(_, arms) => arms.iter().for_each(|arm| self.pattern(&arm.pattern)),
            ExprKind::Lambda(patterns, _) => patterns.iter().for_each(|pattern| self.pattern(pattern)),
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        self.count("pattern", &variant_of(pattern));
        match pattern {
            Pattern::Bind(_, Some(inner)) => self.pattern(inner),
            Pattern::Tuple(items) | Pattern::Or(items) => items.iter().for_each(|item| self.pattern(item)),
            Pattern::Fields(_, fields) => fields.iter().for_each(|(_, inner)| self.pattern(inner)),
            Pattern::Wild | Pattern::Bind(..) | Pattern::Literal(_) | Pattern::Range { .. } => {}
        }
    }

    /// What should have occurred and has not.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let without = without_support();
        let builtins = Builtin::ALL.iter().filter(|builtin| !without.contains(builtin));
        let builtins = builtins.map(|builtin| ("builtin", format!("{builtin:?}")));
        let kinds = EXPECTED.iter().flat_map(|(what, kinds)| kinds.iter().map(|kind| (*what, (*kind).to_owned())));
        let missing = builtins.chain(kinds).filter(|key| !self.counts.contains_key(key));
        missing.map(|(what, which)| format!("{what} {which}")).collect()
    }

    /// Everything has occurred.
    ///
    /// # Panics
    ///
    /// Where something has not.
    pub fn assert_complete(&self) {
        let missing = self.missing();
        assert!(missing.is_empty(), "no generated machine has: {}", missing.join(", "));
    }
}

/// The name of a variant: the first word of its `Debug` text.
fn variant_of(value: &dyn fmt::Debug) -> String {
    struct Head(String);
    impl fmt::Write for Head {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let word = text.find(|c: char| !c.is_alphanumeric());
            self.0.push_str(&text[..word.unwrap_or(text.len())]);
            if word.is_some() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut head = Head(String::new());
    // Ends with an error after the word: the rest is not written at all.
    let _ = fmt::write(&mut head, format_args!("{value:?}"));
    head.0
}

impl Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for ((what, which), count) in &self.counts {
            if *what != last {
                write!(f, "\n{what:>12}: ")?;
                last = what;
            }
            write!(f, "{which} {count}  ")?;
        }
        writeln!(f)
    }
}
