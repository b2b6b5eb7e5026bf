//! What is asked of the program on another host, and what it answers: one line of JSON each. Both
//! ends are the same build, so the form has no versions.

use crate::keeper::Found;
use crate::report::{Captured, Exit, Halt, Report};
use crate::resource::{Check, Context, Others, Past, Tracks};
use crate::values::NewValue;
use pn_deployment::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A question about one resource.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) kind: String,
    pub(super) params: Vec<(String, String)>,
    pub(super) ask: Ask,
    pub(super) run: String,
    pub(super) transition: String,
    pub(super) attempt: u64,
    pub(super) key: String,
    /// Where the attempt keeps what undoing it needs: the name of it here stands for a folder there.
    pub(super) kept: String,
    /// The time that is left.
    pub(super) timeout_ms: Option<u64>,
    pub(super) grace_ms: u64,
    pub(super) names: BTreeMap<String, String>,
    pub(super) secrets: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Check,
    Difference,
    Before,
    Apply,
    Refresh,
    CheckAgain,
    Undone(PastText),
    Tracks(PastText),
    Undo(PastText),
    Renew(PastText),
    /// What became of the attempt.
    Find,
    /// Waits for an attempt that was found alive, by the path of its keeper's log.
    Adopt(PathBuf),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Same(String),
    Differs(String),
    CannotTell,
    Nothing,
    Text(String),
    Json(Value),
    Own,
    Others(String),
    Halt(String, String),
    Report(Box<ReportText>),
    Found(FoundText),
}

/// A report.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReportText {
    result: String,
    message: String,
    exit: Option<Exit>,
    stdout: Captured,
    stderr: Captured,
    /// Name, value, and for how many milliseconds it holds.
    values: Vec<(String, String, Option<u64>)>,
}

/// What was found of an attempt.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FoundText {
    NeverStarted,
    Ended(Box<ReportText>),
    Alive(PathBuf),
    Lost,
}

/// What is known of an attempt that is undone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PastText {
    pub(super) key: String,
    pub(super) before: Option<Value>,
    pub(super) kept: String,
    pub(super) ended: Option<String>,
    pub(super) journal: String,
    pub(super) forced: bool,
}

impl Question {
    pub(super) fn about(context: &Context, kind: &str, params: Vec<(String, String)>, ask: Ask) -> Self {
        Self {
            kind: kind.to_owned(),
            params,
            ask,
            run: context.run.clone(),
            transition: context.transition.clone(),
            attempt: context.attempt.0,
            key: context.key.clone(),
            kept: context.kept.to_string_lossy().into_owned(),
            timeout_ms: context.timeout.map(|timeout| millis(timeout.saturating_sub(context.elapsed()))),
            grace_ms: millis(context.grace),
            names: context.names.clone(),
            secrets: context.secrets.clone(),
        }
    }
}

impl Answer {
    pub(super) fn check(found: Result<Check, Halt>) -> Self {
        match found {
            Ok(Check::Same(words)) => Self::Same(words),
            Ok(Check::Diff(words)) => Self::Differs(words),
            Ok(Check::CannotTell) => Self::CannotTell,
            Err(halt) => Self::halt(halt),
        }
    }

    pub(super) fn halt(halt: Halt) -> Self {
        Self::Halt(halt.result.word().to_owned(), halt.message)
    }

    /// The answer to a check; `None` where it is an answer to something else.
    pub(super) fn into_check(self) -> Option<Result<Check, Halt>> {
        Some(match self {
            Self::Same(words) => Ok(Check::Same(words)),
            Self::Differs(words) => Ok(Check::Diff(words)),
            Self::CannotTell => Ok(Check::CannotTell),
            Self::Halt(..) => Err(self.into_halt()?),
            _ => return None,
        })
    }

    pub(super) fn into_halt(self) -> Option<Halt> {
        match self {
            Self::Halt(result, message) => Some(Halt::new(outcome(&result), message)),
            _ => None,
        }
    }

    pub(super) fn into_report(self) -> Option<Report> {
        match self {
            Self::Report(report) => Some((*report).into()),
            Self::Halt(..) => self.into_halt().map(Report::from),
            _ => None,
        }
    }

    pub(super) fn into_tracks(self) -> Option<Result<Tracks, Halt>> {
        match self {
            Self::Own => Some(Ok(Tracks::Own)),
            Self::Others(what) => Some(Ok(Tracks::Others(what))),
            Self::Halt(..) => self.into_halt().map(Err),
            _ => None,
        }
    }
}

impl From<Report> for ReportText {
    fn from(report: Report) -> Self {
        let Report { result, message, exit, stdout, stderr, values } = report;
        let values = values.into_iter().map(|value| (value.name, value.text, value.ttl.map(millis)));
        let values = values.collect();
        Self { result: result.word().to_owned(), message, exit, stdout, stderr, values }
    }
}

impl From<ReportText> for Report {
    fn from(text: ReportText) -> Self {
        let ReportText { result, message, exit, stdout, stderr, values } = text;
        let values = values.into_iter().map(|(name, text, ttl)| {
            let ttl = ttl.map(Duration::from_millis);
            NewValue { name, text, ttl }
        });
        let values = values.collect();
        Self { result: outcome(&result), message, exit, stdout, stderr, values }
    }
}

impl From<Found> for FoundText {
    fn from(found: Found) -> Self {
        match found {
            Found::NeverStarted => Self::NeverStarted,
            Found::Ended(report) => Self::Ended(Box::new((*report).into())),
            Found::Alive(log) => Self::Alive(log),
            Found::Lost => Self::Lost,
        }
    }
}

impl From<FoundText> for Found {
    fn from(found: FoundText) -> Self {
        match found {
            FoundText::NeverStarted => Self::NeverStarted,
            FoundText::Ended(report) => Self::Ended(Box::new((*report).into())),
            FoundText::Alive(log) => Self::Alive(log),
            FoundText::Lost => Self::Lost,
        }
    }
}

impl From<&Past> for PastText {
    fn from(past: &Past) -> Self {
        Self {
            key: past.key.clone(),
            before: past.before.clone(),
            kept: past.kept.to_string_lossy().into_owned(),
            ended: past.ended.map(|ended| ended.word().to_owned()),
            journal: past.journal.to_string_lossy().into_owned(),
            forced: past.is_forced(),
        }
    }
}

impl PastText {
    /// The same over there, where what was kept lies in another folder.
    pub(super) fn with_kept(self, kept: std::path::PathBuf) -> Past {
        Past {
            key: self.key,
            before: self.before,
            kept,
            ended: self.ended.as_deref().map(outcome),
            journal: self.journal.into(),
            others: if self.forced { Others::Overwritten } else { Others::Respected },
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The result of this name; both ends know the same ones.
fn outcome(word: &str) -> Outcome {
    Outcome::from_word(word).unwrap_or(Outcome::Unknown)
}
