//! One attempt at an action, from its parameters to its report: fill in, check, apply, check.

use crate::away::{Away, Remote};
use crate::course::{Left, Look, Next, Pressure, after_check, after_look, is_looked_at, take_up};
use crate::keeper::{self, Found};
use crate::keepsake::Keepsake;
use crate::machine::Stage;
use crate::params::{ParamProblem, Params, Secrecy, name_problems};
use crate::report::{Halt, Report};
use crate::resource::{Check, Context, Resource, kind};
use crate::{secret, template};
use pn_deployment::{Action, Outcome};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an attempt is to do.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) action: Action,
    pub(crate) mode: Mode,
    pub(crate) parameters: Arc<BTreeMap<String, String>>,
    pub(crate) context: Context,
}

/// How far an attempt goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Check, and apply where there is a difference.
    Apply,
    /// Only check: the net draws check and apply apart.
    CheckOnly,
    /// Check, and apply once the difference is recorded. An attempt that is taken up again may
    /// have come so far already.
    Staged(Stage),
    /// Apply whatever a check would find, once that is recorded.
    Refresh(Stage),
    /// Check, and tell what would be applied; staged or not.
    Pretend(Option<Stage>),
}

impl Mode {
    /// How it goes on once the difference is recorded.
    const fn recorded(self) -> Self {
        match self {
            Self::Staged(_) => Self::Staged(Stage::Applying),
            Self::Refresh(_) => Self::Refresh(Stage::Applying),
            Self::Pretend(Some(_)) => Self::Pretend(Some(Stage::Applying)),
            other => other,
        }
    }
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
    /// It had not found a difference yet, so it has changed nothing: it checks once more.
    Unchanged,
}

impl Recovered {
    /// Whether it may take long from here on, so that others need not wait for it.
    #[must_use]
    pub const fn goes_on(self) -> bool {
        matches!(self, Self::Adopted | Self::Continued | Self::Unchanged)
    }
}

/// What a staged attempt found before it changes anything.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// In what the resource differs, in words.
    pub what: String,
    /// What undoing will need to know, where there is anything.
    pub before: Option<serde_json::Value>,
}

/// Whether an attempt may apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Permission {
    /// The difference is recorded.
    Granted,
    /// Nobody will record it: the attempt is over, and has changed nothing.
    Denied,
}

/// Whoever an attempt talks to before it ends.
pub(crate) trait Listener {
    /// How it is taken up, before it may wait for long.
    fn taken_up(&mut self, how: Recovered);

    /// What it found; returns once that is recorded.
    fn differs(&mut self, difference: Difference) -> Permission;
}

/// Makes the attempt.
pub(crate) fn perform(mut task: Task, listener: &mut dyn Listener) -> Report {
    let mut report = match (prepare(&mut task), task.mode) {
        (Ok(resource), Mode::Pretend(stage)) => {
            let check = resource.check(&task.context);
            pretend(check, stage, &task.context, listener)
        }
        (Err(halt), Mode::Pretend(stage)) => pretend(Err(halt), stage, &task.context, listener),
        (Ok(resource), mode) => check_and_apply(&*resource, mode, &task.context, listener),
        (Err(halt), _) => halt.into(),
    };
    secret::strike_report(&mut report, &task.context.secrets);
    report
}

/// Takes up an attempt that was in flight when its runner ended.
pub(crate) fn recover(mut task: Task, listener: &mut dyn Listener) -> Report {
    if matches!(task.mode, Mode::Staged(Stage::Checking) | Mode::Refresh(Stage::Checking) | Mode::Pretend(_))
    {
        listener.taken_up(Recovered::Unchanged);
        return perform(task, listener);
    }
    let mut report = recovered(&mut task, listener);
    secret::strike_report(&mut report, &task.context.secrets);
    report
}

fn recovered(task: &mut Task, listener: &mut dyn Listener) -> Report {
    // What is done is done, whether or not its parameters can still be filled in.
    let left = match task.context.away.as_ref().filter(|_| Away::concerns(&task.action.kind)) {
        Some(away) => away.find(&task.context),
        None => {
            let older = task.context.keepers.older().map_err(std::io::Error::other);
            older.map(|older| keeper::find(older, &task.context))
        }
    };
    let prepared = prepare(task);
    let context = &task.context;
    let afterwards = |report: Report| match &prepared {
        Ok(resource) => check_afterwards(&**resource, resource.read(report, context), task.mode, context),
        Err(_) => report,
    };
    let remains = match &left {
        Ok(Found::Ended(_)) => Left::Result,
        Ok(Found::Alive(_)) => Left::Alive,
        Ok(Found::NeverStarted) => Left::NeverStarted,
        Ok(Found::Lost) | Err(_) => Left::Unclear,
    };
    let recovery = prepared.as_ref().ok().map(|resource| resource.recovery());
    let how = take_up(remains, recovery, task.mode);
    listener.taken_up(how);
    match (left, how, &prepared) {
        (Ok(Found::Ended(report)), ..) => afterwards(*report),
        (Ok(Found::Alive(log)), _, Ok(resource)) => {
            check_afterwards(&**resource, resource.adopted(log, context), task.mode, context)
        }
        (Ok(Found::Alive(log)), _, Err(_)) if context.away.is_none() => keeper::adopt(&log, context),
        (_, Recovered::Continued, Ok(resource)) => check_and_apply(&**resource, task.mode, context, listener),
        (left, how, _) => {
            let message = match (left, how) {
                (_, Recovered::NeverStarted) => "its runner ended before it began".to_owned(),
                (Err(error), _) => format!("its runner ended, and what it left cannot be read: {error}"),
                _ => "it was in flight when its runner ended".to_owned(),
            };
            afterwards(Report::new(Outcome::Unknown, message))
        }
    }
}

