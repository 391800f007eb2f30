//! ETL: every file of a folder is extracted, cleaned and loaded by one iteration of a Map, a few at a time.
//!
//! A file that cannot be read as readings is rejected and reported; it does not stop the others. The cleaning is pure, so it is part of the
//! workflow and of the state machine: no task is needed for it.
//!
//! ```text
//! cargo run -p examples --bin etl -- start etl --input-file examples/data/etl.json
//! cargo run -p examples --bin etl -- graph etl
//! ```

use std::{fs, path::Path, process::ExitCode};

use durafn::{cli::App, prelude::*};

/// What to do.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Job {
    /// The folder with one CSV file for each weather station.
    pub folder: String,
    /// Where the report goes.
    pub report: String,
}

/// The temperature at an hour, in tenths of a degree Celsius.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Reading {
    pub hour: u32,
    pub tenths: i32,
}

/// What one file says.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Extract {
    pub station: String,
    pub readings: Vec<Reading>,
}

/// A station's day.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Day {
    pub station: String,
    pub readings: u32,
    /// Readings that no thermometer can have made.
    pub discarded: u32,
    pub coldest: Option<i32>,
    pub warmest: Option<i32>,
}

/// What became of a file.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Loaded {
    Day { day: Day },
    Rejected { file: String, line: u32, text: String },
}

/// The outcome of the job.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Report {
    pub stations: u32,
    pub rejected: u32,
    pub readings: u32,
    pub files: Vec<Loaded>,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum EtlError {
    /// A folder or file cannot be read or written.
    Unreachable { path: String, reason: String },
    /// A line is no reading.
    Malformed { line: u32, text: String },
}

/// Loads the readings of all stations.
#[workflow]
pub async fn etl(job: Job) -> Result<Report, EtlError> {
    let files = list_files(job.folder).await?;
    let loaded = map(files, |file| async move {
        match extract(file.clone()).await {
            Ok(Extract { station, readings }) => {
                let plausible: Vec<i32> = readings
                    .iter()
                    .map(|reading| reading.tenths)
                    .filter(|tenths| *tenths > -900 && *tenths < 600)
                    .collect();
                let day = Day {
                    station,
                    readings: plausible.len() as u32,
                    discarded: (readings.len() - plausible.len()) as u32,
                    coldest: plausible.iter().copied().min(),
                    warmest: plausible.iter().copied().max(),
                };
                load(day.clone()).await?;
                Ok(Loaded::Day { day })
            }
            Err(EtlError::Malformed { line, text }) => Ok(Loaded::Rejected { file, line, text }),
            Err(error) => Err(error),
        }
    })
    .concurrency(4)
    .await?;

    let rejected = loaded.iter().filter(|loaded| matches!(loaded, Loaded::Rejected { .. })).count() as u32;
    let readings = loaded.iter().map(|loaded| if let Loaded::Day { day } = loaded { day.readings } else { 0 }).sum();
    let report = Report { stations: loaded.len() as u32 - rejected, rejected, readings, files: loaded };
    write_report(job.report, report.clone()).await?;
    Ok(report)
}

/// The files of the folder, by name.
#[task]
fn list_files(folder: String) -> Result<Vec<String>, EtlError> {
    let unreachable = |error: std::io::Error| EtlError::Unreachable { path: folder.clone(), reason: error.to_string() };
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreachable)? {
        files.push(entry.map_err(unreachable)?.path().display().to_string());
    }
    files.sort();
    Ok(files)
}

/// Reads one file.
#[task(timeout = "1m", retry(on = "Unreachable", interval = "1s", attempts = 2))]
fn extract(file: String) -> Result<Extract, EtlError> {
    let text = fs::read_to_string(&file)
        .map_err(|error| EtlError::Unreachable { path: file.clone(), reason: error.to_string() })?;
    let mut readings = Vec::new();
    for (line, text) in (1..).zip(text.lines()).skip(1) {
        let parsed = text.split_once(',').and_then(|(hour, tenths)| Some((hour.parse().ok()?, tenths.parse().ok()?)));
        let Some((hour, tenths)) = parsed else { return Err(EtlError::Malformed { line, text: text.to_owned() }) };
        readings.push(Reading { hour, tenths });
    }
    let station = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Extract { station, readings })
}

/// Puts a station's day where it is queried. Loading it twice is the same as loading it once.
#[task(retry(interval = "1s", attempts = 3))]
async fn load(day: Day) -> Result<(), EtlError> {
    println!("{:<8} {:>2} readings, {} discarded", day.station, day.readings, day.discarded);
    Ok(())
}

/// Writes the report.
#[task]
fn write_report(path: String, report: Report) -> Result<(), EtlError> {
    let text = serde_json::to_string_pretty(&report).expect("a report is plain data");
    fs::write(&path, text).map_err(|error| EtlError::Unreachable { path, reason: error.to_string() })
}

fn main() -> ExitCode {
    App::new("etl.db").main()
}

durafn::check_workflows!();
