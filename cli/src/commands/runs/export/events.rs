//! A run as a case of an event log: each firing an event, an attempt from its start to its end the
//! life of an activity.
//!
//! The words for the stages of that life are those of the lifecycle extension of XES (IEEE
//! 1849-2023, 7.2): `start`, `complete`, and `ate_abort` for what began and came to nothing.

use crate::subject::Subject;
use pn_deployment::{Outcome, Role};
use pn_executor::machine::AttemptId;
use pn_executor::{ExecutorError, Journal, LogKind, StatusAttempt, iso_8601};
use std::collections::BTreeMap;

/// An event.
pub(super) struct Event {
    /// The action, or the transition that fired by itself.
    pub(super) activity: String,
    pub(super) time: String,
    pub(super) lifecycle: &'static str,
    /// The host, or the person who approved.
    pub(super) resource: Option<String>,
    /// What fired.
    pub(super) transition: String,
    /// Why.
    pub(super) cause: String,
    pub(super) attempt: Option<AttemptId>,
    pub(super) result: Option<String>,
}

/// The name of the run and its events.
pub(super) fn events(subject: &Subject, journal: &Journal) -> Result<(String, Vec<Event>), ExecutorError> {
    let (summary, attempts) = (journal.summary()?, journal.attempts()?);
    let attempts: BTreeMap<AttemptId, StatusAttempt> = attempts.into_iter().map(|a| (a.id, a)).collect();
    let mut events = Vec::new();
    for entry in journal.log()? {
        let (LogKind::Firing, Some(transition)) = (entry.kind, entry.transition) else { continue };
        let attempt = entry.attempt.and_then(|id| attempts.get(&id));
        let result = entry.text.as_deref().filter(|_| entry.word == "end");
        let activity = attempt.map_or_else(|| transition.clone(), |attempt| attempt.action.clone());
        let host = || match subject.deployment().role(subject.net().find_transition(&activity)?) {
            Role::Action(action) => action.host.clone(),
            _ => None,
        };
        events.push(Event {
            time: iso_8601(summary.created + entry.at),
            lifecycle: stage(&entry.word, result),
            resource: if entry.word == "approval" { entry.text.clone() } else { host() },
            result: result.map(str::to_owned),
            attempt: entry.attempt,
            cause: entry.word,
            activity,
            transition,
        });
    }
    Ok((summary.run, events))
}

fn stage(cause: &str, result: Option<&str>) -> &'static str {
    match (cause, result.and_then(Outcome::from_word)) {
        ("start", _) => "start",
        // Its check is done, and applying begins: within the life of the activity.
        ("differs", _) => "unknown",
        ("end", Some(Outcome::Ok | Outcome::Same | Outcome::Diff)) => "complete",
        ("end", _) => "ate_abort",
        _ => "complete",
    }
}
