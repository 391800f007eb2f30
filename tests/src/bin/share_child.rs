//! A process that runs an engine under load, alone on a file or one of several, until it is killed, stopped, or its standard input ends.
//!
//! `share_child <directory> alone|<milliseconds of the lease> <name> <jobs> [gate]` starts so many executions of names of its own, and says on standard output what
//! it was told: `started NAME`, `done NAME OUTPUT`, `fenced`, `finished`. With `gate`, one more execution ends only when there is a file `go`. `share_child <directory> check` holds the code against every history. `share_child
//! <directory> write` begins to write to the file and says `writing`; it never commits.

use std::{
    fs::OpenOptions,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use durafn::{
    Engine, ExecutionError, Start,
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
        let line = format!("{} {} {}\n", context.idempotency_key(), context.attempt(), std::process::id());
        let append = || OpenOptions::new().append(true).create(true).open(&self.0)?.write_all(line.as_bytes());
        append().expect("the file of effects can be written");
    }
}

#[task]
async fn step(n: u64, context: TaskContext, #[resource] effects: Effects) -> u64 {
    effects.happen(&context);
    tokio::time::sleep(Duration::from_millis(2)).await;
    n + 1
}

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

/// Steps, a Map, a timer and a child.
#[workflow]
async fn load(n: u64) -> u64 {
    let first = step(n).await;
    let many = map(vec![1, 2, 3], |n| step(n)).await;
    sleep(Duration::from_secs(10)).await;
    let last = part(first).await;
    let sum: u64 = many.iter().sum();
    step(last + sum).await
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

async fn serve(
    directory: &Path,
    lease: &str,
    name: &str,
    jobs: u64,
    gated: bool,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    // One attempt may be killed as often as there are kills.
    let builder = Engine::builder().path(directory.join("job.db")).clock(FastClock).crash_restarts(u32::MAX);
    let builder = match lease {
        "alone" => builder,
        lease => builder.shared(Lease::lasting(Duration::from_millis(lease.parse()?))),
    };
    let engine = builder.resource(Effects(directory.join("effects"))).open().await?;
    say("open");
    let jobs = (0..jobs).map(|n| tokio::spawn(run(format!("{name}-{n}"), engine.start(load(n)))));
    let mut jobs: Vec<_> = jobs.collect();
    if gated {
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
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    engine.shutdown(Duration::from_secs(60)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn check(directory: &Path) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let engine = Engine::open_read_only(directory.join("job.db")).await?;
    let report = engine.verify(&ListFilter::default()).await?;
    say(&format!("{report}"));
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(directory: &Path) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let file = rusqlite::Connection::open(directory.join("job.db"))?;
    file.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value")?;
    say("writing");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [directory, "check"] => check(Path::new(directory)).await,
        [directory, "write"] => write(Path::new(directory)),
        [directory, lease, name, jobs] => serve(Path::new(directory), lease, name, jobs.parse()?, false).await,
        [directory, lease, name, jobs, "gate"] => serve(Path::new(directory), lease, name, jobs.parse()?, true).await,
        _ => Err("share_child <directory> alone|<lease> <name> <jobs> [gate]".into()),
    }
}
