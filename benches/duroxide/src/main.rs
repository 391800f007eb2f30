//! The measurements on duroxide.

use std::{
    error::Error,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use duroxide::{
    ActivityContext, Client, OrchestrationContext, OrchestrationRegistry, OrchestrationStatus,
    providers::sqlite::SqliteProvider,
    runtime::{Runtime, RuntimeOptions, registry::ActivityRegistry},
};
use futures_util::future::try_join_all;
use workload::{Arguments, Durability, Measured, Measurement, Meter, STEPS, ballast, finish};

const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);
/// The provider's pool.
const CONNECTIONS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(3_600);

static LAST: OnceLock<bool> = OnceLock::new();
static RAN: Mutex<Option<Instant>> = Mutex::new(None);

type BoxError = Box<dyn Error>;

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<Measured, BoxError> {
    let arguments = Arguments::read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

fn activities() -> ActivityRegistry {
    ActivityRegistry::builder()
        .register("Step", |_: ActivityContext, input: String| async move { Ok(input) })
        .register("Last", |_: ActivityContext, input: String| async move {
            if LAST.get() == Some(&true) {
                std::process::abort();
            }
            *RAN.lock().unwrap() = Some(Instant::now());
            Ok(input)
        })
        .build()
}

/// A step's input and output, 100 bytes.
fn payload(n: u64) -> String {
    format!("{{\"n\":{n},\"ballast\":\"{}\"}}", ballast())
}

async fn steps(ctx: &OrchestrationContext, count: &str) -> Result<u64, String> {
    let count = count.parse().map_err(|error| format!("{error}"))?;
    for n in 0..count {
        ctx.schedule_activity("Step", payload(n)).await?;
    }
    Ok(count)
}

fn orchestrations() -> OrchestrationRegistry {
    OrchestrationRegistry::builder()
        .register("Sequence", |ctx: OrchestrationContext, count: String| async move {
            steps(&ctx, &count).await.map(|count| count.to_string())
        })
        .register("SequenceAndLast", |ctx: OrchestrationContext, count: String| async move {
            steps(&ctx, &count).await?;
            ctx.schedule_activity("Last", count).await
        })
        .register("FanOut", |ctx: OrchestrationContext, count: String| async move {
            let count: u64 = count.parse().map_err(|error| format!("{error}"))?;
            let all: Vec<_> = (0..count).map(|n| ctx.schedule_activity("Step", payload(n))).collect();
            let done = ctx.join(all).await;
            Ok::<_, String>(done.into_iter().filter(Result::is_ok).count().to_string())
        })
        .register("Wait", |ctx: OrchestrationContext, seconds: String| async move {
            let seconds = seconds.parse().map_err(|error| format!("{error}"))?;
            ctx.schedule_timer(Duration::from_secs(seconds)).await;
            Ok::<_, String>(String::new())
        })
        .build()
}

async fn open(path: &Path, durability: Durability) -> Result<(Arc<Runtime>, Client), BoxError> {
    let store = Arc::new(SqliteProvider::new(&format!("sqlite:{}?mode=rwc", path.display()), None).await?);
    let mut options = RuntimeOptions::default();
    if durability == Durability::Full {
        // All of the pool's connections at once, so that none is left out.
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            all.push(store.get_pool().acquire().await?);
        }
        for connection in &mut all {
            sqlx::query("PRAGMA synchronous = FULL").execute(&mut **connection).await?;
        }
        // It polls ten times a second unless told otherwise; here it shows what it can do.
        options.dispatcher_min_poll_interval = Duration::from_millis(1);
    }
    let runtime = Runtime::start_with_options(store.clone(), activities(), orchestrations(), options).await;
    Ok((runtime, Client::new(store)))
}

async fn run_one(client: &Client, id: &str, name: &str, input: u64) -> Result<String, BoxError> {
    client.start_orchestration(id, name, input.to_string()).await?;
    match client.wait_for_orchestration(id, PATIENCE).await? {
        OrchestrationStatus::Completed { output, .. } => Ok(output),
        other => Err(format!("{other:?}").into()),
    }
}

async fn measure(arguments: &Arguments) -> Result<Measured, BoxError> {
    let Arguments { measurement, size, directory, durability, began } = arguments;
    let _ = LAST.set(*measurement == Measurement::PrepareRecover);
    let (runtime, client) = open(&directory.join("duroxide.db"), *durability).await?;
    let meter = Meter::start();
    let measured = match measurement {
        Measurement::Sequential => {
            run_one(&client, "one", "Sequence", *size).await?;
            meter.stop(*size, directory)
        }
        Measurement::Many | Measurement::PrepareOpen => {
            let names: Vec<_> = (0..*size).map(|n| format!("many-{n}")).collect();
            try_join_all(names.iter().map(|name| run_one(&client, name, "Sequence", STEPS))).await?;
            meter.stop(*size * STEPS, directory)
        }
        Measurement::FanOut => {
            let done = run_one(&client, "fan-out", "FanOut", *size).await?;
            if done != size.to_string() {
                return Err(format!("{done} of {size} steps are done").into());
            }
            meter.stop(*size, directory)
        }
        Measurement::PrepareRecover => {
            run_one(&client, "recover", "SequenceAndLast", *size).await?;
            return Err("the last step was to kill the process".into());
        }
        Measurement::Recover => {
            let ran = loop {
                if let Some(ran) = *RAN.lock().unwrap() {
                    break ran;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            };
            Measured { seconds: (ran - *began).as_secs_f64(), ..meter.stop(*size, directory) }
        }
        Measurement::Open => {
            run_one(&client, "first", "Sequence", 1).await?;
            Meter::since(*began).stop(0, directory)
        }
        Measurement::PrepareWaiting => {
            for n in 0..*size {
                client.start_orchestration(&format!("wait-{n}"), "Wait", MONTH.as_secs().to_string()).await?;
            }
            tokio::time::sleep(Duration::from_secs(12)).await;
            meter.stop(0, directory)
        }
        Measurement::Waiting => {
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
    };
    runtime.shutdown(Some(1_000)).await;
    Ok(measured)
}
