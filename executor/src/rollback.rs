//! Rollback: what has to be undone of a run, in which order, and the deployment that does it.
//!
//! Read from the journal alone. Whatever an attempt may have changed is to be undone: one that
//! ended well, one that failed, one of which nobody knows how it ended. An attempt that changed
//! nothing left no keepsake. What depends on an attempt is undone before it (the order is in
//! [`order`]); what is independent is undone at the same time. The result is an ordinary
//! deployment, whose net is acyclic and in which every place has one way in and one way out (a
//! marked graph): it is verified and run like any other, by a journal of its own.

mod net;
mod order;

use crate::error::ExecutorError;
use crate::journal::{Journal, PastAttempt, ROLLBACK, RunState, journal_of, wall_clock};
use crate::keeper::{self, Found};
use crate::keepsake::Keepsake;
use crate::machine::{AttemptId, Cause, Reason, Recorded};
use crate::resource::{Context, LOST, Undoing};
use order::{Event, dependencies};
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::TransitionId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

pub use net::{Manner, Width, deployment};

/// What has to be undone of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Rollback {
    /// The run.
    pub run: String,
    /// How far it got.
    pub state: RunState,
    /// What is to be undone, dependents first.
    pub steps: Vec<UndoStep>,
    /// What cannot be, in the order in which it happened.
    pub lasting: Vec<Lasting>,
    /// How many attempts earlier rollbacks have undone already.
    pub undone: usize,
    /// The rollbacks of this run so far, the last one last.
    pub earlier: Vec<String>,
    /// The parameters of the run, and the values that were put in it.
    pub names: BTreeMap<String, String>,
}

/// One attempt that is to be undone.
#[derive(Clone, PartialEq, Debug)]
pub struct UndoStep {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its action transition.
    pub action: TransitionId,
    /// How it ended; `None` when nobody knows.
    pub ended: Option<Outcome>,
    /// How it is undone.
    pub how: How,
    /// What has to be undone before: those that depend on it.
    pub after: BTreeSet<AttemptId>,
    /// What it takes up again once its files are as they were.
    pub renewal: Option<Renewal>,
}

/// A service that was running before, and reads files that are put back after it: it takes them up
/// once they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renewal {
    /// How.
    pub by: Renewing,
    /// After the undo of these, which are undone last of all that it may depend on.
    pub after: BTreeSet<AttemptId>,
}

/// How a service takes up that its files are as they were.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Renewing {
    /// It is started again if they are newer than its start: the parameters of the kind `service`.
    Times(Vec<(String, String)>),
    /// It is refreshed, as the run has refreshed it.
    Refresh,
}

/// How an attempt is undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// By its kind, from what was there before.
    Kind,
    /// By the command that the action names.
    Command,
    /// By the undo transition that the author drew.
    Drawn(TransitionId),
}

/// One attempt that cannot be undone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lasting {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its action transition.
    pub action: TransitionId,
    /// How it ended; `None` when nobody knows.
    pub ended: Option<Outcome>,
    /// Why not.
    pub why: String,
}

/// What an action can be undone by, as far as the deployment tells: the undo that is drawn, or
/// what its kind says. `None` for a kind that there is not.
#[must_use]
pub fn undoing_of(deployment: &Deployment, action: TransitionId) -> Option<Undoing> {
    let Role::Action(annotated) = deployment.role(action) else { return None };
    match drawn_undo(deployment, action) {
        Some(_) => Some(Undoing::Command),
        None => crate::resource::undoing(&annotated.kind, &annotated.params),
    }
}

/// The undo that an author drew, with an action of its own.
fn drawn_undo(deployment: &Deployment, action: TransitionId) -> Option<TransitionId> {
    let Role::Action(annotated) = deployment.role(action) else { return None };
    let drawn = |t: &TransitionId| matches!(deployment.role(*t), Role::Undo { action: Some(_), .. });
    annotated.undo.filter(drawn)
}

