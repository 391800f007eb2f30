//! A process to be killed: an engine that queues activities, or a worker that makes them, on one file.
//!
//! `worker_child engine <directory> <execution> <items>` says `ready` once its activities are queued, and the total at its end.
//! `worker_child worker <directory> <name> [<item>]` makes activities until it is killed; the first attempt of that item waits for the file `gate`.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use durafn::{Engine, Worker, prelude::*};
use durafn_tests::fast::FastClock;

/// Where attempts leave what they do: a line each, on disk before they go on.
#[derive(Clone, Debug)]
struct Bench {
    directory: PathBuf,
    worker: String,
    stuck: Option<u64>,
}

impl Bench {
    fn happen(&self, item: u64, context: &TaskContext) {
        let line = format!("{item} {} {} {}\n", context.idempotency_key(), context.attempt(), self.worker);
        let append = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).create(true).open(self.directory.join("effects"))?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        append().expect("the file of effects can be written");
    }
}

/// Its two hours are seven seconds of the fast clock.
#[task(activity, timeout = "2h", retry(on = "States.Timeout", interval = "1s", attempts = 5))]
async fn make(item: u64, context: TaskContext, #[resource] bench: Bench) -> u64 {
    bench.happen(item, &context);
    if bench.stuck == Some(item) && context.attempt() == 1 {
        while !bench.directory.join("gate").exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    item * 10
}

#[workflow]
async fn job(items: Vec<u64>) -> u64 {
    let made = map(items, |item| make(item)).await;
    made.iter().sum()
}

async fn engine(directory: &Path, name: &str, items: u64) -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().path(directory.join("job.db")).clock(FastClock).open().await?;
    let execution = engine.start(job((1..=items).collect())).name(name).await?;
    engine.wait_idle().await;
    println!("ready");
    let total = execution.result().await?;
    let divergence = engine.replay(execution.id()).await?.divergence;
    engine.shutdown(Duration::from_secs(5)).await?;
    match divergence {
        Some(divergence) => Err(divergence.to_string().into()),
        None => {
            println!("{total}");
            Ok(())
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["engine", directory, name, items] => engine(Path::new(directory), name, items.parse()?).await,
        ["worker", directory, name, ref stuck @ ..] => {
            let stuck = stuck.first().map(|item| item.parse()).transpose()?;
            let bench = Bench { directory: directory.into(), worker: name.to_owned(), stuck };
            let worker = Worker::open(Path::new(directory).join("job.db")).name(name).resource(bench);
            Ok(worker.concurrency(3).clock(FastClock).run().await?)
        }
        _ => Err("an engine or a worker?".into()),
    }
}
