//! The ceiling: rows of the size of a step, committed by rusqlite with nothing around it.

use std::error::Error;

use rusqlite::Connection;
use workload::{Arguments, Measured, Measurement, Meter, STEPS, ballast};

/// Rows of one commit where many executions are at it: as many as wait for the disk together.
const GROUP: u64 = 100;

pub fn run() -> Result<Measured, Box<dyn Error>> {
    let arguments = Arguments::read_after("bare")?;
    let Arguments { measurement, size, directory, .. } = &arguments;
    let (rows, group) = match measurement {
        Measurement::Sequential => (*size, 1),
        Measurement::Many => (*size * STEPS, GROUP),
        other => return Err(format!("a bare loop has no {other:?}").into()),
    };
    let mut connection = Connection::open(directory.join("bare.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)", [])?;
    let payload = format!("{{\"n\":1000,\"ballast\":\"{}\"}}", ballast());
    let meter = Meter::start();
    let mut left = rows;
    while left > 0 {
        let transaction = connection.transaction()?;
        for _ in 0..group.min(left) {
            transaction.prepare_cached("INSERT INTO row (payload) VALUES (?1)")?.execute([&payload])?;
        }
        transaction.commit()?;
        left -= group.min(left);
    }
    Ok(meter.stop(rows, directory))
}
