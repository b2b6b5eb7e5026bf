//! `file`: a file with its content and mode, a directory, a symbolic link, or nothing at a path.
//!
//! A file is written beside its place, synced and renamed, so that readers see the old one or the
//! new one. Parents are made for directories only. A symbolic link at the path of a file is
//! replaced, not followed.

mod difference;

use super::{Check, Context, Kind, Recovery, Resource};
use crate::params::{Form, ParamProblem, ParamSpec, Params, mode};
use crate::report::{Halt, Report};
use pn_deployment::Outcome;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

pub(super) static KIND: Kind = Kind {
    name: "file",
    meaning: "keeps a file, directory or symbolic link as described",
    params: &[
        ParamSpec::required("path", Form::AbsolutePath, "where it is"),
        ParamSpec::optional("content", Form::Text, "what is in the file").secret(),
        ParamSpec::optional("source", Form::AbsolutePath, "the file whose content it has"),
        ParamSpec::optional("mode", Form::Mode, "its permissions, such as 0644"),
        ParamSpec::optional(
            "state",
            Form::Choice(&["present", "absent", "directory", "symlink"]),
            "what is at the path; default present",
        ),
        ParamSpec::optional("target", Form::Name, "where the symbolic link points"),
    ],
    build: |params| Ok(Box::new(Resting { path: path(params), wanted: wanted(params)? })),
};

/// What should rest at a path.
#[derive(Debug)]
struct Resting {
    path: PathBuf,
    wanted: Wanted,
}

#[derive(Debug)]
enum Wanted {
    File { content: Content, mode: Option<u32> },
    Directory { mode: Option<u32> },
    Symlink { target: PathBuf },
    Nothing,
}

#[derive(Debug)]
enum Content {
    Any,
    Text(String),
    Like(PathBuf),
}

fn path(params: &Params) -> PathBuf {
    PathBuf::from(params.get("path").unwrap_or_default())
}

fn wanted(params: &Params) -> Result<Wanted, ParamProblem> {
    let refuse = |names: &[&str], state: &str| match names.iter().find(|name| params.get(name).is_some()) {
        Some(name) => Err(ParamProblem::Bad {
            param: (*name).to_owned(),
            complaint: format!("it has no meaning with state {state}"),
        }),
        None => Ok(()),
    };
    let mode = params.get("mode").and_then(mode);
    match params.get("state").unwrap_or("present") {
        "absent" => refuse(&["content", "source", "mode", "target"], "absent").map(|()| Wanted::Nothing),
        "directory" => {
            refuse(&["content", "source", "target"], "directory").map(|()| Wanted::Directory { mode })
        }
        "symlink" => {
            refuse(&["content", "source", "mode"], "symlink")?;
            let missing =
                ParamProblem::Missing { param: "target", meaning: "where the symbolic link points" };
            let target = params.get("target").ok_or(missing)?;
            Ok(Wanted::Symlink { target: PathBuf::from(target) })
        }
        _ => {
            refuse(&["target"], "present")?;
            let content = match (params.get("content"), params.get("source")) {
                (Some(_), Some(_)) => {
                    let complaint = "content and source exclude each other".to_owned();
                    return Err(ParamProblem::Bad { param: "source".into(), complaint });
                }
                (Some(text), None) => Content::Text(text.to_owned()),
                (None, Some(source)) => Content::Like(PathBuf::from(source)),
                (None, None) => Content::Any,
            };
            Ok(Wanted::File { content, mode })
        }
    }
}

impl Resource for Resting {
    fn check(&self, _: &Context) -> Result<Check, Halt> {
        self.differs()
            .map(|difference| match difference {
                None => Check::Same(format!("{} is as described", self.path.display())),
                Some(difference) => Check::Diff(difference),
            })
            .map_err(|error| failed("look at", &self.path, &error))
    }

    fn difference(&self, context: &Context) -> Option<String> {
        let Wanted::File { content, .. } = &self.wanted else { return None };
        let new = match content {
            Content::Any => return None,
            Content::Text(text) => text.clone().into_bytes(),
            Content::Like(source) => read_some(source)?,
        };
        let there = fs::symlink_metadata(&self.path).is_ok_and(|there| there.is_file());
        let old = if there { Some(read_some(&self.path)?) } else { None };
        let path = self.path.display().to_string();
        difference::difference(&path, old.as_deref(), Some(&new), &context.secrets)
    }

    fn apply(&self, context: &Context) -> Report {
        let beside = self.path.parent().unwrap_or(Path::new("/")).join(format!(
            ".pn-{}",
            context.key.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.', "_")
        ));
        let result = self.bring_about(&beside);
        if result.is_err() {
            // What was written halfway is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&beside);
        }
        match result {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(error) => failed("change", &self.path, &error).into(),
        }
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        Some(self.check(context))
    }

    fn recovery(&self) -> Recovery {
        Recovery::Recheck
    }
}

