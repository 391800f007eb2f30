//! An ML pipeline: prepare, train, evaluate, deploy if better.
//!
//! The model is a logistic regression that tells from a machine's temperature, vibration and load whether it will fail. Several learning
//! rates are tried at once, one iteration of a Map each; the best candidate takes the place of the deployed model if it beats it.
//!
//! ```text
//! cargo run -p examples --bin training -- start train_model --input-file examples/data/training.json
//! ```

use std::{fs, io::ErrorKind, process::ExitCode};

use durafn::{cli::App, prelude::*};

/// What to train, and on what.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Job {
    /// A CSV file; the last column is the class.
    pub data: String,
    /// The folder for prepared data and the deployed model.
    pub folder: String,
    pub learning_rates: Vec<f64>,
    /// By how much accuracy must improve, in percent points.
    pub margin: f64,
}

/// Where the prepared data are.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Prepared {
    pub training: String,
    pub test: String,
    pub rows: u32,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Model {
    pub learning_rate: f64,
    /// One for each column, and last the bias.
    pub weights: Vec<f64>,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Candidate {
    pub model: Model,
    /// Percent of the test rows.
    pub accuracy: f64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    Deployed { accuracy: f64, before: Option<f64>, learning_rate: f64 },
    Kept { accuracy: f64, best_candidate: f64 },
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum TrainingError {
    Data {
        path: String,
        reason: String,
    },
    /// Nothing was trained.
    NoCandidate,
}

/// Trains candidates and deploys the best if it beats what is deployed.
#[workflow]
pub async fn train_model(job: Job) -> Result<Decision, TrainingError> {
    let prepared = prepare(job.data, job.folder.clone()).await?;
    let candidates = map(job.learning_rates, |rate| async {
        let model = train(prepared.training.clone(), rate).await?;
        let accuracy = evaluate(prepared.test.clone(), model.clone()).await?;
        Ok(Candidate { model, accuracy })
    })
    .await?;

    let mut best = None;
    for candidate in candidates {
        best = match best {
            Some(Candidate { accuracy, .. }) if accuracy >= candidate.accuracy => best,
            _ => Some(candidate),
        };
    }
    let Some(best) = best else { return Err(TrainingError::NoCandidate) };

    let before = match deployed_model(job.folder.clone()).await? {
        Some(model) => Some(evaluate(prepared.test, model).await?),
        None => None,
    };
    match before {
        Some(accuracy) if best.accuracy < accuracy + job.margin => {
            Ok(Decision::Kept { accuracy, best_candidate: best.accuracy })
        }
        _ => {
            deploy(job.folder, best.model.clone()).await?;
            Ok(Decision::Deployed { accuracy: best.accuracy, before, learning_rate: best.model.learning_rate })
        }
    }
}

/// A row: its columns, and whether the machine failed.
type Row = (Vec<f64>, bool);

fn data_error(path: &str, reason: impl ToString) -> TrainingError {
    TrainingError::Data { path: path.to_owned(), reason: reason.to_string() }
}

/// Scales each column to mean 0 and deviation 1, and splits the rows: every fourth one is for the test.
#[task(timeout = "5m")]
fn prepare(data: String, folder: String) -> Result<Prepared, TrainingError> {
    let mut rows = read_csv(&data)?;
    let columns = rows.first().map_or(0, |(columns, _)| columns.len());
    for column in 0..columns {
        let count = rows.len() as f64;
        let mean = rows.iter().map(|(values, _)| values[column]).sum::<f64>() / count;
        let variance = rows.iter().map(|(values, _)| (values[column] - mean).powi(2)).sum::<f64>() / count;
        for (values, _) in &mut rows {
            values[column] = (values[column] - mean) / variance.sqrt().max(f64::EPSILON);
        }
    }
    let (test, training): (Vec<_>, Vec<_>) = (0_usize..).zip(rows).partition(|(number, _)| number % 4 == 0);
    let prepared = Prepared {
        training: format!("{folder}/training.json"),
        test: format!("{folder}/test.json"),
        rows: (training.len() + test.len()) as u32,
    };
    fs::create_dir_all(&folder).map_err(|error| data_error(&folder, error))?;
    for (path, rows) in [(&prepared.training, training), (&prepared.test, test)] {
        let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        write_json(path, &rows)?;
    }
    Ok(prepared)
}

/// Gradient descent on the logistic loss.
#[task(timeout = "1h")]
fn train(path: String, learning_rate: f64) -> Result<Model, TrainingError> {
    let rows: Vec<Row> = read_json(&path)?;
    let columns = rows.first().map_or(0, |(columns, _)| columns.len());
    let mut weights = vec![0.0; columns + 1];
    for _ in 0..200 {
        let mut gradient = vec![0.0; columns + 1];
        for (values, failed) in &rows {
            let error = probability(&weights, values) - f64::from(u8::from(*failed));
            for (slope, value) in gradient.iter_mut().zip(values.iter().chain([&1.0])) {
                *slope += error * value / rows.len() as f64;
            }
        }
        for (weight, slope) in weights.iter_mut().zip(gradient) {
            *weight -= learning_rate * slope;
        }
    }
    Ok(Model { learning_rate, weights })
}

/// The share of rows that the model tells right, in percent.
#[task(timeout = "5m")]
fn evaluate(path: String, model: Model) -> Result<f64, TrainingError> {
    let rows: Vec<Row> = read_json(&path)?;
    let right = rows.iter().filter(|(values, failed)| (probability(&model.weights, values) > 0.5) == *failed).count();
    Ok((right as f64 * 1_000.0 / rows.len().max(1) as f64).round() / 10.0)
}

/// The model in use, if there is one.
#[task]
fn deployed_model(folder: String) -> Result<Option<Model>, TrainingError> {
    let path = format!("{folder}/deployed.json");
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| data_error(&path, error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(data_error(&path, error)),
    }
}

/// Puts the model into use.
#[task(retry(interval = "1s", attempts = 3))]
fn deploy(folder: String, model: Model) -> Result<(), TrainingError> {
    write_json(&format!("{folder}/deployed.json"), &model)
}

fn probability(weights: &[f64], values: &[f64]) -> f64 {
    let sum: f64 = weights.iter().zip(values.iter().chain([&1.0])).map(|(weight, value)| weight * value).sum();
    1.0 / (1.0 + (-sum).exp())
}

fn read_csv(path: &str) -> Result<Vec<Row>, TrainingError> {
    let text = fs::read_to_string(path).map_err(|error| data_error(path, error))?;
    let row = |(line, text): (usize, &str)| -> Result<Row, TrainingError> {
        let mut values: Vec<f64> = text
            .split(',')
            .map(|value| value.parse().map_err(|error| data_error(path, format!("line {line}: {error}"))))
            .collect::<Result<_, _>>()?;
        let class = values.pop().ok_or_else(|| data_error(path, format!("line {line} is empty")))?;
        Ok((values, class > 0.5))
    };
    (1..).zip(text.lines()).skip(1).map(row).collect()
}

fn read_json<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, TrainingError> {
    let text = fs::read_to_string(path).map_err(|error| data_error(path, error))?;
    serde_json::from_str(&text).map_err(|error| data_error(path, error))
}

fn write_json<T: serde::Serialize>(path: &str, value: &T) -> Result<(), TrainingError> {
    let text = serde_json::to_string(value).map_err(|error| data_error(path, error))?;
    fs::write(path, text).map_err(|error| data_error(path, error))
}

fn main() -> ExitCode {
    App::new("training.db").main()
}

durafn::check_workflows!();