/// Tells what would be applied, and does nothing. What cannot be looked at, as it needs what was not
/// done either, would be.
fn pretend(
    check: Result<Check, Halt>,
    stage: Option<Stage>,
    context: &Context,
    listener: &mut dyn Listener,
) -> Report {
    let check = check.unwrap_or_else(|halt| Check::Diff(format!("cannot be looked at: {}", halt.message)));
    let (mode, look) = (Mode::Pretend(stage), look(&check));
    let mut next = after_check(look, mode, pressure(context));
    if next == Next::Announce {
        let what = secret::strike(&words(&check), &context.secrets);
        if listener.differs(Difference { what, before: None }) == Permission::Denied {
            return Report::new(Outcome::Cancelled, "stopped before it began");
        }
        next = after_check(look, mode.recorded(), pressure(context));
    }
    match next {
        Next::End(Outcome::Ok) => Report::new(Outcome::Ok, format!("would apply: {}", words(&check))),
        Next::End(result) => Report::new(result, words(&check)),
        Next::Apply | Next::Announce => unreachable!("who pretends applies nothing"),
    }
}

fn check_and_apply(
    resource: &dyn Resource,
    mode: Mode,
    context: &Context,
    listener: &mut dyn Listener,
) -> Report {
    tracing::debug!("checks");
    let check = match (resource.check(context), mode) {
        (Ok(Check::Same(_)), Mode::Refresh(_)) => {
            Check::Diff("something that it depends on has changed".to_owned())
        }
        (Ok(check), _) => check,
        (Err(halt), _) => return halt.into(),
    };
    tracing::debug!(look = ?look(&check), "has checked");
    let mut next = after_check(look(&check), mode, pressure(context));
    if next == Next::Announce {
        let before = match Keepsake::take(resource, context) {
            Ok(keepsake) => keepsake.map(|keepsake| keepsake.to_json()),
            Err(halt) => return halt.into(),
        };
        let what = secret::strike(&words(&check), &context.secrets);
        match listener.differs(Difference { what, before }) {
            Permission::Granted => {}
            Permission::Denied => return Report::new(Outcome::Cancelled, "stopped before it began"),
        }
        next = after_check(look(&check), mode.recorded(), pressure(context));
    }
    let result = match next {
        Next::Apply | Next::Announce => {
            tracing::debug!("applies");
            if mode == Mode::Apply
                && let Err(halt) = keep(resource, context)
            {
                return halt.into();
            }
            let report = match mode {
                Mode::Refresh(_) => resource.refresh(context),
                _ => resource.apply(context),
            };
            return check_afterwards(resource, report, mode, context);
        }
        Next::End(result) => result,
    };
    let message = match result {
        Outcome::Cancelled => "stopped before it began".to_owned(),
        Outcome::Timeout => "its check took longer than the timeout".to_owned(),
        _ => words(&check),
    };
    Report::new(result, message)
}

fn pressure(context: &Context) -> Pressure {
    match (context.is_cancelled(), context.is_late()) {
        (true, _) => Pressure::Cancelled,
        (false, true) => Pressure::Late,
        (false, false) => Pressure::None,
    }
}

fn words(check: &Check) -> String {
    match check {
        Check::Same(words) | Check::Diff(words) => words.clone(),
        Check::CannotTell => "its check cannot tell; only doing it would".to_owned(),
    }
}

/// Keeps what undoing will need, where the journal does not record it.
fn keep(resource: &dyn Resource, context: &Context) -> Result<(), Halt> {
    Keepsake::take(resource, context)?.map_or(Ok(()), |keepsake| keepsake.keep(&context.kept))
}

fn look(check: &Check) -> Look {
    match check {
        Check::Same(_) => Look::Same,
        Check::Diff(_) => Look::Differs,
        Check::CannotTell => Look::CannotTell,
    }
}

