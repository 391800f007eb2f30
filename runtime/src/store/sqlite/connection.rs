//! Opening a file: refuse what is not ours, take it for this process, bring it to the current version.
//!
//! The database file is never opened but through SQLite once it exists: closing any other handle on it would drop the locks that
//! SQLite holds in this process.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use super::{
    OpenError, SqliteOptions, Synchronous,
    error::directory_of,
    lease::{self, Seat},
    lock::{self, private},
    migrations::{APPLICATION_ID, COLUMNS, CURRENT, MIGRATIONS, OLDEST_READABLE, TABLES, migrate, version},
    packed::Packer,
};
use crate::store::Lease;

/// How long SQLite waits for another program that writes to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A larger log makes fewer checkpoints, but more to read after a crash: 4,000 pages are some 10 ms.
const CHECKPOINT_PAGES: i64 = 4_000;
/// What a log that grew under a long read shrinks to afterwards.
const LOG_LIMIT_BYTES: i64 = 64 << 20;
/// Looking at a file's metadata makes its next fsync half as slow again, so it is not done for every commit.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// While another process brings the file to the current version, it is looked at so often and in such intervals.
const LIFTING_LOOKS: u32 = 20;
const LIFTING_LOOK: Duration = Duration::from_millis(50);
const WRITER_CACHE_KIB: i64 = 16 << 10;
/// Who only looks must still be able to read the log that a killed process left, which writes beside the file; `query_only` keeps it from more.
/// Where the file is read-only for this user, SQLite opens it so.
const LOOKING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// The connection that writes, and by what right.
#[derive(Debug)]
pub(super) struct WriteConnection {
    pub(super) connection: Connection,
    pub(super) place: Place,
    /// Let go after the connection.
    pub(super) right: Right,
    pub(super) packer: Packer,
}

