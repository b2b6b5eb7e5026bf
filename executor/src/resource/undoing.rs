//! Whether and how what an action did can be taken back, and what is known of it then.

use pn_deployment::Outcome;
use serde_json::Value;
use std::path::PathBuf;

/// Whether, and how, what an action did can be taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undoing {
    /// It changes nothing, so nothing is to be undone.
    Nothing,
    /// What was there before is put back.
    Former,
    /// By a command of the author's, once for each activation.
    Command,
    /// It cannot be undone; why, and what an author can do about it.
    Never(&'static str),
}

/// Why a command without a counterpart is not undone.
pub(super) const NO_UNDO: &str =
    "only a command reverses a command; give one in the parameter `undo`, or draw an undo of the action";

/// Where a kind says in what `before` told that something could not be kept, and what.
pub(crate) const LOST: &str = "lost";

/// What an attempt found before it changed anything, and how it ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Past {
    /// The key of its activation.
    pub(crate) key: String,
    /// What `before` told.
    pub(crate) before: Option<Value>,
    /// The folder in which it kept what is too large for that.
    pub(crate) kept: PathBuf,
    /// Its result; `None` where it never ended.
    pub(crate) ended: Option<Outcome>,
    /// The journal of its run.
    pub(crate) journal: PathBuf,
    /// What somebody else has changed since.
    pub(crate) others: Others,
}

/// What undoing makes of changes that somebody else has made since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Others {
    /// It stops before them.
    Respected,
    /// They are lost, as far as they stand in the way.
    Overwritten,
}

impl Past {
    /// Whether changes by others are overwritten.
    pub(crate) fn is_forced(&self) -> bool {
        self.others == Others::Overwritten
    }
}

/// Whose work lies at a resource that is not as it was before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Tracks {
    /// The attempt's, whole or in part.
    Own,
    /// Somebody has changed it since; in what it is not as the attempt left it.
    Others(String),
}
