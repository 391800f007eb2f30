//! The commands of the debugger, as text.

use std::num::NonZeroUsize;

use crate::{
    debug::{Direction, Session, Stuck},
    nearest::nearest_names,
};

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Move(Move),
    Show(Show),
    Help,
    Quit,
}

/// A way to another moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Next(usize),
    Back(usize),
    Over,
    Until,
    Into(Option<u32>),
    Out,
    Start,
    End,
    State(Direction, String, Option<u32>),
    Line(Direction, u32),
    Change(Direction, String),
    Failure(Direction),
    Search(Direction, String),
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Show {
    Where,
    Variables,
    Variable(String),
    Changed,
    Input,
    Output,
    Source(u32),
    States,
    History,
}

/// How many lines of source are shown.
const LINES: u32 = 11;

/// The commands with what they do, in the order of the help.
pub(super) const HELP: [(&str, &str); 21] = [
    ("next [N], n", "the next moment, or N further"),
    ("back [N], b", "the moment before, or N back"),
    ("over, o", "the next moment that is not inside this state's branches"),
    ("until, u", "past a loop: the next state further down in the source"),
    ("into [I], i", "into the branches or iterations of this state, or into the one with index I"),
    ("out", "out of this branch or iteration"),
    ("start, end", "the first moment; behind the last one"),
    ("to STATE[#N]", "the next visit of a state, or its Nth"),
    ("line N", "the next state of a line"),
    ("change VARIABLE", "the next moment before which the variable took a value"),
    ("failure, f", "the next state that fails"),
    ("search TEXT, /TEXT", "the next moment that has the text anywhere"),
    ("back to STATE, back line N, ..", "the same towards the beginning"),
    ("where, w", "this moment"),
    ("vars [NAME], v", "the variables here; one of them as JSON"),
    ("changed", "what changed since the moment before"),
    ("input, output", "what this state was given; what it gave"),
    ("source [N], s", "N lines of source around this one"),
    ("states", "every state of the machine, with its visits"),
    ("history", "every moment"),
    ("help, quit", ""),
];

impl Command {
    /// Reads a command. An empty line is none.
    ///
    /// # Errors
    ///
    /// In words, with the nearest commands.
    pub(super) fn parse(line: &str) -> Result<Option<Command>, String> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(None);
        }
        if let Some(text) = line.strip_prefix('/') {
            return search(Direction::Forward, text).map(|found| Some(Command::Move(found)));
        }
        let (word, rest) = split(line);
        let command = match (word, rest) {
            ("next" | "n", rest) => Command::Move(Move::Next(count(rest)?)),
            ("back" | "b", rest) => Command::Move(back(rest)?),
            ("into" | "i", "") => Command::Move(Move::Into(None)),
            ("into" | "i", rest) => Command::Move(Move::Into(Some(number(rest)?))),
            ("vars" | "v", "") => Command::Show(Show::Variables),
            ("vars" | "v", name) => Command::Show(Show::Variable(name.to_owned())),
            ("source" | "s", "") => Command::Show(Show::Source(LINES)),
            ("source" | "s", rest) => Command::Show(Show::Source(number(rest)?)),
            (word, rest) if let Some(found) = searching(Direction::Forward, word, rest) => Command::Move(found?),
            (word, rest) => match plain(word) {
                Some(command) if rest.is_empty() => command,
                Some(_) => return Err(format!("`{word}` takes nothing after it")),
                None => return Err(unknown(word)),
            },
        };
        Ok(Some(command))
    }
}

/// A command of one word.
fn plain(word: &str) -> Option<Command> {
    Some(match word {
        "over" | "o" => Command::Move(Move::Over),
        "until" | "u" => Command::Move(Move::Until),
        "out" => Command::Move(Move::Out),
        "start" => Command::Move(Move::Start),
        "end" => Command::Move(Move::End),
        "where" | "w" => Command::Show(Show::Where),
        "changed" => Command::Show(Show::Changed),
        "input" => Command::Show(Show::Input),
        "output" => Command::Show(Show::Output),
        "states" => Command::Show(Show::States),
        "history" => Command::Show(Show::History),
        "help" | "h" | "?" => Command::Help,
        "quit" | "q" | "exit" => Command::Quit,
        _ => return None,
    })
}

fn unknown(word: &str) -> String {
    let words = HELP.iter().flat_map(|(names, _)| names.split(", ")).filter_map(|name| name.split(' ').next());
    match nearest_names(word, words).as_slice() {
        [] => format!("there is no command `{word}`; `help` lists them"),
        near => format!("there is no command `{word}`; did you mean `{}`?", near.join("` or `")),
    }
}

