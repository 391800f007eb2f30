//! The lease of an engine that shares the file: taking it, renewing it, ending those of others.
//!
//! A lease is a row of `engine`. Renewing it counts up `beat`. Whoever renews looks at the beats of the others: one that has not moved for as long as its lease
//! lasts, by the clock of the one who looks, is ended; so is one whose process is dead, at once. No time is compared between processes. It takes some looks,
//! each with a renewal of one's own that worked: a file that nobody could write for a while ends no lease.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, TransactionBehavior, params};

use super::lock;
use crate::{
    clock::{Clock as _, SystemClock},
    store::Lease,
};

/// So many looks in a row must find a beat unmoved.
const LOOKS: u32 = 3;

/// Waits for another process that writes. SQLite's own way sleeps for longer and longer, and misses the moments between the commits of a busy process.
pub(super) fn wait_for_others(times: i32) -> bool {
    /// Some ten seconds, or more on a machine without time.
    const LONGEST: i32 = 10_000;
    std::thread::sleep(if times < 5 { Duration::from_micros(200) } else { Duration::from_millis(1) });
    times < LONGEST
}

/// A lease that this process holds.
#[derive(Debug)]
pub(super) struct Seat {
    path: PathBuf,
    pub(super) epoch: i64,
    lease: Lease,
    renewed: Instant,
    others: HashMap<i64, Beat>,
    /// The engines that have ended, when it was last looked.
    ended: Vec<i64>,
    /// Others see by it that this process is alive.
    _alive: File,
    /// Keeps out who wants the file alone. Let go last.
    _together: File,
}

/// What was seen of another engine.
#[derive(Debug)]
struct Beat {
    beat: i64,
    since: Instant,
    looks: u32,
}

/// What a renewal has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Renewed {
    /// The lease was ended by another engine.
    pub(super) is_lost: bool,
    /// An engine has ended since the last time: what it owned is nobody's.
    pub(super) freed: bool,
}

struct Engine {
    epoch: i64,
    lease: Duration,
    beat: i64,
}

impl Seat {
    /// Takes a lease. Engines whose processes are dead are ended.
    pub(super) fn take(
        connection: &mut Connection,
        path: &Path,
        lease: Lease,
        together: File,
    ) -> rusqlite::Result<Self> {
        let now = Instant::now();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO engine (pid, lease, beat, ended, started_at, workflows) VALUES (?1, ?2, 0, 0, ?3, '[]')",
            params![std::process::id(), as_millis(lease.duration()), SystemClock.now()],
        )?;
        let epoch = transaction.last_insert_rowid();
        // Before anybody can see the row, so that nobody takes this process for dead.
        let alive = lock::alive(path, epoch).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        transaction.commit()?;
        let mut seat = Seat {
            path: path.to_owned(),
            epoch,
            lease,
            renewed: now,
            others: HashMap::new(),
            ended: Vec::new(),
            _alive: alive,
            _together: together,
        };
        seat.renew(connection)?;
        Ok(seat)
    }

    /// How long until the lease is to be renewed.
    pub(super) fn due_in(&self) -> Duration {
        self.lease.interval().saturating_sub(self.renewed.elapsed())
    }

    /// Renews the lease, and ends those of engines that are dead or silent.
    pub(super) fn renew(&mut self, connection: &Connection) -> rusqlite::Result<Renewed> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let renewed = self.renew_within(connection).and_then(|found| {
            connection.execute_batch("COMMIT")?;
            Ok(found)
        });
        if renewed.is_err() && !connection.is_autocommit() {
            // Where this fails too, SQLite has rolled back by itself.
            let _ = connection.execute_batch("ROLLBACK");
        }
        let (renewed, over) = renewed?;
        self.renewed = Instant::now();
        for epoch in over {
            lock::forget(&self.path, epoch);
        }
        Ok(renewed)
    }

    /// Yields also the engines that were ended.
    fn renew_within(&mut self, connection: &Connection) -> rusqlite::Result<(Renewed, Vec<i64>)> {
        let renew = "UPDATE engine SET beat = beat + 1 WHERE epoch = ?1 AND ended = 0";
        if connection.prepare_cached(renew)?.execute([self.epoch])? == 0 {
            return Ok((Renewed { is_lost: true, freed: false }, Vec::new()));
        }
        let others = live(connection)?.into_iter().filter(|engine| engine.epoch != self.epoch);
        let others: Vec<Engine> = others.collect();
        self.others.retain(|epoch, _| others.iter().any(|engine| engine.epoch == *epoch));
        let silent =
            others.into_iter().filter(|engine| self.is_silent(engine) || lock::is_dead(&self.path, engine.epoch));
        let over: Vec<i64> = silent.map(|engine| engine.epoch).collect();
        for epoch in &over {
            end(connection, *epoch)?;
        }
        forget_ended(connection)?;
        let ended = ended(connection)?;
        let freed = !over.is_empty() || ended.iter().any(|epoch| !self.ended.contains(epoch));
        self.ended = ended;
        Ok((Renewed { is_lost: false, freed }, over))
    }

    fn is_silent(&mut self, engine: &Engine) -> bool {
        let now = Instant::now();
        let seen = self.others.entry(engine.epoch).or_insert(Beat { beat: engine.beat, since: now, looks: 0 });
        if seen.beat != engine.beat {
            *seen = Beat { beat: engine.beat, since: now, looks: 0 };
        }
        seen.looks += 1;
        seen.looks > LOOKS && now.duration_since(seen.since) >= engine.lease
    }

    /// Gives the lease back: what the engine owned is nobody's.
    pub(super) fn give_back(&self, connection: &Connection) -> rusqlite::Result<()> {
        end(connection, self.epoch)?;
        lock::forget(&self.path, self.epoch);
        Ok(())
    }
}

fn as_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn live(connection: &Connection) -> rusqlite::Result<Vec<Engine>> {
    connection
        .prepare_cached("SELECT epoch, lease, beat FROM engine WHERE ended = 0")?
        .query_map([], |row| {
            let lease = Duration::from_millis(u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default());
            Ok(Engine { epoch: row.get(0)?, lease, beat: row.get(2)? })
        })?
        .collect()
}

fn ended(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    connection.prepare_cached("SELECT epoch FROM engine WHERE ended = 1")?.query_map([], |row| row.get(0))?.collect()
}

fn end(connection: &Connection, epoch: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE engine SET ended = 1 WHERE epoch = ?1")?.execute([epoch]).map(|_| ())
}

/// Engines that have ended and own nothing any more.
fn forget_ended(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM engine
             WHERE ended = 1 AND NOT EXISTS (SELECT 1 FROM execution WHERE owner = engine.epoch AND owner IS NOT NULL)",
        )?
        .execute([])
        .map(|_| ())
}

/// Ends what engines have left on a file that this process has alone.
pub(super) fn end_all(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    let left = live(connection)?;
    for engine in &left {
        end(connection, engine.epoch)?;
        lock::forget(path, engine.epoch);
    }
    if left.is_empty() && ended(connection)?.is_empty() { Ok(()) } else { forget_ended(connection) }
}

/// Says which workflows an engine runs.
pub(super) fn join(connection: &Connection, epoch: i64, workflows: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE engine SET workflows = ?2 WHERE epoch = ?1")?
        .execute(params![epoch, workflows])
        .map(|_| ())
}

/// The processes whose engines share the file.
pub(super) fn pids(connection: &Connection) -> rusqlite::Result<Vec<u32>> {
    connection
        .prepare_cached("SELECT pid FROM engine WHERE ended = 0 ORDER BY epoch")?
        .query_map([], |row| row.get(0))?
        .collect()
}
