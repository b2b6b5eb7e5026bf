//! A directory with everything that a source folder holds: files, folders and symbolic links.
//!
//! Files keep the permissions that they have in the source; what is there besides stays. Each
//! file is replaced at one stroke, the tree as a whole is not. Cost: one pass over the source,
//! and over the bytes on both sides where sizes agree.

use super::attributes::Resolved;
use super::content::{Content, small};
use super::difference::difference;
use super::place;
use crate::resource::Context;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Entries of a folder.
pub(super) const MOST: usize = 100_000;

/// Files whose change is shown.
const SHOWN: usize = 50;

/// One thing in the source.
#[derive(Debug)]
struct Entry {
    /// Where it is below the source.
    below: PathBuf,
    what: What,
}

#[derive(Debug)]
enum What {
    Directory,
    File { mode: u32, size: u64 },
    Link(PathBuf),
}

/// How an entry differs from what is at its place.
enum Differs {
    Missing,
    Otherwise(String),
}

/// In what the tree at `path` differs from the source: the first thing, and how many others.
pub(super) fn differs(source: &Path, path: &Path, attributes: &Resolved) -> io::Result<Option<String>> {
    let mut first = None;
    let mut others = 0;
    for entry in entries(source)? {
        let at = path.join(&entry.below);
        let Some(differs) = entry.differs(source, &at, attributes)? else { continue };
        let what = match differs {
            Differs::Missing => format!("{} does not exist", at.display()),
            Differs::Otherwise(what) => format!("{} {what}", at.display()),
        };
        match first {
            None => first = Some(what),
            Some(_) => others += 1,
        }
    }
    Ok(first.map(|first| match others {
        0 => first,
        others => format!("{first}, and {others} more differences"),
    }))
}

/// Makes the tree as the source is.
pub(super) fn put(
    source: &Path,
    path: &Path,
    attributes: &Resolved,
    context: &Context,
) -> io::Result<String> {
    let mut changed = 0;
    for entry in entries(source)? {
        if context.is_cancelled() || context.is_late() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped before the tree was whole"));
        }
        let at = path.join(&entry.below);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", at.display()));
        if entry.differs(source, &at, attributes)?.is_none() {
            continue;
        }
        changed += 1;
        match &entry.what {
            What::Directory => place::put_directory(&at, &attributes.with_mode(None)),
            What::Link(target) => place::put_link(&at, target, attributes, context),
            What::File { mode, .. } => {
                let content = Content::Like(source.join(&entry.below));
                place::put_file(&at, &content, &attributes.with_mode(Some(*mode)), context)
            }
        }
        .map_err(named)?;
    }
    Ok(format!("brought {changed} entries of {} to {}", source.display(), path.display()))
}

/// What `put` does at one place.
pub(super) enum Step {
    Directory,
    Link(PathBuf),
    File { source: PathBuf, mode: u32 },
}

/// What `put` would do, place by place, in order.
pub(super) fn steps(source: &Path, path: &Path, attributes: &Resolved) -> io::Result<Vec<(PathBuf, Step)>> {
    let mut steps = Vec::new();
    for entry in entries(source)? {
        let at = path.join(&entry.below);
        if entry.differs(source, &at, attributes)?.is_none() {
            continue;
        }
        let step = match entry.what {
            What::Directory => Step::Directory,
            What::Link(target) => Step::Link(target),
            What::File { mode, .. } => Step::File { source: source.join(&entry.below), mode },
        };
        steps.push((at, step));
    }
    Ok(steps)
}

/// The changes of its files, as diffs.
pub(super) fn differences(
    source: &Path,
    path: &Path,
    attributes: &Resolved,
    secrets: &[String],
) -> Option<String> {
    let (mut shown, mut count) = (String::new(), 0);
    for entry in entries(source).ok()? {
        let at = path.join(&entry.below);
        let Ok(Some(differs)) = entry.differs(source, &at, attributes) else { continue };
        count += 1;
        if count > SHOWN {
            continue;
        }
        let name = at.display().to_string();
        let old = matches!(differs, Differs::Otherwise(_)).then(|| small(&at)).flatten();
        let diff = match &entry.what {
            What::File { .. } => small(&source.join(&entry.below))
                .and_then(|new| difference(&name, old.as_deref(), Some(&new), secrets)),
            What::Directory | What::Link(_) => None,
        };
        let words = match differs {
            Differs::Missing => "does not exist".to_owned(),
            Differs::Otherwise(what) => what,
        };
        shown += &diff.unwrap_or_else(|| format!("{name} {words}\n"));
    }
    if count > SHOWN {
        shown += &format!("... and {} more differences\n", count - SHOWN);
    }
    (count > 0).then_some(shown)
}

impl Entry {
    fn differs(&self, source: &Path, at: &Path, attributes: &Resolved) -> io::Result<Option<Differs>> {
        let there = match fs::symlink_metadata(at) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Differs::Missing)),
            Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", at.display()))),
        };
        let otherwise = |what: &str| Ok(Some(Differs::Otherwise(what.to_owned())));
        let attributes = match &self.what {
            What::Directory if !there.is_dir() => return otherwise("is not a directory"),
            What::Directory => attributes.with_mode(None),
            What::Link(_) if !there.is_symlink() => return otherwise("is not a symbolic link"),
            What::Link(target) if fs::read_link(at)? != *target => return otherwise("points elsewhere"),
            What::Link(_) => attributes.with_mode(None),
            What::File { .. } if !there.is_file() => return otherwise("is not a file"),
            What::File { mode, size } => {
                if !self.same_content(source, at, *size, &there)? {
                    return otherwise("has another content");
                }
                attributes.with_mode(Some(*mode))
            }
        };
        let differences = attributes.differences(&there);
        Ok((!differences.is_empty()).then(|| Differs::Otherwise(format!("has {}", differences.join("; ")))))
    }

    fn same_content(&self, source: &Path, at: &Path, size: u64, there: &Metadata) -> io::Result<bool> {
        let content = Content::Like(source.join(&self.below));
        Ok(size == there.len() && content.is_in(at, there, &BTreeMap::new())?)
    }
}

/// Everything below the source, folders before what is in them.
fn entries(source: &Path) -> io::Result<Vec<Entry>> {
    let named =
        |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut entries = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let here = source.join(&folder);
        for found in fs::read_dir(&here).map_err(|error| named(&here, error))? {
            let found = found.map_err(|error| named(&here, error))?;
            let (path, below) = (found.path(), folder.join(found.file_name()));
            let metadata = fs::symlink_metadata(&path).map_err(|error| named(&path, error))?;
            let what = if metadata.is_dir() {
                folders.push(below.clone());
                What::Directory
            } else if metadata.is_symlink() {
                What::Link(fs::read_link(&path).map_err(|error| named(&path, error))?)
            } else if metadata.is_file() {
                What::File { mode: metadata.permissions().mode() & 0o7777, size: metadata.len() }
            } else {
                let complaint = "is neither a file, a directory nor a symbolic link";
                return Err(io::Error::other(format!("{} {complaint}", path.display())));
            };
            entries.push(Entry { below, what });
            if entries.len() > MOST {
                return Err(io::Error::other(format!("{} holds over {MOST} entries", source.display())));
            }
        }
    }
    entries.sort_by(|one, other| one.below.cmp(&other.below));
    Ok(entries)
}
