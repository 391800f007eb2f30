//! The timeline of an execution in text: a line for each durable state and scope, with bars as long as it took.

use std::collections::{BTreeSet, HashMap};

use super::visits::{Outcome, Visit, visits};
use crate::{
    error::Error,
    history::{History, StateType},
};

/// How many columns the bars have.
const COLUMNS: usize = 48;

/// How many lines are shown: those that took longest.
const LINES: usize = 60;

/// Where the time of an execution went, `now` being milliseconds since 1970. A line holds all visits of a state in a scope.
///
/// `█` is an attempt that runs, `×` the end of a failed one, `░` waiting, `─` a Parallel or Map.
///
/// # Errors
///
/// When a row of the journal cannot be read.
pub fn timeline(history: &History, now: i64) -> Result<String, Error> {
    let events = history.events()?;
    let from = history.execution.started_at;
    let last = events.last().map_or(from, |event| event.at);
    let to = history.execution.closed_at.unwrap_or(now).max(last);
    let visits = visits(&events);
    let scale = Scale { from, to };
    let lines = lines(&visits, to);
    Ok(written(&lines, &scale))
}

/// The visits of a state in a scope.
struct Line<'a> {
    visits: Vec<&'a Visit<'a>>,
    took: i64,
}

fn lines<'a>(visits: &'a [Visit<'a>], now: i64) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut by_state: HashMap<(&str, &str), usize> = HashMap::new();
    let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    let mut line_of = vec![0; visits.len()];
    for (index, visit) in visits.iter().enumerate().filter(|(_, visit)| visit.is_durable()) {
        let line = *by_state.entry((visit.scope, visit.state)).or_insert_with(|| {
            let around = visit.around.map(|around| line_of[around]);
            below.entry(around).or_default().push(lines.len());
            lines.push(Line { visits: Vec::new(), took: 0 });
            lines.len() - 1
        });
        line_of[index] = line;
        lines[line].took += visit.to.unwrap_or(now) - visit.from;
        lines[line].visits.push(visit);
    }
    // What happened inside a join stands below it, one scope after the other.
    for inner in below.values_mut() {
        let first = |line: &usize| by_first(&lines[*line]);
        inner.sort_by_key(first);
    }
    let mut order = Vec::new();
    let mut open: Vec<usize> = below.remove(&None).unwrap_or_default().into_iter().rev().collect();
    while let Some(line) = open.pop() {
        order.push(line);
        open.extend(below.remove(&Some(line)).unwrap_or_default().into_iter().rev());
    }
    let mut lines: Vec<Option<Line<'_>>> = lines.into_iter().map(Some).collect();
    order.into_iter().filter_map(|line| lines[line].take()).collect()
}

/// Lines of the workflow itself keep their order; those of branches and iterations come scope by scope.
fn by_first(line: &Line<'_>) -> Vec<u32> {
    line.visits
        .first()
        .map_or_else(Vec::new, |visit| visit.scope.split('.').filter_map(|part| part.parse().ok()).collect())
}

fn written(lines: &[Line<'_>], scale: &Scale) -> String {
    let mut longest: Vec<usize> = (0..lines.len()).collect();
    longest.sort_by_key(|line| std::cmp::Reverse(lines[*line].took));
    let shown: BTreeSet<usize> = longest.into_iter().take(LINES).collect();
    let mut rows = vec![["AT", "TOOK", "SCOPE", "STATE", "", ""].map(str::to_owned)];
    rows.extend(shown.iter().map(|index| row(&lines[*index], scale)));
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for [at, took, scope, state, bar, note] in &rows {
        let line = format!(
            "{at:>0$}  {took:>1$}  {scope:<2$}  {state:<3$}  {bar:<4$}  {note}",
            widths[0], widths[1], widths[2], widths[3], widths[4]
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if lines.len() > LINES {
        text.push_str(&format!("the {LINES} lines that took longest; {} are not shown\n", lines.len() - LINES));
    }
    text
}

fn row(line: &Line<'_>, scale: &Scale) -> [String; 6] {
    let Some(first) = line.visits.first() else { return Default::default() };
    let depth = first.scope.split('.').filter(|part| !part.is_empty()).count() / 2;
    [
        duration(first.from - scale.from),
        duration(line.took),
        first.scope.to_owned(),
        format!("{:1$}{2}", "", 2 * depth, first.state),
        bar(line, scale),
        note(line),
    ]
}

fn bar(line: &Line<'_>, scale: &Scale) -> String {
    let mut cells = [' '; COLUMNS];
    let mut paint = |from: i64, to: i64, with: char| {
        let first = scale.column(from).min(COLUMNS - 1);
        cells[first..scale.column(to).max(first + 1)].fill(with);
    };
    for visit in &line.visits {
        let waits = if matches!(visit.ty, StateType::Parallel | StateType::Map) { '─' } else { '░' };
        paint(visit.from, visit.to.unwrap_or(scale.to), waits);
        for attempt in &visit.attempts {
            paint(attempt.from, attempt.to.unwrap_or(scale.to), '█');
        }
    }
    // Marks of failure stay visible where bars are short.
    for attempt in line.visits.iter().flat_map(|visit| &visit.attempts).filter(|attempt| attempt.failed) {
        let end = attempt.to.unwrap_or(scale.to);
        let last = scale.column(end).max(scale.column(attempt.from) + 1) - 1;
        cells[last.min(COLUMNS - 1)] = '×';
    }
    cells.iter().collect::<String>().trim_end().to_owned()
}

fn note(line: &Line<'_>) -> String {
    let mut words = Vec::new();
    if line.visits.len() > 1 {
        words.push(format!("{} visits", line.visits.len()));
    }
    let attempts: usize = line.visits.iter().map(|visit| visit.attempts.len()).sum();
    if attempts > line.visits.len() {
        words.push(format!("{attempts} attempts"));
    }
    let Some(last) = line.visits.last() else { return String::new() };
    let error = last.error.unwrap_or_default();
    let end = match last.outcome {
        Outcome::Done => String::new(),
        Outcome::Caught => format!("caught {error}"),
        Outcome::Aborted => "dropped".to_owned(),
        Outcome::Failed => format!("failed {error}"),
        Outcome::Running => "goes on".to_owned(),
    };
    words.extend((!end.is_empty()).then(|| end.trim_end().to_owned()));
    words.join(", ")
}

struct Scale {
    from: i64,
    to: i64,
}

impl Scale {
    /// The column of a time; that of the end is behind the last.
    fn column(&self, at: i64) -> usize {
        let (part, all) = (i128::from(at) - i128::from(self.from), i128::from(self.to) - i128::from(self.from));
        let column = part.max(0) * COLUMNS as i128 / all.max(1);
        usize::try_from(column).unwrap_or(0).min(COLUMNS)
    }
}

/// How long something took.
pub(crate) fn duration(millis: i64) -> String {
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
        _ => format!("{} h {} min", millis / 3_600_000, millis % 3_600_000 / 60_000),
    }
}
