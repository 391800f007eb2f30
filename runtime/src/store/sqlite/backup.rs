//! A copy of a file, also of one that an engine is writing to.
//!
//! `VACUUM INTO` reads one snapshot of the file and writes it without gaps. In WAL mode nobody waits for it: an engine goes on committing, and what it
//! commits meanwhile is not in the copy.

use std::{
    fs::{self, File},
    path::Path,
};

use super::{
    OpenError,
    connection::{beside, open_to_copy, sync_directory},
    lock::private,
};

/// Copies the executions of a file, all that was committed when this began, to a new file for its owner alone. Any process may do this, whether or not an
/// engine runs on the file. It blocks until the copy is on the disk, so an async program calls it by `spawn_blocking`.
///
/// The copy is written under another name and moved to its place when it is whole.
///
/// # Errors
///
/// When the file cannot be read ([`OpenError`] says why), there is something at the place of the copy already, or it cannot be written.
///
/// ```
/// # fn copy(directory: &std::path::Path) -> Result<(), durafn::store::OpenError> {
/// durafn::store::back_up("orders.db", "/backup/orders-monday.db")?;
/// # Ok(()) }
/// ```
pub fn back_up(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), OpenError> {
    let (from, to) = (from.as_ref(), to.as_ref());
    let connection = open_to_copy(from)?;
    if to.exists() {
        return Err(OpenError::Exists { path: to.into() });
    }
    let part = beside(to, ".part");
    let on_disk = |error: std::io::Error| OpenError::from_io(to, &error);
    // An empty file, which SQLite fills: so that nobody else can ever read it.
    match private().create(true).truncate(true).open(&part) {
        Ok(created) => drop(created),
        Err(error) => return Err(on_disk(error)),
    }
    let copied = copy(&connection, from, &part).and_then(|()| {
        File::open(&part).and_then(|part| part.sync_all()).map_err(on_disk)?;
        fs::rename(&part, to).map_err(on_disk)?;
        sync_directory(to)
    });
    if copied.is_err() {
        // What was written of it is of no use to anybody.
        let _ = fs::remove_file(&part);
    }
    copied
}

fn copy(connection: &rusqlite::Connection, from: &Path, part: &Path) -> Result<(), OpenError> {
    let name = part.to_str().ok_or_else(|| OpenError::NotText { path: part.into() })?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| OpenError::from_sqlite(from, &error))?;
    Ok(())
}
