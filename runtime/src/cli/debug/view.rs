//! What the debugger shows, as text: the same for scripts and for the screen.

use std::collections::HashMap;

use durafn_ir::RegionId;
use serde_json::Value;

use super::{command::Show, source::Source};
use crate::{
    cli::output,
    debug::{Entry, Moment, Outcome, Session},
    history::StateType,
    store::Status,
};

/// How much of a value stands on a line.
const SHOWN: usize = 100;

/// What a command shows.
pub(super) fn show(what: &Show, session: &Session, source: &Source) -> String {
    match what {
        Show::Where => place(session, source),
        Show::Variables => variables(session),
        Show::Variable(name) => match session.variable(name) {
            Some(value) => pretty(value),
            None => format!("there is no variable `{name}` here"),
        },
        Show::Changed => changed(session),
        Show::Input => input(session),
        Show::Output => result(session),
        Show::Source(count) => lines(session, source, *count),
        Show::States => states(session).join("\n"),
        Show::History => {
            (0..=session.recording().moments().len()).map(|at| moment(session, at)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// This moment with its line of source.
pub(super) fn place(session: &Session, source: &Source) -> String {
    let here = moment(session, session.position());
    let file = &session.recording().machine().file;
    match session.moment() {
        Some(moment) => {
            let text =
                source.line(moment.line).map_or("(the source is not at hand; --source names its folder)", str::trim);
            format!("{here}\n    {file}:{}: {text}", moment.line)
        }
        None => here,
    }
}

/// One moment, or the end, on a line.
pub(super) fn moment(session: &Session, at: usize) -> String {
    let marker = if at == session.position() { '>' } else { ' ' };
    let Some(moment) = session.recording().moments().get(at) else {
        return format!("{marker} {at:>4}  {}", end(session));
    };
    let visit = if moment.visit > 1 { format!("#{}", moment.visit) } else { String::new() };
    let scope = if moment.scope.is_empty() { String::new() } else { format!(" in {}", moment.scope) };
    let said = told(moment);
    let gap = if said.is_empty() { "" } else { "  " };
    format!("{marker} {at:>4}  {}{visit} [{:?}]{scope}{gap}{said}", moment.name, moment.kind)
}

/// How it all ended.
pub(super) fn end(session: &Session) -> String {
    let recording = session.recording();
    if let Some(divergence) = recording.divergence() {
        return format!("here today's code parts with the journal: {divergence}");
    }
    let row = recording.execution();
    match row.status {
        Status::Running => "the execution is under way: no more is recorded".to_owned(),
        Status::Succeeded => {
            format!("SUCCEEDED with {}", output::short(row.output.as_deref().unwrap_or("null"), SHOWN))
        }
        status => {
            let (error, cause) = (row.error.as_deref().unwrap_or(""), row.cause.as_deref().unwrap_or(""));
            format!("{} {error}: {}", status.name(), output::short(cause, SHOWN))
        }
    }
}

/// What became of a moment, in short.
fn told(moment: &Moment) -> String {
    let Some(entry) = &moment.entry else { return String::new() };
    let attempts = match entry.attempts.len() {
        0 | 1 => String::new(),
        many => format!(" after {many} attempts"),
    };
    match &entry.outcome {
        Outcome::Open => "did not end".to_owned(),
        Outcome::Succeeded(None) => took(entry),
        Outcome::Succeeded(Some(value)) => format!("-> {}{attempts}", output::short(value, SHOWN / 2)),
        Outcome::Failed { error, .. } => format!("failed with {error}{attempts}"),
    }
}

fn took(entry: &Entry) -> String {
    entry.closed_at.map_or_else(String::new, |closed| format!("took {}", output::duration(closed - entry.opened_at)))
}

/// The variables, those that have just changed with a mark.
pub(super) fn variables(session: &Session) -> String {
    let fresh: Vec<&str> = session.changed().iter().map(|change| change.variable).collect();
    let lines: Vec<String> = session
        .variables()
        .into_iter()
        .map(|(name, value)| {
            let mark = if fresh.contains(&name) { '*' } else { ' ' };
            format!("{mark} {name} = {}", output::short(&value.to_string(), SHOWN))
        })
        .collect();
    if lines.is_empty() { "  nothing is bound yet".to_owned() } else { lines.join("\n") }
}

fn changed(session: &Session) -> String {
    let changes = session.changed();
    if changes.is_empty() {
        return "nothing".to_owned();
    }
    let lines = changes
        .iter()
        .map(|change| format!("{} = {}", change.variable, output::short(&change.value.to_string(), SHOWN)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What the state was given.
pub(super) fn input(session: &Session) -> String {
    match session.moment() {
        None => pretty(&output::parsed(&session.recording().execution().input)),
        Some(Moment { entry: Some(entry), .. }) => match &entry.input {
            Some(input) => format!("{}\n{}", entry.what, pretty(&output::parsed(input))),
            None => entry.what.clone(),
        },
        Some(moment) => format!("a {:?} has no input of its own; `vars` shows what it reads", moment.kind),
    }
}

/// What the state gave.
pub(super) fn result(session: &Session) -> String {
    let Some(moment) = session.moment() else { return end(session) };
    let Some(entry) = &moment.entry else {
        return format!("a {:?} has no output of its own; `next` and `changed` show what it does", moment.kind);
    };
    let mut lines: Vec<String> = entry
        .attempts
        .iter()
        .filter_map(|attempt| attempt.failed.as_ref().map(|(error, cause)| (attempt.number, error, cause)))
        .map(|(number, error, cause)| format!("attempt {number} failed with {error}: {}", output::short(cause, SHOWN)))
        .collect();
    lines.push(match &entry.outcome {
        Outcome::Open => "it did not end".to_owned(),
        Outcome::Succeeded(None) => took(entry),
        Outcome::Succeeded(Some(value)) => pretty(&output::parsed(value)),
        Outcome::Failed { error, cause } => format!("failed with {error}: {cause}"),
    });
    lines.join("\n")
}

/// Lines of source around this moment's.
pub(super) fn lines(session: &Session, source: &Source, count: u32) -> String {
    if source.is_empty() {
        return format!(
            "{} is not at hand; --source names the folder that it is in",
            session.recording().machine().file
        );
    }
    let Some(moment) = session.moment() else { return end(session) };
    let line = |(number, text): (u32, &str)| {
        let marker = if number == moment.line { '>' } else { ' ' };
        format!("{marker} {number:>4}  {text}").trim_end().to_owned()
    };
    source.around(moment.line, count).map(line).collect::<Vec<_>>().join("\n")
}

/// The machine as a tree: every state, with how often it was visited and whether it failed.
pub(super) fn states(session: &Session) -> Vec<String> {
    let mut visits: HashMap<u32, (u32, bool)> = HashMap::new();
    for moment in session.recording().moments() {
        let (count, failed) = visits.entry(moment.state).or_default();
        *count += 1;
        *failed |= moment.failed();
    }
    let mut lines = Vec::new();
    region(session, RegionId(0), 0, &visits, &mut lines);
    lines
}

fn region(session: &Session, id: RegionId, depth: usize, visits: &HashMap<u32, (u32, bool)>, lines: &mut Vec<String>) {
    let here = session.moment().map(|moment| moment.state);
    for (state_id, state) in session.recording().machine().states_of(id) {
        let marker = if here == Some(state_id.0) { '>' } else { ' ' };
        let (count, failed) = visits.get(&state_id.0).copied().unwrap_or_default();
        let said = match (count, failed) {
            (0, _) => "not visited".to_owned(),
            (1, false) => "visited".to_owned(),
            (1, true) => "failed".to_owned(),
            (count, false) => format!("visited {count} times"),
            (count, true) => format!("visited {count} times, failed"),
        };
        lines.push(format!(
            "{marker} {}{} [{:?}]  {said}",
            "    ".repeat(depth),
            state.name,
            StateType::of(&state.kind)
        ));
        for inner in state.regions() {
            region(session, *inner, depth + 1, visits, lines);
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
