//! `value`: names a value in the run's table of values, or waits for one.
//!
//! `put` sets it together with the outcome, in one transaction; `get` fails while it is not
//! there; `wait` waits for it. Every template can use a value that has been put.

use super::{Check, Context, Kind, Past, Recovery, Resource, Tracks, Undoing};
use crate::journal::Journal;
use crate::params::{Form, ParamProblem, ParamSpec};
use crate::report::{Halt, Report};
use crate::values::NewValue;
use crate::watch::Watch;
use pn_deployment::Outcome;
use std::time::Duration;

/// How often one who waits for a value looks whether to stop.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) static KIND: Kind = Kind {
    name: "value",
    meaning: "puts a value for others, gets one, or waits for one",
    params: &[
        ParamSpec::required("name", Form::Name, "the name of the value"),
        ParamSpec::optional("op", Form::Choice(&["put", "get", "wait"]), "what to do; default put"),
        ParamSpec::optional("value", Form::Text, "what to put"),
        ParamSpec::optional("ttl", Form::Duration, "how long it holds once it is put; default for ever"),
    ],
    undoing: |params| match params.get("op") {
        Some("get" | "wait") => Undoing::Nothing,
        _ => Undoing::Former,
    },
    build: |params| {
        let name = params.get("name").unwrap_or_default().to_owned();
        let bad = |complaint: &str| {
            Err(ParamProblem::Bad { param: "value".into(), complaint: complaint.to_owned() })
        };
        let ttl = params.get("ttl").and_then(crate::duration::parse);
        if ttl.is_some() && params.get("op").is_some_and(|op| op != "put") {
            let complaint = "only what is put ends by itself".to_owned();
            return Err(ParamProblem::Bad { param: "ttl".into(), complaint });
        }
        let op = match (params.get("op").unwrap_or("put"), params.get("value")) {
            ("put", Some(value)) => Op::Put(value.to_owned(), ttl),
            ("put", None) => return bad("`put` needs the value to put"),
            (_, Some(_)) => return bad("only `put` takes a value"),
            ("wait", None) => Op::Wait,
            (_, None) => Op::Get,
        };
        Ok(Box::new(Value { name, op }))
    },
};

#[derive(Debug)]
struct Value {
    name: String,
    op: Op,
}

#[derive(Debug)]
enum Op {
    Put(String, Option<Duration>),
    Get,
    Wait,
}

impl Value {
    fn current(&self, context: &Context) -> Option<String> {
        context.values.get(&self.name)
    }

    /// The value as the journal of its run has it.
    fn recorded(&self, past: &Past) -> Result<Option<String>, Halt> {
        let mut values = Journal::open(&past.journal).and_then(|j| j.values()).map_err(unreadable)?;
        Ok(values.remove(&self.name))
    }
}

impl Resource for Value {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        let current = self.current(context);
        Ok(match (&self.op, current) {
            (Op::Put(wanted, _), Some(value)) if *wanted == value => {
                Check::Same(format!("`{}` has this value", self.name))
            }
            (Op::Put(..), Some(_)) => Check::Diff(format!("`{}` has another value", self.name)),
            (Op::Get | Op::Wait, Some(_)) => Check::Same(format!("`{}` is there", self.name)),
            (_, None) => Check::Diff(format!("`{}` has no value", self.name)),
        })
    }

    fn apply(&self, context: &Context) -> Report {
        match &self.op {
            Op::Put(text, ttl) => {
                let mut report = Report::new(Outcome::Ok, format!("put `{}`", self.name));
                report.values.push(NewValue { name: self.name.clone(), text: text.clone(), ttl: *ttl });
                report
            }
            Op::Get => Report::new(Outcome::Failed, format!("`{}` has no value", self.name)),
            Op::Wait => loop {
                // Woken when it is put; the pause is for a cancellation and the deadline.
                if context.values.wait_for_change(&self.name, PAUSE).is_some() {
                    return Report::new(Outcome::Ok, format!("`{}` is there", self.name));
                }
                if context.is_cancelled() {
                    return Report::new(Outcome::Cancelled, "the wait was cancelled");
                }
                if context.is_late() {
                    return Report::new(Outcome::Timeout, format!("`{}` did not come in time", self.name));
                }
            },
        }
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        // What is put takes effect with the record of the outcome.
        None
    }

    fn watch(&self, context: &Context) -> Watch {
        Watch { after: context.values.left(&self.name), ..Watch::never() }.value(&self.name)
    }

    fn recovery(&self) -> Recovery {
        match self.op {
            Op::Put(..) => Recovery::Recheck,
            Op::Get | Op::Wait => Recovery::Continue,
        }
    }

    fn before(&self, context: &Context) -> Result<Option<serde_json::Value>, Halt> {
        Ok(Some(serde_json::json!({ "value": self.current(context) })))
    }

    fn undone(&self, past: &Past, _: &Context) -> Result<Check, Halt> {
        let (now, before) = (self.recorded(past)?, former(past)?);
        Ok(match now == before {
            true => Check::Same(format!("`{}` is as it was", self.name)),
            false => Check::Diff(format!("`{}` has another value", self.name)),
        })
    }

    fn tracks(&self, past: &Past, _: &Context) -> Result<Tracks, Halt> {
        let now = self.recorded(past)?;
        Ok(match &self.op {
            Op::Put(value, _) if now.as_ref() != Some(value) && now != former(past)? => {
                Tracks::Others(format!("`{}` has another value", self.name))
            }
            _ => Tracks::Own,
        })
    }

    fn undo(&self, past: &Past, _: &Context) -> Report {
        // The run does not go on, so its journal is nobody's to write at the moment.
        let restored = || -> Result<String, Halt> {
            let before = former(past)?;
            let mut journal = Journal::open_for_writing(&past.journal).map_err(unreadable)?;
            journal.write(0, |writer| writer.restore(&self.name, before.as_deref())).map_err(unreadable)?;
            Ok(match before {
                Some(_) => format!("`{}` has its former value", self.name),
                None => format!("`{}` has no value any more", self.name),
            })
        };
        match restored() {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(halt) => halt.into(),
        }
    }
}

/// The value that was there before.
fn former(past: &Past) -> Result<Option<String>, Halt> {
    match past.before.as_ref().and_then(|before| before.get("value")) {
        Some(serde_json::Value::String(value)) => Ok(Some(value.clone())),
        Some(serde_json::Value::Null) => Ok(None),
        _ => Err(Halt::new(Outcome::Failed, "which value was there before is not known")),
    }
}

fn unreadable(error: crate::error::ExecutorError) -> Halt {
    Halt::new(Outcome::Failed, error.to_string())
}
