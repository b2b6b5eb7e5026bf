//! `plugin`: a kind of the user's own, as a program that reads a question as JSON and answers so.
//!
//! It is asked `check` directly, and `apply` or `undo` under the keeper, so that the end of the
//! runner does not touch it. The form of question and answer is described in `docs/resources.md`.

mod answer;

use super::command::{Said, Words, kept, last_line, look, own_environment};
use super::{Check, Context, Kind, Past, Recovery, Resource, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params, Presence};
use crate::report::{Halt, Report};
use crate::secret;
use crate::values::NewValue;
use crate::watch::{Feed, Pace, Watch};
use answer::{Answer, Verdict};
use pn_deployment::Outcome;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often it is asked while it is watched.
const POLL: Duration = Duration::from_secs(30);

pub(super) static KIND: Kind = Kind {
    name: "plugin",
    meaning: "asks a program of one's own to check and apply",
    params: &[
        ParamSpec::required("path", Form::AbsolutePath, "the program"),
        ParamSpec::optional("op", Form::Choice(&["apply", "undo"]), "what it is asked to do; default apply"),
        ParamSpec::optional("param.", Form::Text, "a parameter for the program: param.NAME").secret(),
        ParamSpec::optional(
            "watch",
            Form::Choice(&["true", "false"]),
            "whether the program knows the op `watch`; default false",
        ),
        ParamSpec::optional("poll", Form::Duration, "how often it is asked; default 30s"),
        ParamSpec {
            presence: Presence::Repeated,
            ..ParamSpec::optional("puts", Form::Name, "the name of a value that it may put")
        },
    ],
    undoing: |params| match params.get("op") {
        Some("undo") => Undoing::Never("it is an undo itself; draw what reverses it"),
        _ => Undoing::Former,
    },
    build: |params| Ok(Box::new(plugin(params)?)),
};

/// A program with its parameters.
#[derive(Debug)]
struct Plugin {
    path: String,
    op: Op,
    params: BTreeMap<String, String>,
    puts: BTreeSet<String>,
    /// What the last check told about the state in which it found things.
    told: Mutex<Option<Value>>,
    watches: Watches,
    poll: Option<Duration>,
}

/// Whether the program tells of changes by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Watches {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Check,
    Apply,
    Undo,
    Watch,
}

fn plugin(params: &Params) -> Result<Plugin, ParamProblem> {
    let given = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(Plugin {
        path: params.get("path").unwrap_or_default().to_owned(),
        op: if params.get("op") == Some("undo") { Op::Undo } else { Op::Apply },
        params: params.beginning_with("param.").map(given).collect(),
        puts: params.all("puts").into_iter().map(str::to_owned).collect(),
        told: Mutex::new(None),
        watches: if params.get("watch") == Some("true") { Watches::Yes } else { Watches::No },
        poll: Watch::interval(params)?,
    })
}

impl Plugin {
    fn question(&self, op: Op, past: Option<&Past>, context: &Context) -> Words {
        let op = match op {
            Op::Check => "check",
            Op::Apply => "apply",
            Op::Undo => "undo",
            Op::Watch => "watch",
        };
        let mut question = json!({
            "op": op,
            "params": self.params,
            "run": context.run,
            "transition": context.transition,
            "attempt": context.attempt.to_string().parse::<u64>().unwrap_or_default(),
            "key": context.key,
        });
        if let Some(past) = past {
            question["before"] = past.before.clone().unwrap_or(Value::Null);
            question["undoes"] = json!(past.key);
        }
        Words { stdin: Some(format!("{question}\n")), ..Words::new([self.path.clone()]) }
    }

