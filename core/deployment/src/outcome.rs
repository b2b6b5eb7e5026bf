//! The results of an attempt at an action, and which transition an observed result fires.
//!
//! An author who draws outcome transitions need not draw all seven: a result that no transition
//! of the action claims is taken for its [fallback](Outcome::fallback).

use crate::{Deployment, Role};
use pn_net::TransitionId;

/// One result of an attempt at an action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// Applied, and the check agrees.
    Ok,
    /// Nothing to do: the resource was already as wanted.
    Same,
    /// The check found a difference (for nets that draw check and apply apart).
    Diff,
    /// It did not work.
    Failed,
    /// It took longer than its timeout.
    Timeout,
    /// Nobody knows whether it worked.
    Unknown,
    /// It was stopped on request.
    Cancelled,
}

impl Outcome {
    /// All results, in the order of their declaration.
    pub const ALL: [Self; 7] =
        [Self::Ok, Self::Same, Self::Diff, Self::Failed, Self::Timeout, Self::Unknown, Self::Cancelled];

    /// The word for it in an annotation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Same => "same",
            Self::Diff => "diff",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// The result that the word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// What it counts as where no transition claims it: success for `same` and `diff`, failure
    /// for `timeout`, `unknown` and `cancelled`. `None` for `ok` and `failed` themselves.
    #[must_use]
    pub const fn fallback(self) -> Option<Self> {
        match self {
            Self::Ok | Self::Failed => None,
            Self::Same | Self::Diff => Some(Self::Ok),
            Self::Timeout | Self::Unknown | Self::Cancelled => Some(Self::Failed),
        }
    }
}

impl Deployment {
    /// The outcome transitions of an action or undo, ascending. O(transitions).
    pub fn outcomes_of(&self, action: TransitionId) -> impl Iterator<Item = TransitionId> + '_ {
        self.net
            .transitions()
            .filter(move |t| matches!(&self.roles[t.index()], Role::Outcome { of, .. } if *of == action))
    }

    /// The transitions that `outcome` of the action may fire, ascending: those that claim it, or
    /// where none does, those that claim its fallback. Which of them fires is decided by the
    /// marking; in an expanded action exactly one is enabled. O(transitions).
    #[must_use]
    pub fn transitions_for(&self, action: TransitionId, outcome: Outcome) -> Vec<TransitionId> {
        let claim = |wanted: Outcome| -> Vec<TransitionId> {
            let claims = |t: &TransitionId| matches!(&self.roles[t.index()], Role::Outcome { results, .. } if results.contains(&wanted));
            self.outcomes_of(action).filter(claims).collect()
        };
        let own = claim(outcome);
        match outcome.fallback() {
            Some(fallback) if own.is_empty() => claim(fallback),
            _ => own,
        }
    }
}
