//! Drawings of a machine, alone or with what an execution did in it: Mermaid for Markdown pages, DOT for Graphviz. And the timeline of an
//! execution.
//!
//! ```text
//! cargo run -q -p examples --bin orders -- graph fulfil
//! cargo run -q -p examples --bin orders -- graph fulfil --format dot | dot -Tsvg -o fulfil.svg
//! cargo run -q -p examples --bin orders -- graph order-17
//! ```

mod marks;
mod timeline;
mod visits;

use std::fmt::{self, Write};

use durafn_ir::{Edge, RegionId, State, StateId, StateKind, Target, Test, TypedMachine};

use self::marks::{CLASSES, Marks};
use crate::{
    error::{Error, Kind},
    history::History,
};

pub(crate) use timeline::duration;
pub use timeline::timeline;

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
    mermaid_with(machine, &Marks::default())
}

/// An execution over its machine as a Mermaid flowchart: what became of each state, and thick arrows where it went.
///
/// # Errors
///
/// When the history has no machine, or a row cannot be read.
pub fn mermaid_of(history: &History) -> Result<String, Error> {
    Ok(mermaid_with(&machine_of(history)?, &Marks::of(history)?))
}

fn mermaid_with(machine: &TypedMachine, marks: &Marks) -> String {
    let mut text = "flowchart TD\n".to_owned();
    let written = mermaid_region(machine, marks, RegionId(0), 1, &mut text);
    written.and_then(|()| mermaid_classes(machine, marks, &mut text)).expect("writing to a string cannot fail");
    text
}

fn machine_of(history: &History) -> Result<TypedMachine, Error> {
    let key = &history.execution.machine;
    history.machine(key).ok_or_else(|| {
        let what =
            format!("its machine `{key}` is not there, or cannot be read, so that there is nothing to draw it over");
        Kind::Unreadable { id: history.execution.id, what }.into()
    })
}

/// The classes that states have, and their colours.
fn mermaid_classes(machine: &TypedMachine, marks: &Marks, out: &mut String) -> fmt::Result {
    let alive = machine.reachable();
    for (class, fill, line) in CLASSES {
        let states = machine.states.iter().enumerate().filter(|(index, _)| alive[*index]);
        let of_class = states.filter(|(_, state)| marks.class(&state.name) == Some(class));
        let ids: Vec<String> = of_class.map(|(index, _)| format!("s{index}")).collect();
        if !ids.is_empty() {
            writeln!(out, "    classDef {class} fill:{fill},stroke:{line},color:#000000")?;
            writeln!(out, "    class {} {class}", ids.join(","))?;
        }
    }
    Ok(())
}

/// The text of a state: its name, and below it what there is to say about its visits.
fn label(state: &State<durafn_ir::Typed>, marks: &Marks, text: fn(&str) -> String, line_break: &str) -> String {
    match marks.note(&state.name) {
        Some(note) => format!("{}{line_break}{note}", text(&state.name)),
        None => text(&state.name),
    }
}

