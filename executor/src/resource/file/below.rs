//! Owner, group and permissions of everything below a directory.
//!
//! Files, directories and symbolic links; a link itself, never what it points to, and without
//! permissions, which links do not have. Devices, pipes and sockets are left alone. Where a mode
//! lets somebody read, directories let them enter, too: 0640 makes files 0640 and directories
//! 0750. Cost: one pass over what is there.

use super::attributes::Resolved;
use super::tree::MOST;
use crate::resource::Context;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Differences that are shown.
const SHOWN: usize = 50;

/// Something below that is not as wanted.
pub(super) struct Change {
    pub(super) at: PathBuf,
    pub(super) there: Metadata,
    /// What it is to have.
    pub(super) wanted: Resolved,
}

impl Change {
    fn words(&self) -> String {
        format!("{} has {}", self.at.display(), self.wanted.differences(&self.there).join("; "))
    }
}

/// Everything below the directory that is not as wanted, directories before what is in them.
pub(super) fn changes(path: &Path, attributes: &Resolved) -> io::Result<Vec<Change>> {
    let named =
        |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let (mut changes, mut count, mut folders) = (Vec::new(), 0, vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if gone(&error) => continue,
            Err(error) => return Err(named(&folder, error)),
        };
        for entry in entries {
            let at = entry.map_err(|error| named(&folder, error))?.path();
            let there = match fs::symlink_metadata(&at) {
                Ok(there) => there,
                Err(error) if gone(&error) => continue,
                Err(error) => return Err(named(&at, error)),
            };
            count += 1;
            if count > MOST {
                return Err(io::Error::other(format!("{} holds over {MOST} entries", path.display())));
            }
            let wanted = match &there {
                there if there.is_dir() => {
                    folders.push(at.clone());
                    attributes.for_directory()
                }
                there if there.is_file() || there.is_symlink() => *attributes,
                _ => continue,
            };
            if !wanted.differences(&there).is_empty() {
                changes.push(Change { at, there, wanted });
            }
        }
    }
    changes.sort_by(|one, other| one.at.cmp(&other.at));
    Ok(changes)
}

/// The first thing that is not as wanted, and how many others are not.
pub(super) fn differs(path: &Path, attributes: &Resolved) -> io::Result<Option<String>> {
    let changes = changes(path, attributes)?;
    Ok(changes.first().map(|first| match changes.len() {
        1 => first.words(),
        count => format!("{}, and {} more differences", first.words(), count - 1),
    }))
}

/// All of that, a line each.
pub(super) fn differences(path: &Path, attributes: &Resolved) -> Option<String> {
    let changes = changes(path, attributes).ok()?;
    let mut shown: String = changes.iter().take(SHOWN).map(|change| change.words() + "\n").collect();
    if changes.len() > SHOWN {
        shown += &format!("... and {} more differences\n", changes.len() - SHOWN);
    }
    Some(shown)
}

/// Gives everything below what it is to have; what is in a directory before the directory, which
/// may be closed by it.
pub(super) fn put(path: &Path, attributes: &Resolved, context: &Context) -> io::Result<usize> {
    let changes = changes(path, attributes)?;
    for Change { at, wanted, .. } in changes.iter().rev() {
        if context.is_cancelled() || context.is_late() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped before everything was changed"));
        }
        let there = match fs::symlink_metadata(at) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let wanted = if there.is_symlink() { wanted.with_mode(None) } else { *wanted };
        wanted
            .apply(at)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", at.display())))?;
    }
    Ok(changes.len())
}
