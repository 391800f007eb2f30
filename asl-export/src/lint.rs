//! What no validator of ASL catches, looked for in the finished document. A finding here is a mistake of the exporter, or a limit of the service
//! that only the finished document shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    jsonata::scan::{Token, scan},
    model::{Json, State, StateMachine, States},
    names::{LONGEST, is_reserved, is_variable_name},
};

/// The largest definition that the service takes, in bytes.
const LARGEST_DEFINITION: usize = 1024 * 1024;

/// One finding: the state and what is wrong.
pub(crate) type Finding = (Option<String>, String);

/// Everything wrong with a definition.
pub(crate) fn lint(definition: &StateMachine) -> Vec<Finding> {
    let mut lint = Lint::default();
    if definition.to_json().len() > LARGEST_DEFINITION {
        lint.findings.push((None, "the definition is larger than 1 MB, the most the service takes".to_owned()));
    }
    lint.states(&definition.states, &BTreeSet::new(), &BTreeSet::new());
    lint.findings
}

#[derive(Default)]
struct Lint {
    findings: Vec<Finding>,
    names: BTreeSet<String>,
}

impl Lint {
    /// The states of one region, given the variables that may have been assigned around it and those assigned on the way to it.
    fn states(&mut self, region: &States, known: &BTreeSet<String>, before: &BTreeSet<String>) {
        let reached = reached(region);
        let assigned = assigned_before(region);
        for (name, state) in &region.states {
            if !self.names.insert(name.clone()) {
                self.find(name, "another state has this name");
            }
            if name.chars().count() > LONGEST {
                self.find(name, "the name is longer than 80 characters");
            }
            if !reached.contains(name.as_str()) {
                self.find(name, "no state leads here");
            }
            let nothing = BTreeSet::new();
            let here = assigned.get(name.as_str()).unwrap_or(&nothing);
            let known_here: BTreeSet<String> = known.union(here).cloned().collect();
            self.expressions(name, state, &known_here);
            for (var, _) in assignments(state) {
                self.assignment(name, var, before);
            }
            let before_inner = before.union(here).cloned().collect();
            let known_inner = known.union(here).cloned().collect();
            for inner in state.branches.iter().chain(&state.item_processor) {
                self.states(inner, &known_inner, &before_inner);
            }
        }
    }

    fn assignment(&mut self, state: &str, var: &str, before: &BTreeSet<String>) {
        if var == "states" {
            self.find(state, "`states` is assigned, which is reserved");
        } else if is_reserved(var) {
            self.find(state, &format!("the variable `{var}` hides the function of its name"));
        } else if !is_variable_name(var) {
            self.find(state, &format!("`{var}` is no name for a variable"));
        }
        if before.contains(var) {
            self.find(state, &format!("`{var}` is assigned here and on the way into this branch"));
        }
    }

    fn expressions(&mut self, name: &str, state: &State, known: &BTreeSet<String>) {
        let mut texts = Vec::new();
        each_field(state, &mut |json| json.each_string(&mut |text| texts.push(text.to_owned())));
        for text in texts {
            let inner = text.strip_prefix("{%").and_then(|rest| rest.strip_suffix("%}"));
            let Some(inner) = inner else {
                if text.starts_with("{%") || text.ends_with("%}") {
                    self.find(name, &format!("`{text}` is half an expression"));
                }
                continue;
            };
            for problem in problems(inner, known) {
                self.find(name, &format!("{problem} in `{}`", inner.trim()));
            }
        }
    }

    fn find(&mut self, state: &str, message: &str) {
        self.findings.push((Some(state.to_owned()), message.to_owned()));
    }
}

/// What is wrong with an expression: variables that nobody assigned, names at its top, functions that the service lacks.
pub(crate) fn problems(expr: &str, known: &BTreeSet<String>) -> Vec<String> {
    let tokens = scan(expr);
    let mut bound: BTreeSet<&str> = BTreeSet::new();
    for (position, token) in tokens.iter().enumerate() {
        let Token::Variable(name) = token else { continue };
        if tokens.get(position + 1) == Some(&Token::Symbol(":=")) || is_parameter(&tokens, position) {
            bound.insert(name);
        }
    }
    let mut found = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        let next = tokens.get(position + 1);
        let previous = position.checked_sub(1).and_then(|before| tokens.get(before));
        match token {
            Token::Variable("eval") => found.push("`$eval`, which the service lacks".to_owned()),
            Token::Variable("states") => {}
            Token::Variable(name) if next == Some(&Token::Symbol("(")) && is_reserved(name) => {}
            Token::Variable(name) if next == Some(&Token::Symbol("(")) && !bound.contains(name) => {
                found.push(format!("the unknown function `${name}`"));
            }
            Token::Variable(name) if !bound.contains(name) && !known.contains(*name) => {
                found.push(format!("the variable `${name}`, which nobody has assigned,"));
            }
            Token::Name(name) if previous != Some(&Token::Symbol(".")) && !is_word(name) => {
                found.push(format!("the field `{name}` of nothing"));
            }
            _ => {}
        }
    }
    found
}

