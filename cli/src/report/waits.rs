//! What a transition waits for, in words: the places that are short, and who could fill them.

use super::figures::grouped;
use crate::subject::Subject;
use pn_deployment::Role;
use pn_executor::{Missing, Standing, Why};
use pn_net::TransitionId;

/// What an enabled transition waits for, by its kind.
fn waits_for(subject: &Subject, transition: TransitionId) -> &'static str {
    match subject.deployment().role(transition) {
        Role::Control | Role::Action(_) | Role::Refresh { .. } => "can fire now",
        Role::Undo { .. } => "can fire now, on rollback",
        Role::Outcome { .. } => "would fire on its result",
        Role::Event { .. } | Role::Drift { .. } => "can fire now, when it is observed",
        Role::Timer { .. } | Role::Retry { .. } => "can fire now, when its time has come",
        Role::Approval { .. } => "can fire now, when it is approved",
    }
}

/// The lines of the tree, each with its depth.
pub(crate) fn told(subject: &Subject, why: &Why) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    tell(subject, why, 0, &mut lines);
    lines
}

fn tell(subject: &Subject, why: &Why, depth: usize, lines: &mut Vec<(usize, String)>) {
    let step = subject.step(why.transition);
    let text = match why.standing {
        Standing::Enabled => format!("{step}: {}", waits_for(subject, why.transition)),
        Standing::InFlight => format!("{step}: its action is running"),
        Standing::Disabled => format!("{step}: has to wait"),
        Standing::ToldBefore => format!("{step}: see above"),
        Standing::TooDeep => format!("{step}: has to wait (--depth looks further)"),
    };
    lines.push((depth, text));
    for missing in &why.missing {
        let Missing { place, holds, needs, producers } = missing;
        let (holds, needs) = (grouped(holds), grouped(needs));
        // That an interrupted action gives back what it took is no way to get it in the first place.
        let gives_back =
            |why: &&Why| why.standing != Standing::InFlight && subject.gives_back(why.transition);
        let producers: Vec<&Why> = producers.iter().filter(|producer| !gives_back(producer)).collect();
        let filled = if producers.is_empty() { "; nothing ever puts one there" } else { ", filled by" };
        let text = format!("`{}` holds {holds} of {needs}{filled}", subject.place(*place));
        lines.push((depth + 1, text));
        producers.into_iter().for_each(|producer| tell(subject, producer, depth + 2, lines));
    }
}
