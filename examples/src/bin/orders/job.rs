//! The main job: every order of a file, with a progress bar and a summary.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use durafn::{
    Engine, ExecutionError,
    cli::{App, BoxError},
    store::Status,
};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use crate::{
    bank::Bank,
    default_orders,
    workflow::{Order, Shipment, fulfil},
};

/// The options of the main job.
#[derive(clap::Args)]
pub struct Args {
    /// The database file.
    #[arg(long, default_value = "orders.db")]
    db: PathBuf,
    /// The orders, one JSON object a line.
    #[arg(long, default_value_os_t = default_orders())]
    orders: PathBuf,
    /// Kills this process, as `kill -9` would, when so many orders have been finished in this run.
    #[arg(long, value_name = "N")]
    kill_after: Option<u64>,
    /// How many orders are under way at once.
    #[arg(long, default_value_t = 100, value_name = "N")]
    at_once: usize,
}

/// What became of the orders.
#[derive(Default)]
struct Summary {
    shipped: usize,
    revenue_cents: u64,
    failed: BTreeMap<String, usize>,
}

/// Runs the job.
pub async fn run(app: &App, args: Args) -> Result<ExitCode, BoxError> {
    let (orders, malformed) = read_orders(&args.orders)?;
    let started = Instant::now();
    let earlier = earlier_runs(&args.db).await?;
    let engine = app.open(Some(&args.db)).await?;
    let summary = process(&engine, orders, &args).await?;
    engine.shutdown(Duration::from_secs(10)).await?;
    let bank = Bank::open(&args.db)?;
    report(&summary, earlier, malformed, &bank, started, &args.db)?;
    Ok(ExitCode::SUCCESS)
}

/// How many executions an earlier run has finished, and how many it left unfinished.
async fn earlier_runs(database: &Path) -> Result<(u64, u64), BoxError> {
    if !database.exists() {
        return Ok((0, 0));
    }
    // What is wrong with the file, the engine says better when it opens it.
    let Ok(engine) = Engine::open_read_only(database).await else { return Ok((0, 0)) };
    let (running, ended): (Vec<_>, Vec<_>) =
        engine.count().await?.into_iter().partition(|(_, status, _)| *status == Status::Running);
    let sum = |counts: Vec<(String, Status, u64)>| counts.into_iter().map(|(_, _, count)| count).sum();
    Ok((sum(ended), sum(running)))
}

/// The orders of a file. A line that is none is reported and left out.
fn read_orders(path: &Path) -> Result<(Vec<Order>, usize), BoxError> {
    let file =
        File::open(path).map_err(|error| format!("the orders cannot be read from {}: {error}", path.display()))?;
    let (mut orders, mut malformed) = (Vec::new(), 0);
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(&line) {
            Ok(order) => orders.push(order),
            Err(error) => {
                malformed += 1;
                eprintln!("{}:{number}: this line is no order and is left out: {error}", path.display());
            }
        }
    }
    Ok((orders, malformed))
}

async fn process(engine: &Engine, orders: Vec<Order>, args: &Args) -> Result<Summary, BoxError> {
    let bar = ProgressBar::new(orders.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} orders  {per_sec}  {msg}")?);
    let mut summary = Summary::default();
    let mut finished_now = 0;
    let mut under_way = JoinSet::new();
    let mut orders = orders.into_iter();
    loop {
        while under_way.len() < args.at_once.max(1)
            && let Some(order) = orders.next()
        {
            let (name, before) = (order.id.clone(), engine.find("fulfil", &order.id).await?);
            let execution = engine.start(fulfil(order)).name(name).await?;
            under_way.spawn(async move { (execution.result().await, before.is_none()) });
        }
        let Some(ended) = under_way.join_next().await else { break };
        let (result, is_new) = ended?;
        summary.add(result);
        bar.inc(1);
        finished_now += u64::from(is_new);
        if is_new && args.kill_after == Some(finished_now) {
            bar.abandon_with_message("killed, as asked: run it again without --kill-after");
            kill_this_process();
        }
    }
    bar.finish();
    Ok(summary)
}

impl Summary {
    fn add(&mut self, result: Result<Shipment, ExecutionError>) {
        match result {
            Ok(shipment) => {
                self.shipped += 1;
                self.revenue_cents += u64::from(shipment.cents);
            }
            Err(error) => {
                let name = error.name().unwrap_or("no result").to_owned();
                *self.failed.entry(name).or_default() += 1;
            }
        }
    }
}

/// Ends this process at once, without any cleaning up.
fn kill_this_process() -> ! {
    let pid = rustix::process::getpid();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    std::process::abort()
}

fn report(
    summary: &Summary,
    (finished, resumed): (u64, u64),
    malformed: usize,
    bank: &Bank,
    started: Instant,
    database: &Path,
) -> Result<(), std::io::Error> {
    let (charges, twice) = bank.audit();
    let failed: usize = summary.failed.values().sum();
    let (whole, cents) = (summary.revenue_cents / 100, summary.revenue_cents % 100);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:>6} shipped, for {whole}.{cents:02}", summary.shipped)?;
    writeln!(out, "{failed:>6} failed")?;
    for (error, count) in &summary.failed {
        writeln!(out, "       {count:>6} {error}")?;
    }
    if malformed > 0 {
        writeln!(out, "{malformed:>6} lines were no orders")?;
    }
    if finished + resumed > 0 {
        let earlier = finished + resumed;
        writeln!(out, "{earlier:>6} were there from an earlier run: {finished} finished, {resumed} resumed")?;
    }
    writeln!(out, "{charges:>6} charges in the bank's books, {twice} orders charged twice")?;
    let command = "cargo run -q -p examples --bin orders -- list --db";
    writeln!(out, "in {:.1} s; look at them: {command} {}", started.elapsed().as_secs_f64(), database.display())
}
