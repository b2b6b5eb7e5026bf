//! Reading the journal of a run that rests without leaving a trace beside it.
//!
//! SQLite makes two files beside a database with a write-ahead log even for who only reads, and
//! leaves them. Where nobody runs the run and its log is merged, the file can be taken for
//! immutable instead, which touches nothing; a shared lock keeps runners away meanwhile. Where the
//! run goes on, or its runner was killed, those files are there anyway and are used.

use super::Journal;
use crate::error::ExecutorError;
use crate::lock;
use rusqlite::OpenFlags;
use std::path::{Path, PathBuf};

impl Journal {
    /// Opens a journal for reading, and writes nothing, not even beside it. No runner can take
    /// the run up while this lives, if the run rests now.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not a journal of a known format.
    pub fn open_untouched(path: &Path) -> Result<Self, ExecutorError> {
        let Some(rest) = lock::rest(path) else { return Self::open(path) };
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        if !path.is_file() || Path::new(&log).exists() {
            return Self::open(path);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let mut journal = Self::open_with(&immutable(path), flags)?;
        journal.path = path.to_owned();
        journal.rest = Some(rest);
        Ok(journal)
    }
}

/// The URI of the file with the promise that nobody writes it.
fn immutable(path: &Path) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    PathBuf::from(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_any_characters_is_one_uri() {
        let uri = immutable(Path::new("/runs/what? 50%#1/é.db"));
        assert_eq!(uri, Path::new("file:/runs/what%3F%2050%25%231/%C3%A9.db?immutable=1"));
    }
}
