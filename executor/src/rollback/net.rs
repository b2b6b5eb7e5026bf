//! The deployment that undoes: one action for each attempt, one place for each pair of the order.
//!
//! ```text
//! (T.undo.3.due) ----------.
//!                          v
//! (T.undo.3.after.5) --> [T.undo.3] --> (T.undo.3.done) + (S.undo.1.after.3)
//! ```
//!
//! Every place is filled once and emptied at most once, and the order is acyclic: so unless an
//! undo fails for good, every one of them starts and the goal is reached (F. Commoner, A. W. Holt,
//! S. Even, A. Pnueli, "Marked directed graphs", 1971).

use super::{How, Renewing, Rollback, UndoStep};
use crate::machine::AttemptId;
use pn_deployment::{Action, Deployment, Retry, Role};
use pn_logic::Formula;
use pn_net::{BuildError, NetBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The longest that an undo may take where its action says nothing.
const TIMEOUT: Duration = Duration::from_secs(600);

/// How often and after which pauses an undo is tried again.
const RETRY: Retry =
    Retry { attempts: 3, first: Duration::from_secs(1), factor: 4.0, cap: Duration::from_secs(30) };

/// How changes that somebody else has made since are met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// The undo of what they stand in the way of fails.
    Respectful,
    /// They are lost.
    Forceful,
}

/// What happens at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// Whatever is independent.
    Parallel,
    /// One undo after the other.
    Sequential,
}

const INFIX: &str = ".undo.";

/// The name of the transition that undoes the attempt.
fn name(deployment: &Deployment, step: &UndoStep) -> String {
    format!("{}{INFIX}{}", deployment.net.transition_name(step.action), step.attempt)
}

/// The attempt that the transition of this name undoes.
pub(super) fn undone_by(transition: &str) -> Option<AttemptId> {
    transition.rsplit_once(INFIX)?.1.parse().ok().map(AttemptId)
}

/// The deployment that undoes the steps of a rollback of a run of `original`.
///
/// # Errors
///
/// When two nodes would have the same identifier.
///
/// # Panics
///
/// Never: the steps name attempts of this rollback.
pub fn deployment(
    rollback: &Rollback,
    original: &Deployment,
    manner: Manner,
    width: Width,
) -> Result<Deployment, BuildError> {
    let mut net = NetBuilder::new(format!("rollback-of-{}", rollback.run));
    let (mut roles, mut goal) = (Vec::new(), Vec::new());
    let mut transitions = BTreeMap::new();
    let mut previous: Option<AttemptId> = None;
    for step in &rollback.steps {
        let name = name(original, step);
        let transition = net.transition(&name, None)?;
        transitions.insert(step.attempt, (transition, name.clone()));
        roles.push(Role::Action(action(rollback, original, step, manner)));
        let due = net.place(&format!("{name}.due"), None, 1)?;
        net.input(due, transition, 1)?;
        let done = net.place(&format!("{name}.done"), None, 0)?;
        net.output(transition, done, 1)?;
        goal.push(Formula::at_least(done, 1));
        let before: BTreeSet<AttemptId> = match width {
            Width::Parallel => step.after.clone(),
            Width::Sequential => previous.into_iter().collect(),
        };
        for other in before {
            // The steps are in order, so whatever comes before is there.
            let (first, _) = transitions[&other];
            let order = net.place(&format!("{name}.after.{other}"), None, 0)?;
            net.output(first, order, 1)?;
            net.input(order, transition, 1)?;
        }
        previous = Some(step.attempt);
    }
    let renewals = rollback.steps.iter().filter_map(|step| Some((step, step.renewal.as_ref()?)));
    for (step, renewal) in renewals {
        let name = format!("{}.again", transitions[&step.attempt].1);
        let transition = net.transition(&name, None)?;
        let (kind, params) = match &renewal.by {
            Renewing::Times(params) => ("service", params.clone()),
            Renewing::Refresh => ("undo", of_attempt(rollback, step, &[("op", "refresh")])),
        };
        roles.push(Role::Action(Action {
            host: host(original, step),
            params,
            timeout: Some(TIMEOUT),
            retry: RETRY,
            ..Action::new(kind)
        }));
        let done = net.place(&format!("{name}.done"), None, 0)?;
        net.output(transition, done, 1)?;
        goal.push(Formula::at_least(done, 1));
        for other in renewal.after.iter().chain([&step.attempt]) {
            let order = net.place(&format!("{name}.after.{other}"), None, 0)?;
            net.output(transitions[other].0, order, 1)?;
            net.input(order, transition, 1)?;
        }
    }
    let net = net.build()?;
    let goal = match goal.len() {
        1 => goal.pop(),
        _ => Some(Formula::And(goal)),
    };
    let parameters = parameters(rollback, original);
    Ok(Deployment { roles, goal, parameters, ..Deployment::plain(net) })
}

fn host(original: &Deployment, step: &UndoStep) -> Option<String> {
    match original.role(step.action) {
        Role::Action(action) => action.host.clone(),
        _ => None,
    }
}

fn action(rollback: &Rollback, original: &Deployment, step: &UndoStep, manner: Manner) -> Action {
    let (of, drawn) = match (original.role(step.action), step.how) {
        (Role::Action(of), How::Drawn(undo)) => match original.role(undo) {
            Role::Undo { action, .. } => (Some(of), action.as_ref()),
            _ => (Some(of), None),
        },
        (Role::Action(of), _) => (Some(of), None),
        _ => (None, None),
    };
    if let Some(drawn) = drawn {
        return Action { undo: None, ..drawn.clone() };
    }
    let more: &[_] = if manner == Manner::Forceful { &[("others", "overwrite")] } else { &[] };
    Action {
        host: host(original, step),
        params: of_attempt(rollback, step, more),
        timeout: of.and_then(|of| of.timeout).or(Some(TIMEOUT)),
        retry: RETRY,
        ..Action::new("undo")
    }
}

/// The parameters of the kind `undo`.
fn of_attempt(rollback: &Rollback, step: &UndoStep, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let attempt = step.attempt.to_string();
    let params = [("run", rollback.run.as_str()), ("attempt", &attempt)];
    let params = params.iter().chain(more);
    params.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Undos that are drawn use the names that the run knew.
fn parameters(rollback: &Rollback, original: &Deployment) -> Vec<(String, Option<String>)> {
    let drawn = rollback.steps.iter().any(|step| matches!(step.how, How::Drawn(_)));
    let is_name = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let puts = original.roles.iter().filter_map(|role| match role {
        Role::Undo { action: Some(action), .. } if action.kind == "value" => {
            action.params.iter().find(|(name, _)| name == "name").map(|(_, value)| value.as_str())
        }
        _ => None,
    });
    let puts: BTreeSet<&str> = puts.collect();
    let names = rollback.names.iter().filter(|(name, _)| drawn && is_name(name) && !puts.contains(&***name));
    names.map(|(name, value)| (name.clone(), Some(value.clone()))).collect()
}
