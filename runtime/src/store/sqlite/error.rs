//! What can be wrong with a file, in words: what, where, what to do.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::ErrorCode;

use super::lock::{self, Writing};
use crate::store::{Lease, StoreError};

/// Why a file could not be opened as a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory that should hold the file does not exist.
    #[error("cannot open {path}: the directory {directory} does not exist. Create it, or correct the path")]
    MissingDirectory {
        /// The file.
        path: Shown,
        /// Its directory.
        directory: Shown,
    },
    /// There is no such file, and nothing may be created.
    #[error("cannot open {path}: there is no such file. Correct the path; the first engine that runs on it creates it")]
    MissingFile {
        /// The file.
        path: Shown,
    },
    /// The path is a directory.
    #[error("cannot open {path}: it is a directory. Name a file in it, such as {path}/workflows.db")]
    IsDirectory {
        /// The directory.
        path: Shown,
    },
    /// The file may not be written.
    #[error("cannot write to {path}: the file is read-only for this user. Give this process write permission on it")]
    ReadOnlyFile {
        /// The file.
        path: Shown,
    },
    /// The directory may not be written.
    #[error(
        "cannot open {path}: no file can be created in {directory}, and SQLite keeps its write-ahead log there. Give this process \
         write permission on the directory"
    )]
    ReadOnlyDirectory {
        /// The file.
        path: Shown,
        /// Its directory.
        directory: Shown,
    },
    /// An engine holds the file.
    #[error("cannot open {path}: {} holds it. {}", holder(*.pid), advice_on_holder(*.pid))]
    Held {
        /// The file.
        path: Shown,
        /// The process that holds it, where it could be read.
        pid: Option<u32>,
    },
    /// Engines share the file, and it was to be opened for one alone.
    #[error("cannot open {path}: {} it. Open it with `.shared(Lease::default())` to join, or stop them first", sharers(.pids))]
    Shared {
        /// The file.
        path: Shown,
        /// Their processes.
        pids: Vec<u32>,
    },
    /// Engines of an earlier version share the file, so it cannot be brought to this one.
    #[error(
        "cannot open {path}: the file has version {version}, this program needs version {supported}, and {} it. Stop all of them \
         once, so that the file can be updated; then start those of the new version",
        sharers(.pids)
    )]
    SharedByOlder {
        /// The file.
        path: Shown,
        /// Its version.
        version: i32,
        /// The version that is needed here.
        supported: i32,
        /// Their processes.
        pids: Vec<u32>,
    },
    /// A lease that is over before it can be renewed.
    #[error(
        "cannot share {path} with a lease of {given:?}: give it at least {:?}, and better seconds",
        Lease::SHORTEST
    )]
    ShortLease {
        /// The file.
        path: Shown,
        /// The lease.
        given: Duration,
    },
    /// The file is not a SQLite database.
    #[error(
        "cannot open {path}: it is not a SQLite database, or its first page is destroyed. Correct the path; if this was your store, \
         restore a backup"
    )]
    NotADatabase {
        /// The file.
        path: Shown,
    },
    /// The file is a SQLite database of another program.
    #[error(
        "cannot open {path}: it is a SQLite database of another program (application_id {application_id}) and is left untouched. Name \
         another file"
    )]
    Foreign {
        /// The file.
        path: Shown,
        /// The `application_id` that it has.
        application_id: i32,
    },
    /// The file was written by a later version.
    #[error(
        "cannot open {path}: the file has version {version} and this program knows versions up to {supported}. Update durafn, or \
         restore a backup from before the update"
    )]
    Newer {
        /// The file.
        path: Shown,
        /// Its version.
        version: i32,
        /// The last version that is known here.
        supported: i32,
    },
    /// The file was written by an earlier version, and may not be changed.
    #[error(
        "cannot read {path}: the file has version {version} and this program reads version {supported}. Start an engine of this \
         version on it once: that updates the file"
    )]
    Older {
        /// The file.
        path: Shown,
        /// Its version.
        version: i32,
        /// The version that is read here.
        supported: i32,
    },
    /// The file is damaged.
    #[error("{path} is damaged ({detail}). {RESCUE}")]
    Damaged {
        /// The file.
        path: Shown,
        /// What was found.
        detail: String,
    },
    /// There is something at the place of a copy.
    #[error("cannot write a copy to {path}: there is a file of this name. Name another, or remove that one first")]
    Exists {
        /// The place.
        path: Shown,
    },
    /// SQLite takes names that are text.
    #[error("cannot write a copy to {path}: the path is not UTF-8. Name another")]
    NotText {
        /// The place.
        path: Shown,
    },
    /// There is no room.
    #[error("cannot open {path}: {FULL}")]
    Full {
        /// The file.
        path: Shown,
    },
    /// The system failed, or SQLite.
    #[error("cannot open {path}: {detail}")]
    Io {
        /// The file.
        path: Shown,
        /// What was said.
        detail: String,
    },
}

