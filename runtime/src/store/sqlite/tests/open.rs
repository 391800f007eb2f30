//! What can be wrong with a path or a file when it is opened: every message names the file and a way out.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ffi};

use super::{super::error, *};

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, SqliteOptions::default())
}

/// A directory with a store in it that was closed.
fn closed_store() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    drop(open(&path).unwrap());
    (directory, path)
}

#[track_caller]
fn assert_says(error: &OpenError, path: &Path, words: &[&str]) {
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

#[test]
#[cfg(unix)]
fn new_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let _store = open(&path).unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["store.db", "store.db-shm", "store.db-wal", "store.db.lock"]);
}

#[test]
fn a_missing_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("nowhere/store.db");
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::MissingDirectory { .. }), "{error:?}");
    assert_says(&error, &path, &["does not exist", "Create it"]);
}

#[test]
fn a_directory_is_not_a_file() {
    let directory = tempfile::tempdir().unwrap();
    for error in [open(directory.path()).unwrap_err(), SqliteStore::open_read_only(directory.path()).unwrap_err()] {
        assert!(matches!(error, OpenError::IsDirectory { .. }), "{error:?}");
        assert_says(&error, directory.path(), &["is a directory", "Name a file in it"]);
    }
}

#[test]
fn reading_creates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let error = SqliteStore::open_read_only(&path).unwrap_err();
    assert!(matches!(error, OpenError::MissingFile { .. }), "{error:?}");
    assert_says(&error, &path, &["no such file"]);
    assert!(!path.exists());
}

#[test]
fn what_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    fs::write(&path, "dear diary ".repeat(1000)).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert_says(&error, &path, &["not a SQLite database", "restore a backup"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "dear diary ".repeat(1000));
}

#[test]
fn a_database_of_another_program_is_left_untouched() {
    let directory = tempfile::tempdir().unwrap();
    for (number, id) in [0, 77].into_iter().enumerate() {
        let path = directory.path().join(format!("{number}.db"));
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE contact (name)").unwrap();
        other.pragma_update(None, "application_id", id).unwrap();
        drop(other);
        let before = fs::read(&path).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { application_id, .. } if application_id == id), "{error:?}");
        assert_says(&error, &path, &["another program", "Name another file"]);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn versions_that_do_not_fit_are_refused() {
    let (_directory, path) = closed_store();
    let set = |version| Connection::open(&path).unwrap().pragma_update(None, "user_version", version).unwrap();
    set(1000);
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Newer { version: 1000, .. }), "{error:?}");
    assert_says(&error, &path, &["version 1000", "Update durafn"]);
    set(0);
    let error = SqliteStore::open_read_only(&path).unwrap_err();
    assert!(matches!(error, OpenError::Older { version: 0, .. }), "{error:?}");
    assert_says(&error, &path, &["version 0", "Start an engine"]);
}

#[test]
fn a_second_engine_is_told_who_holds_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let first = open(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Held { pid: Some(pid), .. } if pid == std::process::id()), "{error:?}");
    assert_says(&error, &path, &["this very process"]);
    let elsewhere = OpenError::Held { path: path.as_path().into(), pid: Some(1) };
    assert_says(&elsewhere, &path, &["process 1 ", "stop that process"]);
    drop(first);
    open(&path).unwrap();
}

#[tokio::test]
async fn a_file_can_be_read_while_an_engine_holds_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let engine = open(&path).unwrap();
    engine.put_machine("f", "order", "{}").await.unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert!(reader.machine("f").await.unwrap().is_some());
    let refused = reader.put_machine("g", "order", "{}").await.unwrap_err();
    assert!(refused.to_string().contains("opened to be read"), "{refused}");
    engine.put_machine("g", "order", "{}").await.unwrap();
    assert!(reader.machine("g").await.unwrap().is_some());
    reader.close().await.unwrap();
    assert!(matches!(reader.machine("g").await, Err(StoreError::Shut)));
}

#[test]
fn a_file_that_was_cut_off_is_damaged() {
    let (_directory, path) = closed_store();
    let whole = fs::read(&path).unwrap();
    for length in [4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{length} of {}: {error:?}", whole.len());
        assert_says(&error, &path, &["damaged", "restore a backup", ".recover"]);
    }
    fs::write(&path, "").unwrap();
    fs::write(path.with_extension("db-wal"), "left over").unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert_says(&error, &path, &["cut off"]);
}

#[test]
fn what_may_not_be_written_is_named() {
    let path = Path::new("/data/store.db");
    let sqlite = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
    let system = |kind| OpenError::from_io(path, &io::Error::from(kind));
    let file = OpenError::from_sqlite(path, &sqlite(ffi::SQLITE_READONLY));
    assert_says(&file, path, &["the file is read-only"]);
    for error in [
        system(io::ErrorKind::PermissionDenied),
        system(io::ErrorKind::ReadOnlyFilesystem),
        OpenError::from_sqlite(path, &sqlite(ffi::SQLITE_CANTOPEN)),
    ] {
        assert!(matches!(error, OpenError::ReadOnlyDirectory { .. }), "{error:?}");
        assert_says(&error, path, &["no file can be created in /data", "permission on the directory"]);
    }
    for error in [system(io::ErrorKind::StorageFull), OpenError::from_sqlite(path, &sqlite(ffi::SQLITE_FULL))] {
        assert!(matches!(error, OpenError::Full { .. }), "{error:?}");
        assert_says(&error, path, &["disk is full", "Free space"]);
    }
    let failed = OpenError::from_sqlite(path, &sqlite(ffi::SQLITE_IOERR_READ));
    assert_says(&failed, path, &["disk reported an error", "Check the disk"]);
    let busy = OpenError::from_sqlite(path, &sqlite(ffi::SQLITE_BUSY));
    assert_says(&busy, path, &["another program", "end its transaction"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_directory_that_takes_no_files_is_named() {
    let path = Path::new("/sys/store.db");
    let error = open(path).unwrap_err();
    assert!(matches!(error, OpenError::ReadOnlyDirectory { .. }), "{error:?}");
}

#[test]
#[cfg(unix)]
fn a_file_without_write_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = closed_store();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    match open(&path) {
        // The superuser may write everywhere.
        Ok(_) => assert!(fs::OpenOptions::new().write(true).open(&path).is_ok()),
        Err(error) => assert!(matches!(error, OpenError::ReadOnlyFile { .. }), "{error:?}"),
    }
}

#[test]
fn failures_under_a_running_engine_say_what_to_do() {
    let path = Path::new("/data/store.db");
    let message = |code| error::medium(path, &rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).to_string();
    for (code, words) in [
        (ffi::SQLITE_CORRUPT, ["damaged", ".recover"]),
        (ffi::SQLITE_NOTADB, ["damaged", "restore a backup"]),
        (ffi::SQLITE_FULL, ["disk is full", "nothing was written"]),
        (ffi::SQLITE_READONLY, ["read-only", "nothing was written"]),
        (ffi::SQLITE_IOERR_WRITE, ["disk reported an error", "Check the disk"]),
        (ffi::SQLITE_BUSY, ["another program", "end its transaction"]),
        (ffi::SQLITE_TOOBIG, ["payload", "1 GB"]),
    ] {
        let message = message(code);
        assert!(message.contains("/data/store.db") && words.iter().all(|word| message.contains(word)), "{message}");
    }
}