    fn told(&self) -> Option<Value> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn look(&self, context: &Context) -> Result<Check, Halt> {
        let failed = |message: String| Halt::new(Outcome::Failed, format!("{} {message}", self.path));
        let said: Said = look(&self.question(Op::Check, None, context), context)?.map_err(|error| {
            failed(match error.kind() {
                io::ErrorKind::NotFound => "does not exist, or the interpreter in its first line".into(),
                io::ErrorKind::PermissionDenied => "is not executable".into(),
                _ => format!("cannot be started: {error}"),
            })
        })?;
        if !said.status.success() {
            return Err(failed(format!("ends its check with {}: {}", said.status, last_line(&said.stderr))));
        }
        let answer = Answer::parse(&said.stdout).map_err(failed)?;
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = answer.before;
        match answer.verdict {
            Verdict::Same => Ok(Check::Same(answer.message)),
            Verdict::Diff => Ok(Check::Diff(answer.message)),
            Verdict::Unknown => Ok(Check::CannotTell),
            Verdict::Failed => Err(failed(format!("cannot check: {}", answer.message))),
            Verdict::Ok => Err(failed("answers `ok` to check, and not `same`, `diff` or `unknown`".into())),
        }
    }
}

impl Resource for Plugin {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        match self.op {
            // Whether there is something to undo is the net's to know.
            Op::Undo | Op::Check | Op::Watch => Ok(Check::CannotTell),
            Op::Apply => self.look(context),
        }
    }

    fn apply(&self, context: &Context) -> Report {
        self.read(kept(&self.question(self.op, None, context), context), context)
    }

    fn read(&self, mut report: Report, _: &Context) -> Report {
        if report.exit.is_none() || report.result != Outcome::Ok {
            if report.result == Outcome::Failed && !report.stderr.is_empty() {
                let lines = report.stderr.last_lines(1).join("");
                report.message = format!("{}: {lines}", report.message);
            }
            return report;
        }
        let answer = match report.stdout.dropped {
            0 => Answer::parse((report.stdout.head.clone() + &report.stdout.tail).as_bytes()),
            _ => Err("answers with over 64 KiB".to_owned()),
        };
        let answer = answer.and_then(|answer| match answer.verdict {
            Verdict::Ok | Verdict::Same => match answer.values.keys().find(|name| !self.puts.contains(*name))
            {
                None => Ok(answer),
                Some(name) => Err(format!("puts `{name}`, which the action does not declare in `puts`")),
            },
            Verdict::Failed => Err(format!("fails: {}", answer.message)),
            Verdict::Diff | Verdict::Unknown => {
                Err("does not answer `ok` or `failed` when it is asked to act".to_owned())
            }
        });
        match answer {
            Ok(answer) => {
                report.message = answer.message;
                report.values =
                    answer.values.into_iter().map(|(name, text)| NewValue::lasting(name, text)).collect();
            }
            Err(complaint) => {
                report.result = Outcome::Failed;
                report.message = format!("{} {complaint}", self.path);
            }
        }
        report
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        (self.op == Op::Apply).then(|| self.look(context))
    }

    fn watch(&self, context: &Context) -> Watch {
        if self.op != Op::Apply {
            return Watch::never();
        }
        let feed = (self.watches == Watches::Yes).then(|| {
            let Words { argv, cwd, env, stdin } = self.question(Op::Watch, None, context);
            let env = env.into_iter().chain(own_environment(context)).collect();
            let question = stdin.map(|line| line.trim_end().to_owned());
            Feed { argv, cwd, env, question, secrets: context.secrets.clone() }
        });
        let poll = self.poll.or(Some(POLL).filter(|_| feed.is_none()));
        Watch { poll, feed, pace: Pace::Slow, ..Watch::never() }
    }

    fn recovery(&self) -> Recovery {
        Recovery::Kept
    }

    fn before(&self, context: &Context) -> Result<Option<Value>, Halt> {
        if self.op != Op::Apply {
            return Ok(None);
        }
        if self.told().is_none() {
            self.look(context)?;
        }
        Ok(self.told())
    }

    fn undone(&self, past: &Past, context: &Context) -> Result<Check, Halt> {
        let found = self.look(context)?;
        // What was recorded holds no secrets.
        let told = self.told().map(|told| secret::strike_value(told, &context.secrets));
        Ok(match found {
            Check::Same(words) => Check::Diff(words),
            Check::Diff(words) if past.before.is_some() && told == past.before => {
                Check::Same(format!("it is as it was: {words}"))
            }
            Check::Diff(_) | Check::CannotTell => Check::CannotTell,
        })
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        self.read(kept(&self.question(Op::Undo, Some(past), context), context), context)
    }
}