/// By what right a connection writes.
#[derive(Debug)]
pub(super) enum Right {
    /// No other process writes but to the inbox.
    Alone(#[allow(dead_code, reason = "held for its lock")] File),
    /// Others do, each to the executions that it owns.
    Shared(Seat),
    /// It writes to the inbox; another process may hold the file.
    Beside,
}

/// Opens a file for an engine; creates it where there is none.
pub(super) fn open_for_writing(path: &Path, options: &SqliteOptions) -> Result<WriteConnection, OpenError> {
    if let Some(lease) = options.shared
        && lease.duration() < Lease::SHORTEST
    {
        return Err(OpenError::ShortLease { path: path.into(), given: lease.duration() });
    }
    if create(path)? {
        sync_directory(path)?;
    }
    let sqlite = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let _ = inspect(path, &connection)?;
    if connection.is_readonly("main").map_err(sqlite)? {
        return Err(OpenError::ReadOnlyFile { path: path.into() });
    }
    let right = match options.shared {
        None => {
            let lock = alone(path, &connection)?;
            lift(path, &mut connection, options)?;
            lease::end_all(&connection, path).map_err(sqlite)?;
            Right::Alone(lock)
        }
        Some(lease) => {
            let together = together(path, &mut connection, options)?;
            check_length(path, &connection)?;
            configure(&connection, options).map_err(sqlite)?;
            connection.busy_handler(Some(lease::wait_for_others)).map_err(sqlite)?;
            Right::Shared(Seat::take(&mut connection, path, lease, together).map_err(sqlite)?)
        }
    };
    probe(&connection).map_err(sqlite)?;
    Ok(WriteConnection { place: Place::of(path), connection, right, packer: Packer::new(options.compress_from) })
}

/// Brings a file that this process has alone to the current version.
fn lift(path: &Path, connection: &mut Connection, options: &SqliteOptions) -> Result<(), OpenError> {
    let sqlite = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    check_length(path, connection)?;
    configure(connection, options).map_err(sqlite)?;
    migrate(connection, MIGRATIONS).map_err(sqlite)
}

/// The lock of an engine that has the file for itself.
fn alone(path: &Path, connection: &Connection) -> Result<File, OpenError> {
    let io = |error: io::Error| OpenError::from_io(path, &error);
    match lock::alone(path).map_err(io)? {
        Some(lock) => Ok(lock),
        // Held together with others it cannot be, if one has it alone.
        None if lock::together(path).map_err(io)?.is_some() => {
            Err(OpenError::Shared { path: path.into(), pids: lease::pids(connection).unwrap_or_default() })
        }
        None => Err(OpenError::Held { path: path.into(), pid: lock::holder(path) }),
    }
}

/// The lock of an engine that shares the file. Where the file is to be lifted, that is done alone; and others may just be doing it.
fn together(path: &Path, connection: &mut Connection, options: &SqliteOptions) -> Result<File, OpenError> {
    let io = |error: io::Error| OpenError::from_io(path, &error);
    let sqlite = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let mut refused = OpenError::Held { path: path.into(), pid: None };
    for _ in 0..LIFTING_LOOKS {
        if version(connection).map_err(sqlite)? < CURRENT
            && let Some(_alone) = lock::alone(path).map_err(io)?
        {
            lift(path, connection, options)?;
        }
        refused = match lock::together(path).map_err(io)? {
            Some(lock) => match version(connection).map_err(sqlite)? {
                CURRENT => return Ok(lock),
                version if version > CURRENT => {
                    return Err(OpenError::Newer { path: path.into(), version, supported: CURRENT });
                }
                version => {
                    let pids = lease::pids(connection).unwrap_or_default();
                    OpenError::SharedByOlder { path: path.into(), version, supported: CURRENT, pids }
                }
            },
            None => OpenError::Held { path: path.into(), pid: lock::holder(path) },
        };
        std::thread::sleep(LIFTING_LOOK);
    }
    Err(refused)
}

/// Opens a file to write into its inbox, also while an engine holds it.
pub(super) fn open_beside(path: &Path) -> Result<WriteConnection, OpenError> {
    let connection = open_existing(path)?;
    let sqlite = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let version = version(&connection).map_err(sqlite)?;
    if version < CURRENT {
        return Err(OpenError::Older { path: path.into(), version, supported: CURRENT });
    }
    if connection.is_readonly("main").map_err(sqlite)? {
        return Err(OpenError::ReadOnlyFile { path: path.into() });
    }
    configure(&connection, &SqliteOptions::default()).map_err(sqlite)?;
    Ok(WriteConnection { place: Place::of(path), connection, right: Right::Beside, packer: Packer::new(None) })
}

/// Opens a file to look at it, also while an engine holds it.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let connection = open_existing(path)?;
    prepare_to_read(&connection).map_err(|error| OpenError::from_sqlite(path, &error))?;
    Ok(connection)
}

/// Opens a file to copy it, also while an engine holds it.
pub(super) fn open_to_copy(path: &Path) -> Result<Connection, OpenError> {
    open_existing(path)
}

/// Opens a file that is there.
fn open_existing(path: &Path) -> Result<Connection, OpenError> {
    if path.is_dir() {
        return Err(OpenError::IsDirectory { path: path.into() });
    }
    if !path.exists() {
        return Err(OpenError::MissingFile { path: path.into() });
    }
    let connection = connect(path, LOOKING)?;
    let version = inspect(path, &connection)?;
    if version < OLDEST_READABLE {
        return Err(OpenError::Older { path: path.into(), version, supported: CURRENT });
    }
    Ok(connection)
}

/// Another connection to a file that was opened before.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, LOOKING | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    prepare_to_read(&connection)?;
    Ok(connection)
}

/// Makes up, for this connection alone, for the migrations that the file has not seen, and forbids writing. So a new program can look at
/// the file of an old one, which still runs.
fn prepare_to_read(connection: &Connection) -> rusqlite::Result<()> {
    let seen = usize::try_from(version(connection)?).unwrap_or_default();
    for missing in TABLES.iter().skip(seen) {
        connection.execute_batch(missing)?;
    }
    let missing = COLUMNS.iter().skip(seen).flat_map(|columns| columns.split_whitespace());
    let missing: String = missing.map(|column| format!(", NULL AS {column}")).collect();
    if !missing.is_empty() {
        // A view here hides the table of the file.
        connection.execute_batch(&format!("CREATE TEMP VIEW execution AS SELECT *{missing} FROM main.execution"))?;
    }
    connection.pragma_update(None, "query_only", true)
}