/// Finds out what has to be undone of the run with this journal, made from this deployment.
///
/// # Errors
///
/// When the journal cannot be read, when the run still goes on, or is itself a rollback.
pub fn rollback(path: &Path, deployment: &Deployment) -> Result<Rollback, ExecutorError> {
    let journal = Journal::open(path)?;
    let summary = journal.summary()?;
    let run = summary.run;
    if summary.state == RunState::Running {
        return Err(ExecutorError::Locked { run, pid: None });
    }
    if let Some(original) = summary.rolls_back {
        return Err(ExecutorError::IsRollback { run, original });
    }
    let earlier = journal.rollbacks()?;
    let undone = already_undone(path, &earlier)?;
    let records = journal.records(&deployment.net)?;
    let attempts = journal.past_attempts()?;
    let changed = changed(deployment, &records, &attempts);

    let (mut hows, mut lasting) = (BTreeMap::new(), Vec::new());
    let mut skipped = 0;
    for (id, action) in changed {
        let attempt = &attempts[&id];
        match how(deployment, action, attempt) {
            _ if undone.contains(&id) => skipped += 1,
            Some(Ok(how)) => drop(hows.insert(id, (action, how))),
            Some(Err(why)) => {
                lasting.push(Lasting { attempt: id, action, ended: attempt.ended, why });
            }
            None => {}
        }
    }
    let event = |record: &Recorded| Event {
        transition: record.transition,
        owner: attempt_of(&record.cause).filter(|id| hows.contains_key(id)),
    };
    let events: Vec<Event> = records.iter().map(event).collect();
    let mut names = journal.source()?.parameters;
    names.extend(journal.values()?);
    Ok(Rollback {
        steps: steps(
            &hows,
            &attempts,
            &refreshed(&records, &attempts),
            dependencies(&deployment.net, &events),
        ),
        state: summary.state,
        undone: skipped,
        run,
        lasting,
        earlier,
        names,
    })
}

/// The attempts that earlier rollbacks have undone. One of them may not run at the moment.
fn already_undone(path: &Path, earlier: &[String]) -> Result<BTreeSet<AttemptId>, ExecutorError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut undone = BTreeSet::new();
    for run in earlier {
        let path = journal_of(folder, run);
        if !path.exists() {
            // What it undid will be found as it was before.
            continue;
        }
        let journal = Journal::open(&path)?;
        if journal.summary()?.state == RunState::Running {
            return Err(ExecutorError::Locked { run: run.clone(), pid: None });
        }
        let ended_well = |attempt: &PastAttempt| matches!(attempt.ended, Some(Outcome::Ok | Outcome::Same));
        let attempts = journal.past_attempts()?;
        undone.extend(attempts.values().filter(|a| ended_well(a)).filter_map(|a| net::undone_by(&a.action)));
    }
    Ok(undone)
}

/// Ends every command of a run at rest that outlived its runner, all at the same time; none of its
/// rollbacks may be going on.
pub(crate) fn settle(original: &Path, grace: Duration) -> Result<(), ExecutorError> {
    let journal = Journal::open(original)?;
    already_undone(original, &journal.rollbacks()?)?;
    let (folder, run) = (original.with_extension("d"), journal.meta_text("run")?);
    if !folder.exists() {
        return Ok(());
    }
    let open = journal.past_attempts()?.into_iter().filter(|(_, attempt)| attempt.ended.is_none());
    let open: Vec<Context> = open.map(|(id, _)| Context::stopping(&run, id, grace)).collect();
    std::thread::scope(|scope| {
        let end = |context| {
            let folder = &folder;
            scope.spawn(move || match keeper::left_for_good(folder, context)? {
                Found::Alive(log) => {
                    keeper::adopt(&log, context);
                    Ok(())
                }
                _ => Ok(()),
            })
        };
        let ends: Vec<_> = open.iter().map(end).collect();
        ends.into_iter().try_for_each(|end| match end.join() {
            Ok(Err(source)) => {
                Err(ExecutorError::File { what: "end what is left in", path: folder.clone(), source })
            }
            _ => Ok(()),
        })
    })
}

/// Writes into the journal of a run that `by` rolls it back, and into those of its earlier
/// rollbacks that `by` goes on with them.
pub(crate) fn supersede(original: &Path, by: &str) -> Result<(), ExecutorError> {
    let journal = Journal::open(original)?;
    let folder = original.parent().unwrap_or(Path::new("."));
    let earlier = journal.rollbacks()?;
    already_undone(original, &earlier)?;
    let earlier = earlier.iter().map(|run| journal_of(folder, run)).filter(|path| path.exists());
    for path in earlier.chain([original.to_owned()]) {
        let mut journal = Journal::open_for_writing(&path)?;
        let now = wall_clock().saturating_sub(journal.created()?);
        journal.write(0, |writer| writer.note(now, ROLLBACK, None, None, by))?;
    }
    Ok(())
}

fn attempt_of(cause: &Cause) -> Option<AttemptId> {
    match cause {
        Cause::Start(attempt) => Some(attempt.id),
        Cause::Differs { attempt } | Cause::End { attempt, .. } => Some(*attempt),
        Cause::Control | Cause::Timer | Cause::Observed | Cause::Approval { .. } => None,
    }
}

