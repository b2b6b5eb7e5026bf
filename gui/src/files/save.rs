//! Saving: to a temporary file beside the old one, synced, then renamed.
//!
//! Whatever happens on the way (a full disk, a crash), either the old file or the new one is
//! there, whole. Symbolic links are followed, and the old file's permissions are kept.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a file's content was, to notice that somebody else has changed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    length: u64,
    hash: u64,
}

impl Stamp {
    /// The stamp of this content.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        Self { length: bytes.len() as u64, hash: hasher.finish() }
    }

    /// The stamp of the file as it is now; `None` if it cannot be read.
    #[must_use]
    pub fn now(path: &Path) -> Option<Self> {
        fs::read(path).ok().map(|bytes| Self::of(&bytes))
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
///
/// When it cannot be written; the old file is then as it was.
pub fn write_file(path: &Path, content: impl AsRef<[u8]>) -> io::Result<Stamp> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = beside(&target)?;
    let bytes = content.as_ref();
    let written = write_and_sync(&temporary, &target, bytes);
    if written.is_err() {
        // The error that is told is the first one.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    Ok(Stamp::of(bytes))
}

fn write_and_sync(temporary: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(temporary)?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, target)?;
    if let Some(folder) = target.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A name for the temporary file that nothing has yet.
fn beside(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?;
    let candidate = |number: u32| {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{number}.tmp", std::process::id()));
        target.with_file_name(hidden)
    };
    let free = (0..1000).map(candidate).find(|path| !path.exists());
    free.ok_or_else(|| io::Error::other("there is no free name for a temporary file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.pnml");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let stamp = write_file(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(Stamp::now(&path), Some(stamp));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("net.pnml"), folder.path().join("link.pnml"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_file(&link, "new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn what_cannot_be_written_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.pnml");
        fs::write(&path, "old").unwrap();
        // A folder cannot be replaced by a file: the rename fails, as it does on a broken disk.
        let occupied = folder.path().join("occupied");
        fs::create_dir_all(occupied.join("inner")).unwrap();
        assert!(write_file(&occupied, "new").is_err());
        assert!(write_file(&folder.path().join("missing/net.pnml"), "new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}
