//! `file`: a file with its content and attributes, a directory or a whole tree of them, a
//! symbolic link, or nothing at a path.
//!
//! A file is written beside its place, synced and renamed, so that readers see the old one or the
//! new one. Parents are made for directories only. A symbolic link at the path of a file is
//! replaced, not followed.

mod attributes;
mod below;
mod content;
mod difference;
mod former;
mod place;
mod tree;

use super::{Check, Context, Kind, Past, Recovery, Resource, Tracks, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params, mode};
use crate::report::{Halt, Report};
use crate::watch::{Reach, Watch};
use attributes::{Attributes, Resolved};
use content::Content;
use pn_deployment::Outcome;
use serde_json::Value;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

pub(super) static KIND: Kind = Kind {
    name: "file",
    meaning: "keeps a file, directory or symbolic link as described",
    params: &[
        ParamSpec::required("path", Form::AbsolutePath, "where it is"),
        ParamSpec::optional("content", Form::Text, "what is in the file").secret(),
        ParamSpec::optional(
            "source",
            Form::AbsolutePath,
            "the file whose content it has, or with state directory the folder that is copied",
        ),
        ParamSpec::optional(
            "template",
            Form::Choice(&["true", "false"]),
            "whether `{{ name }}` is filled in in `source`; default false",
        ),
        ParamSpec::optional("mode", Form::Mode, "its permissions, such as 0644"),
        ParamSpec::optional("owner", Form::Name, "the user whom it belongs to, by name or number"),
        ParamSpec::optional("group", Form::Name, "its group, by name or number"),
        ParamSpec::optional(
            "state",
            Form::Choice(&["present", "absent", "directory", "symlink"]),
            "what is at the path; default present",
        ),
        ParamSpec::optional(
            "recursive",
            Form::Choice(&["true", "false"]),
            "whether mode, owner and group are those of everything in the directory; default false",
        ),
        ParamSpec::optional("target", Form::Name, "where the symbolic link points"),
    ],
    undoing: |_| Undoing::Former,
    build: |params| {
        let text = |name: &str| params.get(name).map(str::to_owned);
        let attributes = Attributes {
            mode: params.get("mode").and_then(mode),
            owner: text("owner"),
            group: text("group"),
        };
        let path = PathBuf::from(params.get("path").unwrap_or_default());
        Ok(Box::new(Resting { wanted: wanted(params, &path)?, path, attributes }))
    },
};

/// What should rest at a path.
#[derive(Debug)]
struct Resting {
    path: PathBuf,
    wanted: Wanted,
    attributes: Attributes,
}

#[derive(Debug)]
enum Wanted {
    File(Content),
    Directory(Extent),
    Tree { source: PathBuf },
    Symlink { target: PathBuf },
    Nothing,
}

/// How far the attributes of a directory reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Extent {
    Itself,
    Everything,
}

