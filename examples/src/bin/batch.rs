//! A batch job with a polling loop: submit, look again every few seconds, give up after a while.
//!
//! The job runs somewhere else; what comes back is a state that the workflow matches. A service that is busy is asked again by the task's own
//! retry, which is not the same thing as a job that is not done yet.
//!
//! ```text
//! cargo run -p examples --bin batch -- start render --input '{"scene":"harbour","frames":120}'
//! cargo run -p examples --bin batch -- start render --input '{"scene":"corrupt","frames":24}'
//! ```

use std::{fs, process::ExitCode};

use durafn::{cli::App, prelude::*};

/// What to render.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Scene {
    pub scene: String,
    pub frames: u32,
}

/// What the render farm says of a job.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobState {
    Queued,
    Running { frames_done: u32 },
    Done { film: String },
    Broken { reason: String },
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum RenderError {
    /// The farm cannot be asked now.
    Busy,
    Broken {
        reason: String,
    },
    /// It is not done after the polls that were allowed; the job is cancelled.
    TooSlow {
        polls: u32,
        frames_done: u32,
    },
}

/// Renders a scene on the farm.
#[workflow]
pub async fn render(scene: Scene) -> Result<String, RenderError> {
    let job = submit(scene).await?;
    let mut polls = 0;
    let mut done = 0;
    loop {
        match job_state(job.clone()).await? {
            JobState::Done { film } => return Ok(film),
            JobState::Broken { reason } => return Err(RenderError::Broken { reason }),
            JobState::Running { frames_done } => done = frames_done,
            JobState::Queued => {}
        }
        polls += 1;
        if polls == 20 {
            cancel(job).await?;
            return Err(RenderError::TooSlow { polls, frames_done: done });
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// A farm on this machine: a file in the temporary directory holds how often a job was looked at.
fn ledger(job: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("durafn-farm-{job}"))
}

/// Hands the scene to the farm. The idempotency key names the job, so that a repeated attempt finds it.
#[task(retry(on = "Busy", interval = "1s", attempts = 5))]
fn submit(scene: Scene, context: TaskContext) -> Result<String, RenderError> {
    let job = format!("{}-{}-{}", scene.scene, scene.frames, context.idempotency_key());
    fs::write(ledger(&job), "0").map_err(|_| RenderError::Busy)?;
    Ok(job)
}

/// Asks the farm.
#[task(timeout = "10s", retry(on = ["Busy", "States.Timeout"], interval = "1s", backoff = 2.0, attempts = 5))]
fn job_state(job: String) -> Result<JobState, RenderError> {
    let looks: u32 =
        fs::read_to_string(ledger(&job)).ok().and_then(|text| text.parse().ok()).ok_or(RenderError::Busy)?;
    fs::write(ledger(&job), (looks + 1).to_string()).map_err(|_| RenderError::Busy)?;
    let mut parts = job.splitn(3, '-');
    let (scene, frames) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let frames: u32 = frames.parse().unwrap_or_default();
    Ok(match looks {
        0 => JobState::Queued,
        1.. if scene == "corrupt" => JobState::Broken { reason: "frame 7 has no camera".to_owned() },
        looks if looks * 60 < frames => JobState::Running { frames_done: looks * 60 },
        _ => JobState::Done { film: format!("{scene}.mp4") },
    })
}

/// Takes the job back.
#[task(retry(on = "Busy", interval = "1s", attempts = 5))]
fn cancel(job: String) -> Result<(), RenderError> {
    fs::remove_file(ledger(&job)).map_err(|_| RenderError::Busy)
}

fn main() -> ExitCode {
    App::new("batch.db").main()
}

durafn::check_workflows!();
