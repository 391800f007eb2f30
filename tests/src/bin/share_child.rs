//! A process that runs an engine under load, alone on a file or one of several, until it is killed, stopped, or its standard input ends.
//!
//! `share_child <directory> alone|<milliseconds of the lease> <name> <jobs> [gate]` starts so many executions of names of its own, makes activities too, and says on
//! standard output what it was told: `started NAME`, `done NAME OUTPUT`, `fenced`, `finished`. With `gate`, one more execution ends only when there is a file `go`; with
//! `idle`, it makes no activities. `share_child <directory> work <name>` makes activities alone. `share_child <directory> <lease> same <count>` starts one execution so
//! many times at once, by one name, and `share_child <directory> ask <count>` asks for it as often. `share_child <directory> check` holds the code against every history.
//! `share_child <directory> write` begins to write to the file and says `writing`; it never commits.

use std::{
    collections::BTreeSet,
    error::Error,
    fs::OpenOptions,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use durafn::{
    Client, Engine, EngineBuilder, ExecutionError, Start, Worker,
    callable::Workflow,
    prelude::*,
    store::{Lease, ListFilter},
};
use durafn_tests::fast::FastClock;

/// The engine was fenced.
const FENCED: u8 = 3;

/// A file of effects: one line each.
#[derive(Clone, Debug)]
struct Effects(PathBuf);

impl Effects {
    fn happen(&self, context: &TaskContext) {
        happen(&self.0, context);
    }

    /// An activity is another file's business: its attempts are never made again.
    fn make(&self, context: &TaskContext) {
        happen(&self.0.with_file_name("made"), context);
    }
}

fn happen(path: &Path, context: &TaskContext) {
    let line = format!("{} {} {}\n", context.idempotency_key(), context.attempt(), std::process::id());
    let append = || OpenOptions::new().append(true).create(true).open(path)?.write_all(line.as_bytes());
    append().expect("the file of effects can be written");
}

#[task]
async fn step(n: u64, context: TaskContext, #[resource] effects: Effects) -> u64 {
    effects.happen(&context);
    tokio::time::sleep(Duration::from_millis(2)).await;
    n + 1
}

/// Whoever has it may die: then it is made again when its time is over, which is some seconds of the fast clock. The first
/// attempt lasts as long as there is a file `hold`.
#[task(activity, timeout = "40m", retry(on = "States.Timeout", interval = "1s", max_delay = "1s", attempts = 10_000))]
async fn make(n: u64, context: TaskContext, #[resource] effects: Effects) -> u64 {
    effects.make(&context);
    tokio::time::sleep(Duration::from_millis(5)).await;
    while context.attempt() == 1 && effects.0.with_file_name("hold").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    n + 1
}

/// A payment, in the commit that says so.
#[task(transaction)]
fn pay(n: u64, context: TaskContext, tx: &Transaction<'_>) -> u64 {
    let paid =
        tx.execute("INSERT INTO app_payment (key, amount) VALUES (?1, ?2)", (context.idempotency_key(), n as i64));
    paid.expect("an entry is written") as u64
}

const TABLES: &str =
    "CREATE TABLE app_payment (id INTEGER PRIMARY KEY, key TEXT NOT NULL, amount INTEGER NOT NULL) STRICT";

/// Ends when there is a file beside that of the effects.
#[task]
async fn wait_for_go(context: TaskContext, #[resource] effects: Effects) -> u64 {
    effects.happen(&context);
    while !effects.0.with_file_name("go").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    0
}

#[workflow]
async fn gate() -> u64 {
    wait_for_go().await
}

#[workflow]
async fn part(n: u64) -> u64 {
    sleep(Duration::from_secs(2)).await;
    step(n).await
}

/// Steps, a Map, a timer, a child, an activity and a transaction.
#[workflow]
async fn load(n: u64) -> u64 {
    let first = step(n).await;
    let many = map(vec![1, 2, 3], |n| step(n)).await;
    sleep(Duration::from_secs(10)).await;
    let last = part(first).await;
    let sum: u64 = many.iter().sum();
    let made = make(last + sum).await;
    let paid = pay(made).await;
    step(made + paid).await
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    // Who listens no more has seen enough.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Says what it was told of one execution. True where the engine was fenced.
async fn run(name: String, start: Start<impl Workflow<Returned = u64>>) -> bool {
    let started = start.name(&name).await;
    let execution = match started {
        Ok(execution) => execution,
        Err(error) if error.is_fenced() => return true,
        Err(error) => panic!("{name} is not started: {error}"),
    };
    say(&format!("started {name}"));
    match execution.result().await {
        Ok(output) => say(&format!("done {name} {output}")),
        Err(ExecutionError::Engine(error)) if error.is_fenced() => return true,
        Err(error) => panic!("{name} has no result: {error}"),
    }
    false
}

/// How an engine is opened on the file: `alone`, or with a lease.
fn builder(directory: &Path, lease: &str) -> Result<EngineBuilder, Box<dyn Error>> {
    // One attempt may be killed as often as there are kills.
    let builder = Engine::builder().path(directory.join("job.db")).clock(FastClock).crash_restarts(u32::MAX);
    let builder = builder.tables([TABLES]).resource(Effects(directory.join("effects")));
    Ok(match lease {
        "alone" => builder,
        lease => builder.shared(Lease::lasting(Duration::from_millis(lease.parse()?))),
    })
}

async fn serve(
    directory: &Path,
    lease: &str,
    name: &str,
    jobs: u64,
    how: Option<&str>,
) -> Result<ExitCode, Box<dyn Error>> {
    let builder = builder(directory, lease)?;
    let builder = if how == Some("idle") { builder } else { builder.serve_activities(3) };
    let engine = builder.open().await?;
    say("open");
    let jobs = (0..jobs).map(|n| tokio::spawn(run(format!("{name}-{n}"), engine.start(load(n)))));
    let mut jobs: Vec<_> = jobs.collect();
    if how == Some("gate") {
        jobs.push(tokio::spawn(run(format!("{name}-gate"), engine.start(gate()))));
    }
    for job in jobs {
        if job.await? {
            say("fenced");
            engine.shutdown(Duration::ZERO).await?;
            return Ok(FENCED.into());
        }
    }
    say("finished");
    wait_for_the_end().await?;
    engine.shutdown(Duration::from_secs(60)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn wait_for_the_end() -> Result<(), Box<dyn Error>> {
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

async fn work(directory: &Path, name: &str) -> Result<ExitCode, Box<dyn Error>> {
    let worker = Worker::open(directory.join("job.db")).name(name).resource(Effects(directory.join("effects")));
    say("open");
    let ended = async {
        // Where nobody listens any more, it ends too.
        let _ = wait_for_the_end().await;
    };
    worker.concurrency(3).clock(FastClock).run_until(ended).await?;
    Ok(ExitCode::SUCCESS)
}

/// Starts one execution many times at once, and says which numbers it was told.
async fn same(directory: &Path, lease: &str, count: u64) -> Result<ExitCode, Box<dyn Error>> {
    let engine = builder(directory, lease)?.serve_activities(1).open().await?;
    say("open");
    let starts = (0..count).map(|_| {
        let start = engine.start(load(1)).name("same");
        tokio::spawn(async move { start.await.map(|execution| execution.id()) })
    });
    let mut ids = BTreeSet::new();
    for start in starts.collect::<Vec<_>>() {
        ids.insert(start.await??.0);
    }
    for id in ids {
        say(&format!("id {id}"));
    }
    say("finished");
    wait_for_the_end().await?;
    engine.shutdown(Duration::from_secs(60)).await?;
    Ok(ExitCode::SUCCESS)
}

/// Asks for one execution many times at once.
async fn ask(directory: &Path, count: u64) -> Result<ExitCode, Box<dyn Error>> {
    let client = Arc::new(Client::open(directory.join("job.db")).await?);
    let asked = (0..count).map(|_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.start(load(1), Some("same".to_owned())).await })
    });
    for asked in asked.collect::<Vec<_>>() {
        asked.await??;
    }
    say("finished");
    Ok(ExitCode::SUCCESS)
}

async fn check(directory: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let engine = Engine::open_read_only(directory.join("job.db")).await?;
    let report = engine.verify(&ListFilter::default()).await?;
    say(&format!("{report}"));
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(directory: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let file = rusqlite::Connection::open(directory.join("job.db"))?;
    file.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value")?;
    say("writing");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [directory, "check"] => check(Path::new(directory)).await,
        [directory, "write"] => write(Path::new(directory)),
        [directory, "work", name] => work(Path::new(directory), name).await,
        [directory, "ask", count] => ask(Path::new(directory), count.parse()?).await,
        [directory, lease, "same", count] => same(Path::new(directory), lease, count.parse()?).await,
        [directory, lease, name, jobs] => serve(Path::new(directory), lease, name, jobs.parse()?, None).await,
        [directory, lease, name, jobs, how] => serve(Path::new(directory), lease, name, jobs.parse()?, Some(how)).await,
        _ => Err("share_child <directory> alone|<lease> <name> <jobs> [gate]".into()),
    }
}
