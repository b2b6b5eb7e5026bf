//! One attempt at an action, from its parameters to its report: fill in, check, apply, check.

use crate::params::{ParamProblem, Params, Secrecy, name_problems};
use crate::report::{Halt, Report};
use crate::resource::{Check, Context, Recovery, Resource, kind};
use crate::supervise::{self, Found};
use crate::{secret, template};
use pn_deployment::{Action, Outcome};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an attempt is to do.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) action: Action,
    pub(crate) mode: Mode,
    pub(crate) parameters: Arc<BTreeMap<String, String>>,
    pub(crate) environment: Arc<BTreeMap<String, String>>,
    pub(crate) context: Context,
}

/// How far an attempt goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Check, and apply where there is a difference.
    Apply,
    /// Only check: the net draws check and apply apart.
    CheckOnly,
}

/// How an attempt that was in flight is taken up again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recovered {
    /// Its result was there.
    Finished,
    /// It still runs, and is waited for.
    Adopted,
    /// It had not begun.
    NeverStarted,
    /// Nobody knows what became of it: the resource was checked again.
    Rechecked,
    /// It only waits or looks, and goes on.
    Continued,
}

/// Makes the attempt.
pub(crate) fn perform(mut task: Task) -> Report {
    let mut report = match prepare(&mut task) {
        Ok(resource) => check_and_apply(&*resource, task.mode, &task.context),
        Err(halt) => halt.into(),
    };
    secret::strike_report(&mut report, &task.context.secrets);
    report
}

/// Takes up an attempt that was in flight when its runner ended. `tell` learns how before a wait.
pub(crate) fn recover(mut task: Task, tell: &mut dyn FnMut(Recovered)) -> Report {
    let mut report = recovered(&mut task, tell);
    secret::strike_report(&mut report, &task.context.secrets);
    report
}

fn recovered(task: &mut Task, tell: &mut dyn FnMut(Recovered)) -> Report {
    // What is done is done, whether or not its parameters can still be filled in.
    let left = supervise::find(&task.context.folder);
    let prepared = prepare(task);
    let context = &task.context;
    let afterwards = |report: Report| match &prepared {
        Ok(resource) => check_afterwards(&**resource, report, context),
        Err(_) => report,
    };
    match left {
        Ok(Found::Ended(report)) => {
            tell(Recovered::Finished);
            return afterwards(*report);
        }
        Ok(Found::Alive(supervisor)) => {
            tell(Recovered::Adopted);
            return afterwards(supervise::adopt(supervisor, context));
        }
        Ok(Found::NeverStarted | Found::Lost) | Err(_) => {}
    }
    let recovery = prepared.as_ref().ok().map(|resource| resource.recovery());
    if let Ok(resource) = &prepared
        && (recovery == Some(Recovery::Continue) || task.mode == Mode::CheckOnly)
    {
        tell(Recovered::Continued);
        return check_and_apply(&**resource, task.mode, context);
    }
    let message = match (&left, recovery) {
        (Ok(Found::NeverStarted), Some(Recovery::Supervised)) => {
            tell(Recovered::NeverStarted);
            "its runner ended before it began".to_owned()
        }
        (Err(error), _) => {
            tell(Recovered::Rechecked);
            format!("its runner ended, and what it left cannot be read: {error}")
        }
        _ => {
            tell(Recovered::Rechecked);
            "it was in flight when its runner ended".to_owned()
        }
    };
    afterwards(Report::new(Outcome::Unknown, message))
}

fn check_and_apply(resource: &dyn Resource, mode: Mode, context: &Context) -> Report {
    match (resource.check(context), mode) {
        (Err(halt), _) => halt.into(),
        (Ok(Check::Same(why)), _) => Report::new(Outcome::Same, why),
        (Ok(Check::Diff(what)), Mode::CheckOnly) => Report::new(Outcome::Diff, what),
        (Ok(Check::CannotTell), Mode::CheckOnly) => {
            Report::new(Outcome::Failed, "its check cannot tell; only doing it would")
        }
        (Ok(_), Mode::Apply) if context.is_cancelled() => {
            Report::new(Outcome::Cancelled, "stopped before it began")
        }
        (Ok(_), Mode::Apply) if context.is_late() => {
            Report::new(Outcome::Timeout, "its check took longer than the timeout")
        }
        (Ok(_), Mode::Apply) => check_afterwards(resource, resource.apply(context), context),
    }
}

/// Lets the check confirm a success, and decide where nobody knows.
fn check_afterwards(resource: &dyn Resource, mut report: Report, context: &Context) -> Report {
    match report.result {
        Outcome::Ok => match resource.check_again(context) {
            None | Some(Ok(Check::Same(_) | Check::CannotTell)) => {}
            Some(Ok(Check::Diff(what))) => {
                report.result = Outcome::Failed;
                report.message = format!("done, and yet {what}");
            }
            Some(Err(check)) => {
                report.result = check.result;
                report.message = format!("done, but its check failed: {}", check.message);
            }
        },
        Outcome::Unknown => {
            if let Ok(Check::Same(why)) = resource.check(context) {
                report.result = Outcome::Ok;
                report.message = format!("{}; found done: {why}", report.message);
            }
        }
        _ => {}
    }
    report
}

/// Fills in the parameters and makes the resource.
fn prepare(task: &mut Task) -> Result<Box<dyn Resource>, Halt> {
    let failed = |problem: ParamProblem| Halt::new(Outcome::Failed, problem.to_string());
    let Some(kind) = kind(&task.action.kind) else {
        return Err(Halt::new(Outcome::Failed, format!("there is no resource kind `{}`", task.action.kind)));
    };
    if let Some(problem) = name_problems(kind.params, &task.action.params).into_iter().next() {
        return Err(failed(problem));
    }
    let mut names = BTreeMap::clone(&task.parameters);
    let values = task.context.values.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    names.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
    drop(values);
    let mut params = Vec::new();
    for (name, raw) in &task.action.params {
        let bad = |complaint| failed(ParamProblem::Bad { param: name.clone(), complaint });
        let spec = kind.params.iter().find(|spec| spec.covers(name)).expect("all names are known");
        let mut value = template::render(raw, &names).map_err(bad)?;
        if secret::is_reference(raw) {
            if spec.secrecy == Secrecy::Shown {
                return Err(failed(ParamProblem::Secret { param: name.clone() }));
            }
            value = secret::resolve(&value, &task.environment).map_err(bad)?;
            task.context.secrets.push(value.clone());
        } else if let Some(complaint) = spec.form.complaint(&value) {
            return Err(bad(complaint));
        }
        params.push((name.clone(), value));
    }
    task.context.names = names;
    (kind.build)(&Params(params)).map_err(failed)
}
