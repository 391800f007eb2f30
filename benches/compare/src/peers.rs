//! Each system at each measurement. In a round every system has one turn; numbers are medians over the rounds.

use std::{error::Error, fs, path::Path};

use workload::{Durability, Measured, Measurement};

use crate::program::{DURAFN, System, build, folder, median};

const SYSTEMS: [System; 6] = [
    System { name: "bare rusqlite", package: "durafn", suffix: "", durability: Durability::Full, bare: true },
    DURAFN,
    System { name: "durare", package: "durare", suffix: "", durability: Durability::Full, bare: false },
    System { name: "durare (default)", package: "durare", suffix: "", durability: Durability::Default, bare: false },
    System { name: "duroxide", package: "duroxide", suffix: "", durability: Durability::Full, bare: false },
    System {
        name: "duroxide (default)",
        package: "duroxide",
        suffix: "",
        durability: Durability::Default,
        bare: false,
    },
];

/// A row of the table: a measurement, its size, and what of it is shown.
struct Row {
    name: &'static str,
    measurement: Measurement,
    prepare: Option<Measurement>,
    size: u64,
    /// A system that takes steps one at a time would need hours.
    size_of_slow: u64,
    bare: bool,
    shown: fn(&Measured, u64) -> f64,
    unit: &'static str,
}

/// Steps in a second.
fn rate(measured: &Measured, _: u64) -> f64 {
    measured.steps as f64 / measured.seconds
}

fn millis(measured: &Measured, _: u64) -> f64 {
    measured.seconds * 1e3
}

fn memory_each(measured: &Measured, size: u64) -> f64 {
    measured.memory.saturating_sub(measured.memory_before) as f64 / size as f64
}

fn written_each(measured: &Measured, _: u64) -> f64 {
    measured.written as f64 / measured.steps as f64
}

const ROWS: [Row; 8] = [
    Row {
        name: "one execution, 1,000 sequential steps",
        measurement: Measurement::Sequential,
        prepare: None,
        size: 1_000,
        size_of_slow: 100,
        bare: true,
        shown: rate,
        unit: "steps/s",
    },
    Row {
        name: "1,000 executions of 10 steps, all at once",
        measurement: Measurement::Many,
        prepare: None,
        size: 1_000,
        size_of_slow: 50,
        bare: true,
        shown: rate,
        unit: "steps/s",
    },
    Row {
        name: "bytes written a step, one execution",
        measurement: Measurement::Sequential,
        prepare: None,
        size: 1_000,
        size_of_slow: 100,
        bare: true,
        shown: written_each,
        unit: "bytes",
    },
    Row {
        name: "bytes written a step, 1,000 executions",
        measurement: Measurement::Many,
        prepare: None,
        size: 1_000,
        size_of_slow: 50,
        bare: true,
        shown: written_each,
        unit: "bytes",
    },
    Row {
        name: "fan-out of 1,000 parallel steps and join",
        measurement: Measurement::FanOut,
        prepare: None,
        size: 1_000,
        size_of_slow: 1_000,
        bare: false,
        shown: millis,
        unit: "ms",
    },
    Row {
        name: "recovery of a killed execution with 10,000 finished steps",
        measurement: Measurement::Recover,
        prepare: Some(Measurement::PrepareRecover),
        size: 10_000,
        size_of_slow: 100,
        bare: false,
        shown: millis,
        unit: "ms",
    },
    Row {
        name: "process start to first workflow finished, existing file",
        measurement: Measurement::Open,
        prepare: Some(Measurement::PrepareOpen),
        size: 1_000,
        size_of_slow: 50,
        bare: false,
        shown: millis,
        unit: "ms",
    },
    Row {
        name: "memory a waiting execution",
        measurement: Measurement::Waiting,
        prepare: Some(Measurement::PrepareWaiting),
        size: 10_000,
        size_of_slow: 1_000,
        bare: false,
        shown: memory_each,
        unit: "bytes",
    },
];

/// # Errors
///
/// When a program cannot be built.
pub fn run(place: &Path, rounds: usize, only: &str) -> Result<(), Box<dyn Error>> {
    for package in ["durafn", "durare", "duroxide"] {
        build(package)?;
    }
    println!("| |{}", SYSTEMS.iter().map(|system| format!(" {} |", system.name)).collect::<String>());
    println!("|---|{}", "---|".repeat(SYSTEMS.len()));
    for row in ROWS.iter().filter(|row| row.name.contains(only)) {
        let mut found = vec![Vec::new(); SYSTEMS.len()];
        for round in 0..rounds {
            for (system, found) in SYSTEMS.iter().zip(&mut found) {
                if system.bare && !row.bare {
                    continue;
                }
                let size = if system.package == "duroxide" { row.size_of_slow } else { row.size };
                eprintln!("round {}: {} of {}", round + 1, row.name, system.name);
                match turn(place, system, row, size) {
                    Ok(measured) => found.push((row.shown)(&measured, size)),
                    Err(error) => eprintln!("{error}"),
                }
            }
        }
        let cells = SYSTEMS.iter().zip(found).map(|(system, found)| {
            let size = if system.package == "duroxide" { row.size_of_slow } else { row.size };
            let less = if size == row.size { String::new() } else { format!(" (of {size})") };
            if found.is_empty() { " |".to_owned() } else { format!(" {:.0} {}{less} |", median(found), row.unit) }
        });
        println!("| {} |{}", row.name, cells.collect::<String>());
    }
    Ok(())
}

fn turn(place: &Path, system: &System, row: &Row, size: u64) -> Result<Measured, Box<dyn Error>> {
    let directory = folder(place)?;
    if let Some(prepare) = row.prepare {
        system.prepare(prepare, size, &directory)?;
    }
    let measured = system.measure(row.measurement, size, &directory);
    fs::remove_dir_all(&directory)?;
    measured
}