impl Resting {
    /// In what the path differs from what is wanted.
    fn differs(&self) -> io::Result<Option<String>> {
        let there = match fs::symlink_metadata(&self.path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let Some(there) = there else {
            let nothing = matches!(self.wanted, Wanted::Nothing);
            return Ok((!nothing).then(|| format!("{} does not exist", self.path.display())));
        };
        let kind =
            |wanted: bool, name: &str| (!wanted).then(|| format!("{} is not {name}", self.path.display()));
        Ok(match &self.wanted {
            Wanted::Nothing => Some(format!("{} exists", self.path.display())),
            Wanted::Directory { mode } => {
                kind(there.is_dir(), "a directory").or_else(|| self.mode_differs(&there, *mode))
            }
            Wanted::Symlink { target } => match kind(there.is_symlink(), "a symbolic link") {
                None if fs::read_link(&self.path)? != *target => {
                    Some(format!("{} points elsewhere", self.path.display()))
                }
                difference => difference,
            },
            Wanted::File { content, mode } => match kind(there.is_file(), "a file") {
                None if !self.has(content, &there)? => {
                    Some(format!("{} has another content", self.path.display()))
                }
                None => self.mode_differs(&there, *mode),
                difference => difference,
            },
        })
    }

    fn mode_differs(&self, there: &Metadata, mode: Option<u32>) -> Option<String> {
        let (has, wants) = (there.permissions().mode() & 0o7777, mode?);
        (has != wants).then(|| format!("{} has mode {has:04o}, not {wants:04o}", self.path.display()))
    }

    fn has(&self, content: &Content, there: &Metadata) -> io::Result<bool> {
        match content {
            Content::Any => Ok(true),
            Content::Text(text) if text.len() as u64 != there.len() => Ok(false),
            Content::Text(text) => same_bytes(File::open(&self.path)?, text.as_bytes()),
            Content::Like(source) => same_bytes(File::open(&self.path)?, regular(source)?),
        }
    }

    fn bring_about(&self, beside: &Path) -> io::Result<String> {
        let path = &self.path;
        match &self.wanted {
            Wanted::Nothing => {
                let is_dir = fs::symlink_metadata(path)?.is_dir();
                if is_dir { fs::remove_dir(path) } else { fs::remove_file(path) }?;
                sync_parent(path)?;
                Ok(format!("removed {}", path.display()))
            }
            Wanted::Directory { mode } => {
                fs::create_dir_all(path)?;
                if let Some(mode) = mode {
                    fs::set_permissions(path, Permissions::from_mode(*mode))?;
                }
                sync_parent(path)?;
                Ok(format!("made the directory {}", path.display()))
            }
            Wanted::Symlink { target } => {
                match fs::remove_file(beside) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => symlink(target, beside)?,
                }
                fs::rename(beside, path)?;
                sync_parent(path)?;
                Ok(format!("linked {} to {}", path.display(), target.display()))
            }
            Wanted::File { content, mode } => self.write(content, *mode, beside),
        }
    }

    fn write(&self, content: &Content, mode: Option<u32>, beside: &Path) -> io::Result<String> {
        let there = fs::symlink_metadata(&self.path).ok().filter(Metadata::is_file);
        if let (Some(there), Some(mode)) = (&there, mode)
            && self.has(content, there)?
        {
            fs::set_permissions(&self.path, Permissions::from_mode(mode))?;
            return Ok(format!("set the mode of {} to {mode:04o}", self.path.display()));
        }
        let kept = there.map(|there| there.permissions().mode() & 0o7777);
        let mut file = private_file(beside)?;
        match content {
            Content::Any => {}
            Content::Text(text) => file.write_all(text.as_bytes())?,
            Content::Like(source) => drop(io::copy(&mut regular(source)?, &mut file)?),
        }
        file.set_permissions(Permissions::from_mode(mode.or(kept).unwrap_or(0o644)))?;
        file.sync_all()?;
        fs::rename(beside, &self.path)?;
        sync_parent(&self.path)?;
        Ok(format!("wrote {}", self.path.display()))
    }
}

/// A file that nobody else can read while it is written.
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::options().write(true).create_new(true).mode(0o600).open(path),
    }
}

/// Opens a regular file: a pipe or a device might never end.
fn regular(path: &Path) -> io::Result<File> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if !fs::metadata(path).map_err(named)?.is_file() {
        return Err(io::Error::other(format!("{} is not a regular file", path.display())));
    }
    File::open(path).map_err(named)
}

/// What is in a regular file, where it is small enough to show.
fn read_some(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    regular(path).ok()?.take(difference::LARGEST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= difference::LARGEST).then_some(bytes)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

fn same_bytes(one: impl Read, other: impl Read) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    let (mut left, mut right) = ([0; 8192], [0; 8192]);
    loop {
        let count = fill(&mut one, &mut left)?;
        if fill(&mut other, &mut right)? != count || left[..count] != right[..count] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

/// Reads until the buffer is full or nothing is left.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match from.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Halt {
    Halt::new(Outcome::Failed, format!("cannot {what} {}: {error}", path.display()))
}