fn back(rest: &str) -> Result<Move, String> {
    let (word, after) = split(rest);
    match searching(Direction::Back, word, after) {
        Some(found) => found,
        None => Ok(Move::Back(count(rest)?)),
    }
}

/// A command that searches in a direction.
fn searching(direction: Direction, word: &str, rest: &str) -> Option<Result<Move, String>> {
    Some(match word {
        "to" => state(direction, rest),
        "line" => number(rest).map(|line| Move::Line(direction, line)),
        "change" if rest.is_empty() => Err("name the variable: `change NAME`".to_owned()),
        "change" => Ok(Move::Change(direction, rest.to_owned())),
        "failure" | "f" => Ok(Move::Failure(direction)),
        "search" => search(direction, rest),
        _ => return None,
    })
}

fn search(direction: Direction, text: &str) -> Result<Move, String> {
    match text.trim() {
        "" => Err("say what to search for: `search TEXT`".to_owned()),
        text => Ok(Move::Search(direction, text.to_owned())),
    }
}

fn state(direction: Direction, text: &str) -> Result<Move, String> {
    if text.is_empty() {
        return Err("name the state: `to STATE`, or `to STATE#2` for its second visit".to_owned());
    }
    // A `#` may stand in a state's name.
    match text.rsplit_once('#').and_then(|(name, visit)| Some((name, visit.parse().ok()?))) {
        Some((name, visit)) => Ok(Move::State(direction, name.trim().to_owned(), Some(visit))),
        None => Ok(Move::State(direction, text.to_owned(), None)),
    }
}

fn split(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim()))
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number that fits here"))
}

fn count(text: &str) -> Result<usize, String> {
    match text {
        "" => Ok(1),
        text => text.parse().map(NonZeroUsize::get).map_err(|_| format!("`{text}` is no number of moments")),
    }
}

impl Move {
    /// Makes the move.
    ///
    /// # Errors
    ///
    /// When there is no such way from here.
    pub(super) fn make(&self, session: &mut Session) -> Result<(), Stuck> {
        match self {
            Move::Next(count) => session.next(*count),
            Move::Back(count) => session.back(*count),
            Move::Over => session.over(),
            Move::Until => session.until(),
            Move::Into(index) => session.into_branch(*index),
            Move::Out => session.out(),
            Move::Start => {
                session.go(0);
                Ok(())
            }
            Move::End => {
                session.go(usize::MAX);
                Ok(())
            }
            Move::State(direction, name, visit) => session.to_state(*direction, name, *visit),
            Move::Line(direction, line) => session.to_line(*direction, *line),
            Move::Change(direction, variable) => session.to_change(*direction, variable),
            Move::Failure(direction) => session.to_failure(*direction),
            Move::Search(direction, text) => session.search(*direction, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Command {
        Command::parse(line).unwrap().unwrap()
    }

    #[test]
    fn commands_are_read_with_their_arguments() {
        assert_eq!(parsed("n 3"), Command::Move(Move::Next(3)));
        assert_eq!(parsed(" back "), Command::Move(Move::Back(1)));
        assert_eq!(
            parsed("to Charge card#2"),
            Command::Move(Move::State(Direction::Forward, "Charge card".to_owned(), Some(2)))
        );
        assert_eq!(parsed("back line 40"), Command::Move(Move::Line(Direction::Back, 40)));
        assert_eq!(parsed("/mug"), Command::Move(Move::Search(Direction::Forward, "mug".to_owned())));
        assert_eq!(parsed("vars order"), Command::Show(Show::Variable("order".to_owned())));
        assert_eq!(Command::parse("  "), Ok(None));
    }

    #[test]
    fn what_is_no_command_is_said() {
        let said = |line: &str| Command::parse(line).unwrap_err();
        assert_eq!(said("nxt"), "there is no command `nxt`; did you mean `next`?");
        assert_eq!(said("frobnicate"), "there is no command `frobnicate`; `help` lists them");
        assert_eq!(said("next soon"), "`soon` is no number of moments");
        assert_eq!(said("back -1"), "`-1` is no number of moments");
        assert_eq!(said("line"), "`` is not a number that fits here");
        assert_eq!(said("over there"), "`over` takes nothing after it");
        assert_eq!(said("/"), "say what to search for: `search TEXT`");
    }
}
