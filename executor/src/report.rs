//! What became of one attempt: its result, in words and figures, with the ends of its output.

use crate::values::NewValue;
use pn_deployment::Outcome;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    /// With this exit status.
    Code(i32),
    /// Killed by this signal.
    Signal(i32),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
        }
    }
}

/// The beginning and the end of what a command wrote to one stream, as text: bytes that are not
/// UTF-8 are replaced.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Captured {
    /// The beginning.
    pub head: String,
    /// The end, of what does not fit in the beginning.
    pub tail: String,
    /// How many bytes between the two were dropped.
    pub dropped: u64,
}

impl Captured {
    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty() && self.dropped == 0
    }

    /// The lines that are kept, those beside the gap cut off.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.head.lines().chain(self.tail.lines())
    }

    /// The last lines that were written, at most `count`.
    #[must_use]
    pub fn last_lines(&self, count: usize) -> Vec<&str> {
        let shown: Vec<&str> = match self.dropped {
            0 => self.head.lines().chain(self.tail.lines()).collect(),
            _ => self.tail.lines().collect(),
        };
        shown[shown.len().saturating_sub(count)..].to_vec()
    }
}

/// What became of one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The result.
    pub result: Outcome,
    /// What happened, in a sentence without its full stop.
    pub message: String,
    /// How the command ended, for a kind that runs one.
    pub exit: Option<Exit>,
    /// What it wrote to its standard output.
    pub stdout: Captured,
    /// What it wrote to its standard error.
    pub stderr: Captured,
    /// The values that it puts.
    pub values: Vec<NewValue>,
}

impl Report {
    /// A report without a command.
    #[must_use]
    pub fn new(result: Outcome, message: impl Into<String>) -> Self {
        Self {
            result,
            message: message.into(),
            exit: None,
            stdout: Captured::default(),
            stderr: Captured::default(),
            values: Vec::new(),
        }
    }
}

/// The end of an attempt before anything was done: a result and a message, nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Halt {
    pub(crate) result: Outcome,
    pub(crate) message: String,
}

impl Halt {
    pub(crate) fn new(result: Outcome, message: impl Into<String>) -> Self {
        Self { result, message: message.into() }
    }
}

impl From<Halt> for Report {
    fn from(halt: Halt) -> Self {
        Self::new(halt.result, halt.message)
    }
}
