//! What a step costs in the store, beside what SQLite itself costs: `cargo bench -p durafn --bench store`.
//!
//! A step is the end of one task and the start of the next, 100 bytes of JSON each, in one unit. The bare loop commits one row of 100
//! bytes. Times say something on an idle machine alone; bytes are the same everywhere, and are in `docs/performance.md`.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use durafn::store::{
    Committed, ExecutionId, JournalRow, NewExecution, SqliteOptions, SqliteStore, Status, Store, Unit, Update,
};
use rusqlite::{Connection, params};
use tokio::task::JoinSet;

const MACHINE: &str = "0123456789abcdef0123456789abcdef";

fn main() {
    let directory = tempfile::tempdir().expect("a directory for the files");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    println!(
        "{:34} {:>10} {:>8} {:>11} {:>12} {:>13}",
        "", "steps/s", "of bare", "us a round", "file B/step*", "written B/step"
    );
    let mut bare = 0.0;
    for round in 0..3 {
        let rate = print(
            "bare loop, a row a commit",
            0.0,
            bare_loop(&directory.path().join(format!("bare{round}.db")), 1, 20_000),
        );
        bare = rate;
        let sequential = Load { executions: 1, steps: 20_000, shared: false };
        print("store, one execution", bare, run(&runtime, directory.path(), sequential));
    }
    let ceiling = bare_loop(&directory.path().join("bare1000.db"), 1000, 400_000);
    print("bare loop, 1,000 rows a commit", bare, ceiling);
    for (executions, steps) in [(10, 1_000), (100, 1_000), (1_000, 10), (1_000, 200), (10_000, 10)] {
        let load = Load { executions, steps, shared: false };
        print(&format!("store, {executions} at once, {steps} steps"), bare, run(&runtime, directory.path(), load));
    }
    let load = Load { executions: 1_000, steps: 200, shared: true };
    print("same, output is the next input", bare, run(&runtime, directory.path(), load));
    println!("* beyond the payloads");
    println!("\n{:34} {:>10} {:>12} {:>13}", "large payloads", "rows/s", "file B/row", "written B/row");
    for bytes in [2_048, 4_096, 16_384, 262_144] {
        for compress_from in [None, Some(0)] {
            large(&runtime, directory.path(), bytes, compress_from);
        }
    }
}

/// One execution with rows of large payloads, each in a commit of its own, as text and compressed.
fn large(runtime: &tokio::runtime::Runtime, directory: &Path, bytes: usize, compress_from: Option<usize>) {
    let path = directory.join(format!("large-{}.db", free_number(directory)));
    let store =
        SqliteStore::open(&path, SqliteOptions { compress_from, ..SqliteOptions::default() }).expect("a store opens");
    let rows = (40_000_000 / bytes).min(2_000);
    let payloads: Vec<Arc<str>> = (0..rows).map(|row| items(row, bytes).into()).collect();
    let (written, start) = (written_bytes(), Instant::now());
    runtime.block_on(async {
        store.put_machine(MACHINE, "order", "{\"states\":[]}").await.unwrap();
        let create = Unit { create: Some(new_execution("1".into())), ..Unit::default() };
        let Ok(Committed::Done { created: Some(id), .. }) = store.commit(create).await else { panic!("not created") };
        for (ordinal, payload) in (0..).zip(payloads) {
            let row = JournalRow { ordinal, event: 1, payload: Some(payload), ..JournalRow::default() };
            store.commit(Unit { append: vec![(id, row)], ..Unit::default() }).await.unwrap();
        }
    });
    let rate = rows as f64 / start.elapsed().as_secs_f64();
    runtime.block_on(store.close()).unwrap();
    let (written, file) = (written_bytes() - written, fs::metadata(&path).unwrap().len());
    let name = format!("{bytes} bytes, {}", if compress_from.is_some() { "compressed" } else { "as text" });
    println!("{name:34} {rate:>10.0} {:>12} {:>13.0}", file / rows as u64, written / rows as f64);
}

/// JSON as lists of items have it: keys that repeat, values that do not.
fn items(number: usize, bytes: usize) -> String {
    let mut text = String::from("[");
    let mut seed = number as u64 + 1;
    while text.len() < bytes {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (a, b) = (seed >> 32, seed >> 40 & 0xffff);
        text += &format!(
            "{{\"id\":\"{seed:016x}\",\"sku\":\"SKU-{b:05}\",\"count\":{},\"cents\":{}}},",
            a % 20,
            a % 99_999
        );
    }
    text + "0]"
}

struct Load {
    executions: usize,
    steps: usize,
    shared: bool,
}

struct Measured {
    steps: usize,
    elapsed: Duration,
    /// Commits of the bare loop; in the store, steps of each execution.
    rounds: usize,
    file_bytes: f64,
    written_bytes: f64,
}

