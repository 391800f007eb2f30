//! The command line of a program with workflows: start, look at, replay and export them.
//!
//! A program's `main` hands over to it, alone or as a part of its own command line:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use durafn::cli::App;
//!
//! fn main() -> ExitCode {
//!     App::new("orders.db").main()
//! }
//! ```
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | it worked |
//! | 1 | it did not work: a message on standard error says why |
//! | 2 | the command line was not understood |
//! | 3 | the execution that was started, forked or redriven did not succeed |
//! | 4 | `replay`: code and history part |
//! | 5 | `check`: a workflow has mistakes |
//!
//! Results go to standard output, everything else to standard error. With `--json` the output is one JSON document.

mod args;
mod check;
pub(crate) mod debug;
mod executions;
mod export;
mod fork;
mod history;
mod keep;
mod output;
mod payload;
mod replay;
mod schedule;
mod start;
mod task;
mod work;
mod workflows;

use std::{
    error::Error,
    future::Future,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory, Parser};

pub use args::Command;

use crate::{Client, Engine, EngineBuilder};

/// Whatever went wrong.
pub type BoxError = Box<dyn Error + Send + Sync>;

type Setup = Box<dyn Fn(EngineBuilder, &Path) -> Result<EngineBuilder, BoxError> + Send + Sync>;

/// The execution that was started or waited for did not succeed.
const NOT_SUCCEEDED: u8 = 3;
/// Code and history part.
const DIVERGED: u8 = 4;
/// A workflow has mistakes.
const MISTAKES: u8 = 5;

/// A program with workflows, as its command line sees it.
pub struct App {
    database: PathBuf,
    setup: Setup,
}

#[derive(Parser)]
#[command(version, about = "Runs, inspects and exports the workflows of this program")]
struct Main {
    #[command(subcommand)]
    command: Command,
}

impl App {
    /// A program whose executions are in this file unless `--db` names another.
    pub fn new(database: impl Into<PathBuf>) -> App {
        App { database: database.into(), setup: Box::new(|builder, _| Ok(builder)) }
    }

    /// Says how an engine on a database is set up: resources above all.
    #[must_use]
    pub fn setup(
        mut self,
        setup: impl Fn(EngineBuilder, &Path) -> Result<EngineBuilder, BoxError> + Send + Sync + 'static,
    ) -> App {
        self.setup = Box::new(setup);
        self
    }

    /// Parses the process's arguments and runs them.
    #[must_use]
    pub fn main(self) -> ExitCode {
        let Main { command } = Main::parse();
        self.run_as(command, Main::command())
    }

    /// Runs a command that the program parsed as a part of its own command line `P`.
    #[must_use]
    pub fn run<P: CommandFactory>(self, command: Command) -> ExitCode {
        self.run_as(command, P::command())
    }

    fn run_as(self, command: Command, parser: clap::Command) -> ExitCode {
        self.block_on(async |app: &App| app.dispatch(command, parser).await)
    }

    /// Runs a future of the program's own on a new tokio runtime. An error is printed, and the exit code is 1.
    #[must_use]
    pub fn block_on<E: Into<BoxError>>(self, job: impl AsyncFnOnce(&App) -> Result<ExitCode, E>) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return output::failed(&format!("the tokio runtime cannot be started: {error}")),
        };
        match runtime.block_on(job(&self)) {
            Ok(code) => code,
            Err(error) => output::failed(&error.into().to_string()),
        }
    }

    /// Opens an engine as the program sets it up.
    ///
    /// # Errors
    ///
    /// What the set-up or [`EngineBuilder::open`] says.
    pub async fn open(&self, database: Option<&Path>) -> Result<Engine, BoxError> {
        let database = self.database(database);
        Ok((self.setup)(Engine::builder().path(database), database)?.open().await?)
    }

    /// The file that is meant.
    #[must_use]
    pub fn database<'a>(&'a self, given: Option<&'a Path>) -> &'a Path {
        given.unwrap_or(&self.database)
    }

    /// Opens a database to look at it.
    async fn look(&self, database: Option<&Path>) -> Result<Engine, BoxError> {
        Ok(Engine::open_read_only(self.existing(database)?).await?)
    }

    /// The file that is meant, which must be there.
    fn existing<'a>(&'a self, given: Option<&'a Path>) -> Result<&'a Path, BoxError> {
        let database = self.database(given);
        match database.exists() {
            true => Ok(database),
            false => Err(format!("there is no database at {}; name one with --db PATH", database.display()).into()),
        }
    }

    /// Reaches whichever engine runs on a database.
    async fn client(&self, database: Option<&Path>) -> Result<Client, BoxError> {
        Ok(Client::open(self.database(database)).await?)
    }

    async fn dispatch(&self, command: Command, mut parser: clap::Command) -> Result<ExitCode, BoxError> {
        match command {
            Command::Workflows(args) => workflows::run(&args),
            Command::Start(args) => start::run(self, args).await,
            Command::List(args) => executions::list(self, &args).await,
            Command::Show(args) => executions::show(self, &args).await,
            Command::History(args) => history::run(self, &args).await,
            Command::Payload(args) => payload::run(self, &args).await,
            Command::Stop(args) => executions::stop(self, &args).await,
            Command::Task(args) => task::run(self, args).await,
            Command::Work(args) => work::run(self, args).await,
            Command::Replay(args) => replay::run(self, &args).await,
            Command::Fork(args) => fork::fork(self, &args).await,
            Command::Redrive(args) => fork::redrive(self, &args).await,
            Command::Debug(args) => debug::run(self, &args).await,
            Command::Export(args) => export::run(&args),
            Command::Graph(args) => export::graph(self, &args).await,
            Command::Check(args) => check::run(&args),
            Command::Schedule(args) => schedule::run(self, args).await,
            Command::Prune(args) => keep::prune(self, args).await,
            Command::Backup(args) => keep::backup(self, args).await,
            Command::Completions { shell } => {
                let name = parser.get_name().to_owned();
                clap_complete::generate(shell, &mut parser, name, &mut std::io::stdout());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("database", &self.database).finish_non_exhaustive()
    }
}

/// Waits for a future while a spinner on standard error says what for. Nothing is drawn where that is no terminal.
async fn with_spinner<T>(message: String, future: impl Future<Output = T>) -> T {
    let spinner = indicatif::ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    let output = future.await;
    spinner.finish_and_clear();
    output
}