/// The attempts that may have changed something which is to be undone, with their actions, in
/// order. A repair brings back what the run had made, or what was there before it: undoing what
/// it repaired undoes it. Of what commands reverse, the last attempt of an activation counts.
fn changed(
    deployment: &Deployment,
    records: &[Recorded],
    attempts: &BTreeMap<AttemptId, PastAttempt>,
) -> Vec<(AttemptId, TransitionId)> {
    let mut changed: Vec<(AttemptId, TransitionId)> = Vec::new();
    // Of each action, the last attempt that counts.
    let mut last: BTreeMap<TransitionId, (u32, usize)> = BTreeMap::new();
    for record in records {
        let Cause::Start(attempt) = &record.cause else { continue };
        let (action, activation) = (attempt.action, attempt.activation);
        let repeats = match attempt.reason {
            Reason::Plan => is_repair(deployment, action),
            Reason::Drift => true,
            // It does again what was done before, if anything was.
            Reason::Refresh => last.get(&action).is_some_and(|(number, _)| *number != activation),
        };
        let Some(past) = attempts.get(&attempt.id) else { continue };
        if past.keepsake.is_none() || repeats {
            continue;
        }
        let by_command = how(deployment, action, past)
            .is_some_and(|how| matches!(how, Ok(How::Command | How::Drawn(_)) | Err(_)));
        match last.get(&action) {
            Some((number, index)) if *number == activation && by_command => changed[*index].0 = attempt.id,
            _ => {
                last.insert(action, (activation, changed.len()));
                changed.push((attempt.id, action));
            }
        }
    }
    changed
}

/// The actions that the run may have refreshed.
fn refreshed(records: &[Recorded], attempts: &BTreeMap<AttemptId, PastAttempt>) -> BTreeSet<TransitionId> {
    let starts = records.iter().filter_map(|record| match &record.cause {
        Cause::Start(attempt) if attempt.reason == Reason::Refresh => Some(attempt),
        _ => None,
    });
    let began = |id| attempts.get(id).is_some_and(|attempt| attempt.keepsake.is_some());
    starts.filter(|attempt| began(&attempt.id)).map(|attempt| attempt.action).collect()
}

/// Whether the action is the repair of another one, which expansion made.
fn is_repair(deployment: &Deployment, action: TransitionId) -> bool {
    let repaired = deployment.net.transition_name(action).strip_suffix(".repair");
    let repaired = repaired.and_then(|name| deployment.net.find_transition(name));
    let roles = repaired.map(|repaired| (deployment.role(repaired), deployment.role(action)));
    matches!(roles, Some((Role::Action(one), Role::Action(other))) if one.kind == other.kind && one.params == other.params)
}

/// How the attempt is undone, or why it cannot be; `None` when it changed nothing.
fn how(deployment: &Deployment, action: TransitionId, attempt: &PastAttempt) -> Option<Result<How, String>> {
    let keepsake = attempt.keepsake.as_ref()?;
    if let Some(undo) = drawn_undo(deployment, action) {
        return Some(Ok(How::Drawn(undo)));
    }
    let lost = keepsake.before.as_ref().and_then(|before| before.get(LOST)).and_then(Value::as_str);
    if let Some(lost) = lost {
        return Some(Err(lost.to_owned()));
    }
    match keepsake.undoing() {
        Some(Undoing::Nothing) => None,
        Some(Undoing::Former) => Some(Ok(How::Kind)),
        Some(Undoing::Command) => Some(Ok(How::Command)),
        Some(Undoing::Never(why)) => Some(Err(why.to_owned())),
        None => Some(Err("this version does not know its kind".to_owned())),
    }
}