/// A path as messages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(pub PathBuf);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.display().fmt(f)
    }
}

impl From<&Path> for Shown {
    fn from(path: &Path) -> Self {
        Shown(path.to_owned())
    }
}

const RESCUE: &str = "Stop the engine, keep a copy of the file with its -wal beside it, and restore a backup, or save what can be read \
                      with `sqlite3 <file> .recover | sqlite3 <new file>`";
const FULL: &str = "the disk is full, or the file may grow no further. Free space, or allow the file to grow";

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) if pid == std::process::id() => "an engine of this very process".into(),
        Some(pid) => format!("the engine in process {pid}"),
        None => "another engine process".into(),
    }
}

fn sharers(pids: &[u32]) -> String {
    match pids {
        [] => "other engines share".into(),
        [pid] => format!("the engine in process {pid} shares"),
        pids => {
            let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
            format!("the engines in processes {} share", pids.join(", "))
        }
    }
}

fn advice_on_holder(pid: Option<u32>) -> &'static str {
    match pid {
        Some(pid) if pid == std::process::id() => "Use that engine, or close it first",
        _ => {
            "It has the file for itself: stop that process, or let both share the file with `.shared(Lease::default())`. Commands that only \
             look need not wait"
        }
    }
}

impl OpenError {
    /// Says what an error of SQLite on opening means.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> OpenError {
        let shown = Shown::from(path);
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path: shown },
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path: shown, detail: error.to_string() },
            Some(ErrorCode::DiskFull) => OpenError::Full { path: shown },
            Some(ErrorCode::ReadOnly) => OpenError::ReadOnlyFile { path: shown },
            Some(ErrorCode::CannotOpen) => {
                OpenError::ReadOnlyDirectory { path: shown, directory: directory_of(path).into() }
            }
            _ => OpenError::Io { path: shown, detail: explain_detail(path, error) },
        }
    }

    /// Says what an error of the system on creating a file beside or at `path` means.
    pub(super) fn from_io(path: &Path, error: &io::Error) -> OpenError {
        let shown = Shown::from(path);
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                OpenError::ReadOnlyDirectory { path: shown, directory: directory_of(path).into() }
            }
            io::ErrorKind::NotFound => {
                OpenError::MissingDirectory { path: shown, directory: directory_of(path).into() }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                OpenError::Full { path: shown }
            }
            _ => OpenError::Io { path: shown, detail: error.to_string() },
        }
    }
}

/// The directory that holds a file.
pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What an error of SQLite under a running engine means.
pub(super) fn medium(path: &Path, error: &rusqlite::Error) -> StoreError {
    let shown = path.display();
    StoreError::Medium(match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            return StoreError::Damaged(format!("{shown} is damaged ({error}). {RESCUE}"));
        }
        Some(ErrorCode::DiskFull) => format!("cannot write to {shown}: {FULL}; nothing was written"),
        Some(ErrorCode::ReadOnly) => format!("cannot write to {shown}: it has become read-only; nothing was written"),
        _ => format!("the store {shown} failed: {}", explain_detail(path, error)),
    })
}

/// Somebody has been writing for ten seconds and more.
pub(super) fn busy(by: Option<Writing>) -> String {
    match by {
        None => "another program has been writing to the file for too long; end its transaction (a sqlite3 shell after BEGIN?)".into(),
        Some(Writing { pid, is_stopped: false }) => {
            format!("process {pid} has been writing to the file for too long; end its transaction (a sqlite3 shell after BEGIN?), or the process")
        }
        Some(Writing { pid, is_stopped: true }) => format!(
            "process {pid} is stopped in the middle of a commit, and nobody can write to the file meanwhile. Let it go on with `kill -CONT {pid}`, or \
             end it with `kill -KILL {pid}`: nothing that was acknowledged is lost by that"
        ),
    }
}

/// The file contradicts itself, although each of its pages is sound.
pub(super) fn contradiction(detail: String) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), Some(detail))
}

fn explain_detail(path: &Path, error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => busy(lock::writing(path)),
        Some(ErrorCode::SystemIoFailure) => {
            format!("the disk reported an error ({error}). Check the disk and the system's log before you go on")
        }
        Some(ErrorCode::TooBig) => "a payload is larger than SQLite stores (1 GB)".into(),
        _ => error.to_string(),
    }
}
