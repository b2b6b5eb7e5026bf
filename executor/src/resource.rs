//! Resource kinds: what an action can be about.
//!
//! A kind is one file that makes a `Resource` of its parameters, and one line in [`KINDS`].
//! The contract: `check` never writes; `apply` is called only where `check` does not find the
//! resource as wanted; after `apply`, `check` is asked again where it can tell. `before` looks at
//! what `undo` will need, ahead of `apply`; like `check`, it leaves the resource as it is.

mod command;
mod exec;
mod file;
mod http;
mod noop;
mod package;
mod plugin;
mod service;
mod ssh;
mod timer;
mod undo;
mod undoing;
mod value;

pub(crate) use command::{last_line, quote};
use undoing::NO_UNDO;
pub use undoing::Undoing;
pub(crate) use undoing::{LOST, Others, Past, Tracks};

use crate::away::Away;
use crate::keeper::{self, Keepers};
use crate::machine::AttemptId;
use crate::params::{ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use crate::values::Values;
use crate::watch::Watch;

use pn_deployment::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// All kinds, by name.
pub static KINDS: [&Kind; 11] = [
    &exec::KIND,
    &file::KIND,
    &http::KIND,
    &noop::KIND,
    &package::KIND,
    &plugin::KIND,
    &service::KIND,
    &ssh::KIND,
    &timer::KIND,
    &undo::KIND,
    &value::KIND,
];

/// A kind of resource.
#[derive(Debug)]
pub struct Kind {
    /// Its name in an annotation.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub meaning: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Whether what it does with such parameters, as written, can be taken back.
    pub(crate) undoing: fn(&Params) -> Undoing,
    /// Makes a resource of rendered parameters whose names and forms have been checked.
    pub(crate) build: fn(&Params) -> Result<Box<dyn Resource>, ParamProblem>,
}

/// The kind of this name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}

/// Whether and how what such an action does can be taken back by its kind; its parameters may be
/// templates. `None` where there is no such kind.
#[must_use]
pub fn undoing(name: &str, params: &[(String, String)]) -> Option<Undoing> {
    kind(name).map(|kind| (kind.undoing)(&Params(params.to_vec())))
}

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Check {
    /// The resource is as wanted; why we think so.
    Same(String),
    /// It is not; in what it differs.
    Diff(String),
    /// Only doing it tells.
    CannotTell,
}

/// How an attempt that nobody finished is taken up again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recovery {
    /// Its keeper may have finished it, or may still be at it; otherwise the check decides.
    Kept,
    /// The check decides.
    Recheck,
    /// It only waits or looks, and simply goes on.
    Continue,
}

/// One resource with its parameters.
pub(crate) trait Resource: Debug + Send {
    /// Looks whether the resource is as wanted, and writes nothing. A halt ends the attempt.
    fn check(&self, context: &Context) -> Result<Check, Halt>;

    /// What `apply` would change, for people to read: a unified diff where it writes a text.
    /// Like `check`, it writes nothing. `None` where there is no more to show than `check` says.
    fn difference(&self, _context: &Context) -> Option<String> {
        None
    }

    /// Brings it about.
    fn apply(&self, context: &Context) -> Report;

    /// Applies it once more although it is as wanted: something that it depends on has changed.
    fn refresh(&self, context: &Context) -> Report {
        self.apply(context)
    }

    /// Reads what its command left, where more than the exit status tells how it went. Also done
    /// for a command that another runner started.
    fn read(&self, report: Report, _context: &Context) -> Report {
        report
    }

    /// Looks again after a successful `apply`; `None` where that tells nothing.
    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>>;

    /// How it is taken up after a crash.
    fn recovery(&self) -> Recovery;

    /// Where changes of it can be seen that others make: of all that `check` looks at.
    fn watch(&self, context: &Context) -> Watch;

