//! Which processes may write, by locks on files beside the database. A lock ends with its process, however that ends.
//!
//! On `.lock`, an engine that has the file for itself holds the lock alone, engines that share the file hold it together. Each of these also has a file of its own,
//! `.engine-` and its epoch: who can lock that knows that the engine is dead.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::connection::beside;

fn open(path: &Path) -> io::Result<File> {
    private().create(true).truncate(false).open(path)
}

/// Files are for their owner alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn taken(answer: Result<(), TryLockError>) -> io::Result<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Takes the file for this process alone, and leaves its process id for others; none where somebody has it.
pub(super) fn alone(path: &Path) -> io::Result<Option<File>> {
    let mut file = open(&beside(path, ".lock"))?;
    if !taken(file.try_lock())? {
        return Ok(None);
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(Some(file))
}

/// Takes the file together with others; none where somebody has it alone.
pub(super) fn together(path: &Path) -> io::Result<Option<File>> {
    let file = open(&beside(path, ".lock"))?;
    Ok(taken(file.try_lock_shared())?.then_some(file))
}

/// The process that has the file alone, as it says.
pub(super) fn holder(path: &Path) -> Option<u32> {
    let mut pid = String::new();
    File::open(beside(path, ".lock")).ok()?.read_to_string(&mut pid).ok()?;
    pid.trim().parse().ok()
}

fn of_engine(path: &Path, epoch: i64) -> PathBuf {
    beside(path, &format!(".engine-{epoch}"))
}

/// The sign that an engine is alive. Nobody else knows its epoch yet.
pub(super) fn alive(path: &Path, epoch: i64) -> io::Result<File> {
    let file = open(&of_engine(path, epoch))?;
    file.lock()?;
    Ok(file)
}

/// Whether an engine's process has ended. In doubt it has not: its lease decides then.
pub(super) fn is_dead(path: &Path, epoch: i64) -> bool {
    match File::open(of_engine(path, epoch)) {
        Ok(file) => taken(file.try_lock()).unwrap_or(false),
        Err(_) => false,
    }
}

/// Removes what an engine that has ended has left.
pub(super) fn forget(path: &Path, epoch: i64) {
    // Where it stays, it is of no use and does no harm.
    let _ = fs::remove_file(of_engine(path, epoch));
}

/// The process that holds SQLite's lock for writing, as far as the system tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) pid: u32,
    /// It is stopped, as by SIGSTOP.
    pub(super) is_stopped: bool,
}

/// Who holds SQLite's lock for writing. The list of the system is read: to ask the file itself would drop the locks that SQLite holds in this process.
#[cfg(target_os = "linux")]
pub(super) fn writing(path: &Path) -> Option<Writing> {
    let inode = std::os::unix::fs::MetadataExt::ino(&fs::metadata(beside(path, "-shm")).ok()?);
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let pid = locks.lines().find_map(|line| writer_in(line, inode))?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the command's name, which may hold anything.
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    Some(Writing { pid, is_stopped: state.starts_with(['T', 't']) })
}

/// Elsewhere there is no such list.
#[cfg(not(target_os = "linux"))]
pub(super) fn writing(_: &Path) -> Option<Writing> {
    None
}

/// The process in a line such as `1: POSIX  ADVISORY  WRITE 4711 08:01:131074 120 120`, where it is about the lock for writing in an index of a log. That is
/// byte 120: the locks stand behind two headers of 48 bytes and 24 bytes about checkpoints, and the one for writing is the first.
#[cfg(target_os = "linux")]
fn writer_in(line: &str, inode: u64) -> Option<u32> {
    const WRITING: u64 = 120;
    let [_, "POSIX", _, "WRITE", pid, file, first, last] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        return None;
    };
    let of_file = file.rsplit(':').next()?.parse() == Ok(inode);
    let last = if last == "EOF" { u64::MAX } else { last.parse().ok()? };
    (of_file && (first.parse().ok()?..=last).contains(&WRITING)).then(|| pid.parse().ok())?
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_writer_is_found_among_locks() {
        assert_eq!(writer_in("1: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120", 131), Some(4711));
        assert_eq!(writer_in("12: POSIX  ADVISORY  WRITE 4711 08:01:131 100 EOF", 131), Some(4711));
        for other in [
            "1: POSIX  ADVISORY  WRITE 4711 08:01:132 120 120",
            "1: POSIX  ADVISORY  READ  4711 08:01:131 120 120",
            "1: POSIX  ADVISORY  WRITE 4711 08:01:131 121 127",
            "1: -> POSIX  ADVISORY  WRITE 4711 08:01:131 120 120",
            "2: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF",
            "",
        ] {
            assert_eq!(writer_in(other, 131), None, "{other}");
        }
    }
}
