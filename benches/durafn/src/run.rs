//! The measurements on durafn.

use std::{
    error::Error,
    path::Path,
    sync::{Mutex, OnceLock},
    time::Instant,
};

use durafn::{
    Engine,
    prelude::*,
    store::{ListFilter, SqliteOptions, Synchronous},
};
use tokio::task::JoinSet;
use workload::{Arguments, Durability, Measured, Measurement, Meter, STEPS, STEPS_OF_VERIFIED, ballast};

use crate::wait::wait;

const MONTH: u64 = 30 * 24 * 3_600;

/// Whether the last step ends the process, and when it ran.
static LAST: OnceLock<bool> = OnceLock::new();
static RAN: Mutex<Option<Instant>> = Mutex::new(None);

#[task]
async fn step(n: u64, ballast: String) -> u64 {
    n + u64::from(!ballast.is_empty())
}

#[task]
async fn last(n: u64) -> u64 {
    if LAST.get() == Some(&true) {
        std::process::abort();
    }
    *RAN.lock().unwrap() = Some(Instant::now());
    n
}

#[workflow]
async fn sequence(count: u64, ballast: String) -> u64 {
    let mut n = 0;
    while n < count {
        n = step(n, ballast.clone()).await;
    }
    n
}

#[workflow]
async fn sequence_and_last(count: u64, ballast: String) -> u64 {
    let mut n = 0;
    while n < count {
        n = step(n, ballast.clone()).await;
    }
    last(n).await
}

#[workflow]
async fn fan_out(items: Vec<u64>, ballast: String) -> u64 {
    let done = map(items, |n| step(n, ballast.clone())).await;
    done.len() as u64
}

pub fn run() -> Result<Measured, Box<dyn Error>> {
    let arguments = Arguments::read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

async fn open(path: &Path, durability: Durability) -> Result<Engine, durafn::Error> {
    // The default is to wait for the disk.
    let (Durability::Full | Durability::Default) = durability;
    let options = SqliteOptions { synchronous: Synchronous::Full, ..SqliteOptions::default() };
    Engine::builder().sqlite(path, options).open().await
}

async fn measure(arguments: &Arguments) -> Result<Measured, Box<dyn Error>> {
    let Arguments { measurement, size, directory, durability, began } = arguments;
    let path = directory.join("durafn.db");
    let recovers = matches!(measurement, Measurement::PrepareRecover | Measurement::Recover);
    let _ = LAST.set(*measurement == Measurement::PrepareRecover);
    let engine = open(&path, *durability).await?;
    let began_before = matches!(
        measurement,
        Measurement::Open
            | Measurement::Waiting
            | Measurement::OpenWaiting
            | Measurement::CheckWaiting
            | Measurement::Verify
    );
    let warm = !recovers && !began_before;
    if warm {
        engine.start(sequence(10, ballast())).await?.result().await?;
    }
    let meter = Meter::start();
    let measured = match measurement {
        Measurement::Sequential => {
            engine.start(sequence(*size, ballast())).await?.result().await?;
            meter.stop(*size, directory)
        }
        Measurement::Many | Measurement::PrepareOpen => {
            many(&engine, *size, || sequence(STEPS, ballast())).await?;
            meter.stop(*size * STEPS, directory)
        }
        Measurement::FanOut => {
            engine.start(fan_out((0..*size).collect(), ballast())).await?.result().await?;
            meter.stop(*size, directory)
        }
        Measurement::PrepareRecover => {
            engine.start(sequence_and_last(*size, ballast())).await?.result().await?;
            return Err("the last step was to kill the process".into());
        }
        Measurement::Recover => {
            engine.wait_idle().await;
            let ran = RAN.lock().unwrap().ok_or("nothing was recovered")?;
            Measured { seconds: (ran - *began).as_secs_f64(), ..Meter::since(*began).stop(*size, directory) }
        }
        Measurement::Open | Measurement::OpenWaiting => {
            engine.start(sequence(1, ballast())).await?.result().await?;
            Meter::since(*began).stop(0, directory)
        }
        Measurement::CheckWaiting => {
            let checked = engine.code_checked().await?;
            if (checked.checked, checked.blocked) != (*size, 0) {
                return Err(format!("{size} executions wait, and what was checked is {checked:?}").into());
            }
            Meter::since(*began).stop(0, directory)
        }
        Measurement::PrepareVerify => {
            many(&engine, *size, || sequence(STEPS_OF_VERIFIED, ballast())).await?;
            meter.stop(*size * STEPS_OF_VERIFIED, directory)
        }
        Measurement::Verify => {
            let report = engine.verify(&ListFilter::default()).await?;
            if !report.is_good() {
                return Err("what was recorded does not fit the program that recorded it".into());
            }
            Meter::since(*began).stop(0, directory)
        }
        Measurement::PrepareWaiting => {
            start(&engine, *size, MONTH as u32).await?;
            // What waits leaves memory after a while.
            tokio::time::sleep(Duration::from_secs(12)).await;
            meter.stop(0, directory)
        }
        Measurement::Waiting => {
            tokio::time::sleep(Duration::from_secs(12)).await;
            meter.stop(0, directory)
        }
        Measurement::Wake => {
            let due = 10;
            let starts = Instant::now();
            start(&engine, *size, due).await?;
            let left = Duration::from_secs(due as u64).saturating_sub(starts.elapsed());
            tokio::time::sleep(left).await;
            let meter = Meter::start();
            engine.wait_idle().await;
            meter.stop(*size, directory)
        }
    };
    engine.shutdown(Duration::from_secs(10)).await?;
    Ok(measured)
}

/// Starts so many executions that wait, a thousand at once.
async fn start(engine: &Engine, count: u64, seconds: u32) -> Result<(), Box<dyn Error>> {
    let mut left = count;
    while left > 0 {
        let now = left.min(1_000);
        let mut starts = JoinSet::new();
        for _ in 0..now {
            starts.spawn(IntoFuture::into_future(engine.start(wait(seconds))));
        }
        while let Some(started) = starts.join_next().await {
            started??;
        }
        left -= now;
    }
    Ok(())
}

/// Runs so many executions at once.
async fn many<W: durafn::callable::Workflow>(
    engine: &Engine,
    count: u64,
    call: impl Fn() -> durafn::callable::Call<W>,
) -> Result<(), Box<dyn Error>> {
    let mut started = Vec::new();
    for _ in 0..count {
        started.push(tokio::spawn(IntoFuture::into_future(engine.start(call()))));
    }
    for one in started {
        one.await??.output_json().await?;
    }
    Ok(())
}
