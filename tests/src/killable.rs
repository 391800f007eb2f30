//! A process that runs one workflow to its end, whatever its tasks are, and kills itself at a commit where it is told to.
//!
//! `<binary> <directory> <workflow> <input> [<commit> written|lost]` prints the output or the failure. Every attempt that begins leaves a line in the file `begun`:
//! task, state and number. Time is the file `clock`'s, and moves on when nothing else is left to do.

use std::{
    error::Error,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use durafn::{
    Engine, EngineBuilder, VirtualClock,
    store::{Crash, Lastly, SqliteOptions, SqliteStore, Status},
};
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, filter::LevelFilter, layer::Context, prelude::*, registry::LookupSpan};

use crate::mortal::{Death, Victim, mortal};

/// Notes the spans of attempts.
struct Begun(Mutex<File>);

/// The fields of such a span.
#[derive(Default)]
struct Attempt {
    task: String,
    state: u64,
    attempt: u64,
}

impl Visit for Attempt {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "task" {
            value.clone_into(&mut self.task);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "state" => self.state = value,
            "attempt" => self.attempt = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Begun {
    fn on_new_span(&self, attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        if attributes.metadata().name() != "task" || *attributes.metadata().level() != Level::INFO {
            return;
        }
        let mut attempt = Attempt::default();
        attributes.record(&mut attempt);
        let Attempt { task, state, attempt } = attempt;
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{task} {state} {attempt}\n").as_bytes()).expect("the file of attempts can be written");
    }
}

fn listen(directory: &Path) -> io::Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(directory.join("begun"))?;
    tracing_subscriber::registry().with(Begun(Mutex::new(file)).with_filter(LevelFilter::INFO)).init();
    Ok(())
}

/// Runs as the arguments of this process say. `set` adds what the tasks need.
///
/// # Errors
///
/// When the arguments are wrong, the engine cannot be opened, or the code and what was recorded part.
pub async fn main(set: impl Fn(EngineBuilder, &Path) -> EngineBuilder) -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let [directory, workflow, input, ref death @ ..] = args[..] else {
        return Err("<directory> <workflow> <input> [<commit> written|lost]".into());
    };
    let directory = Path::new(directory);
    let death = match *death {
        [commit, lastly] => {
            let lastly = if lastly == "written" { Lastly::Written } else { Lastly::Lost };
            Some(Death { crash: Crash { write: commit.parse()?, lastly }, of: Victim::Process })
        }
        _ => None,
    };
    listen(directory)?;
    let path = directory.join("job.db");
    let store = mortal(Arc::new(SqliteStore::open(&path, SqliteOptions::default())?), death);
    let time = directory.join("clock");
    let now = fs::read_to_string(&time).map_or(Ok(1_000_000), |now| now.parse())?;
    let clock = VirtualClock::at(now);
    let engine = set(Engine::builder().store(store).clock(clock.clone()), &path).open().await?;
    let execution = engine.start_json(workflow, Some("only".to_owned()), input).await?;
    loop {
        engine.wait_idle().await;
        let runs = engine.count().await?.iter().any(|(_, status, _)| *status == Status::Running);
        if !runs {
            break;
        }
        if let Some(due) = clock.next_due() {
            fs::write(&time, due.to_string())?;
            clock.advance_to(due);
        }
        // Whoever waits for the time wakes, or is about to wait.
        tokio::task::yield_now().await;
    }
    let ended = execution.output_json().await;
    let divergence = engine.replay(execution.id()).await?.divergence;
    engine.shutdown(Duration::from_secs(5)).await?;
    if let Some(divergence) = divergence {
        return Err(divergence.to_string().into());
    }
    match ended {
        Ok(output) => println!("{output}"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
