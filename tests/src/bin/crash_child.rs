//! A process to be killed: runs one workflow on a file, and kills itself at a commit where it is told to.
//!
//! `crash_child <directory> [<commit> written|lost]`; `crash_child bank <directory> ..` runs one whose tasks write to the file themselves.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use durafn::{
    Engine,
    prelude::*,
    store::{Crash, Lastly, SqliteStore},
};
use durafn_tests::{
    fast::FastClock,
    mortal::{Death, Victim, mortal},
};

/// A file of effects: one line each, on disk before the task returns.
#[derive(Clone, Debug)]
struct Effects(PathBuf);

impl Effects {
    fn happen(&self, what: &str, context: &TaskContext) {
        let line = format!("{what} {} {}\n", context.idempotency_key(), context.attempt());
        let append = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).create(true).open(&self.0)?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        append().expect("the file of effects can be written");
    }
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    Busy,
    Refused { item: u64 },
}

#[task]
fn begin(n: u64, context: TaskContext, #[resource] effects: Effects) -> u64 {
    effects.happen("begin", &context);
    n * 10
}

#[task(retry(on = "Busy", interval = "1s", attempts = 2))]
async fn work(item: u64, context: TaskContext, #[resource] effects: Effects) -> Result<u64, Trouble> {
    effects.happen(&format!("work-{item}"), &context);
    if item == 2 && context.attempt() < 3 { Err(Trouble::Busy) } else { Ok(item * 2) }
}

#[task]
async fn refuse(item: u64, context: TaskContext, #[resource] effects: Effects) -> Result<u64, Trouble> {
    effects.happen("refuse", &context);
    Err(Trouble::Refused { item })
}

#[task]
fn finish(total: u64, context: TaskContext, #[resource] effects: Effects) -> u64 {
    effects.happen("finish", &context);
    total + 1
}

/// A child execution.
#[workflow]
async fn part(item: u64) -> Result<u64, Trouble> {
    sleep(Duration::from_secs(1)).await;
    work(item).await
}

/// Every kind of durable entry: two child executions, calls, a repeated call, a timer, a Map, a Parallel, and a failure that is caught.
#[workflow]
async fn job(n: u64) -> Result<u64, Trouble> {
    let first = begin(n).await;
    let worked = map(vec![1, 2, 3], |item| work(item)).await?;
    sleep(Duration::from_secs(5)).await;
    let (left, right) = try_join!(
        async {
            let a = work(4).await?;
            work(a).await
        },
        async {
            sleep(Duration::from_secs(1)).await;
            work(5).await
        },
    )?;
    let (one, other) = try_join!(part(left), part(8))?;
    let refused = match refuse(7).await {
        Ok(n) => n,
        Err(Trouble::Refused { item }) => item,
        Err(other) => return Err(other),
    };
    let sum: u64 = worked.iter().sum();
    let total = finish(first + sum + left + right + one + other + refused).await;
    Ok(total)
}

/// Writes one entry. That of item 2 is undone twice, and the third is kept.
#[task(transaction, retry(on = "Busy", interval = "1s", attempts = 2))]
fn enter(item: u32, context: TaskContext, tx: &Transaction<'_>) -> Result<u32, Trouble> {
    tx.execute("INSERT INTO app_entry (item, key) VALUES (?1, ?2)", (item, context.idempotency_key()))
        .map_err(|_| Trouble::Refused { item: item.into() })?;
    if item == 2 && context.attempt() < 3 { Err(Trouble::Busy) } else { Ok(item) }
}

#[workflow]
async fn bank(n: u32) -> Result<u32, Trouble> {
    let first = enter(n).await?;
    let items = map(vec![1, 2, 3, 4, 5], |item| enter(item)).await?;
    let (left, right) = try_join!(enter(6), enter(7))?;
    let sum: u32 = items.iter().sum();
    Ok(first + sum + left + right)
}

const TABLES: &str = "CREATE TABLE app_entry (id INTEGER PRIMARY KEY, item INTEGER NOT NULL, key TEXT NOT NULL) STRICT";

fn death(args: &[String]) -> Option<Death> {
    let [commit, lastly] = args else { return None };
    let lastly = if lastly == "written" { Lastly::Written } else { Lastly::Lost };
    let crash = Crash { write: commit.parse().expect("a number"), lastly };
    Some(Death { crash, of: Victim::Process })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let is_bank = args.first().is_some_and(|first| first == "bank");
    args.drain(..usize::from(is_bank));
    let (directory, rest) = args.split_first().ok_or("a directory is missing")?;
    let directory = Path::new(directory);
    let store = SqliteStore::open(directory.join("job.db"), durafn::store::SqliteOptions::default())?;
    let store = mortal(Arc::new(store), death(rest));
    let effects = Effects(directory.join("effects"));
    let engine = Engine::builder().store(store).tables([TABLES]).clock(FastClock).resource(effects).open().await?;
    let name = "job".to_owned();
    let workflow = if is_bank { "bank" } else { "job" };
    let execution = engine.start_json(workflow, Some(name), "3").await?;
    let total = execution.output_json().await?;
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