/// Creates the file, for its owner alone, where there is none. Says whether it did.
fn create(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(OpenError::IsDirectory { path: path.into() }),
        Ok(found) if found.len() == 0 && fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) => {
            Err(OpenError::Damaged {
                path: path.into(),
                detail: "it is empty, but the write-ahead log beside it is not: the file was cut off".into(),
            })
        }
        Ok(_) => Ok(false),
        Err(_) if !directory_of(path).is_dir() => {
            Err(OpenError::MissingDirectory { path: path.into(), directory: directory_of(path).into() })
        }
        Err(_) => match private().create_new(true).open(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(OpenError::from_io(path, &error)),
        },
    }
}

/// Without this, a loss of power could take the whole new file away.
pub(super) fn sync_directory(path: &Path) -> Result<(), OpenError> {
    if cfg!(unix) {
        File::open(directory_of(path))
            .and_then(|directory| directory.sync_all())
            .map_err(|error| OpenError::from_io(path, &error))?;
    }
    Ok(())
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "cell_size_check", true)?;
            Ok(connection)
        })
        .map_err(|error| OpenError::from_sqlite(path, &error))
}

/// Refuses files that are not ours, before anything is changed. Returns the version.
fn inspect(path: &Path, connection: &Connection) -> Result<i32, OpenError> {
    let sqlite = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    // One snapshot: another process may just be making the file.
    let connection = connection.unchecked_transaction().map_err(sqlite)?;
    let application_id: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(sqlite)?;
    let version = version(&connection).map_err(sqlite)?;
    let empty: bool = connection
        .query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
        .map_err(sqlite)?;
    let new = empty && application_id == 0 && version == 0;
    if application_id != APPLICATION_ID && !new {
        return Err(OpenError::Foreign { path: path.into(), application_id });
    }
    if version > CURRENT {
        return Err(OpenError::Newer { path: path.into(), version, supported: CURRENT });
    }
    Ok(version)
}

fn configure(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    // Fixed when the file is created: it lets a file shrink later without being rewritten.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Where the system's own fsync does not reach the disk.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(
        None,
        "synchronous",
        match options.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        },
    )?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT_BYTES)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    if let Some(bytes) = options.max_bytes {
        let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = u32::try_from(bytes.div_ceil(page.into())).unwrap_or(u32::MAX);
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

/// SQLite finds by itself that whole pages are missing; a part of the last one it would take for zeros.
fn check_length(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let number = |pragma| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, u32>(0))
            .map_err(|error| OpenError::from_sqlite(path, &error))
    };
    let expected = u64::from(number("page_size")?) * u64::from(number("page_count")?);
    let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    // A log that is not empty may hold what the file lacks.
    if length(path) < expected && length(&beside(path, "-wal")) == 0 {
        let detail = format!("it has {} bytes of {expected}: the file was cut off", length(path));
        return Err(OpenError::Damaged { path: path.into(), detail });
    }
    Ok(())
}

/// Touches the end of each table.
fn probe(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row(
        "SELECT (SELECT max(id) FROM execution), (SELECT max(id) FROM journal), (SELECT max(id) FROM machine)",
        [],
        |_| Ok(()),
    )
}

/// A file named like `path` with something at the end.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Where the files were when they were opened. Writing on into a file that was deleted or replaced would lose what is acknowledged.
#[derive(Debug)]
pub(super) struct Place {
    files: Vec<(PathBuf, Identity)>,
    looked: Option<Instant>,
}

type Identity = (u64, u64);

impl Place {
    fn of(path: &Path) -> Place {
        let files = [path.to_owned(), beside(path, "-wal")];
        let found = files.into_iter().filter_map(|file| Some((identity(&file)?, file))).map(|(id, file)| (file, id));
        Place { files: found.collect(), looked: None }
    }

    /// The first file that was found not to be where it was. Looks once in a while.
    pub(super) fn lost(&mut self) -> Option<&Path> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK_AGAIN) {
            return None;
        }
        let lost = self.files.iter().find(|(file, id)| identity(file) != Some(*id));
        self.looked = lost.is_none().then(Instant::now);
        lost.map(|(file, _)| file.as_path())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Open files cannot be deleted here.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
