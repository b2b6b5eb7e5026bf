//! `timer`: waits. An action that takes this long and does nothing else.
//!
//! The wait is counted from the recorded start, so a restart of the runner does not lengthen it.

use super::{Check, Context, Kind, Recovery, Resource, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use crate::watch::Watch;
use pn_deployment::Outcome;
use std::time::Duration;

pub(super) static KIND: Kind = Kind {
    name: "timer",
    meaning: "waits",
    params: &[ParamSpec::required("after", Form::Duration, "how long, such as 5s")],
    undoing: |_| Undoing::Nothing,
    build: |params| Ok(Box::new(Timer { after: after(params)? })),
};

#[derive(Debug)]
struct Timer {
    after: Duration,
}

fn after(params: &Params) -> Result<Duration, ParamProblem> {
    let text = params.get("after").unwrap_or_default();
    crate::duration::parse(text).ok_or_else(|| ParamProblem::Bad {
        param: "after".into(),
        complaint: Form::Duration.complaint(text).unwrap_or_default(),
    })
}

impl Resource for Timer {
    fn check(&self, _: &Context) -> Result<Check, Halt> {
        Ok(Check::CannotTell)
    }

    fn apply(&self, context: &Context) -> Report {
        loop {
            let elapsed = context.elapsed();
            if context.is_cancelled() {
                return Report::new(Outcome::Cancelled, "the wait was cancelled");
            }
            if elapsed >= self.after {
                return Report::new(Outcome::Ok, format!("waited {:?}", self.after));
            }
            if context.is_late() {
                return Report::new(Outcome::Timeout, "the timeout is shorter than the wait");
            }
            std::thread::sleep((self.after - elapsed).min(Duration::from_millis(20)));
        }
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        None
    }

    fn watch(&self, _: &Context) -> Watch {
        Watch::never()
    }

    fn recovery(&self) -> Recovery {
        Recovery::Continue
    }
}
