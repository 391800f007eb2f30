//! An engine on a file that is damaged: it says so, or does what it would have done. Never something else.

use std::{fs, path::Path, time::Duration};

use super::*;
use crate::{
    Error,
    store::{ExecutionId, ExecutionRow, ListFilter},
};

const PAGE: usize = 4_096;
const HOUR: Duration = Duration::from_secs(3_600);

/// Large enough for a page or two of its own, and told apart from every other.
fn payload(input: &str) -> String {
    serde_json::to_string(&format!("{input}:").repeat(400)).unwrap()
}

/// Does something, waits, and does something with what it has.
fn program() -> Program {
    Program::new(&Effects::default()).task("a", |input, _| Ok(payload(&input[..4.min(input.len())]))).workflow(
        "w",
        |cx, input| async move {
            let first = must(&cx, 0, "a", &input).await;
            if input.ends_with('1') {
                cx.sleep(1, HOUR).await;
            }
            Ok(must(&cx, 2, "a", &first).await)
        },
    )
}

/// What an undamaged file tells: rows and journals, and the ends of those that wait.
struct Whole {
    bytes: Vec<u8>,
    rows: Vec<ExecutionRow>,
    journals: Vec<Vec<crate::history::HistoryEvent>>,
    ends: Vec<Result<String, String>>,
}

const COUNT: i64 = 8;

async fn open(path: &Path, clock: &VirtualClock) -> Result<Engine, Error> {
    Engine::builder().path(path).clock(clock.clone()).registry(program().registry).open().await
}

async fn whole(directory: &Path) -> Whole {
    let path = directory.join("whole.db");
    let clock = VirtualClock::at(START);
    let engine = open(&path, &clock).await.unwrap();
    for n in 0..COUNT {
        engine.start_json("w", Some(format!("name-{n}")), &(100 + n % 2).to_string()).await.unwrap();
    }
    engine.wait_idle().await;
    let rows = engine.list(&ListFilter::default()).await.unwrap();
    let mut journals = Vec::new();
    for row in &rows {
        journals.push(engine.history(row.id).await.unwrap());
    }
    engine.shutdown(Duration::ZERO).await.unwrap();
    let bytes = fs::read(&path).unwrap();
    let ends = ends(&path, rows.iter().map(|row| row.id)).await.unwrap();
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    Whole { bytes, rows, journals, ends }
}

/// Lets those that wait go on to their end.
async fn ends(path: &Path, ids: impl Iterator<Item = ExecutionId>) -> Result<Vec<Result<String, String>>, Error> {
    let clock = VirtualClock::at(START + 2 * 3_600_000);
    let engine = open(path, &clock).await?;
    let mut ends = Vec::new();
    for id in ids {
        let waited = async {
            let execution = engine.execution(id).await?;
            execution.output_json().await.map(|output| output.to_string())
        };
        // Whoever cannot go on says so, or is blocked; nobody hangs.
        let end = tokio::time::timeout(Duration::from_secs(20), waited).await.expect("it has an end");
        ends.push(end.map_err(|error| error.to_string()));
    }
    drop(engine);
    Ok(ends)
}

/// How often a damage was told, how often nothing of it was met, and how often something else was read.
#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    told: usize,
    unmet: usize,
    silent: Vec<String>,
}

/// Looks at a damaged file, reads all of it and lets it go on.
async fn look(whole: &Whole, directory: &Path, bytes: &[u8], what: &str, tally: &mut Tally) {
    let path = directory.join("damaged.db");
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(directory.join(format!("damaged.db{suffix}")));
    }
    fs::write(&path, bytes).unwrap();
    let says = |error: &str| {
        let known = ["damaged", "not a SQLite database", "cannot be read", "another program", "not exist", "unknown"];
        assert!(known.iter().any(|known| error.contains(known)), "{what}: {error}");
    };
    let clock = VirtualClock::at(START);
    let engine = match open(&path, &clock).await {
        Ok(engine) => engine,
        Err(error) => {
            tally.refused += 1;
            return says(&error.to_string());
        }
    };
    let mut told = 0;
    match engine.list(&ListFilter::default()).await {
        Ok(rows) if rows == whole.rows => {}
        Ok(_) => return tally.silent.push(format!("{what}: other executions")),
        Err(error) => {
            told += 1;
            says(&error.to_string());
        }
    }
    for (row, journal) in whole.rows.iter().zip(&whole.journals) {
        match engine.history(row.id).await {
            Ok(read) if read == *journal => {}
            Ok(_) => return tally.silent.push(format!("{what}: another journal of {}", row.id.0)),
            Err(error) => {
                told += 1;
                says(&error.to_string());
            }
        }
    }
    drop(engine);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    match ends(&path, whole.rows.iter().map(|row| row.id)).await {
        Ok(ends) => {
            for (end, expected) in ends.iter().zip(&whole.ends) {
                match end {
                    Ok(_) if end == expected => {}
                    Ok(end) => return tally.silent.push(format!("{what}: another end, {end}")),
                    Err(error) => {
                        told += 1;
                        says(error);
                    }
                }
            }
        }
        Err(error) => {
            told += 1;
            says(&error.to_string());
        }
    }
    tally.told += usize::from(told > 0);
    tally.unmet += usize::from(told == 0);
}

#[tokio::test]
async fn a_page_that_is_lost_or_a_file_that_is_cut_is_told_and_nothing_else_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let whole = whole(directory).await;
    let pages = whole.bytes.len() / PAGE;
    assert!(pages > 20, "{pages} pages");
    let mut tally = Tally::default();
    for page in 0..pages {
        for filling in [0x00, 0xA5, 0xFF] {
            let mut bytes = whole.bytes.clone();
            bytes[page * PAGE..][..PAGE].fill(filling);
            look(&whole, directory, &bytes, &format!("page {page} of {filling}"), &mut tally).await;
        }
        // A file without a byte is a new one to SQLite, and so to us.
        for length in [page * PAGE, page * PAGE + PAGE / 3].into_iter().filter(|length| *length > 0) {
            look(&whole, directory, &whole.bytes[..length], &format!("cut at {length}"), &mut tally).await;
        }
    }
    println!("{pages} pages: {tally:?}");
    assert_eq!(tally.silent, Vec::<String>::new());
    assert!(tally.refused > pages && tally.told > 20, "{tally:?}");
}

/// SQLite has no checksums: what a bit means inside a value nobody can tell. Whatever is read then, nothing panics and nobody hangs.
#[tokio::test]
async fn a_bit_that_is_flipped_stops_nobody_from_saying_what_is_seen_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let whole = whole(directory).await;
    let mut random = fastrand::Rng::with_seed(11);
    let mut tally = Tally::default();
    for _ in 0..100 {
        let (at, bit) = (random.usize(..whole.bytes.len()), random.u8(..8));
        let mut bytes = whole.bytes.clone();
        bytes[at] ^= 1 << bit;
        look(&whole, directory, &bytes, &format!("bit {bit} of byte {at}"), &mut tally).await;
    }
    let Tally { refused, told, unmet, silent } = tally;
    println!("{refused} refused, {told} told, {unmet} unmet, {} silent", silent.len());
    assert_eq!(refused + told + unmet + silent.len(), 100);
}
