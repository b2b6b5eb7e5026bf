//! `noop`: nothing to do, ever. For steps that only people or other tools carry out.

use super::{Check, Context, Kind, Recovery, Resource, Undoing};
use crate::params::{Form, ParamSpec};
use crate::report::{Halt, Report};
use crate::watch::Watch;
use pn_deployment::Outcome;

pub(super) static KIND: Kind = Kind {
    name: "noop",
    meaning: "does nothing",
    params: &[ParamSpec::optional("comment", Form::Text, "a remark for readers")],
    undoing: |_| Undoing::Nothing,
    build: |_| Ok(Box::new(Noop)),
};

#[derive(Debug)]
struct Noop;

impl Resource for Noop {
    fn check(&self, _: &Context) -> Result<Check, Halt> {
        Ok(Check::Same("there is nothing to do".into()))
    }

    fn apply(&self, _: &Context) -> Report {
        Report::new(Outcome::Ok, "there is nothing to do")
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