/// The steps, dependents first: whoever ended last is undone first among equals.
fn steps(
    hows: &BTreeMap<AttemptId, (TransitionId, How)>,
    attempts: &BTreeMap<AttemptId, PastAttempt>,
    refreshed: &BTreeSet<TransitionId>,
    needs: BTreeMap<AttemptId, BTreeSet<AttemptId>>,
) -> Vec<UndoStep> {
    let mut after: BTreeMap<AttemptId, BTreeSet<AttemptId>> =
        hows.keys().map(|id| (*id, BTreeSet::new())).collect();
    for (id, needed) in &needs {
        for other in needed {
            after.entry(*other).or_default().insert(*id);
        }
    }
    let mut open: BTreeMap<AttemptId, usize> = after.iter().map(|(id, first)| (*id, first.len())).collect();
    let mut ready: BTreeSet<AttemptId> =
        open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut steps = Vec::new();
    while let Some(id) = ready.pop_last() {
        for other in needs.get(&id).into_iter().flatten() {
            let count = open.get_mut(other).expect("every attempt that is needed is undone");
            *count -= 1;
            if *count == 0 {
                ready.insert(*other);
            }
        }
        let (action, how) = hows[&id];
        let after = after.remove(&id).unwrap_or_default();
        let attempt = &attempts[&id];
        let renewal = match refreshed.contains(&action) {
            true => refresh(attempt, how, id, &needs),
            false => renewal(attempt, how, id, &needs),
        };
        steps.push(UndoStep { attempt: id, action, ended: attempts[&id].ended, how, after, renewal });
    }
    steps
}

/// The keepsake of a service that ran before.
fn ran(attempt: &PastAttempt, how: How) -> Option<&Keepsake> {
    let keepsake =
        attempt.keepsake.as_ref().filter(|keepsake| how == How::Kind && keepsake.kind == "service");
    keepsake.filter(|keepsake| {
        let active = keepsake.before.as_ref().and_then(|before| before.get("active")?.as_str());
        active == Some("active")
    })
}

/// What a refresh was for may be undone at any time, so it waits for everything else.
fn refresh(
    attempt: &PastAttempt,
    how: How,
    id: AttemptId,
    needs: &BTreeMap<AttemptId, BTreeSet<AttemptId>>,
) -> Option<Renewal> {
    ran(attempt, how)?;
    let last = needs.iter().filter(|(other, needed)| **other != id && needed.is_empty());
    let after: BTreeSet<AttemptId> = last.map(|(other, _)| *other).collect();
    (!after.is_empty()).then_some(Renewal { by: Renewing::Refresh, after })
}

fn renewal(
    attempt: &PastAttempt,
    how: How,
    id: AttemptId,
    needs: &BTreeMap<AttemptId, BTreeSet<AttemptId>>,
) -> Option<Renewal> {
    let keepsake = ran(attempt, how)?;
    if !keepsake.params.iter().any(|(given, _)| given == "restart-after") {
        return None;
    }
    let (mut after, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![id]);
    while let Some(next) = open.pop() {
        let needed = needs.get(&next).into_iter().flatten();
        let before = open.len();
        open.extend(needed.clone().filter(|other| seen.insert(**other)));
        if before == open.len() && needed.count() == 0 && next != id {
            after.insert(next);
        }
    }
    let kept = ["name", "state", "restart-after"];
    let params = keepsake.params.iter().filter(|(name, _)| kept.contains(&name.as_str())).cloned();
    (!after.is_empty()).then(|| Renewal { by: Renewing::Times(params.collect()), after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_service_that_ran_is_taken_up_again_after_its_files_and_what_lies_between() {
        let id = AttemptId;
        let service = |active: &str| PastAttempt {
            action: "web".into(),
            activation: 1,
            ended: Some(Outcome::Ok),
            keepsake: Some(Keepsake {
                kind: "service".into(),
                params: [("name", "web"), ("enabled", "true"), ("restart-after", "/etc/web")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
                before: Some(json!({ "active": active, "file": "enabled" })),
            }),
        };
        // 4 needs 3 and 2; 3 needs 1.
        let needs = [(4, vec![2, 3]), (3, vec![1]), (2, vec![]), (1, vec![])];
        let needs = needs.map(|(one, others)| (id(one), others.into_iter().map(id).collect())).into();
        let found = renewal(&service("active"), How::Kind, id(4), &needs).expect("it is taken up again");
        assert_eq!(found.after, [id(1), id(2)].into());
        assert!(matches!(found.by, Renewing::Times(params) if params.len() == 2));
        assert_eq!(renewal(&service("inactive"), How::Kind, id(4), &needs), None);
        assert_eq!(renewal(&service("active"), How::Kind, id(1), &needs), None);
        // A refresh may have been for what it does not depend on.
        let found = refresh(&service("active"), How::Kind, id(2), &needs).expect("it is refreshed");
        assert_eq!(found, Renewal { by: Renewing::Refresh, after: [id(1)].into() });
        assert_eq!(refresh(&service("inactive"), How::Kind, id(2), &needs), None);
        assert_eq!(refresh(&service("active"), How::Kind, id(2), &[(id(2), [].into())].into()), None);
    }
}