fn print(name: &str, bare: f64, measured: Measured) -> f64 {
    let rate = measured.steps as f64 / measured.elapsed.as_secs_f64();
    let ratio = if bare > 0.0 { format!("{:.2}", rate / bare) } else { String::new() };
    let per_round = measured.elapsed.as_micros() as f64 / measured.rounds as f64;
    let bytes = |bytes: f64| if bytes.is_nan() { String::new() } else { format!("{bytes:.0}") };
    let (file, written) = (bytes(measured.file_bytes), bytes(measured.written_bytes));
    println!("{name:34} {rate:>10.0} {ratio:>8} {per_round:>11.1} {file:>12} {written:>13}");
    rate
}

/// 100 bytes of JSON, unlike any other.
fn payload(number: usize) -> String {
    format!("{{\"order\":{number:010},\"note\":\"{:x<74}\"}}", "")
}

/// What SQLite does without a store: rows as large as a step's payloads.
fn bare_loop(path: &Path, rows: usize, total: usize) -> Measured {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE step (id INTEGER PRIMARY KEY, execution INTEGER, number INTEGER, payload TEXT) STRICT",
        )
        .unwrap();
    let mut begin = connection.prepare("BEGIN IMMEDIATE").unwrap();
    let mut insert = connection.prepare("INSERT INTO step (execution, number, payload) VALUES (?1, ?2, ?3)").unwrap();
    let mut commit = connection.prepare("COMMIT").unwrap();
    let (written, start) = (written_bytes(), Instant::now());
    for number in (0..total).step_by(rows) {
        begin.execute([]).unwrap();
        for number in number..number + rows {
            insert.execute(params![(number % rows) as i64, number as i64, payload(number)]).unwrap();
        }
        commit.execute([]).unwrap();
    }
    Measured {
        steps: total,
        elapsed: start.elapsed(),
        rounds: total / rows,
        file_bytes: f64::NAN,
        written_bytes: (written_bytes() - written) / total as f64,
    }
}

fn run(runtime: &tokio::runtime::Runtime, directory: &Path, load: Load) -> Measured {
    let path = directory.join(format!("store-{}-{}.db", load.executions, free_number(directory)));
    let store = Arc::new(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    runtime.block_on(store.put_machine(MACHINE, "order", "{\"states\":[]}")).unwrap();
    let empty = fs::metadata(&path).unwrap().len();
    let (written, start) = (written_bytes(), Instant::now());
    let payloads = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for number in 0..load.executions {
            tasks.spawn(execution(store.clone(), number, load.steps, load.shared));
        }
        tasks.join_all().await.into_iter().sum::<usize>()
    });
    let elapsed = start.elapsed();
    let steps = load.executions * load.steps;
    runtime.block_on(store.close()).unwrap();
    let written = (written_bytes() - written) / steps as f64;
    let file_bytes = (fs::metadata(&path).unwrap().len() - empty) as f64 - payloads as f64;
    Measured { steps, elapsed, rounds: load.steps, file_bytes: file_bytes / steps as f64, written_bytes: written }
}

/// A name that no file here has.
fn free_number(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

fn new_execution(input: Arc<str>) -> NewExecution {
    NewExecution {
        workflow: "order".into(),
        version: 1,
        name: None,
        machine: MACHINE.into(),
        input,
        nonce: "0123456789abcdef".into(),
        started_at: 1_700_000_000_000,
        parent: None,
        origin: None,
    }
}

/// As an engine does it: the end of a step and the start of the next are one unit. Returns the bytes of its payloads.
async fn execution(store: Arc<SqliteStore>, number: usize, steps: usize, shared: bool) -> usize {
    let mut payloads = 0;
    let mut next = |step: usize, half: usize| {
        let text: Arc<str> = payload(number * 1_000_000 + 2 * step + half).into();
        payloads += text.len();
        Some(text)
    };
    let input = next(0, 1).unwrap();
    let create = new_execution(input.clone());
    let opened = |step: usize, payload| JournalRow {
        ordinal: step as u32,
        event: 1,
        at: 1000 + 3 * step as i64,
        state: Some(step as u32 % 20),
        name: Some("charge_card".into()),
        payload,
        ..JournalRow::default()
    };
    let first =
        Unit { create: Some(create), append: vec![(ExecutionId::NEW, opened(0, Some(input)))], ..Unit::default() };
    let Ok(Committed::Done { created: Some(id), .. }) = store.commit(first).await else { panic!("not created") };
    for step in 0..steps {
        let output = next(step, 0);
        let succeeded = JournalRow {
            ordinal: step as u32,
            event: 20,
            at: 1002 + 3 * step as i64,
            payload: output.clone(),
            ..JournalRow::default()
        };
        let mut unit = Unit { append: vec![(id, succeeded)], ..Unit::default() };
        if step + 1 < steps {
            let input = if shared { output } else { next(step + 1, 1) };
            unit.append.push((id, opened(step + 1, input)));
        } else {
            let end = Update::Close {
                status: Status::Succeeded,
                output: None,
                error: None,
                cause: None,
                at: 1_700_000_001_000,
            };
            unit.update.push((id, end));
        }
        store.commit(unit).await.unwrap();
    }
    payloads
}

/// What this process has handed to the file system; nothing where that cannot be known.
fn written_bytes() -> f64 {
    let io = fs::read_to_string("/proc/self/io").unwrap_or_default();
    io.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse().ok()).unwrap_or(f64::NAN)
}
