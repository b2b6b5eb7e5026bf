//! Keeping unsaved work through a crash.
//!
//! Each running editor has a folder of its own, with a locked file in it: the system frees the lock
//! when the process ends, however it ends. Unsaved documents lie beside it, each with the path
//! that it belongs to. The next editor offers what it finds in folders that nobody locks.

use super::save::write_file;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";

/// The folder of a running editor.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    /// Holds the lock.
    _lock: File,
}

impl Shelf {
    /// A new folder below `state`.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new(state: &Path) -> io::Result<Self> {
        fs::create_dir_all(state)?;
        let candidate = |number: u32| state.join(format!("{}-{number}", std::process::id()));
        for folder in (0..1000).map(candidate) {
            match fs::create_dir(&folder) {
                Ok(()) => {
                    let lock = File::create(folder.join(LOCK))?;
                    lock.lock()?;
                    return Ok(Self { folder, _lock: lock });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("there is no free name for a folder"))
    }

    /// Keeps the present state of a document; `slot` tells the documents of an editor apart.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn keep(&self, slot: u64, original: Option<&Path>, text: &str) -> io::Result<()> {
        let path = original.map_or_else(String::new, |path| path.display().to_string());
        write_file(&self.folder.join(format!("{slot}.path")), &path)?;
        write_file(&self.folder.join(format!("{slot}.pnml")), text)?;
        Ok(())
    }

    /// Forgets a document: it is saved, or closed.
    pub fn forget(&self, slot: u64) {
        // What is not there need not be removed.
        let _ = fs::remove_file(self.folder.join(format!("{slot}.pnml")));
        let _ = fs::remove_file(self.folder.join(format!("{slot}.path")));
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        // An editor that ends in order has asked about everything that is unsaved.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Work that an editor left when it ended without asking.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recovered {
    /// The file that it belongs to; `None` if it was never saved.
    pub original: Option<PathBuf>,
    /// The document.
    pub text: String,
    folder: PathBuf,
}

impl Recovered {
    /// Throws away everything that the editor left.
    pub fn discard(&self) {
        // Another editor may have thrown it away.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// All work below `state` that nobody holds.
#[must_use]
pub fn recovered(state: &Path) -> Vec<Recovered> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(state).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders.retain(|folder| is_abandoned(folder));
    folders.iter().flat_map(|folder| left_in(folder)).collect()
}

fn is_abandoned(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| match lock.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    })
}

fn left_in(folder: &Path) -> Vec<Recovered> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut documents: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "pnml")).collect();
    documents.sort();
    let left = documents.into_iter().filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        let original = fs::read_to_string(path.with_extension("path")).ok()?;
        let original = (!original.is_empty()).then(|| PathBuf::from(original));
        Some(Recovered { original, text, folder: folder.to_owned() })
    });
    left.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_running_editor_holds_is_not_offered_and_what_a_dead_one_left_is() {
        let state = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(state.path()).unwrap();
        shelf.keep(1, Some(Path::new("/tmp/a.pnml")), "one").unwrap();
        shelf.keep(2, None, "two").unwrap();
        shelf.keep(3, None, "three").unwrap();
        shelf.forget(3);
        assert_eq!(recovered(state.path()), []);
        // A killed process frees its locks and runs no destructors.
        let Shelf { _lock, .. } = &shelf;
        _lock.unlock().unwrap();
        std::mem::forget(shelf);
        let left = recovered(state.path());
        let told: Vec<_> = left.iter().map(|left| (left.original.as_deref(), left.text.as_str())).collect();
        assert_eq!(told, [(Some(Path::new("/tmp/a.pnml")), "one"), (None, "two")]);
        left[0].discard();
        assert_eq!(recovered(state.path()), []);
    }

    #[test]
    fn an_editor_that_ends_in_order_leaves_nothing() {
        let state = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(state.path()).unwrap();
        shelf.keep(1, None, "one").unwrap();
        drop(shelf);
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
    }
}
