//! The debugger on a terminal's screen.
//!
//! ```text
//! +- src/workflow.rs --------------+- variables ---------------+
//! |  78      let reserved = ..     |  order = {"id": ..}       |
//! |> 79      let goods = ..        |* goods = 4200             |
//! +- moments ----------------------+- Charge ------------------+
//! |>  3  Charge [Task] -> {..}     |  charge                   |
//! |   4  CarrierReady [Task]       |  {"card": ..}             |
//! +--------------------------------+---------------------------+
//! | n next  b back  o over  i into ..                          |
//! +------------------------------------------------------------+
//! ```

use std::io;

use ratatui::{
    Frame,
    crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
    text::Line,
    widgets::{Block, Paragraph, Wrap},
};

use super::{
    command::{Command, HELP, Move},
    source::Source,
    view,
};
use crate::debug::{Direction, Session};

/// The line that tells the keys.
const KEYS: &str =
    "n next  b back  o over  u until  i into  x out  f failure  / search  : command  t states  ? help  q quit";

/// What the lower left part shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lower {
    #[default]
    Moments,
    States,
    Help,
}

/// What the screen shows besides the session.
#[derive(Debug)]
struct Screen {
    session: Session,
    source: Source,
    lower: Lower,
    /// The command that is being typed.
    typed: Option<String>,
    /// What the last command said.
    said: String,
}

/// Shows a session until it is quit.
///
/// # Errors
///
/// When the terminal fails.
pub(super) fn run(session: Session, source: Source) -> io::Result<()> {
    let mut screen = Screen::new(session, source);
    ratatui::run(|terminal| {
        loop {
            terminal.draw(|frame| screen.draw(frame))?;
            if let Event::Key(key) = event::read()?
                && key.kind != KeyEventKind::Release
                && screen.press(key)
            {
                return Ok(());
            }
        }
    })
}

impl Screen {
    fn new(session: Session, source: Source) -> Screen {
        Screen { session, source, lower: Lower::default(), typed: None, said: String::new() }
    }

