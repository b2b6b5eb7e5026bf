//! The hash of a deployment: what a journal is bound to.
//!
//! SHA-256 over the net's hash, every role in the order of the transitions' names, the goal, the
//! failures and the invariants. Formulas and roles are written out in words, so that the hash
//! does not depend on how a version of the program lays out its types.

use pn_deployment::{Action, Deployment, Role};
use pn_net::{Net, net_hash};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The hash of a deployment, in hexadecimal. O(size · log size).
#[must_use]
pub fn deployment_hash(deployment: &Deployment) -> String {
    let net = &deployment.net;
    let mut text = format!("pn deployment 1\nnet {}\n", net_hash(net));
    let mut transitions: Vec<_> = net.transitions().collect();
    transitions.sort_unstable_by_key(|t| net.transition_name(*t));
    for transition in transitions {
        field(&mut text, "transition", net.transition_name(transition));
        role(&mut text, net, deployment.role(transition));
    }
    if let Some(goal) = &deployment.goal {
        field(&mut text, "goal", &goal.display(net).to_string());
    }
    field(&mut text, "failure", &deployment.failure.display(net).to_string());
    for invariant in &deployment.invariants {
        field(&mut text, "invariant", &invariant.name);
        field(&mut text, "formula", &invariant.formula.display(net).to_string());
    }
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string succeeds");
        hex
    })
}

fn role(text: &mut String, net: &Net, role: &Role) {
    match role {
        Role::Control => field(text, "role", "control"),
        Role::Action(action) => {
            field(text, "role", "action");
            resource(text, net, action);
        }
        Role::Outcome { of, results } => {
            field(text, "role", "outcome");
            field(text, "of", net.transition_name(*of));
            results.iter().for_each(|result| field(text, "is", result.word()));
        }
        Role::Event { kind, host, params } => {
            field(text, "role", "event");
            bound(text, kind, host.as_deref(), params);
        }
        Role::Timer { after } => field(text, "timer", &after.as_nanos().to_string()),
        Role::Retry { of } => field(text, "retry", net.transition_name(*of)),
        Role::Approval { by } => field(text, "approval", by),
        Role::Undo { of, action } => {
            field(text, "undo", net.transition_name(*of));
            if let Some(action) = action {
                resource(text, net, action);
            }
        }
    }
}

fn resource(text: &mut String, net: &Net, action: &Action) {
    bound(text, &action.kind, action.host.as_deref(), &action.params);
    if let Some(timeout) = action.timeout {
        field(text, "timeout", &timeout.as_nanos().to_string());
    }
    let retry = action.retry;
    let pauses = [retry.first.as_nanos(), u128::from(retry.factor.to_bits()), retry.cap.as_nanos()];
    field(text, "retry", &format!("{} {pauses:?}", retry.attempts));
    if let Some(undo) = action.undo {
        field(text, "undo", net.transition_name(undo));
    }
}

fn bound(text: &mut String, kind: &str, host: Option<&str>, params: &[(String, String)]) {
    field(text, "kind", kind);
    host.iter().for_each(|host| field(text, "host", host));
    for (name, value) in params {
        field(text, "param", name);
        field(text, "value", value);
    }
}

/// One field, its length before it, so that no text can imitate another.
fn field(text: &mut String, name: &str, value: &str) {
    writeln!(text, "{name} {} {value}", value.len()).expect("writing to a string succeeds");
}
