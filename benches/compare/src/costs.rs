//! How the costs of durafn grow: with executions at once, with the length of a history, with executions that wait.

use std::{
    collections::HashMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use plotters::prelude::*;
use workload::{Measured, Measurement};

use crate::program::{CHANGED, DURAFN, System, build, copy, folder, median};

/// One picture, and one table.
struct Cost {
    name: &'static str,
    title: &'static str,
    axis: &'static str,
    unit: &'static str,
    system: System,
    measurement: Measurement,
    prepare: Option<Measurement>,
    sizes: &'static [u64],
    shown: fn(&Measured, u64) -> f64,
}

const COSTS: [Cost; 11] = [
    Cost {
        name: "steps-per-second",
        title: "Steps a second, by executions at once",
        axis: "executions at once, 10 steps each",
        unit: "steps/s",
        system: DURAFN,
        measurement: Measurement::Many,
        prepare: None,
        sizes: &[1, 10, 100, 1_000, 10_000],
        shown: |measured, _| measured.steps as f64 / measured.seconds,
    },
    Cost {
        name: "memory",
        title: "Memory, by executions at once",
        axis: "executions at once, 10 steps each",
        unit: "MB",
        system: DURAFN,
        measurement: Measurement::Many,
        prepare: None,
        sizes: &[1, 10, 100, 1_000, 10_000],
        shown: |measured, _| measured.memory as f64 / 1e6,
    },
    Cost {
        name: "file-bytes",
        title: "File bytes a step, payloads included, by steps",
        axis: "steps of one execution",
        unit: "bytes",
        system: DURAFN,
        measurement: Measurement::Sequential,
        prepare: None,
        sizes: &[100, 1_000, 10_000, 100_000],
        shown: |measured, size| measured.file as f64 / size as f64,
    },
    Cost {
        name: "recovery",
        title: "From the start of the process to the next step, by finished steps",
        axis: "finished steps",
        unit: "ms",
        system: DURAFN,
        measurement: Measurement::Recover,
        prepare: Some(Measurement::PrepareRecover),
        sizes: &[10, 100, 1_000, 10_000, 100_000],
        shown: |measured, _| measured.seconds * 1e3,
    },
    Cost {
        name: "start-up",
        title: "From the start of the process to the end of a first execution, by waiting executions",
        axis: "waiting executions in the file",
        unit: "ms",
        system: DURAFN,
        measurement: Measurement::OpenWaiting,
        prepare: Some(Measurement::PrepareWaiting),
        sizes: &[10, 10_000, 1_000_000],
        shown: |measured, _| measured.seconds * 1e3,
    },
    Cost {
        name: "start-up-changed",
        title: "The same after a change of the workflow: those that wait are checked behind the start",
        axis: "waiting executions in the file",
        unit: "ms",
        system: CHANGED,
        measurement: Measurement::OpenWaiting,
        prepare: Some(Measurement::PrepareWaiting),
        sizes: &[10, 10_000, 1_000_000],
        shown: |measured, _| measured.seconds * 1e3,
    },
    Cost {
        name: "check",
        title: "From the start of a changed program until all waiting executions were checked",
        axis: "waiting executions in the file",
        unit: "s",
        system: CHANGED,
        measurement: Measurement::CheckWaiting,
        prepare: Some(Measurement::PrepareWaiting),
        sizes: &[10, 1_000, 10_000, 100_000],
        shown: |measured, _| measured.seconds,
    },
    Cost {
        name: "verify",
        title: "Verification of all histories of a file, 50 steps each",
        axis: "histories",
        unit: "ms",
        system: DURAFN,
        measurement: Measurement::Verify,
        prepare: Some(Measurement::PrepareVerify),
        sizes: &[10, 100, 1_000, 10_000],
        shown: |measured, _| measured.seconds * 1e3,
    },
    Cost {
        name: "waiting-memory",
        title: "Memory of a process that was started on a file of waiting executions",
        axis: "waiting executions",
        unit: "MB",
        system: DURAFN,
        measurement: Measurement::Waiting,
        prepare: Some(Measurement::PrepareWaiting),
        sizes: &[10, 10_000, 1_000_000],
        shown: |measured, _| measured.memory as f64 / 1e6,
    },
    Cost {
        name: "starting-memory",
        title: "Memory of a process that has started executions that wait",
        axis: "executions",
        unit: "MB",
        system: DURAFN,
        measurement: Measurement::PrepareWaiting,
        prepare: None,
        sizes: &[10, 10_000, 1_000_000],
        shown: |measured, _| measured.memory as f64 / 1e6,
    },
    Cost {
        name: "timers",
        title: "Timers that are due at once, until all have fired and their executions have ended",
        axis: "timers",
        unit: "ms",
        system: DURAFN,
        measurement: Measurement::Wake,
        prepare: None,
        sizes: &[10, 100, 1_000, 10_000],
        shown: |measured, _| measured.seconds * 1e3,
    },
];

/// # Errors
///
/// When something cannot be built, measured or written.
pub fn run(place: &Path, rounds: usize, only: &str) -> Result<(), Box<dyn Error>> {
    build("durafn")?;
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance");
    fs::create_dir_all(&pictures)?;
    let mut prepared = Prepared::default();
    for cost in COSTS.iter().filter(|cost| cost.name.contains(only)) {
        let mut points = Vec::new();
        for &size in cost.sizes {
            eprintln!("{}: {size}", cost.name);
            points.push((size as f64, measure(place, &mut prepared, rounds, cost, size)?));
        }
        println!("\n{}\n\n| {} | {} |\n|---|---|", cost.title, cost.axis, cost.unit);
        for (size, value) in &points {
            println!("| {size} | {value:.1} |");
        }
        draw(&pictures.join(format!("{}.svg", cost.name)), cost, &points)?;
    }
    Ok(())
}

/// What takes minutes to make is made once, and measured on copies.
#[derive(Default)]
struct Prepared(HashMap<(Measurement, u64), PathBuf>);

impl Prepared {
    fn get(&mut self, place: &Path, prepare: Measurement, size: u64) -> Result<PathBuf, Box<dyn Error>> {
        if let Some(folder) = self.0.get(&(prepare, size)) {
            return Ok(folder.clone());
        }
        let folder = folder(place)?;
        DURAFN.prepare(prepare, size, &folder)?;
        self.0.insert((prepare, size), folder.clone());
        Ok(folder)
    }
}

fn measure(
    place: &Path,
    prepared: &mut Prepared,
    rounds: usize,
    cost: &Cost,
    size: u64,
) -> Result<f64, Box<dyn Error>> {
    let prepared = cost.prepare.map(|prepare| prepared.get(place, prepare, size)).transpose()?;
    let mut values = Vec::new();
    for _ in 0..if size >= 100_000 { rounds.min(3) } else { rounds } {
        let directory = match &prepared {
            Some(prepared) => copy(prepared, place)?,
            None => folder(place)?,
        };
        let measured = cost.system.measure(cost.measurement, size, &directory)?;
        fs::remove_dir_all(&directory)?;
        values.push((cost.shown)(&measured, size));
    }
    Ok(median(values))
}

fn draw(path: &Path, cost: &Cost, points: &[(f64, f64)]) -> Result<(), Box<dyn Error>> {
    let most = points.iter().map(|(_, value)| *value).fold(0.0, f64::max) * 1.1;
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    let area = SVGBackend::new(path, (720, 400)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(cost.title, ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d((first..last).log_scale(), 0.0..most)?;
    let number = |value: &f64| if *value >= 10_000.0 { format!("{:.0}k", value / 1e3) } else { format!("{value:.0}") };
    chart
        .configure_mesh()
        .x_desc(cost.axis)
        .y_desc(cost.unit)
        .x_label_formatter(&number)
        .y_label_formatter(&number)
        .draw()?;
    chart.draw_series(LineSeries::new(points.iter().copied(), BLUE.stroke_width(2)))?;
    chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, BLUE.filled())))?;
    area.present()?;
    Ok(())
}
