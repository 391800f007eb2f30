//! Drawings of a machine: Mermaid for Markdown pages, DOT for Graphviz.
//!
//! ```text
//! cargo run -q -p examples --bin orders -- graph fulfil
//! cargo run -q -p examples --bin orders -- graph fulfil --format dot | dot -Tsvg -o fulfil.svg
//! ```

use std::fmt::Write;

use durafn_ir::{Edge, RegionId, State, StateId, StateKind, Target, Test, TypedMachine};

/// An arrow: from a state, to a state or to the end of its region, with a label.
struct Arrow {
    from: StateId,
    to: Option<StateId>,
    label: String,
}

/// The longest label of an arrow, in characters.
const LONGEST_LABEL: usize = 40;

/// A machine as a Mermaid flowchart.
#[must_use]
pub fn mermaid(machine: &TypedMachine) -> String {
    let mut text = "flowchart TD\n".to_owned();
    mermaid_region(machine, RegionId(0), 1, &mut text).expect("writing to a string cannot fail");
    text
}

fn mermaid_region(machine: &TypedMachine, region: RegionId, depth: usize, out: &mut String) -> std::fmt::Result {
    let pad = "    ".repeat(depth);
    let (start, end) = (format!("start{}", region.0), format!("end{}", region.0));
    writeln!(out, "{pad}{start}(( )) --> {}", id(machine.region(region).start))?;
    for (state_id, state) in machine.states_of(region) {
        let name = quoted(&state.name);
        match &state.kind {
            StateKind::Choice(..) => writeln!(out, "{pad}{}{{\"{name}\"}}", id(state_id))?,
            StateKind::Wait(..) => writeln!(out, "{pad}{}([\"{name}\"])", id(state_id))?,
            StateKind::Fail(_) => writeln!(out, "{pad}{}[/\"{name}\"/]", id(state_id))?,
            _ if state.regions().is_empty() => writeln!(out, "{pad}{}[\"{name}\"]", id(state_id))?,
            _ => {
                writeln!(out, "{pad}subgraph {}[\"{name}\"]", id(state_id))?;
                for inner in state.regions() {
                    mermaid_region(machine, *inner, depth + 1, out)?;
                }
                writeln!(out, "{pad}end")?;
            }
        }
    }
    let mut ends = false;
    for arrow in arrows(machine, region) {
        let to = arrow.to.map_or_else(|| end.clone(), id);
        ends |= arrow.to.is_none();
        match arrow.label.is_empty() {
            true => writeln!(out, "{pad}{} --> {to}", id(arrow.from))?,
            false => writeln!(out, "{pad}{} -->|\"{}\"| {to}", id(arrow.from), quoted(&arrow.label))?,
        }
    }
    if ends {
        writeln!(out, "{pad}{end}((( )))")?;
    }
    Ok(())
}

/// A machine in DOT.
#[must_use]
pub fn dot(machine: &TypedMachine) -> String {
    let mut text = format!(
        "digraph \"{}\" {{\n    compound=true;\n    node [shape=box, style=rounded];\n",
        escaped(&machine.name)
    );
    dot_region(machine, RegionId(0), 1, &mut text).expect("writing to a string cannot fail");
    text.push_str("}\n");
    text
}

fn dot_region(machine: &TypedMachine, region: RegionId, depth: usize, out: &mut String) -> std::fmt::Result {
    let pad = "    ".repeat(depth);
    let (start, end) = (format!("start{}", region.0), format!("end{}", region.0));
    writeln!(out, "{pad}{start} [shape=point, width=0.15];")?;
    writeln!(out, "{pad}{end} [shape=doublecircle, label=\"\", width=0.15];")?;
    writeln!(out, "{pad}{start} -> {};", id(machine.region(region).start))?;
    for (state_id, state) in machine.states_of(region) {
        let name = escaped(&state.name);
        let shape = match &state.kind {
            StateKind::Choice(..) => ", shape=diamond, style=solid",
            StateKind::Wait(..) => ", shape=oval",
            StateKind::Fail(_) => ", color=red",
            _ => "",
        };
        writeln!(out, "{pad}{} [label=\"{name}\"{shape}];", id(state_id))?;
        for inner in state.regions() {
            writeln!(out, "{pad}subgraph cluster{} {{", inner.0)?;
            dot_region(machine, *inner, depth + 1, out)?;
            writeln!(out, "{pad}}}")?;
            writeln!(out, "{pad}{} -> start{} [style=dashed];", id(state_id), inner.0)?;
        }
    }
    for arrow in arrows(machine, region) {
        let to = arrow.to.map_or_else(|| end.clone(), id);
        writeln!(out, "{pad}{} -> {to} [label=\"{}\"];", id(arrow.from), escaped(&arrow.label))?;
    }
    Ok(())
}

fn arrows(machine: &TypedMachine, region: RegionId) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (from, state) in machine.states_of(region) {
        for (edge, label) in labelled(machine, state) {
            let to = match &edge.to {
                Target::State(to) => Some(*to),
                Target::End(_) => None,
            };
            arrows.push(Arrow { from, to, label: shortened(&label) });
        }
        if let StateKind::Succeed(_) = &state.kind {
            arrows.push(Arrow { from, to: None, label: String::new() });
        }
    }
    arrows
}

fn labelled<'a>(
    machine: &TypedMachine,
    state: &'a State<durafn_ir::Typed>,
) -> Vec<(&'a Edge<durafn_ir::Typed>, String)> {
    let mut edges = Vec::new();
    match &state.kind {
        StateKind::Choice(rules, default) => {
            for rule in rules {
                let tests: Vec<_> = rule.tests.iter().map(|test| test_text(machine, test)).collect();
                edges.push((&rule.next, tests.join(" && ")));
            }
            edges.push((default, "else".to_owned()));
        }
        _ => {
            let all = state.edges();
            let caught = all.len() - state.catchers().len();
            edges.extend(all[..caught].iter().map(|edge| (*edge, String::new())));
            edges.extend(state.catchers().iter().map(|catcher| (&catcher.next, catcher.errors.join(", "))));
        }
    }
    edges
}

fn test_text(machine: &TypedMachine, test: &Test<durafn_ir::Typed>) -> String {
    match test {
        Test::If(condition) => machine.print_expr(condition),
        Test::Matches(value, pattern) => format!("{} is {}", machine.print_expr(value), pattern.text(&machine.vars)),
    }
}

fn id(state: StateId) -> String {
    format!("s{}", state.0)
}

fn shortened(label: &str) -> String {
    match label.char_indices().nth(LONGEST_LABEL) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

/// Text inside Mermaid's quotes.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text inside DOT's quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
