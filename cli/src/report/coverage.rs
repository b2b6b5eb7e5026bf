//! What a proof says of drift: which faults it covers, and which actions nobody watches.

use super::figures::grouped;
use super::listing::{MOST, joined};
use crate::assumed;
use crate::subject::Subject;
use pn_deployment::{Faults, Keeping, Passing};
use pn_net::TransitionId;
use serde::Serialize;

/// For the reader; nothing where there is no action that could drift.
pub(crate) fn notes(subject: &Subject) -> Vec<String> {
    let expansion = &subject.expansion;
    if expansion.keeping.is_empty() {
        return Vec::new();
    }
    let many = match subject.deployment().faults {
        Faults::None => return vec!["drift is not covered; --faults any covers it.".to_owned()],
        Faults::Drifts(1) => "1 drift".to_owned(),
        Faults::Drifts(most) => format!("up to {} drifts", grouped(most)),
        Faults::Any => "any number of drifts".to_owned(),
    };
    let name = |t: TransitionId| format!("`{}`", subject.net().transition_name(t));
    let kept: Vec<TransitionId> = kept(subject).map(|(action, _)| action).collect();
    let mut notes = vec![match kept.is_empty() {
        true => "no action is watched, so no drift is covered.".to_owned(),
        false => format!("{many} covered, of {}.", joined(kept.into_iter().map(name), MOST)),
    }];
    let until = subject.expansion.keeping.iter().filter_map(|(action, keeping)| match keeping {
        Keeping::Until(_, by) => Some(format!("{} until {} begins", name(*action), name(*by))),
        _ => None,
    });
    let until: Vec<String> = until.collect();
    if !until.is_empty() {
        notes.push(format!("kept only until another action reverses it: {}.", joined(until, MOST)));
    }
    let passing =
        passing(subject).map(|(action, why)| format!("{}: {}", name(action), why.display(subject.net())));
    let passing: Vec<String> = passing.collect();
    if !passing.is_empty() {
        notes.push(format!("not watched, so their drift is not covered: {}.", joined(passing, MOST)));
    }
    notes
}

fn kept(subject: &Subject) -> impl Iterator<Item = (TransitionId, Keeping)> + '_ {
    let all = subject.expansion.keeping.iter().map(|(action, keeping)| (*action, *keeping));
    all.filter(|(_, keeping)| keeping.is_kept())
}

fn passing(subject: &Subject) -> impl Iterator<Item = (TransitionId, Passing)> + '_ {
    subject.expansion.keeping.iter().filter_map(|(action, keeping)| match keeping {
        Keeping::Passing(why) => Some((*action, *why)),
        _ => None,
    })
}

/// The same for programs.
#[derive(Serialize)]
pub(crate) struct Coverage {
    faults: String,
    kept: Vec<Kept>,
    passing: Vec<Passes>,
}

#[derive(Serialize)]
struct Kept {
    action: String,
    /// `itself`, `repair` or `drawn`.
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The action that ends what it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Serialize)]
struct Passes {
    action: String,
    why: String,
}

pub(crate) fn data(subject: &Subject) -> Coverage {
    let net = subject.net();
    let name = |t: TransitionId| net.transition_name(t).to_owned();
    Coverage {
        faults: assumed::word(subject.deployment().faults),
        kept: kept(subject)
            .map(|(action, keeping)| Kept {
                action: name(action),
                by: match keeping {
                    Keeping::Repaired(_) | Keeping::Until(..) => "repair",
                    Keeping::Drawn => "drawn",
                    Keeping::Stays | Keeping::Passing(_) => "itself",
                },
                why: match keeping {
                    Keeping::Repaired(why) | Keeping::Until(why, _) => Some(why.display(net).to_string()),
                    _ => None,
                },
                until: match keeping {
                    Keeping::Until(_, by) => Some(name(by)),
                    _ => None,
                },
            })
            .collect(),
        passing: passing(subject)
            .map(|(action, why)| Passes { action: name(action), why: why.display(net).to_string() })
            .collect(),
    }
}
