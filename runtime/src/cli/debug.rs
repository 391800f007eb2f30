//! `debug`: an execution taken apart, on a screen or by commands as text.

mod command;
mod screen;
mod source;
mod view;

use std::{
    io::{self, BufRead, IsTerminal},
    process::ExitCode,
};

use self::{
    command::{Command, HELP},
    source::Source,
};
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
        let said = match Command::parse(&line?) {
            Ok(None) => continue,
            Ok(Some(Command::Quit)) => break,
            Ok(Some(Command::Help)) => Ok(help()),
            Ok(Some(Command::Show(what))) => Ok(view::show(&what, &session, source)),
            Ok(Some(Command::Move(way))) => match way.make(&mut session) {
                Ok(()) => Ok(view::place(&session, source)),
                Err(stuck) => Err(stuck.to_string()),
            },
            Err(error) => Err(error),
        };
        match said {
            Ok(text) => output::text(&text)?,
            Err(error) => code = output::failed(&error),
        }
    }
    Ok(code)
}

fn help() -> String {
    HELP.map(|(command, what)| format!("{command:<32}{what}").trim_end().to_owned()).join("\n")
}