fn wanted(params: &Params, path: &Path) -> Result<Wanted, ParamProblem> {
    let refuse = |names: &[&str], state: &str| match names.iter().find(|name| params.get(name).is_some()) {
        Some(name) => Err(bad(name, format!("it has no meaning with state {state}"))),
        None => Ok(()),
    };
    let source = params.get("source").map(PathBuf::from);
    let extent = match params.get("recursive") {
        Some("true") => Extent::Everything,
        _ => Extent::Itself,
    };
    if params.get("recursive").is_some() && params.get("state") != Some("directory") {
        return Err(bad("recursive", "it has a meaning with state directory only".into()));
    }
    match params.get("state").unwrap_or("present") {
        "absent" => {
            refuse(&["content", "source", "template", "mode", "owner", "group", "target"], "absent")?;
            Ok(Wanted::Nothing)
        }
        "directory" => {
            refuse(&["content", "template", "target"], "directory")?;
            match source {
                Some(source) if path.starts_with(&source) => {
                    Err(bad("source", "the directory would be a part of its own source".into()))
                }
                Some(_) if extent == Extent::Everything => {
                    let complaint = "a copied folder has its owner and group in all of it as it is, and \
                                     the permissions of its source";
                    Err(bad("recursive", complaint.into()))
                }
                Some(source) => Ok(Wanted::Tree { source }),
                None if extent == Extent::Everything
                    && ["mode", "owner", "group"].iter().all(|name| params.get(name).is_none()) =>
                {
                    Err(bad("recursive", "it is about mode, owner and group; none is given".into()))
                }
                None => Ok(Wanted::Directory(extent)),
            }
        }
        "symlink" => {
            refuse(&["content", "source", "template", "mode"], "symlink")?;
            let missing =
                ParamProblem::Missing { param: "target", meaning: "where the symbolic link points" };
            Ok(Wanted::Symlink { target: PathBuf::from(params.get("target").ok_or(missing)?) })
        }
        _ => {
            refuse(&["target"], "present; write `state` symlink for a link")?;
            let template = params.get("template") == Some("true");
            Ok(Wanted::File(match (params.get("content"), source) {
                (Some(_), Some(_)) => {
                    return Err(bad("source", "content and source exclude each other".into()));
                }
                (_, None) if params.get("template").is_some() => {
                    let complaint = "it is about `source`, which is missing; `content` is always filled in";
                    return Err(bad("template", complaint.into()));
                }
                (Some(text), None) => Content::Text(text.to_owned()),
                (None, Some(source)) if template => Content::Filled(source),
                (None, Some(source)) => Content::Like(source),
                (None, None) => Content::Any,
            }))
        }
    }
}

fn bad(param: &str, complaint: String) -> ParamProblem {
    ParamProblem::Bad { param: param.to_owned(), complaint }
}

impl Resource for Resting {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        self.differs(context)
            .map(|difference| match difference {
                None => Check::Same(format!("{} is as described", self.path.display())),
                Some(difference) => Check::Diff(difference),
            })
            .map_err(|error| failed("look at", &self.path, &error))
    }

    fn difference(&self, context: &Context) -> Option<String> {
        let resolved = self.attributes.resolve().ok()?;
        let attributes = self.own(resolved);
        let there = fs::symlink_metadata(&self.path).ok();
        let text = match &self.wanted {
            Wanted::Tree { source } => tree::differences(source, &self.path, &attributes, &context.secrets),
            Wanted::File(content) => {
                let file = there.as_ref().is_some_and(Metadata::is_file);
                let new = content.bytes(&context.names);
                let old = if file { Some(content::small(&self.path)?) } else { None };
                let path = self.path.display().to_string();
                new.and_then(|new| {
                    difference::difference(&path, old.as_deref(), Some(&new), &context.secrets)
                })
            }
            Wanted::Directory(Extent::Everything) => below::differences(&self.path, &resolved),
            Wanted::Directory(Extent::Itself) | Wanted::Symlink { .. } | Wanted::Nothing => None,
        };
        let attributes = there.map(|there| attributes.differences(&there)).unwrap_or_default();
        let attributes: String =
            attributes.iter().map(|what| format!("{} has {what}\n", self.path.display())).collect();
        let shown = text.unwrap_or_default() + &attributes;
        (!shown.is_empty()).then_some(shown)
    }

    fn apply(&self, context: &Context) -> Report {
        match self.bring_about(context) {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(_) if context.is_cancelled() => Report::new(Outcome::Cancelled, "stopped on request"),
            Err(_) if context.is_late() => Report::new(Outcome::Timeout, "took longer than its timeout"),
            Err(error) => failed("change", &self.path, &error).into(),
        }
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        Some(self.check(context))
    }

    fn watch(&self, _: &Context) -> Watch {
        let watch = Watch::never();
        match &self.wanted {
            Wanted::Tree { source } => watch.path(&self.path, Reach::Tree).path(source, Reach::Tree),
            Wanted::File(content) => content.watch(watch.path(&self.path, Reach::Itself)),
            Wanted::Directory(Extent::Everything) => watch.path(&self.path, Reach::Tree),
            Wanted::Directory(Extent::Itself) | Wanted::Symlink { .. } | Wanted::Nothing => {
                watch.path(&self.path, Reach::Itself)
            }
        }
    }

    fn recovery(&self) -> Recovery {
        Recovery::Recheck
    }

    fn before(&self, context: &Context) -> Result<Option<Value>, Halt> {
        former::before(self, context).map(Some).map_err(|error| failed("keep what is at", &self.path, &error))
    }

    fn undone(&self, past: &Past, _: &Context) -> Result<Check, Halt> {
        match former::undone(past) {
            Ok(None) => Ok(Check::Same(format!("{} is as it was", self.path.display()))),
            Ok(Some(difference)) => Ok(Check::Diff(difference)),
            Err(error) => Err(failed("look at", &self.path, &error)),
        }
    }

    fn tracks(&self, past: &Past, _: &Context) -> Result<Tracks, Halt> {
        former::tracks(self, past).map_err(|error| failed("look at", &self.path, &error))
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        match former::undo(past, context) {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(error) => failed("undo what was done to", &self.path, &error).into(),
        }
    }
}

