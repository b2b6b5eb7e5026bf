//! Puts things at a path at one stroke: made beside it, synced, renamed into place.

use super::attributes::{Resolved, inherit};
use super::content::Content;
use crate::resource::Context;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// Writes the file, or only its attributes where it has the content.
pub(super) fn put_file(
    path: &Path,
    content: &Content,
    attributes: &Resolved,
    context: &Context,
) -> io::Result<String> {
    let there = fs::symlink_metadata(path).ok().filter(Metadata::is_file);
    if let Some(there) = &there
        && content.is_in(path, there, &context.names)?
    {
        let lacks: Vec<String> = attributes.differences(there);
        attributes.apply(path)?;
        return Ok(match attributes.mode {
            Some(mode) if lacks.len() == 1 && lacks[0].starts_with("mode") => {
                format!("set the mode of {} to {mode:04o}", path.display())
            }
            _ => format!("changed {}, which had {}", path.display(), lacks.join("; ")),
        });
    }
    in_place(path, context, |beside| {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(beside)?;
        content.write_to(&mut file, &context.names)?;
        inherit(there.as_ref(), beside)?;
        attributes.apply(beside)?;
        file.sync_all()
    })?;
    Ok(format!("wrote {}", path.display()))
}

/// Makes a symbolic link, in the place of a file or another link.
pub(super) fn put_link(
    path: &Path,
    target: &Path,
    attributes: &Resolved,
    context: &Context,
) -> io::Result<String> {
    in_place(path, context, |beside| {
        symlink(target, beside)?;
        attributes.apply(beside)
    })?;
    Ok(format!("linked {} to {}", path.display(), target.display()))
}

/// Removes a file, a link or an empty directory.
pub(super) fn remove(path: &Path) -> io::Result<String> {
    let is_dir = fs::symlink_metadata(path)?.is_dir();
    if is_dir { fs::remove_dir(path) } else { fs::remove_file(path) }?;
    sync_parent(path)?;
    Ok(format!("removed {}", path.display()))
}

/// Makes a directory and those above it.
pub(super) fn put_directory(path: &Path, attributes: &Resolved) -> io::Result<String> {
    let did = match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => "changed",
        // A link to a directory is not followed: who made it may mean another place.
        Ok(_) => return Err(io::Error::other("something else is there; remove it first")),
        Err(_) => "made",
    };
    if did == "made" {
        // With its mode from the beginning: nobody looks in meanwhile, and whoever finds it after a
        // crash knows it for ours.
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        fs::DirBuilder::new().mode(attributes.mode.unwrap_or(0o777)).create(path)?;
    }
    attributes.apply(path)?;
    sync_parent(path)?;
    Ok(format!("{did} the directory {}", path.display()))
}

/// Makes something beside the path and renames it into place.
pub(super) fn in_place(
    path: &Path,
    context: &Context,
    make: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        let complaint = "does not exist; make it by an action of kind `file` with state `directory`";
        return Err(io::Error::other(format!("its folder {} {complaint}", folder.display())));
    }
    clear(path, &context.key)?;
    let beside = beside(path, &context.key);
    let made = make(&beside).and_then(|()| fs::rename(&beside, path)).and_then(|()| sync_parent(path));
    if made.is_err() {
        // What was written halfway is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
    }
    made
}

/// Removes what an attempt cut short has left beside the path.
pub(super) fn clear(path: &Path, key: &str) -> io::Result<()> {
    match fs::remove_file(beside(path, key)) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Where an activation with this key makes what is renamed to the path.
pub(super) fn beside(path: &Path, key: &str) -> PathBuf {
    let key = key.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.', "_");
    path.with_file_name(format!(".pn-{key}"))
}

/// Waits until the names in the folder of the path are on the disk.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}
