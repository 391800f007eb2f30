//! Variable names as JSONata and ASL take them.

use std::collections::{BTreeMap, BTreeSet};

use durafn_ir::{RegionId, TypedMachine, VarId};

/// The functions of JSONata and those that Step Functions adds. A variable would hide the function of its name.
const FUNCTIONS: &[&str] = &[
    "sum",
    "count",
    "max",
    "min",
    "average",
    "string",
    "substring",
    "substringBefore",
    "substringAfter",
    "lowercase",
    "uppercase",
    "length",
    "trim",
    "pad",
    "match",
    "contains",
    "replace",
    "split",
    "join",
    "formatNumber",
    "formatBase",
    "formatInteger",
    "parseInteger",
    "number",
    "floor",
    "ceil",
    "round",
    "abs",
    "sqrt",
    "power",
    "random",
    "boolean",
    "not",
    "map",
    "zip",
    "filter",
    "single",
    "reduce",
    "sift",
    "keys",
    "lookup",
    "append",
    "exists",
    "spread",
    "merge",
    "reverse",
    "each",
    "error",
    "assert",
    "type",
    "sort",
    "shuffle",
    "distinct",
    "base64encode",
    "base64decode",
    "encodeUrlComponent",
    "encodeUrl",
    "decodeUrlComponent",
    "decodeUrl",
    "eval",
    "toMillis",
    "fromMillis",
    "clone",
    "now",
    "millis",
    "uuid",
    "parse",
    "hash",
    "partition",
    "range",
];

/// The longest name of a variable, and of a state.
pub(crate) const LONGEST: usize = 80;

/// `$name` cannot be a variable.
pub(crate) fn is_reserved(name: &str) -> bool {
    name == "states" || FUNCTIONS.contains(&name)
}

/// The name is one that ASL takes for a variable. Step Functions takes Unicode identifiers; Rust's identifiers are those too.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(char::is_alphabetic)
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && name.chars().count() <= LONGEST
}

/// What each variable of a machine is called in the definition.
#[derive(Debug)]
pub(crate) struct Names {
    vars: Vec<String>,
    /// Where a region calls a variable that was passed into it by another name.
    inner: BTreeMap<(RegionId, VarId), String>,
    taken: BTreeSet<String>,
}

impl Names {
    pub(crate) fn of(machine: &TypedMachine) -> Names {
        let mut names = Names { vars: Vec::new(), inner: BTreeMap::new(), taken: BTreeSet::new() };
        names.taken = machine.vars.iter().map(|var| var.name.clone()).filter(|name| is_usable(name)).collect();
        for var in &machine.vars {
            let name = if is_usable(&var.name) { var.name.clone() } else { names.free_name(&usable(&var.name)) };
            names.vars.push(name);
        }
        names
    }

    /// What a variable is called where a region reads it.
    pub(crate) fn get(&self, machine: &TypedMachine, region: RegionId, var: VarId) -> &str {
        let mut region = Some(region);
        while let Some(id) = region {
            if let Some(name) = self.inner.get(&(id, var)) {
                return name;
            }
            region = machine.region(id).parent.map(|state| machine.state(state).region);
        }
        &self.vars[var.0 as usize]
    }

    /// Gives a variable another name within a region: a region cannot assign a name that is assigned on the way to it.
    pub(crate) fn rename_within(&mut self, region: RegionId, var: VarId) {
        let name = self.free_name(&self.vars[var.0 as usize].clone());
        self.inner.insert((region, var), name);
    }

    /// A variable of this name is in use.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    fn free_name(&mut self, base: &str) -> String {
        let base: String = base.chars().take(LONGEST - 4).collect();
        let name = (1..)
            .map(|number| if number == 1 { base.clone() } else { format!("{base}_{number}") })
            .find(|name| !self.taken.contains(name) && !is_reserved(name))
            .unwrap_or(base);
        self.taken.insert(name.clone());
        name
    }
}

fn is_usable(name: &str) -> bool {
    is_variable_name(name) && !is_reserved(name)
}

/// A name near the one given that ASL takes: `$count` is a function, so `count` becomes `count_value`.
fn usable(name: &str) -> String {
    let name = name.trim_start_matches("r#").trim_start_matches('_');
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(LONGEST - 10).collect();
    match name.chars().next() {
        None => "value".to_owned(),
        Some(first) if !first.is_alphabetic() => format!("v{name}"),
        Some(_) if is_reserved(&name) => format!("{name}_value"),
        Some(_) => name,
    }
}
