//! The keeper's log: lines that are appended, by the keeper and by the runners that come later.
//!
//! A line is a checksum, a blank and a record in JSON, with a line break before it and one behind
//! it: a line that was cut off spoils only itself. The system appends one write after the other,
//! and the file's position afterwards tells where; so whoever appends learns what others have
//! appended before (`O_APPEND`, open(2)). An append costs two system calls.

use super::identity::{Identity, boot};
use super::{Ending, Output};
use nix::fcntl::{FallocateFlags, fallocate};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Room that is set aside for each result before its command starts, so that a full disk cannot
/// keep it from being written. The output is worth less than the result: it has to find its own.
const RESERVED: u64 = 4096;

/// Room is set aside in pieces of this size.
const PIECE: u64 = 256 * 1024;

/// One line of a log, or of what a keeper says to its runner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Record {
    /// The first line: the session with this fencing number makes the log, in this boot.
    Made { fencing: u64, boot: String },
    /// This process is the keeper.
    Keeper { process: Identity },
    /// The keeper has the attempt: nobody else will start its command.
    Claimed { attempt: u64 },
    /// The command of the attempt is this process.
    Command { attempt: u64, process: Identity },
    /// The command of the attempt has ended.
    Ended { attempt: u64, ending: Ending, output: Output },
    /// The keeper does not start the command. Only said, never logged.
    Refused { attempt: u64, reason: String },
    /// A later session has taken over: no claim behind this line counts.
    Closed { fencing: u64 },
    /// A later session wants the attempt to be stopped.
    Cancel { attempt: u64 },
}

impl Record {
    /// The record as a line.
    pub(super) fn line(&self) -> Vec<u8> {
        let text = serde_json::to_vec(self).expect("a record has no keys but strings");
        let mut line = Vec::with_capacity(text.len() + 20);
        line.push(b'\n');
        line.extend_from_slice(&checksum(&text));
        line.push(b' ');
        line.extend_from_slice(&text);
        line.push(b'\n');
        line
    }

    /// The record of a line without its line breaks; `None` where it was cut off.
    pub(super) fn of_line(line: &[u8]) -> Option<Self> {
        let (sum, text) = line.split_at_checked(17)?;
        let sum = sum.strip_suffix(b" ")?;
        if sum != checksum(text) {
            return None;
        }
        serde_json::from_slice(text).ok()
    }
}

/// The beginning of the text's SHA-256, in hexadecimal digits.
fn checksum(text: &[u8]) -> [u8; 16] {
    let mut digits = [0; 16];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(Sha256::digest(text)) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    digits
}

/// The records in these bytes; whatever is not whole is passed over.
fn records(bytes: &[u8]) -> Vec<Record> {
    bytes.split(|byte| *byte == b'\n').filter_map(Record::of_line).collect()
}

/// A log, open to be read and appended to.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// Up to here everything is known to this process: it has read or written it.
    seen: u64,
    /// Up to here room has been set aside.
    reserved: u64,
}

impl Log {
    /// A new log, on the disk with its first line when this returns.
    pub(super) fn create(path: &Path, fencing: u64) -> io::Result<Self> {
        let file = File::options().read(true).append(true).create_new(true).open(path)?;
        let mut log = Self::new(file);
        log.append(&Record::Made { fencing, boot: boot().to_owned() })?;
        log.file.sync_all()?;
        for folder in path.ancestors().skip(1).take(2) {
            File::open(folder)?.sync_all()?;
        }
        Ok(log)
    }

    /// The log at this path, nothing of it read.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::new(File::options().read(true).append(true).open(path)?))
    }

    /// The log in this file, which was opened to be appended to; nothing of it read.
    pub(super) const fn new(file: File) -> Self {
        Self { file, seen: 0, reserved: 0 }
    }

    /// The file, for another process to append to.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// Appends a record; what others have appended before it and was not seen yet.
    pub(super) fn append(&mut self, record: &Record) -> io::Result<Vec<Record>> {
        self.append_line(&record.line())
    }

    /// The same, for a record that is a line already.
    pub(super) fn append_line(&mut self, line: &[u8]) -> io::Result<Vec<Record>> {
        let written = self.file.write(line)?;
        if written < line.len() {
            // Only a disk or a limit does that to a file. The rest would fail as well.
            return Err(io::ErrorKind::StorageFull.into());
        }
        let end = self.file.stream_position()?;
        let others = records(&self.unseen(end - line.len() as u64)?);
        self.seen = end;
        Ok(others)
    }

    /// What others have appended since. Of a line that is just being written the rest is read
    /// later.
    pub(super) fn news(&mut self) -> io::Result<Vec<Record>> {
        let mut bytes = self.unseen(self.file.metadata()?.len())?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(whole);
        self.seen += whole as u64;
        Ok(records(&bytes))
    }

    /// The bytes up to `end` that were not seen yet.
    fn unseen(&self, end: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(end.saturating_sub(self.seen)).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, self.seen)?;
        Ok(bytes)
    }

    /// Sets room aside for so many results and a claim.
    pub(super) fn reserve(&mut self, results: usize) -> io::Result<()> {
        let wanted = self.seen + RESERVED * (results as u64 + 1);
        if wanted <= self.reserved {
            return Ok(());
        }
        let signed = |bytes: u64| i64::try_from(bytes).map_err(io::Error::other);
        let (from, length) = (signed(self.seen)?, signed(wanted - self.seen + PIECE)?);
        match fallocate(&self.file, FallocateFlags::FALLOC_FL_KEEP_SIZE, from, length) {
            Ok(()) => {}
            // Not every file system can; then the write itself tells.
            Err(nix::Error::EOPNOTSUPP | nix::Error::ENOSYS) => {}
            Err(error) => return Err(error.into()),
        }
        self.reserved = wanted + PIECE;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        (folder, path)
    }

    #[test]
    fn of_two_that_append_the_later_sees_what_the_earlier_wrote() {
        let (_folder, path) = world();
        let mut keeper = Log::create(&path, 1).unwrap();
        let mut runner = Log::open(&path).unwrap();
        let claim = |attempt| Record::Claimed { attempt };
        assert_eq!(keeper.append(&claim(1)).unwrap(), []);
        let seen = runner.append(&Record::Closed { fencing: 2 }).unwrap();
        assert_eq!(seen[1..], [claim(1)]);
        assert_eq!(keeper.append(&claim(2)).unwrap(), [Record::Closed { fencing: 2 }]);
        assert_eq!(keeper.append(&claim(3)).unwrap(), []);
        assert_eq!(runner.news().unwrap(), [claim(2), claim(3)]);
        assert_eq!(runner.news().unwrap(), []);
    }

    #[test]
    fn a_line_that_was_cut_off_spoils_only_itself() {
        let (_folder, path) = world();
        let mut log = Log::create(&path, 1).unwrap();
        let line = Record::Claimed { attempt: 1 }.line();
        log.file.write_all(&line[..line.len() - 3]).unwrap();
        log.append(&Record::Claimed { attempt: 2 }).unwrap();
        let records = Log::open(&path).unwrap().news().unwrap();
        assert_eq!(records[1..], [Record::Claimed { attempt: 2 }]);
    }

    #[test]
    fn a_line_that_was_changed_does_not_count() {
        let line = Record::Claimed { attempt: 1 }.line();
        let text = String::from_utf8(line).unwrap();
        let changed = text.replace(":1}", ":2}");
        assert!(changed != text && Record::of_line(changed.trim().as_bytes()).is_none());
        assert!(Record::of_line(text.trim().as_bytes()).is_some());
    }
}
