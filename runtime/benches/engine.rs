//! What a step costs in the engine: sequential, many executions at once, fan-out, recovery. The file lies where `TMPDIR` says, so
//! that the same runs can be made on a disk and in memory.

use std::time::{Duration, Instant};

use durafn::{Engine, prelude::*};

/// A step carries about 100 bytes.
#[task]
async fn step(n: u64, ballast: String) -> u64 {
    n + u64::from(!ballast.is_empty())
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
async fn fan_out(items: Vec<u64>, ballast: String) -> u64 {
    let done = map(items, |n| step(n, ballast.clone())).await;
    done.len() as u64
}

#[workflow]
async fn sequence_and_wait(count: u64, ballast: String) -> u64 {
    let mut n = 0;
    while n < count {
        n = step(n, ballast.clone()).await;
    }
    sleep(Duration::from_secs(1_000_000)).await;
    n
}

fn ballast() -> String {
    "x".repeat(80)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure()).expect("the engine runs");
}

async fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("engine.db");
    let engine = Engine::open(&path).await?;
    engine.start(sequence(10, ballast())).await?.result().await?;

    let began = Instant::now();
    engine.start(sequence(1_000, ballast())).await?.result().await?;
    report("one execution of 1,000 steps", 1_000, began);

    let began = Instant::now();
    many(&engine, 1_000, 10).await;
    report("1,000 executions of 10 steps", 10_000, began);

    let began = Instant::now();
    engine.start(fan_out((0..1_000).collect(), ballast())).await?.result().await?;
    report("1,000 steps at once and a join", 1_000, began);

    recovery(engine, &path).await
}

async fn many(engine: &Engine, executions: usize, steps: u64) {
    let all: Vec<_> = (0..executions)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let execution = engine.start(sequence(steps, ballast())).await.expect("it starts");
                execution.result().await.expect("it succeeds")
            })
        })
        .collect();
    for one in all {
        one.await.expect("it does not panic");
    }
}

async fn recovery(engine: Engine, path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    const STEPS: u64 = 10_000;
    let execution = engine.start(sequence_and_wait(STEPS, ballast())).await?;
    let id = execution.id();
    engine.wait_idle().await;
    engine.shutdown(Duration::from_secs(1)).await?;

    let began = Instant::now();
    let engine = Engine::open(path).await?;
    println!("{:<34} {:>10.1} ms", "open", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    engine.execution(id).await?;
    engine.wait_idle().await;
    report("10,000 steps recovered", STEPS, began);
    Ok(engine.shutdown(Duration::from_secs(1)).await?)
}

fn report(what: &str, steps: u64, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    println!("{what:<34} {:>10.1} ms {:>12.0} steps/s", seconds * 1e3, steps as f64 / seconds);
}
