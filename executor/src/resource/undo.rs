//! `undo`: takes back what an attempt of an earlier run did, by the undo of that attempt's kind.
//!
//! `pn rollback` writes deployments of such actions. What is to be undone is read from the journal
//! of that run, which lies in the same folder. The check is whether everything is as it was
//! before; a resource that is neither so nor as the attempt left it was changed by somebody else
//! since, and is left alone unless `others` says otherwise. What the attempt's runner left running
//! when it died is ended first.

use super::{Check, Context, Kind, Others, Past, Recovery, Resource, Tracks, Undoing};
use crate::error::ExecutorError;
use crate::journal::{Journal, journal_of};
use crate::keeper::{self, Found};
use crate::machine::AttemptId;
use crate::params::{Form, ParamProblem, ParamSpec};
use crate::report::{Halt, Report};
use crate::secret;
use crate::watch::Watch;
use pn_deployment::Outcome;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) static KIND: Kind = Kind {
    name: "undo",
    meaning: "takes back what an attempt of an earlier run did",
    params: &[
        ParamSpec::required("run", Form::Name, "the earlier run, whose journal is in the same folder"),
        ParamSpec::required("attempt", Form::Name, "the number of the attempt"),
        ParamSpec::optional(
            "op",
            Form::Choice(&["undo", "refresh"]),
            "undo (default), or refresh: what was undone takes up that the rest is as it was",
        ),
        ParamSpec::optional(
            "others",
            Form::Choice(&["respect", "overwrite"]),
            "what becomes of changes that somebody else has made since; default respect",
        ),
    ],
    undoing: |_| Undoing::Never("an undo is not undone; run the deployment again"),
    build: |params| {
        let bad = |param: &str, complaint: String| ParamProblem::Bad { param: param.to_owned(), complaint };
        let run = params.get("run").unwrap_or_default().to_owned();
        if !run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(bad("run", format!("`{run}` is no name of a run")));
        }
        let attempt = params.get("attempt").unwrap_or_default();
        let number = attempt.parse().map_err(|_| bad("attempt", format!("`{attempt}` is no number")))?;
        let others = match params.get("others") {
            Some("overwrite") => Others::Overwritten,
            _ => Others::Respected,
        };
        let op = match params.get("op") {
            Some("refresh") if others == Others::Overwritten => {
                return Err(bad("others", "it has a meaning with op undo only".into()));
            }
            Some("refresh") => Op::Refresh,
            _ => Op::Undo,
        };
        Ok(Box::new(Undo { run, attempt: AttemptId(number), op, others }))
    },
};

/// An attempt that is to be undone.
#[derive(Debug)]
struct Undo {
    run: String,
    attempt: AttemptId,
    op: Op,
    others: Others,
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Undo,
    /// It has been undone, and so has what it depends on: it takes that up.
    Refresh,
}

/// What is to be undone, ready to be looked at.
struct Opened {
    resource: Box<dyn Resource>,
    past: Past,
    /// With the secrets of the resource.
    context: Context,
    /// That of the attempt itself, which is to stop.
    own: Context,
    /// Where its keeper may have left its result, if it has not ended.
    in_flight: Option<PathBuf>,
}

impl Undo {
    fn open(&self, context: &Context) -> Result<Opened, Halt> {
        let unreadable = |error: ExecutorError| Halt::new(Outcome::Failed, error.to_string());
        let failed = |why: String| {
            Halt::new(Outcome::Failed, format!("attempt {} of {} {why}", self.attempt, self.run))
        };
        let path = journal_of(&context.runs, &self.run);
        let journal = Journal::open(&path).map_err(unreadable)?;
        let attempt = journal.past_attempt(self.attempt).map_err(unreadable)?;
        let attempt = attempt.ok_or_else(|| failed("is not in its journal".into()))?;
        let kept = path.with_extension("kept").join(self.attempt.to_string());
        let keepsake = attempt.keepsake.ok_or_else(|| failed("has changed nothing".into()))?;
        let mut context = context.clone();
        let resource = keepsake.resource(&mut context)?;
        let folder = path.with_extension("d");
        let past = Past {
            key: format!("{}/{}/{}", self.run, attempt.action, attempt.activation),
            before: keepsake.before,
            kept,
            ended: attempt.ended,
            journal: path,
            others: self.others,
        };
        let in_flight = (past.ended.is_none() && folder.exists()).then_some(folder);
        let cancel = Arc::new(AtomicBool::new(true));
        let own = Context { run: self.run.clone(), attempt: self.attempt, cancel, ..context.clone() };
        Ok(Opened { resource, past, context, own, in_flight })
    }
}

