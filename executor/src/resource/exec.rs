//! `exec`: runs a command, unless its guards say that there is nothing to do.
//!
//! The command runs under the keeper, so that it survives the runner and its result
//! is known afterwards. The guards `onlyif` and `unless` run directly and must not write.

mod guard;
mod user;

use super::command::{Words, kept, own_environment};
use super::{Check, Context, Kind, NO_UNDO, Past, Recovery, Resource, Tracks, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use crate::watch::{Feed, Pace, Reach, Watch};
use guard::guard;
use pn_deployment::Outcome;
use std::path::PathBuf;
use std::time::Duration;
use user::run_as;

/// How often its guards are asked while it is watched.
const POLL: Duration = Duration::from_secs(30);

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
        ParamSpec::optional("user", Form::Name, "the user as whom it and its guards run; default our own"),
        ParamSpec::optional(
            "watch",
            Form::Name,
            "a command line that runs all the time; its guards are asked at each line that it writes",
        ),
        ParamSpec::optional("poll", Form::Duration, "how often its guards are asked; default 30s"),
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
        let guards = ["creates", "onlyif", "unless"];
        for name in ["watch", "poll"] {
            if params.get(name).is_some() && guards.iter().all(|guard| params.get(guard).is_none()) {
                let complaint =
                    "it has a meaning with a guard only: `creates`, `onlyif` or `unless`".to_owned();
                return Err(ParamProblem::Bad { param: name.to_owned(), complaint });
            }
        }
        Ok(Box::new(Exec {
            argv: argv(params)?,
            cwd: path("cwd"),
            env,
            creates: path("creates"),
            onlyif: text("onlyif"),
            unless: text("unless"),
            user: text("user"),
            watch: text("watch"),
            poll: Watch::interval(params)?,
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
    user: Option<String>,
    watch: Option<String>,
    poll: Option<Duration>,
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
    /// A command with the user, the folder and the environment in which it runs.
    fn words(&self, argv: Vec<String>) -> Result<Words, Halt> {
        let mut words = match &self.user {
            Some(user) => run_as(user, argv)?,
            None => Words::new(argv),
        };
        words.env.extend(self.env.iter().cloned());
        words.cwd.clone_from(&self.cwd);
        Ok(words)
    }

    fn shell(&self, line: &str) -> Result<Words, Halt> {
        self.words(vec!["/bin/sh".to_owned(), "-c".to_owned(), line.to_owned()])
    }

    fn guard(&self, name: &str, line: &str, context: &Context) -> Result<bool, Halt> {
        guard(name, &self.shell(line)?, context)
    }

    /// The command whose lines tell that the guards may say something else now.
    fn feed(&self, line: &str, context: &Context) -> Option<Feed> {
        // As the guards do, it fails where there is no such user, and they tell.
        let words = self.shell(line).ok()?;
        let env = words.env.into_iter().chain(own_environment(context)).collect();
        let secrets = context.secrets.clone();
        Some(Feed { argv: words.argv, cwd: words.cwd, env, question: None, secrets })
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
            && !self.guard("onlyif", command, context)?
        {
            return Ok(Check::Same("`onlyif` does not succeed".into()));
        }
        if let Some(command) = &self.unless
            && self.guard("unless", command, context)?
        {
            return Ok(Check::Same("`unless` succeeds".into()));
        }
        Ok(match (&self.creates, &self.onlyif, &self.unless) {
            (None, None, None) => Check::CannotTell,
            _ => Check::Diff("its guards let it run".into()),
        })
    }

    fn apply(&self, context: &Context) -> Report {
        match self.words(self.argv.clone()) {
            Ok(words) => kept(&words, context),
            Err(halt) => halt.into(),
        }
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        // `onlyif` and `unless` say whether to run, not what should be true afterwards.
        let path = self.creates.as_ref()?;
        Some(exists(path).map(|exists| match exists {
            true => Check::Same(format!("{} exists", path.display())),
            false => Check::Diff(format!("{} still does not exist", path.display())),
        }))
    }

    fn watch(&self, context: &Context) -> Watch {
        let asks = self.onlyif.is_some() || self.unless.is_some();
        let poll = self.poll.or(Some(POLL).filter(|_| asks && self.watch.is_none()));
        let feed = self.watch.as_ref().and_then(|line| self.feed(line, context));
        let pace = if asks { Pace::Slow } else { Pace::Quick };
        let watch = Watch { poll, feed, pace, ..Watch::never() };
        self.creates.iter().fold(watch, |watch, path| watch.path(path, Reach::Itself))
    }

    fn recovery(&self) -> Recovery {
        Recovery::Kept
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
        match self.shell(undo) {
            Ok(words) => kept(&words.with_env(&[("PN_UNDOES", past.key.as_str())]), context),
            Err(halt) => halt.into(),
        }
    }
}

fn exists(path: &std::path::Path) -> Result<bool, Halt> {
    std::fs::symlink_metadata(path).map(|_| true).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Ok(false),
        _ => Err(Halt::new(Outcome::Failed, format!("cannot look at {}: {error}", path.display()))),
    })
}
