//! An event-driven Express workflow: each event of a weather station runs through it in memory, in milliseconds, and leaves nothing behind.
//!
//! On AWS a rule of EventBridge starts the exported machine, created as EXPRESS, with the event as its input; DynamoDB and SNS are called by Step Functions
//! itself. Here `feed` takes the events from a file, many at once and never more than the engine allows: the others wait for their turn.
//!
//! ```text
//! cargo run -p examples --bin events -- feed examples/data/events.jsonl
//! cargo run -p examples --bin events -- start on_event --input-file examples/data/event.json
//! cargo run -p examples --bin events -- export on_event
//! ```

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::Parser;
use durafn::{Engine, cli, prelude::*};
use tokio::task::JoinSet;

/// An event as EventBridge hands it over; what nobody reads is left out.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Event {
    pub id: String,
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    pub detail: Readings,
}

/// What a station has measured.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Readings {
    pub station: String,
    /// Wind in tenths of metres a second.
    pub gusts: Vec<u32>,
}

/// What is known of a station.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Station {
    pub place: String,
    /// From this gust on, somebody is told.
    pub limit: u32,
}

/// A value as DynamoDB writes it.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Attribute {
    #[serde(rename = "S")]
    pub text: String,
}

/// What became of an event.
#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    Ignored,
    Stored,
    Alarmed { gust: u32 },
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum EventError {
    /// The registry of stations cannot be asked now.
    Busy,
    UnknownStation {
        station: String,
    },
}

/// Stores what a station has measured, and raises the alarm in a storm.
#[workflow(express, timeout = "1m")]
pub async fn on_event(event: Event) -> Result<Outcome, EventError> {
    if event.detail_type != "Station Readings" {
        return Ok(Outcome::Ignored);
    }
    let station = find_station(event.detail.station.clone()).await?;
    let strongest = event.detail.gusts.iter().max().copied().unwrap_or(0);

    let mut item = BTreeMap::new();
    item.insert("id".to_string(), Attribute { text: event.id.clone() });
    item.insert("gust".to_string(), Attribute { text: strongest.to_string() });
    put_item("Readings".to_string(), item).await;

    if strongest < station.limit {
        return Ok(Outcome::Stored);
    }
    let message = format!("gusts of {strongest} at {}", station.place);
    publish("arn:aws:sns:us-east-1:123456789012:storms".to_string(), message).await;
    Ok(Outcome::Alarmed { gust: strongest })
}

/// Looks a station up.
#[task(timeout = "5s", retry(on = ["Busy", "States.Timeout"], interval = "1s", attempts = 2))]
async fn find_station(name: String) -> Result<Station, EventError> {
    match name.as_str() {
        "harbour" => Ok(Station { place: "the harbour".to_owned(), limit: 200 }),
        "ridge" => Ok(Station { place: "the ridge".to_owned(), limit: 300 }),
        _ => Err(EventError::UnknownStation { station: name }),
    }
}

/// Writes the record of an event. The event's own id is its key, so that a second run of an execution changes nothing.
#[task(resource = "arn:aws:states:::dynamodb:putItem", rename_all = "PascalCase")]
async fn put_item(table_name: String, item: BTreeMap<String, Attribute>) {
    eprintln!("{table_name}: {}", item["id"].text);
}

/// Tells whom it concerns.
#[task(resource = "arn:aws:states:::sns:publish", rename_all = "PascalCase")]
async fn publish(topic_arn: String, message: String) {
    eprintln!("{topic_arn}: {message}");
}

/// Events through an Express workflow.
#[derive(Parser)]
#[command(name = "events", version, about)]
#[expect(clippy::large_enum_variant, reason = "one is made in a process")]
enum Events {
    /// Runs each event of a file, one JSON document a line, and counts the outcomes
    Feed { file: PathBuf },
    #[command(flatten)]
    Workflows(cli::Command),
}

/// So many events are under way at once; the rest wait.
const AT_ONCE: usize = 8;

async fn feed(file: PathBuf) -> Result<ExitCode, cli::BoxError> {
    let engine = Engine::builder().in_memory().max_express_executions(AT_ONCE).open().await?;
    let mut runs = JoinSet::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let run = engine.run(on_event(serde_json::from_str(line)?));
        runs.spawn(async move { run.await });
    }
    let mut counts = BTreeMap::<&str, usize>::new();
    for ended in runs.join_all().await {
        let outcome = match ended {
            Ok(Outcome::Ignored) => "ignored",
            Ok(Outcome::Stored) => "stored",
            Ok(Outcome::Alarmed { .. }) => "alarmed",
            Err(error) => {
                eprintln!("{error}");
                "failed"
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    for (outcome, count) in counts {
        println!("{count} {outcome}");
    }
    Ok(ExitCode::SUCCESS)
}

fn main() -> ExitCode {
    let app = cli::App::new("events.db");
    match Events::parse() {
        Events::Feed { file } => app.block_on(async |_| feed(file).await),
        Events::Workflows(command) => app.run::<Events>(command),
    }
}

durafn::check_workflows!();