/// Lets the check confirm a success, and decide where nobody knows.
fn check_afterwards(resource: &dyn Resource, mut report: Report, mode: Mode, context: &Context) -> Report {
    let check = match report.result {
        result if !is_looked_at(result, mode) => None,
        Outcome::Ok => resource.check_again(context),
        _ => resource.check(context).ok().map(Ok),
    };
    let check = match check {
        None => return report,
        Some(Ok(check)) => check,
        Some(Err(halt)) => {
            report.result = halt.result;
            report.message = format!("done, but its check failed: {}", halt.message);
            return report;
        }
    };
    let result = match after_look(report.result, Some(look(&check))) {
        Outcome::Failed => context.refuted,
        result => result,
    };
    match (report.result, check) {
        (Outcome::Ok, Check::Diff(what)) => report.message = format!("done, and yet {what}"),
        (Outcome::Unknown, Check::Same(why)) => {
            report.message = format!("{}; found done: {why}", report.message);
        }
        _ => {}
    }
    report.result = result;
    report
}

/// Fills in the parameters and makes the resource.
pub(crate) fn prepare(task: &mut Task) -> Result<Box<dyn Resource>, Halt> {
    let failed = |problem: ParamProblem| Halt::new(Outcome::Failed, problem.to_string());
    let Some(kind) = kind(&task.action.kind) else {
        return Err(Halt::new(Outcome::Failed, format!("there is no resource kind `{}`", task.action.kind)));
    };
    if let Some(problem) = name_problems(kind.params, &task.action.params).into_iter().next() {
        return Err(failed(problem));
    }
    let mut names = BTreeMap::clone(&task.parameters);
    names.extend(task.context.values.all());
    let (mut params, mut filled) = (Vec::new(), Vec::new());
    for (name, raw) in &task.action.params {
        let bad = |complaint| failed(ParamProblem::Bad { param: name.clone(), complaint });
        let spec = kind.params.iter().find(|spec| spec.covers(name)).expect("all names are known");
        let mut value = template::render(raw, &names).map_err(bad)?;
        if secret::is_reference(raw) {
            if spec.secrecy == Secrecy::Shown {
                return Err(failed(ParamProblem::Secret { param: name.clone() }));
            }
            value = secret::resolve(&value, &task.context.environment).map_err(bad)?;
            task.context.secrets.push(value.clone());
        } else if let Some(complaint) = spec.form.complaint(&value) {
            return Err(bad(complaint));
        }
        let shown = if secret::is_reference(raw) { raw.clone() } else { value.clone() };
        filled.push((name.clone(), shown));
        params.push((name.clone(), value));
    }
    task.context.filled = (task.action.kind.clone(), filled);
    task.context.names = names;
    let resource = (kind.build)(&Params(params.clone())).map_err(failed)?;
    Ok(Remote::where_it_is(resource, kind.name, params, &task.context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::AttemptId;
    use crate::resource::Recovery;
    use crate::watch::Watch;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    /// As wanted, as far as its check can tell; how doing it goes, nobody knows.
    #[derive(Debug)]
    struct Doubtful;

    impl Resource for Doubtful {
        fn check(&self, _: &Context) -> Result<Check, Halt> {
            Ok(Check::Same("it is as wanted".into()))
        }

        fn apply(&self, _: &Context) -> Report {
            Report::new(Outcome::Unknown, "applied, maybe")
        }

        fn refresh(&self, _: &Context) -> Report {
            Report::new(Outcome::Unknown, "refreshed, maybe")
        }

        fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
            Some(self.check(context))
        }

        fn recovery(&self) -> Recovery {
            Recovery::Recheck
        }

        fn watch(&self, _: &Context) -> Watch {
            Watch::never()
        }
    }

    struct Grants;

    impl Listener for Grants {
        fn taken_up(&mut self, _: Recovered) {}

        fn differs(&mut self, _: Difference) -> Permission {
            Permission::Granted
        }
    }

    #[test]
    fn a_check_tells_nothing_of_a_refresh() {
        let context = Context {
            cancel: Arc::new(AtomicBool::new(false)),
            ..Context::stopping("run", AttemptId(1), Duration::ZERO)
        };
        let refreshed = check_and_apply(&Doubtful, Mode::Refresh(Stage::Checking), &context, &mut Grants);
        assert_eq!((refreshed.result, &*refreshed.message), (Outcome::Unknown, "refreshed, maybe"));
        let left = Report::new(Outcome::Unknown, "its runner ended");
        let refreshed = check_afterwards(&Doubtful, left.clone(), Mode::Refresh(Stage::Applying), &context);
        assert_eq!(refreshed.result, Outcome::Unknown);
        let applied = check_afterwards(&Doubtful, left, Mode::Staged(Stage::Applying), &context);
        assert_eq!(applied.result, Outcome::Ok);
    }
}
