//! The measurements on durare.

use std::{
    error::Error,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use durare::{DurableContext, DurableEngine, Result, SqliteProvider, WorkflowOptions};
use futures_util::future::join_all;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use workload::{Arguments, Durability, Measured, Measurement, Meter, STEPS, ballast, finish};

const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);

static LAST: OnceLock<bool> = OnceLock::new();
static RAN: Mutex<Option<Instant>> = Mutex::new(None);

#[durare::step]
async fn step(_ctx: &DurableContext, n: u64, ballast: String) -> Result<(u64, String)> {
    Ok((n + u64::from(!ballast.is_empty()), ballast))
}

#[durare::step]
async fn last(_ctx: &DurableContext, n: u64) -> Result<u64> {
    if LAST.get() == Some(&true) {
        std::process::abort();
    }
    *RAN.lock().unwrap() = Some(Instant::now());
    Ok(n)
}

/// A step's output is its input with another number: 100 bytes, as the others write.
#[durare::workflow]
async fn sequence(ctx: DurableContext, count: u64) -> Result<u64> {
    let mut at = (0, ballast());
    while at.0 < count {
        at = step(&ctx, at.0, at.1).await?;
    }
    Ok(at.0)
}

#[durare::workflow]
async fn sequence_and_last(ctx: DurableContext, count: u64) -> Result<u64> {
    let mut at = (0, ballast());
    while at.0 < count {
        at = step(&ctx, at.0, at.1).await?;
    }
    last(&ctx, at.0).await
}

#[durare::workflow]
async fn fan_out(ctx: DurableContext, count: u64) -> Result<u64> {
    // Built in order, so that each has its place.
    let steps: Vec<_> = (0..count).map(|n| step(&ctx, n, ballast())).collect();
    Ok(join_all(steps).await.into_iter().filter(std::result::Result::is_ok).count() as u64)
}

#[durare::workflow]
async fn wait(ctx: DurableContext, seconds: u64) -> Result<u64> {
    ctx.sleep(Duration::from_secs(seconds)).await?;
    Ok(seconds)
}

fn main() -> ExitCode {
    finish(run())
}

fn run() -> std::result::Result<Measured, Box<dyn Error>> {
    let arguments = Arguments::read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

/// As [`SqliteProvider::connect`] does it, but for what a commit waits for.
async fn open(path: &Path, durability: Durability) -> std::result::Result<DurableEngine, Box<dyn Error>> {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Default => SqliteSynchronous::Normal,
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new().max_connections(5).connect_with(options).await?;
    Ok(DurableEngine::new(Arc::new(SqliteProvider::from_pool(pool))).await?)
}

async fn measure(arguments: &Arguments) -> std::result::Result<Measured, Box<dyn Error>> {
    let Arguments { measurement, size, directory, durability, began } = arguments;
    let _ = LAST.set(*measurement == Measurement::PrepareRecover);
    let engine = open(&directory.join("durare.db"), *durability).await?;
    let one = async |count: u64| -> Result<u64> {
        engine.start_with(Sequence, count, WorkflowOptions::default()).await?.result().await
    };
    let meter = Meter::start();
    Ok(match measurement {
        Measurement::Sequential => {
            one(*size).await?;
            meter.stop(*size, directory)
        }
        Measurement::Many | Measurement::PrepareOpen => {
            let all = join_all((0..*size).map(|_| one(STEPS))).await;
            all.into_iter().collect::<Result<Vec<_>>>()?;
            meter.stop(*size * STEPS, directory)
        }
        Measurement::FanOut => {
            let done = engine.start_with(FanOut, *size, WorkflowOptions::default()).await?.result().await?;
            if done != *size {
                return Err(format!("{done} of {size} steps are done").into());
            }
            meter.stop(*size, directory)
        }
        Measurement::PrepareRecover => {
            engine.start_with(SequenceAndLast, *size, WorkflowOptions::default()).await?.result().await?;
            return Err("the last step was to kill the process".into());
        }
        Measurement::Recover => {
            engine.recover().await?;
            let ran = loop {
                if let Some(ran) = *RAN.lock().unwrap() {
                    break ran;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            };
            Measured { seconds: (ran - *began).as_secs_f64(), ..meter.stop(*size, directory) }
        }
        Measurement::Open => {
            engine.recover().await?;
            one(1).await?;
            Meter::since(*began).stop(0, directory)
        }
        Measurement::PrepareWaiting => {
            for _ in 0..*size {
                drop(engine.start_with(Wait, MONTH.as_secs(), WorkflowOptions::default()).await?);
            }
            tokio::time::sleep(Duration::from_secs(12)).await;
            meter.stop(0, directory)
        }
        Measurement::Waiting => {
            engine.recover().await?;
            tokio::time::sleep(Duration::from_secs(12)).await;
            meter.stop(0, directory)
        }
        Measurement::OpenWaiting
        | Measurement::CheckWaiting
        | Measurement::Wake
        | Measurement::PrepareVerify
        | Measurement::Verify => {
            return Err("this is measured on durafn alone".into());
        }
    })
}
