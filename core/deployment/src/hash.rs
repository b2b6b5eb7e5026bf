//! The deployment's hash: what a certificate or a journal is bound to.
//!
//! SHA-256 over the net's hash, the roles, the goal, failure and invariants, the parameters and
//! the assumed faults. Nodes count by their identifiers, so the order in which a file lists them
//! does not matter. O(size · log size).

use crate::{Action, Deployment, Faults, Retry, Role, Shorthand};
use pn_logic::{Comparison, Formula, Linear};
use pn_net::{Net, TransitionId, net_hash};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A SHA-256 digest of everything in a deployment that decides what runs and what is proved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentHash(pub [u8; 32]);

impl fmt::Display for DeploymentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DeploymentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeploymentHash({self})")
    }
}

/// The hash of `deployment`: of the author's net before expansion, of the net that runs after it.
#[must_use]
pub fn deployment_hash(deployment: &Deployment) -> DeploymentHash {
    let net = &deployment.net;
    let mut encoder = Encoder { net, digest: Sha256::new() };
    encoder.digest.update(b"pn deployment 1\0");
    encoder.digest.update(net_hash(net).0);

    let mut transitions: Vec<TransitionId> = net.transitions().collect();
    transitions.sort_unstable_by_key(|t| net.transition_name(*t));
    transitions.into_iter().for_each(|t| encoder.role(deployment.role(t)));

    encoder.option(deployment.goal.as_ref(), Encoder::formula);
    encoder.formula(&deployment.failure);
    encoder.number(deployment.invariants.len() as u64);
    for invariant in &deployment.invariants {
        encoder.text(&invariant.name);
        encoder.formula(&invariant.formula);
    }
    encoder.number(deployment.parameters.len() as u64);
    for (name, default) in &deployment.parameters {
        encoder.text(name);
        encoder.option(default.as_ref(), |encoder, default| encoder.text(default));
    }
    match deployment.faults {
        Faults::None => encoder.tag(0),
        Faults::Drifts(most) => {
            encoder.tag(1);
            encoder.number(u64::from(most));
        }
        Faults::Any => encoder.tag(2),
    }
    if !deployment.shorthand.is_empty() {
        encoder.shorthand(&deployment.shorthand);
    }
    DeploymentHash(encoder.digest.finalize().into())
}

/// Writes values into the digest so that no two different ones look the same: every text and
/// list goes behind its length, every variant behind its tag.
struct Encoder<'a> {
    net: &'a Net,
    digest: Sha256,
}

impl Encoder<'_> {
    fn tag(&mut self, tag: u8) {
        self.digest.update([tag]);
    }

    fn number(&mut self, number: u64) {
        self.digest.update(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.digest.update(text.as_bytes());
    }

    fn duration(&mut self, duration: Duration) {
        self.digest.update(duration.as_nanos().to_le_bytes());
    }

    fn option<T>(&mut self, value: Option<T>, encode: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.tag(0),
            Some(value) => {
                self.tag(1);
                encode(self, value);
            }
        }
    }

    fn transition(&mut self, transition: TransitionId) {
        self.text(self.net.transition_name(transition));
    }

    fn role(&mut self, role: &Role) {
        match role {
            Role::Control => self.tag(0),
            Role::Action(action) => {
                self.tag(1);
                self.action(action);
            }
            Role::Outcome { of, results } => {
                self.tag(2);
                self.transition(*of);
                self.number(results.len() as u64);
                results.iter().for_each(|result| self.text(result.word()));
            }
            Role::Event { kind, host, params } => {
                self.tag(3);
                self.resource(kind, host.as_deref(), params);
            }
            Role::Timer { after } => {
                self.tag(4);
                self.duration(*after);
            }
            Role::Retry { of } => {
                self.tag(5);
                self.transition(*of);
            }
            Role::Approval { by } => {
                self.tag(6);
                self.text(by);
            }
            Role::Undo { of, action } => {
                self.tag(7);
                self.transition(*of);
                self.option(action.as_ref(), Self::action);
            }
            Role::Drift { of } => {
                self.tag(8);
                self.transition(*of);
            }
            Role::Refresh { of } => {
                self.tag(9);
                self.transition(*of);
            }
        }
    }

    fn shorthand(&mut self, shorthand: &BTreeMap<TransitionId, Shorthand>) {
        let mut said: Vec<_> = shorthand.iter().collect();
        said.sort_unstable_by_key(|(t, _)| self.net.transition_name(**t));
        self.number(said.len() as u64);
        for (transition, Shorthand { reads, refreshes }) in said {
            self.transition(*transition);
            self.number(reads.len() as u64);
            reads.iter().for_each(|place| self.text(self.net.place_name(*place)));
            self.number(refreshes.len() as u64);
            refreshes.iter().for_each(|told| self.transition(*told));
        }
    }

    fn action(&mut self, action: &Action) {
        let Action { kind, host, params, timeout, retry, undo } = action;
        self.resource(kind, host.as_deref(), params);
        self.option(*timeout, Self::duration);
        let Retry { attempts, first, factor, cap } = *retry;
        self.number(u64::from(attempts));
        self.duration(first);
        self.number(factor.to_bits());
        self.duration(cap);
        self.option(*undo, Self::transition);
    }

    fn resource(&mut self, kind: &str, host: Option<&str>, params: &[(String, String)]) {
        self.text(kind);
        self.option(host, Self::text);
        self.number(params.len() as u64);
        for (name, value) in params {
            self.text(name);
            self.text(value);
        }
    }

    fn formula(&mut self, formula: &Formula) {
        match formula {
            Formula::True => self.tag(0),
            Formula::False => self.tag(1),
            Formula::Dead => self.tag(2),
            Formula::Compare(left, comparison, right) => {
                self.tag(3);
                self.linear(left);
                self.tag(match comparison {
                    Comparison::Less => 0,
                    Comparison::AtMost => 1,
                    Comparison::Equal => 2,
                    Comparison::NotEqual => 3,
                    Comparison::AtLeast => 4,
                    Comparison::Greater => 5,
                });
                self.linear(right);
            }
            Formula::Fireable(transitions) => {
                self.tag(4);
                let mut names: Vec<&str> = transitions.iter().map(|t| self.net.transition_name(*t)).collect();
                names.sort_unstable();
                self.number(names.len() as u64);
                names.into_iter().for_each(|name| self.text(name));
            }
            Formula::Not(inner) => {
                self.tag(5);
                self.formula(inner);
            }
            Formula::And(parts) => self.formulas(6, parts),
            Formula::Or(parts) => self.formulas(7, parts),
        }
    }

    fn formulas(&mut self, tag: u8, parts: &[Formula]) {
        self.tag(tag);
        self.number(parts.len() as u64);
        parts.iter().for_each(|part| self.formula(part));
    }

    fn linear(&mut self, expression: &Linear) {
        let mut terms: Vec<(&str, i32)> =
            expression.terms().iter().map(|(place, c)| (self.net.place_name(*place), *c)).collect();
        terms.sort_unstable();
        self.number(terms.len() as u64);
        for (place, coefficient) in terms {
            self.text(place);
            self.digest.update(coefficient.to_le_bytes());
        }
        self.digest.update(expression.offset().to_le_bytes());
    }
}
