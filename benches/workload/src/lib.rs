//! The measurements: what each system is asked to do, and how a program measures itself.
//!
//! A program of a system is called as `PROGRAM MEASUREMENT SIZE DIRECTORY DURABILITY` and prints one [`Measured`] as JSON, last on standard output. A measurement
//! that needs a process to end first has a part that prepares it.

use std::{env, error::Error, fs, path::PathBuf, process::ExitCode, time::Instant};

use serde::{Deserialize, Serialize};

/// What is measured. The size is a number of steps or executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measurement {
    /// One execution of so many steps, one after the other.
    Sequential,
    /// So many executions of [`STEPS`] steps, all at once.
    Many,
    /// One execution of so many steps at once, and their join.
    FanOut,
    /// Prepares [`Measurement::Recover`]: so many steps, then one that kills the process.
    PrepareRecover,
    /// From the start of the process to the step behind those.
    Recover,
    /// Prepares [`Measurement::Open`]: a file in which so many executions have ended.
    PrepareOpen,
    /// From the start of the process to the end of its first execution.
    Open,
    /// Prepares what is about waiting: so many executions that wait for a month. By itself, the memory of a process that has started them.
    PrepareWaiting,
    /// The memory of a process that was started on a file in which so many wait.
    Waiting,
    /// From the start of the process on a file in which so many wait, to the end of a first execution.
    OpenWaiting,
    /// From the start of a changed program on a file in which so many wait, until all were held against it.
    CheckWaiting,
    /// So many timers that are due at once.
    Wake,
    /// Prepares [`Measurement::Verify`]: a file with so many histories of [`STEPS_OF_VERIFIED`] steps.
    PrepareVerify,
    /// From the start of the process until all histories of a file were held against the program.
    Verify,
}

/// Steps of one of many executions.
pub const STEPS: u64 = 10;

/// Steps of a history that is verified.
pub const STEPS_OF_VERIFIED: u64 = 50;

/// What a step carries, about 100 bytes of JSON with what is around it.
pub fn ballast() -> String {
    "x".repeat(80)
}

/// How much a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// The disk, at each step.
    Full,
    /// Whatever the system does unless told otherwise.
    Default,
}

/// The arguments of a program of a system.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// What is measured.
    pub measurement: Measurement,
    /// How many.
    pub size: u64,
    /// Where files go.
    pub directory: PathBuf,
    /// How much a commit waits for.
    pub durability: Durability,
    /// When the process began, as far as it can tell.
    pub began: Instant,
}

impl Arguments {
    /// Reads the process's arguments.
    ///
    /// # Errors
    ///
    /// When they are not what the [crate](crate) says.
    pub fn read() -> Result<Arguments, String> {
        Self::of(env::args().skip(1))
    }

    /// As [`Arguments::read`], behind a first word that tells programs apart.
    ///
    /// # Errors
    ///
    /// As [`Arguments::read`].
    pub fn read_after(word: &str) -> Result<Arguments, String> {
        Self::of(env::args().skip(1).skip_while(|given| given == word))
    }

    fn of(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let began = Instant::now();
        let words: Vec<String> = words.collect();
        let [measurement, size, directory, durability] = words.as_slice() else {
            return Err("call me as MEASUREMENT SIZE DIRECTORY DURABILITY".to_owned());
        };
        let named = |word: &str| serde_json::Value::String(word.to_owned());
        Ok(Arguments {
            measurement: serde_json::from_value(named(measurement)).map_err(|error| error.to_string())?,
            size: size.parse().map_err(|error| format!("{size}: {error}"))?,
            directory: directory.into(),
            durability: serde_json::from_value(named(durability)).map_err(|error| error.to_string())?,
            began,
        })
    }
}

/// What a program found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measured {
    /// How long it took.
    pub seconds: f64,
    /// Steps in that time; 0 where they do not count.
    pub steps: u64,
    /// Memory of the process at the end, in bytes.
    pub memory: u64,
    /// Memory of the process before, in bytes.
    pub memory_before: u64,
    /// Bytes that the process has written to files in that time.
    pub written: u64,
    /// What the file and its log take, in bytes.
    pub file: u64,
}

/// A clock with what else is counted.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    memory: u64,
    written: u64,
}

impl Meter {
    /// Counts from now.
    pub fn start() -> Meter {
        Meter::since(Instant::now())
    }

    /// Counts from a moment before.
    pub fn since(began: Instant) -> Meter {
        Meter { began, memory: memory(), written: written() }
    }

    /// What was counted. The file is looked at in `directory`.
    pub fn stop(&self, steps: u64, directory: &std::path::Path) -> Measured {
        Measured {
            seconds: self.began.elapsed().as_secs_f64(),
            steps,
            memory: memory(),
            memory_before: self.memory,
            written: written() - self.written,
            file: file(directory),
        }
    }
}

/// Memory of the process that is not shared with others, in bytes; 0 where the system does not tell.
pub fn memory() -> u64 {
    field("/proc/self/status", "RssAnon:") * 1_024
}

/// Bytes that the process has given to the system to write.
fn written() -> u64 {
    field("/proc/self/io", "wchar:")
}

fn field(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What all files of a folder take.
fn file(directory: &std::path::Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

/// Ends a program: prints what was found, as the last line, or what went wrong.
pub fn finish(done: Result<Measured, Box<dyn Error>>) -> ExitCode {
    match done {
        Ok(measured) => {
            println!("{}", serde_json::to_string(&measured).unwrap_or_else(|_| unreachable!("numbers can be written")));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