fn mermaid_region(
    machine: &TypedMachine,
    marks: &Marks,
    region: RegionId,
    depth: usize,
    out: &mut String,
) -> fmt::Result {
    let pad = "    ".repeat(depth);
    let (start, end) = (format!("start{}", region.0), format!("end{}", region.0));
    writeln!(out, "{pad}{start}(( )) --> {}", id(machine.region(region).start))?;
    for (state_id, state) in machine.states_of(region) {
        let name = label(state, marks, quoted, "<br/>");
        match &state.kind {
            StateKind::Choice(..) => writeln!(out, "{pad}{}{{\"{name}\"}}", id(state_id))?,
            StateKind::Wait(..) => writeln!(out, "{pad}{}([\"{name}\"])", id(state_id))?,
            StateKind::Fail(_) => writeln!(out, "{pad}{}[/\"{name}\"/]", id(state_id))?,
            _ if state.regions().is_empty() => writeln!(out, "{pad}{}[\"{name}\"]", id(state_id))?,
            _ => {
                writeln!(out, "{pad}subgraph {}[\"{name}\"]", id(state_id))?;
                for inner in state.regions() {
                    mermaid_region(machine, marks, *inner, depth + 1, out)?;
                }
                writeln!(out, "{pad}end")?;
            }
        }
    }
    let mut ends = false;
    for arrow in arrows(machine, region) {
        let to = arrow.to.map_or_else(|| end.clone(), id);
        ends |= arrow.to.is_none();
        let line = if arrow.is_taken(machine, marks) { "==>" } else { "-->" };
        match arrow.label.is_empty() {
            true => writeln!(out, "{pad}{} {line} {to}", id(arrow.from))?,
            false => writeln!(out, "{pad}{} {line}|\"{}\"| {to}", id(arrow.from), quoted(&arrow.label))?,
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
    dot_with(machine, &Marks::default())
}

/// An execution over its machine in DOT.
///
/// # Errors
///
/// As [`mermaid_of`].
pub fn dot_of(history: &History) -> Result<String, Error> {
    Ok(dot_with(&machine_of(history)?, &Marks::of(history)?))
}

fn dot_with(machine: &TypedMachine, marks: &Marks) -> String {
    let mut text = format!(
        "digraph \"{}\" {{\n    compound=true;\n    node [shape=box, style=rounded];\n",
        escaped(&machine.name)
    );
    dot_region(machine, marks, RegionId(0), 1, &mut text).expect("writing to a string cannot fail");
    text.push_str("}\n");
    text
}

fn dot_region(machine: &TypedMachine, marks: &Marks, region: RegionId, depth: usize, out: &mut String) -> fmt::Result {
    let pad = "    ".repeat(depth);
    let (start, end) = (format!("start{}", region.0), format!("end{}", region.0));
    writeln!(out, "{pad}{start} [shape=point, width=0.15];")?;
    writeln!(out, "{pad}{end} [shape=doublecircle, label=\"\", width=0.15];")?;
    writeln!(out, "{pad}{start} -> {};", id(machine.region(region).start))?;
    for (state_id, state) in machine.states_of(region) {
        let name = label(state, marks, escaped, "\\n");
        let shape = match &state.kind {
            StateKind::Choice(..) => ", shape=diamond",
            StateKind::Wait(..) => ", shape=oval",
            _ => "",
        };
        writeln!(out, "{pad}{} [label=\"{name}\"{shape}{}];", id(state_id), dot_style(state, marks))?;
        for inner in state.regions() {
            writeln!(out, "{pad}subgraph cluster{} {{", inner.0)?;
            dot_region(machine, marks, *inner, depth + 1, out)?;
            writeln!(out, "{pad}}}")?;
            writeln!(out, "{pad}{} -> start{} [style=dashed];", id(state_id), inner.0)?;
        }
    }
    for arrow in arrows(machine, region) {
        let to = arrow.to.map_or_else(|| end.clone(), id);
        let width = if arrow.is_taken(machine, marks) { ", penwidth=3" } else { "" };
        writeln!(out, "{pad}{} -> {to} [label=\"{}\"{width}];", id(arrow.from), escaped(&arrow.label))?;
    }
    Ok(())
}

fn dot_style(state: &State<durafn_ir::Typed>, marks: &Marks) -> String {
    let is_choice = matches!(state.kind, StateKind::Choice(..));
    let class = marks.class(&state.name);
    match CLASSES.into_iter().find(|(name, ..)| Some(*name) == class) {
        Some((name, fill, line)) => {
            let style = if is_choice { "filled" } else { "rounded,filled" };
            format!(", class={name}, style=\"{style}\", fillcolor=\"{fill}\", color=\"{line}\"")
        }
        None if is_choice => ", style=solid".to_owned(),
        None if matches!(state.kind, StateKind::Fail(_)) => ", color=red".to_owned(),
        None => String::new(),
    }
}

impl Arrow {
    fn is_taken(&self, machine: &TypedMachine, marks: &Marks) -> bool {
        let to = self.to.map(|to| machine.state(to).name.as_str());
        marks.took(&machine.state(self.from).name, to)
    }
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