    /// A key was pressed; true where it quits.
    fn press(&mut self, key: KeyEvent) -> bool {
        self.said.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return true;
        }
        if let Some(typed) = &mut self.typed {
            match key.code {
                KeyCode::Esc => self.typed = None,
                KeyCode::Enter => {
                    let line = self.typed.take().unwrap_or_default();
                    return self.command(&line);
                }
                KeyCode::Backspace if typed.pop().is_none() => self.typed = None,
                KeyCode::Char(letter) => typed.push(letter),
                _ => {}
            }
            return false;
        }
        let way = match key.code {
            KeyCode::Char('q') => return true,
            KeyCode::Char(':') => {
                self.typed = Some(String::new());
                return false;
            }
            KeyCode::Char('/') => {
                self.typed = Some("/".to_owned());
                return false;
            }
            KeyCode::Char('t') => {
                self.toggle(Lower::States);
                return false;
            }
            KeyCode::Char('?') => {
                self.toggle(Lower::Help);
                return false;
            }
            KeyCode::Char('n') | KeyCode::Right | KeyCode::Down => Move::Next(1),
            KeyCode::Char('b') | KeyCode::Left | KeyCode::Up => Move::Back(1),
            KeyCode::PageDown => Move::Next(10),
            KeyCode::PageUp => Move::Back(10),
            KeyCode::Char('o') => Move::Over,
            KeyCode::Char('u') => Move::Until,
            KeyCode::Char('i') | KeyCode::Enter => Move::Into(None),
            KeyCode::Char('x') => Move::Out,
            KeyCode::Char('f') => Move::Failure(Direction::Forward),
            KeyCode::Home => Move::Start,
            KeyCode::End => Move::End,
            _ => return false,
        };
        self.make(&way);
        false
    }

    fn toggle(&mut self, lower: Lower) {
        self.lower = if self.lower == lower { Lower::Moments } else { lower };
    }

    fn make(&mut self, way: &Move) {
        if let Err(stuck) = way.make(&mut self.session) {
            self.said = stuck.to_string();
        }
    }

    /// Carries out what was typed; true where it quits.
    fn command(&mut self, line: &str) -> bool {
        match Command::parse(line) {
            Ok(None) => {}
            Ok(Some(Command::Quit)) => return true,
            Ok(Some(Command::Help)) => self.lower = Lower::Help,
            Ok(Some(Command::Move(way))) => self.make(&way),
            Ok(Some(Command::Show(what))) => self.said = view::show(&what, &self.session, &self.source),
            Err(error) => self.said = error,
        }
        false
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let said = u16::try_from(self.said.lines().count().clamp(1, 12)).unwrap_or(1);
        let [head, body, foot] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(6), Constraint::Length(said)]).areas(frame.area());
        let [left, right] = Layout::horizontal([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(body);
        let [source, lower] = Layout::vertical([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(left);
        let [variables, given, gave] =
            Layout::vertical([Constraint::Percentage(40), Constraint::Percentage(30), Constraint::Percentage(30)])
                .areas(right);

        frame.render_widget(Paragraph::new(self.headline()).style(Style::new().add_modifier(Modifier::REVERSED)), head);
        let file = self.session.recording().machine().file.clone();
        pane(frame, source, &file, &view::lines(&self.session, &self.source, u32::from(inner(source))));
        match self.lower {
            Lower::Moments => pane(frame, lower, "moments", &self.moments(inner(lower))),
            Lower::States => pane(frame, lower, "states", &self.states(inner(lower))),
            Lower::Help => {
                let help: Vec<_> = HELP.iter().map(|(command, what)| format!("{command:<32}{what}")).collect();
                pane(frame, lower, "help", &help.join("\n"));
            }
        }
        pane(frame, variables, "variables", &view::variables(&self.session));
        wrapped(frame, given, "input", &view::input(&self.session));
        wrapped(frame, gave, "output", &view::result(&self.session));
        let line = match (&self.typed, self.said.as_str()) {
            (Some(typed), _) if typed.starts_with('/') => typed.clone(),
            (Some(typed), _) => format!(":{typed}"),
            (None, "") => KEYS.to_owned(),
            (None, said) => said.to_owned(),
        };
        frame.render_widget(Paragraph::new(line), foot);
    }

    fn headline(&self) -> String {
        let row = self.session.recording().execution();
        let name = row.name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
        let (at, all) = (self.session.position(), self.session.recording().moments().len());
        format!(" {} {}{name}: moment {at} of {all}", row.workflow, row.id.0)
    }

    /// The moments around this one, so many as there is room for.
    fn moments(&self, room: u16) -> String {
        let (room, last) = (usize::from(room), self.session.recording().moments().len());
        let first = self.session.position().saturating_sub(room / 2).min((last + 1).saturating_sub(room));
        let shown = (first..=last).take(room).map(|at| view::moment(&self.session, at));
        shown.collect::<Vec<_>>().join("\n")
    }

    fn states(&self, room: u16) -> String {
        let (room, states) = (usize::from(room), view::states(&self.session));
        let here = states.iter().position(|line| line.starts_with('>')).unwrap_or(0);
        let first = here.saturating_sub(room / 2).min(states.len().saturating_sub(room));
        states[first..].iter().take(room).cloned().collect::<Vec<_>>().join("\n")
    }
}

/// How many lines a pane has within its border.
fn inner(area: Rect) -> u16 {
    area.height.saturating_sub(2)
}

/// A bordered part of the screen. A line that begins with a mark stands out.
fn pane(frame: &mut Frame<'_>, area: Rect, title: &str, text: &str) {
    frame.render_widget(part(title, text), area);
}

/// The same, with long lines going on in the next one.
fn wrapped(frame: &mut Frame<'_>, area: Rect, title: &str, text: &str) {
    frame.render_widget(part(title, text).wrap(Wrap { trim: false }), area);
}

fn part(title: &str, text: &str) -> Paragraph<'static> {
    let style = |line: &str| match line.chars().next() {
        Some('>') => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        Some('*') => Style::new().add_modifier(Modifier::BOLD),
        _ => Style::new(),
    };
    let lines: Vec<Line<'static>> =
        text.lines().map(|line| Line::styled(line.replace('\t', "    "), style(line))).collect();
    Paragraph::new(lines).block(Block::bordered().title(format!(" {title} ")))
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;

    fn press(screen: &mut Screen, keys: &str) {
        for key in keys.chars() {
            let code = if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) };
            assert!(!screen.press(KeyEvent::new(code, KeyModifiers::NONE)), "{key:?} quits");
        }
    }

    fn drawn(screen: &Screen) -> String {
        let mut terminal = Terminal::new(TestBackend::new(110, 26)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    async fn screen() -> Screen {
        Screen::new(crate::debug::tests::session(&["MUG", "BUSY"]).await, Source::default())
    }

    #[tokio::test]
    async fn the_screen_shows_where_one_is() {
        let mut screen = screen().await;
        press(&mut screen, ":to Bill\n");
        insta::assert_snapshot!(drawn(&screen));
        press(&mut screen, "t");
        assert!(drawn(&screen).contains("Price [Task]  visited 2 times"));
        press(&mut screen, "?");
        assert!(drawn(&screen).contains("the next visit of a state"));
    }

    #[tokio::test]
    async fn keys_move_and_say_what_cannot_be() {
        let mut screen = screen().await;
        press(&mut screen, "b");
        assert!(drawn(&screen).contains("this is the beginning"));
        press(&mut screen, "nn");
        assert_eq!(screen.session.position(), 2);
        press(&mut screen, "/399\n");
        assert!(screen.said.is_empty(), "{}", screen.said);
        press(&mut screen, ":vars sum\n");
        assert!(drawn(&screen).contains('0'));
        press(&mut screen, ":prance\n");
        assert!(drawn(&screen).contains("there is no command `prance`"));
        assert!(screen.press(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE)));
    }

    #[tokio::test]
    async fn a_small_terminal_is_no_trouble() {
        let screen = screen().await;
        for (width, height) in [(1, 1), (10, 4), (40, 8), (300, 100)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| screen.draw(frame)).unwrap();
        }
    }
}
