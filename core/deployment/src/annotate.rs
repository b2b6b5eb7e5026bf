//! The way back from a deployment to annotations: the inverse of resolution.
//!
//! Resolving what is written here, against the same net, yields an equal deployment; so an
//! expanded net can be saved, looked at elsewhere, verified and run like a drawn one. O(size).

use crate::annotation::{
    ActionText, InvariantText, KindText, Located, NetAnnotation, Parameter, RetryText, TransitionAnnotation,
};
use crate::{Action, Deployment, Faults, Retry, Role, Shorthand};
use pn_logic::{Formula, Span};
use pn_net::TransitionId;

/// The annotations of the net as a whole, and of each transition that is not `control`.
#[must_use]
pub fn annotate(deployment: &Deployment) -> (NetAnnotation, Vec<(TransitionId, TransitionAnnotation)>) {
    let net = &deployment.net;
    let formula = |formula: &Formula| text(formula.display(net).to_string());
    let invariants = deployment.invariants.iter();
    let parameters = deployment.parameters.iter();
    let annotation = NetAnnotation {
        goal: deployment.goal.as_ref().map(formula),
        failure: Some(&deployment.failure).filter(|f| **f != Formula::False).map(formula),
        invariants: invariants
            .map(|i| InvariantText { name: text(&i.name), formula: formula(&i.formula) })
            .collect(),
        parameters: parameters
            .map(|(name, default)| Parameter { name: text(name), default: default.clone() })
            .collect(),
        faults: match deployment.faults {
            Faults::None => None,
            Faults::Drifts(1) => Some(text("1 drift")),
            Faults::Drifts(most) => Some(text(format!("{most} drifts"))),
            Faults::Any => Some(text("any")),
        },
    };
    let drawn = net.transitions().filter(|t| *deployment.role(*t) != Role::Control);
    (annotation, drawn.map(|t| (t, transition(deployment, t))).collect())
}

fn transition(deployment: &Deployment, transition: TransitionId) -> TransitionAnnotation {
    let (net, role) = (&deployment.net, deployment.role(transition));
    let name = |t: TransitionId| text(net.transition_name(t));
    let kind = match role {
        Role::Control => KindText::Control,
        Role::Action(action) => {
            KindText::Action(resource(&action.kind, action.host.as_ref(), &action.params))
        }
        Role::Outcome { of, results } => {
            let words: Vec<&str> = results.iter().map(|result| result.word()).collect();
            KindText::Outcome { of: name(*of), is: text(words.join(" ")) }
        }
        Role::Event { kind, host, params } => KindText::Event(resource(kind, host.as_ref(), params)),
        Role::Timer { after } => KindText::Timer { after: unlocated(*after) },
        Role::Retry { of } => KindText::Retry { of: name(*of) },
        Role::Approval { by } => KindText::Approval { by: text(by) },
        Role::Undo { of, action } => {
            let resource = |a: &Action| resource(&a.kind, a.host.as_ref(), &a.params);
            KindText::Undo { of: name(*of), action: action.as_ref().map(resource) }
        }
        Role::Drift { of } => KindText::Drift { of: name(*of) },
        Role::Refresh { of } => KindText::Refresh { of: name(*of) },
    };
    let mut annotation = TransitionAnnotation::new(kind);
    if let Some(Shorthand { reads, refreshes }) = deployment.shorthand.get(&transition) {
        annotation.reads = reads.iter().map(|place| text(net.place_name(*place))).collect();
        annotation.refreshes = refreshes.iter().map(|told| name(*told)).collect();
    }
    if let Role::Action(action) | Role::Undo { action: Some(action), .. } = role {
        let Retry { attempts: max, first, factor, cap } = action.retry;
        let repeated = action.retry != Retry::ONCE;
        annotation.timeout = action.timeout.map(unlocated);
        annotation.retry = repeated.then(|| unlocated(RetryText { max, first, factor, cap }));
        annotation.undo = action.undo.map(name);
    }
    annotation
}

fn resource(kind: &str, host: Option<&String>, params: &[(String, String)]) -> ActionText {
    let params = params.iter();
    ActionText {
        kind: text(kind),
        host: host.map(text),
        params: params.map(|(name, value)| (text(name), text(value))).collect(),
    }
}

fn text(text: impl Into<String>) -> Located<String> {
    unlocated(text.into())
}

fn unlocated<T>(value: T) -> Located<T> {
    Located::new(value, Span::default())
}
