//! `exec`: runs a command, unless its guards say that there is nothing to do.
//!
//! The command runs under a supervisor of its own, so that it survives the runner and its result
//! is known afterwards. The guards `onlyif` and `unless` run directly and must not write.

mod guard;

use super::command::{Words, own_environment, supervised};
use super::{Check, Context, Kind, NO_UNDO, Past, Recovery, Resource, Tracks, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use guard::guard;
use pn_deployment::Outcome;
use std::path::PathBuf;

pub(super) static KIND: Kind = Kind {
    name: "exec",
    meaning: "runs a command",
    params: &[
        ParamSpec::optional("cmd", Form::Name, "a command line for sh"),
        ParamSpec::optional("argv", Form::Text, "the command and its arguments, one each or as a JSON list")
            .repeated(),
        ParamSpec::optional("cwd", Form::AbsolutePath, "the folder in which it runs"),
        ParamSpec::optional("env.", Form::Text, "a variable in its environment: env.NAME").secret(),
        ParamSpec::optional("creates", Form::AbsolutePath, "a path; where it exists there is nothing to do"),
        ParamSpec::optional(
            "onlyif",
            Form::Name,
            "a command line; unless it succeeds there is nothing to do",
        ),
        ParamSpec::optional("unless", Form::Name, "a command line; if it succeeds there is nothing to do"),
        ParamSpec::optional("undo", Form::Name, "a command line that takes back what it did"),
    ],
    undoing: |params| match params.get("undo") {
        Some(_) => Undoing::Command,
        None => Undoing::Never(NO_UNDO),
    },
    build: |params| {
        let path = |name: &str| params.get(name).map(PathBuf::from);
        let text = |name: &str| params.get(name).map(str::to_owned);
        let env = params.beginning_with("env.").map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        if let Some(name) = params.beginning_with("env.").map(|(name, _)| name).find(|n| n.contains('=')) {
            let complaint = "the name of a variable has no `=`".to_owned();
            return Err(ParamProblem::Bad { param: format!("env.{name}"), complaint });
        }
        Ok(Box::new(Exec {
            argv: argv(params)?,
            cwd: path("cwd"),
            env,
            creates: path("creates"),
            onlyif: text("onlyif"),
            unless: text("unless"),
            undo: text("undo"),
        }))
    },
};

/// A command with its guards.
#[derive(Debug)]
pub(super) struct Exec {
    argv: Vec<String>,
    cwd: Option<PathBuf>,
    env: Vec<(String, String)>,
    creates: Option<PathBuf>,
    onlyif: Option<String>,
    unless: Option<String>,
    undo: Option<String>,
}

fn argv(params: &Params) -> Result<Vec<String>, ParamProblem> {
    let bad = |complaint: String| ParamProblem::Bad { param: "argv".into(), complaint };
    let given = params.all("argv");
    let argv = match (params.get("cmd"), &given[..]) {
        (Some(_), [_, ..]) => return Err(bad("cmd and argv exclude each other".into())),
        (Some(cmd), []) => vec!["/bin/sh".to_owned(), "-c".to_owned(), cmd.to_owned()],
        (None, []) => {
            return Err(ParamProblem::Missing {
                param: "cmd",
                meaning: "a command line for sh, or argv instead",
            });
        }
        (None, [list]) if list.trim_start().starts_with('[') => serde_json::from_str(list)
            .map_err(|error| bad(format!("it is not a JSON list of texts: {error}")))?,
        (None, words) => words.iter().map(|word| (*word).to_owned()).collect(),
    };
    match argv.first() {
        Some(command) if !command.is_empty() => Ok(argv),
        _ => Err(bad("it names no command".into())),
    }
}

impl Exec {
    /// The environment of the command and of its guards.
    fn environment(&self, context: &Context) -> Vec<(String, String)> {
        self.env.iter().cloned().chain(own_environment(context)).collect()
    }
}

impl Resource for Exec {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        if let Some(path) = &self.creates
            && exists(path)?
        {
            return Ok(Check::Same(format!("{} exists", path.display())));
        }
        if let Some(command) = &self.onlyif
            && !guard("onlyif", command, self.cwd.as_deref(), &self.environment(context), context)?
        {
            return Ok(Check::Same("`onlyif` does not succeed".into()));
        }
        if let Some(command) = &self.unless
            && guard("unless", command, self.cwd.as_deref(), &self.environment(context), context)?
        {
            return Ok(Check::Same("`unless` succeeds".into()));
        }
        Ok(match (&self.creates, &self.onlyif, &self.unless) {
            (None, None, None) => Check::CannotTell,
            _ => Check::Diff("its guards let it run".into()),
        })
    }

    fn apply(&self, context: &Context) -> Report {
        let (argv, cwd, env) = (self.argv.clone(), self.cwd.clone(), self.env.clone());
        supervised(&Words { argv, cwd, env, stdin: None }, context)
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        // `onlyif` and `unless` say whether to run, not what should be true afterwards.
        let path = self.creates.as_ref()?;
        Some(exists(path).map(|exists| match exists {
            true => Check::Same(format!("{} exists", path.display())),
            false => Check::Diff(format!("{} still does not exist", path.display())),
        }))
    }

    fn recovery(&self) -> Recovery {
        Recovery::Supervised
    }

    fn undone(&self, past: &Past, _: &Context) -> Result<Check, Halt> {
        // A command that did not end well may have done a part, whatever is missing at its end.
        let path = self.creates.as_ref().filter(|_| past.ended == Some(Outcome::Ok));
        let Some(path) = path else { return Ok(Check::CannotTell) };
        Ok(match exists(path)? {
            true => Check::Diff(format!("{} exists", path.display())),
            false => Check::Same(format!("{} does not exist", path.display())),
        })
    }

    fn tracks(&self, _: &Past, _: &Context) -> Result<Tracks, Halt> {
        // Its guards say whether to run, not what it left; the author's command knows.
        Ok(Tracks::Own)
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        let Some(undo) = &self.undo else { return Report::new(Outcome::Failed, NO_UNDO) };
        let argv = vec!["/bin/sh".to_owned(), "-c".to_owned(), undo.clone()];
        let mut env = self.env.clone();
        env.push(("PN_UNDOES".to_owned(), past.key.clone()));
        supervised(&Words { argv, cwd: self.cwd.clone(), env, stdin: None }, context)
    }
}

fn exists(path: &std::path::Path) -> Result<bool, Halt> {
    std::fs::symlink_metadata(path).map(|_| true).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Ok(false),
        _ => Err(Halt::new(Outcome::Failed, format!("cannot look at {}: {error}", path.display()))),
    })
}