    /// Waits for an attempt that a keeper of another runner still has, by the path of its log, and
    /// reads what its command left.
    fn adopted(&self, log: PathBuf, context: &Context) -> Report {
        self.read(keeper::adopt(&log, context), context)
    }

    /// What undoing will need to know, looked at before `apply` changes anything; in a form of the
    /// kind's own, without secrets. What is too large for it is copied to `context.kept`.
    fn before(&self, _context: &Context) -> Result<Option<Value>, Halt> {
        Ok(None)
    }

    /// Whether the resource is as it was before. Like `check`, it writes nothing.
    fn undone(&self, _past: &Past, _context: &Context) -> Result<Check, Halt> {
        Ok(Check::CannotTell)
    }

    /// Whether what is there are the tracks of this attempt: what it left, or a state between that
    /// and what was before. What is neither, somebody else has made since.
    fn tracks(&self, past: &Past, context: &Context) -> Result<Tracks, Halt> {
        Ok(match (self.check(context)?, past.ended) {
            (Check::Diff(what), Some(Outcome::Ok)) => Tracks::Others(what),
            _ => Tracks::Own,
        })
    }

    /// Makes the resource what it was before.
    fn undo(&self, _past: &Past, _context: &Context) -> Report {
        Report::new(Outcome::Failed, "what this action did cannot be undone by its kind")
    }

    /// Takes up, once it is as it was before, that what it depends on is so as well.
    fn renew(&self, _past: &Past, _context: &Context) -> Report {
        Report::new(Outcome::Ok, "depends on nothing else")
    }
}

/// What an attempt knows of its run.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) run: String,
    pub(crate) transition: String,
    pub(crate) attempt: AttemptId,
    /// The same for all attempts of one activation.
    pub(crate) key: String,
    /// The host on which it is done, where that is another one.
    pub(crate) away: Option<Away>,
    /// The kind and its parameters, filled in, secrets as references; set when they are.
    pub(crate) filled: (String, Vec<(String, String)>),
    /// A folder for what undoing this attempt will need; it stays. Not there until it is made.
    pub(crate) kept: PathBuf,
    /// The folder of the journals.
    pub(crate) runs: PathBuf,
    /// Where references to secrets are looked up.
    pub(crate) environment: Arc<BTreeMap<String, String>>,
    pub(crate) timeout: Option<Duration>,
    /// When the attempt started; before this process did, when it is taken up again.
    pub(crate) started: Instant,
    /// How much longer ago it started than the clock of `started` can tell.
    pub(crate) before: Duration,
    pub(crate) cancel: Arc<AtomicBool>,
    pub(crate) values: Values,
    pub(crate) keepers: Arc<Keepers>,
    pub(crate) grace: Duration,
    /// What templates are filled in with; set with the secrets when the parameters are.
    pub(crate) names: BTreeMap<String, String>,
    /// What must not be recorded.
    pub(crate) secrets: Vec<String>,
    /// What a success counts as that another look refutes.
    pub(crate) refuted: Outcome,
}

impl Context {
    /// That of an attempt of a run that nobody runs, as whoever stops it sees it.
    pub(crate) fn stopping(run: &str, attempt: AttemptId, grace: Duration) -> Self {
        Self {
            run: run.to_owned(),
            transition: String::new(),
            attempt,
            key: String::new(),
            away: None,
            filled: Default::default(),
            kept: PathBuf::new(),
            runs: PathBuf::new(),
            environment: Arc::default(),
            timeout: None,
            started: Instant::now(),
            before: Duration::ZERO,
            cancel: Arc::new(AtomicBool::new(true)),
            values: Values::default(),
            keepers: Arc::new(Keepers::none()),
            grace,
            names: BTreeMap::new(),
            secrets: Vec::new(),
            refuted: Outcome::Failed,
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// How long ago the attempt started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.before.saturating_add(self.started.elapsed())
    }

    pub(crate) fn is_late(&self) -> bool {
        self.timeout.is_some_and(|timeout| self.elapsed() >= timeout)
    }
}