impl Opened {
    fn look(&self) -> Result<Check, Halt> {
        if let Some(folder) = &self.in_flight
            && keeper::goes_on(folder, &self.own)
        {
            return Ok(Check::Diff("it was in flight when its run ended, and may go on".into()));
        }
        self.resource.undone(&self.past, &self.context)
    }

    /// Ends what its runner left running, and makes sure that nobody begins it later.
    fn settle(&mut self) -> Result<(), Halt> {
        let Some(folder) = self.in_flight.take() else { return Ok(()) };
        let failed = |error: std::io::Error| {
            Halt::new(Outcome::Failed, format!("cannot find out what became of it: {error}"))
        };
        if let Found::Alive(log) = keeper::left(&folder, &self.own).map_err(failed)? {
            keeper::adopt(&log, &self.own);
        }
        Ok(())
    }

    fn take_back(&mut self, attempt: AttemptId) -> Result<Report, Halt> {
        self.settle()?;
        if let Check::Same(words) = self.resource.undone(&self.past, &self.context)? {
            return Ok(Report::new(Outcome::Ok, words));
        }
        if let Tracks::Others(what) = self.resource.tracks(&self.past, &self.context)?
            && !self.past.is_forced()
        {
            let message = format!("changed by somebody else since attempt {attempt} left it: {what}");
            return Err(Halt::new(Outcome::Failed, message));
        }
        Ok(self.resource.undo(&self.past, &self.context))
    }
}

fn struck(check: Check, secrets: &[String]) -> Check {
    match check {
        Check::Same(words) => Check::Same(secret::strike(&words, secrets)),
        Check::Diff(words) => Check::Diff(secret::strike(&words, secrets)),
        Check::CannotTell => Check::CannotTell,
    }
}

impl Resource for Undo {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        let opened = self.open(context)?;
        if self.op == Op::Refresh {
            return Ok(Check::CannotTell);
        }
        opened.look().map(|check| struck(check, &opened.context.secrets))
    }

    fn difference(&self, context: &Context) -> Option<String> {
        let opened = self.open(context).ok().filter(|_| self.op == Op::Undo)?;
        match opened.resource.tracks(&opened.past, &opened.context).ok()? {
            Tracks::Own => None,
            Tracks::Others(what) => {
                let what = secret::strike(&what, &opened.context.secrets);
                Some(format!("changed by somebody else since: {what}\n"))
            }
        }
    }

    fn apply(&self, context: &Context) -> Report {
        let mut opened = match self.open(context) {
            Ok(opened) => opened,
            Err(halt) => return halt.into(),
        };
        let mut report = match self.op {
            Op::Undo => opened.take_back(self.attempt).unwrap_or_else(Report::from),
            Op::Refresh => opened.resource.renew(&opened.past, &opened.context),
        };
        secret::strike_report(&mut report, &opened.context.secrets);
        report
    }

    fn read(&self, report: Report, context: &Context) -> Report {
        match self.open(context) {
            Ok(opened) => opened.resource.read(report, &opened.context),
            Err(_) => report,
        }
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        match self.check(context) {
            Ok(Check::CannotTell) => None,
            check => Some(check),
        }
    }

    fn watch(&self, _: &Context) -> Watch {
        // What has been taken back is over: who changes it afterwards may do so.
        Watch::never()
    }

    fn recovery(&self) -> Recovery {
        Recovery::Kept
    }
}
