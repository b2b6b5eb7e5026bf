//! One runner at a time: an advisory lock on a file beside the journal.
//!
//! The system releases it when the process ends, however it ends. The file tells the process id,
//! for the message that a second runner gets.
//!
//! A lock of flock(2) belongs to the open file, and a process that is being started has a copy of
//! it until it has become the new program. So locks are released by saying so: closing the file
//! alone would leave them held for that moment, and a run at rest would look as if it went on.

use crate::error::ExecutorError;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Held as long as it lives.
#[derive(Debug)]
pub(crate) struct RunLock {
    _file: Locked,
}

/// A file with a lock, which is released when this is dropped.
#[derive(Debug)]
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // It fails only for what is no lock; closing the file releases it then.
        let _ = self.0.unlock();
    }
}

/// Takes the lock of a run. Someone who only looks holds it for a moment, hence a short wait.
pub(crate) fn take(journal: &Path, run: &str) -> Result<RunLock, ExecutorError> {
    let path = lock_path(journal);
    let unusable = |source| ExecutorError::File { what: "lock", path: path.clone(), source };
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(unusable)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if started.elapsed() < Duration::from_millis(300) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(ExecutorError::Locked { run: run.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
    }
    let mut file = Locked(file);
    file.0.set_len(0).and_then(|()| file.0.rewind()).map_err(unusable)?;
    writeln!(file.0, "{}", std::process::id()).map_err(unusable)?;
    Ok(RunLock { _file: file })
}

/// That no process runs the run, and none will as long as this lives.
#[derive(Debug)]
pub(crate) struct Rest {
    _file: Option<Locked>,
}

/// Keeps the run at rest; `None` while a process runs it. A run without a lock has no runner.
pub(crate) fn rest(journal: &Path) -> Option<Rest> {
    let Ok(file) = File::open(lock_path(journal)) else { return Some(Rest { _file: None }) };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => None,
        _ => Some(Rest { _file: Some(Locked(file)) }),
    }
}

/// Whether some process holds the lock of the run with this journal.
pub(crate) fn is_held(journal: &Path) -> bool {
    rest(journal).is_none()
}

fn lock_path(journal: &Path) -> PathBuf {
    journal.with_extension("lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_given_up_is_free_although_a_process_being_started_has_a_copy_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("run.db");
        let lock = take(&journal, "run").unwrap();
        let copy = lock._file.0.try_clone().unwrap();
        assert!(is_held(&journal));
        drop(lock);
        assert!(!is_held(&journal));
        let rest = rest(&journal).unwrap();
        let other = rest._file.as_ref().unwrap().0.try_clone().unwrap();
        drop(rest);
        let again = take(&journal, "run").unwrap();
        assert!(is_held(&journal));
        drop((copy, other, again));
    }
}
