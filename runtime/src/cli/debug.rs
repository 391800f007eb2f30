//! `debug`: an execution taken apart, on a screen or by commands as text.

mod command;
mod screen;
mod source;
mod view;

use std::{
    io::{self, BufRead, IsTerminal},
    process::ExitCode,
};

pub(crate) use self::source::Source;

use self::command::{Command, HELP};
use super::{App, BoxError, args::Debug, executions::find, output, replay::is_file};
use crate::{
    debug::{Recording, Session},
    history::History,
};

pub(super) async fn run(app: &App, args: &Debug) -> Result<ExitCode, BoxError> {
    let recording = match args.id.as_str() {
        file if is_file(file) => Recording::of(&History::read_of(file, args.workflow.as_deref())?)?,
        id => {
            let engine = app.look(args.database.db.as_deref()).await?;
            engine.record(find(&engine, id).await?.id).await?
        }
    };
    let session = Session::new(recording);
    let source = Source::find(&session.recording().machine().file, args.source.as_deref());
    if !args.command.is_empty() {
        let lines = args.command.iter().map(|line| Ok(line.clone()));
        return commands(session, &source, lines);
    }
    if args.plain || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return commands(session, &source, io::stdin().lock().lines());
    }
    screen::run(session, source)?;
    Ok(ExitCode::SUCCESS)
}

/// Carries out commands, one a line. A command that cannot be carried out ends with exit code 1 after the others.
fn commands(
    mut session: Session,
    source: &Source,
    lines: impl Iterator<Item = io::Result<String>>,
) -> Result<ExitCode, BoxError> {
    let mut code = ExitCode::SUCCESS;
    output::text(&view::place(&session, source))?;
    for line in lines {
        match answer(&mut session, source, &line?) {
            Answer::Nothing => {}
            Answer::Said(text) => output::text(&text)?,
            Answer::Refused(error) => code = output::failed(&error),
            Answer::Quit => break,
        }
    }
    Ok(code)
}

/// What comes of a line of text.
#[derive(Debug)]
pub(crate) enum Answer {
    Nothing,
    Said(String),
    Refused(String),
    Quit,
}

/// Carries out a line of text.
pub(crate) fn answer(session: &mut Session, source: &Source, line: &str) -> Answer {
    match Command::parse(line) {
        Ok(None) => Answer::Nothing,
        Ok(Some(Command::Quit)) => Answer::Quit,
        Ok(Some(Command::Help)) => Answer::Said(help()),
        Ok(Some(Command::Show(what))) => Answer::Said(view::show(&what, session, source)),
        Ok(Some(Command::Move(way))) => match way.make(session) {
            Ok(()) => Answer::Said(view::place(session, source)),
            Err(stuck) => Answer::Refused(stuck.to_string()),
        },
        Err(error) => Answer::Refused(error),
    }
}

fn help() -> String {
    HELP.map(|(command, what)| format!("{command:<32}{what}").trim_end().to_owned()).join("\n")
}