impl Resting {
    /// What of the attributes is for the path itself.
    fn own(&self, attributes: Resolved) -> Resolved {
        match self.wanted {
            Wanted::Directory(Extent::Everything) => attributes.for_directory(),
            _ => attributes,
        }
    }

    /// In what the path differs from what is wanted.
    fn differs(&self, context: &Context) -> io::Result<Option<String>> {
        let path = self.path.display();
        let resolved = self.attributes.resolve()?;
        let attributes = self.own(resolved);
        let there = match fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let nothing = matches!(self.wanted, Wanted::Nothing);
                return Ok((!nothing).then(|| format!("{path} does not exist")));
            }
            Err(error) => return Err(error),
        };
        let kind = |wanted: bool, name: &str| (!wanted).then(|| format!("{path} is not {name}"));
        let differs = match &self.wanted {
            Wanted::Nothing => return Ok(Some(format!("{path} exists"))),
            Wanted::Directory(extent) => match kind(there.is_dir(), "a directory") {
                None if *extent == Extent::Everything => below::differs(&self.path, &resolved)?,
                difference => difference,
            },
            Wanted::Tree { source } => match kind(there.is_dir(), "a directory") {
                None => tree::differs(source, &self.path, &attributes)?,
                difference => difference,
            },
            Wanted::Symlink { target } => match kind(there.is_symlink(), "a symbolic link") {
                None if fs::read_link(&self.path)? != *target => Some(format!("{path} points elsewhere")),
                difference => difference,
            },
            Wanted::File(content) => match kind(there.is_file(), "a file") {
                None if !content.is_in(&self.path, &there, &context.names)? => {
                    Some(format!("{path} has another content"))
                }
                difference => difference,
            },
        };
        let attributes = attributes.differences(&there);
        let attributes = (!attributes.is_empty()).then(|| format!("{path} has {}", attributes.join("; ")));
        Ok(differs.or(attributes))
    }

    fn bring_about(&self, context: &Context) -> io::Result<String> {
        let resolved: Resolved = self.attributes.resolve()?;
        let attributes = self.own(resolved);
        match &self.wanted {
            Wanted::Nothing => place::remove(&self.path),
            Wanted::Directory(Extent::Itself) => place::put_directory(&self.path, &attributes),
            Wanted::Directory(Extent::Everything) => {
                let changed = below::put(&self.path, &resolved, context)?;
                let said = place::put_directory(&self.path, &attributes)?;
                Ok(format!("{said}, and {changed} entries in it"))
            }
            Wanted::Tree { source } => {
                place::put_directory(&self.path, &attributes)?;
                tree::put(source, &self.path, &attributes, context)
            }
            Wanted::Symlink { target } => place::put_link(&self.path, target, &attributes, context),
            Wanted::File(content) => place::put_file(&self.path, content, &attributes, context),
        }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Halt {
    Halt::new(Outcome::Failed, format!("cannot {what} {}: {error}", path.display()))
}
