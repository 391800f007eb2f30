//! A deployment with rollback: what was done is undone in reverse order when a later step fails.
//!
//! The list of finished steps is a variable of the workflow. It survives any crash like everything else, so a rollback that was cut off
//! goes on where it stopped.
//!
//! ```text
//! cargo run -p examples --bin rollout -- start roll_out --input-file examples/data/rollout.json
//! ```

use std::process::ExitCode;

use durafn::{cli::App, prelude::*};

/// A version that is to be rolled out.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Release {
    pub version: String,
    /// The services in the order in which they are deployed.
    pub services: Vec<String>,
}

/// A service that runs the new version.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Deployed {
    pub service: String,
    /// What ran before.
    pub previous: String,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum RolloutError {
    /// The service does not start.
    CrashLoop {
        service: String,
    },
    Unhealthy {
        service: String,
        errors_percent: u32,
    },
    /// Everything that was deployed is back at its previous version.
    RolledBack {
        because: String,
        undone: Vec<String>,
    },
    #[fault]
    Fault(Fault),
}

/// Deploys one service after the other; when one fails, takes all of them back.
#[workflow]
pub async fn roll_out(release: Release) -> Result<u32, RolloutError> {
    let mut done = vec![];
    let mut failure = None;
    for service in release.services {
        match deploy(service.clone(), release.version.clone()).await {
            Ok(previous) => done.push(Deployed { service: service.clone(), previous }),
            Err(RolloutError::CrashLoop { service }) => {
                failure = Some(format!("{service} does not start"));
                break;
            }
            Err(error) => return Err(error),
        }
        sleep(Duration::from_secs(1)).await;
        let errors_percent = error_rate(service.clone(), release.version.clone()).await?;
        if errors_percent > 5 {
            failure = Some(format!("{service} fails {errors_percent} % of its requests"));
            break;
        }
    }

    let Some(because) = failure else { return Ok(done.len() as u32) };
    let mut undone = vec![];
    while let Some(Deployed { service, previous }) = done.pop() {
        restore(service.clone(), previous).await?;
        undone.push(service);
    }
    Err(RolloutError::RolledBack { because, undone })
}

/// Deploys the version, and tells what ran before.
#[task(timeout = "10m", retry(on = "States.Timeout", interval = "5s", attempts = 2))]
async fn deploy(service: String, version: String) -> Result<String, RolloutError> {
    if service == "search" && version.ends_with("-broken") {
        return Err(RolloutError::CrashLoop { service });
    }
    println!("{service}: {version} is up");
    Ok("1.4.0".to_owned())
}

/// How many requests in a hundred fail since the deployment.
#[task(timeout = "1m")]
async fn error_rate(service: String, version: String) -> Result<u32, RolloutError> {
    Ok(if service == "checkout" && version.ends_with("-slow") { 12 } else { 0 })
}

/// Takes the service back. Until it works: half a rollback is the worst of all.
#[task(timeout = "10m", retry(interval = "5s", backoff = 2.0, attempts = 20, max_delay = "5m"))]
async fn restore(service: String, version: String) -> Result<(), RolloutError> {
    println!("{service}: back at {version}");
    Ok(())
}

fn main() -> ExitCode {
    App::new("rollout.db").main()
}

durafn::check_workflows!();
