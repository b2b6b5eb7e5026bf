//! `value`: names a value in the run's table of values, or waits for one.
//!
//! `put` sets it together with the outcome, in one transaction; `get` fails while it is not
//! there; `wait` waits for it. Every template can use a value that has been put.

use super::{Check, Context, Kind, Past, Recovery, Resource, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec};
use crate::report::{Halt, Report};
use pn_deployment::Outcome;
use std::time::Duration;

pub(super) static KIND: Kind = Kind {
    name: "value",
    meaning: "puts a value for others, gets one, or waits for one",
    params: &[
        ParamSpec::required("name", Form::Name, "the name of the value"),
        ParamSpec::optional("op", Form::Choice(&["put", "get", "wait"]), "what to do; default put"),
        ParamSpec::optional("value", Form::Text, "what to put"),
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
        let op = match (params.get("op").unwrap_or("put"), params.get("value")) {
            ("put", Some(value)) => Op::Put(value.to_owned()),
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
    Put(String),
    Get,
    Wait,
}

impl Value {
    fn current(&self, context: &Context) -> Option<String> {
        let values = context.values.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        values.get(&self.name).cloned()
    }
}

impl Resource for Value {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        let current = self.current(context);
        Ok(match (&self.op, current) {
            (Op::Put(wanted), Some(value)) if *wanted == value => {
                Check::Same(format!("`{}` has this value", self.name))
            }
            (Op::Put(_), Some(_)) => Check::Diff(format!("`{}` has another value", self.name)),
            (Op::Get | Op::Wait, Some(_)) => Check::Same(format!("`{}` is there", self.name)),
            (_, None) => Check::Diff(format!("`{}` has no value", self.name)),
        })
    }

    fn apply(&self, context: &Context) -> Report {
        match &self.op {
            Op::Put(value) => {
                let mut report = Report::new(Outcome::Ok, format!("put `{}`", self.name));
                report.values.push((self.name.clone(), value.clone()));
                report
            }
            Op::Get => Report::new(Outcome::Failed, format!("`{}` has no value", self.name)),
            Op::Wait => loop {
                if self.current(context).is_some() {
                    return Report::new(Outcome::Ok, format!("`{}` is there", self.name));
                }
                if context.is_cancelled() {
                    return Report::new(Outcome::Cancelled, "the wait was cancelled");
                }
                if context.is_late() {
                    return Report::new(Outcome::Timeout, format!("`{}` did not come in time", self.name));
                }
                std::thread::sleep(Duration::from_millis(20));
            },
        }
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        // What is put takes effect with the record of the outcome.
        None
    }

    fn recovery(&self) -> Recovery {
        match self.op {
            Op::Put(_) => Recovery::Recheck,
            Op::Get | Op::Wait => Recovery::Continue,
        }
    }

    fn before(&self, context: &Context) -> Result<Option<serde_json::Value>, Halt> {
        Ok(Some(serde_json::json!({ "value": self.current(context) })))
    }

    fn undone(&self, _: &Past, _: &Context) -> Result<Check, Halt> {
        Ok(Check::Same("values belong to their run, which does not go on after a rollback".to_owned()))
    }
}