fn is_word(name: &str) -> bool {
    matches!(name, "and" | "or" | "in" | "true" | "false" | "null" | "function")
}

/// The variable stands in the list of a function's parameters.
fn is_parameter(tokens: &[Token<'_>], position: usize) -> bool {
    let before = tokens[..position].iter().rev();
    let mut before = before.skip_while(|token| matches!(token, Token::Variable(_) | Token::Symbol(",")));
    before.next() == Some(&Token::Symbol("(")) && before.next() == Some(&Token::Name("function"))
}

fn each_field<'s>(state: &'s State, f: &mut dyn FnMut(&'s Json)) {
    let fields = [
        &state.arguments,
        &state.items,
        &state.item_selector,
        &state.max_concurrency,
        &state.seconds,
        &state.timestamp,
        &state.error,
        &state.cause,
        &state.timeout_seconds,
        &state.heartbeat_seconds,
        &state.output,
    ];
    fields.into_iter().flatten().for_each(&mut *f);
    for rule in &state.choices {
        f(&rule.condition);
        rule.output.iter().for_each(&mut *f);
    }
    state.catch.iter().filter_map(|catcher| catcher.output.as_ref()).for_each(&mut *f);
    assignments(state).for_each(|(_, value)| f(value));
}

/// Every assignment of a state: its own, and those of its rules and catchers.
fn assignments(state: &State) -> impl Iterator<Item = &(String, Json)> {
    let rules = state.choices.iter().flat_map(|rule| &rule.assign);
    let catchers = state.catch.iter().flat_map(|catcher| &catcher.assign);
    state.assign.iter().chain(rules).chain(catchers)
}

/// Where a state leads, with what is assigned on each way.
fn ways(state: &State) -> Vec<(&str, &[(String, Json)])> {
    let own = state.next.iter().chain(&state.default).map(|to| (to.as_str(), &state.assign[..]));
    let rules = state.choices.iter().map(|rule| (rule.next.as_str(), &rule.assign[..]));
    let catchers = state.catch.iter().map(|catcher| (catcher.next.as_str(), &catcher.assign[..]));
    own.chain(rules).chain(catchers).collect()
}

fn reached(region: &States) -> BTreeSet<&str> {
    let by_name: BTreeMap<&str, &State> = region.states.iter().map(|(name, state)| (name.as_str(), state)).collect();
    let mut reached = BTreeSet::new();
    let mut next = vec![region.start_at.as_str()];
    while let Some(name) = next.pop() {
        if reached.insert(name)
            && let Some(state) = by_name.get(name)
        {
            next.extend(ways(state).into_iter().map(|(to, _)| to));
        }
    }
    reached
}

/// For each state, the variables that may have been assigned when it is entered.
fn assigned_before(region: &States) -> BTreeMap<&str, BTreeSet<String>> {
    let mut before: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    loop {
        let mut changed = false;
        for (name, state) in &region.states {
            let here = before.get(name.as_str()).cloned().unwrap_or_default();
            for (to, assign) in ways(state) {
                let there = before.entry(to).or_default();
                let size = there.len();
                there.extend(here.iter().cloned());
                there.extend(assign.iter().map(|(var, _)| var.clone()));
                changed |= there.len() > size;
            }
        }
        if !changed {
            return before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::problems;

    fn found(expr: &str) -> Vec<String> {
        problems(expr, &["x".to_owned()].into())
    }

    #[test]
    fn sound_expressions_pass() {
        for expr in [
            "$x.name",
            "$states.input.`a b`",
            "$map($x, function($v, $i) { $v + $i })",
            "($n := $x + 1; $n <= 5 ? $n : $error(\"foo bar\"))",
            "$contains($x, /a\\/b[/\"]c/) and $x != null",
            "{\"a\": $x}",
        ] {
            assert_eq!(found(expr), Vec::<String>::new(), "{expr}");
        }
    }

    #[test]
    fn unsound_expressions_are_found() {
        assert_eq!(found("$eval(\"1\")").len(), 1);
        assert_eq!(found("name & \"x\"").len(), 1);
        assert_eq!(found("$y + 1").len(), 1);
        assert_eq!(found("$nosuch($x)").len(), 1);
    }
}
