//! What a fault leaves of a deployment, found on its net with the fault built in.
//!
//! Three nets are compared, all from the same marking and without undo: the deployment as it is,
//! the same with the fault, and that without any other failure. A place is *taken* when it is
//! marked initially, can always be marked again as long as nothing fails, and with the fault can
//! get to where it never is. Cost: some explorations of each net.

use crate::foresight::{actions, failures, undos};
use crate::moment::Moment;
use crate::verification::{self, Limits};
use pn_engines::Run;
use pn_logic::{Evidence, Formula, Property, Reason, Verdict};
use pn_net::{Net, PlaceId, Trace, TransitionId};
use pn_verify::{Checked, MustMay, Outlook, in_tokens, must_may, restricted};
use std::collections::BTreeSet;

/// What follows from a fault. The actions that cannot succeed are in none of its lists.
pub(super) struct Blast {
    /// Whether the fault can no longer come.
    pub(super) is_past: bool,
    /// `None` without a goal.
    pub(super) goal: Option<Reach>,
    /// In every run to its end in which nothing else fails.
    pub(super) must: Vec<TransitionId>,
    /// In some run in which nothing else fails.
    pub(super) may: Vec<TransitionId>,
    /// Only in runs in which something else fails.
    pub(super) if_failing: Vec<TransitionId>,
    /// Without the fault it can happen, with it it cannot.
    pub(super) lost: Vec<TransitionId>,
    /// Invariants that can break.
    pub(super) broken: Vec<Loss>,
    /// Places that can stay empty for ever.
    pub(super) taken: Vec<Loss>,
    /// What is undecided, in words.
    pub(super) open: Vec<String>,
}

/// Whether the goal is within reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    Yes,
    AfterFailures,
    No,
    Open,
}

impl Reach {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Yes => "reachable",
            Self::AfterFailures => "after-failures",
            Self::No => "unreachable",
            Self::Open => "undecided",
        }
    }
}

/// What can be lost, by name, and how.
pub(super) struct Loss {
    pub(super) what: String,
    pub(super) run: Trace,
}

impl Blast {
    pub(super) fn is_harmful(&self) -> bool {
        let lost = matches!(self.goal, Some(Reach::No | Reach::AfterFailures));
        lost || !self.broken.is_empty() || !self.taken.is_empty()
    }
}

/// What follows if `actions_lost` cannot succeed, because of which `impossible` never fires.
pub(super) fn blast(
    moment: &Moment,
    actions_lost: &[TransitionId],
    impossible: &BTreeSet<TransitionId>,
    limits: Limits,
    run: &mut Run<'_>,
) -> Result<Blast, Reason> {
    let deployment = moment.subject.deployment();
    let (net, start) = (&deployment.net, &moment.marking);
    let all = actions(deployment);
    let others: Vec<TransitionId> = all.iter().copied().filter(|t| !actions_lost.contains(t)).collect();
    let healthy = undos(deployment);
    let faulty: BTreeSet<TransitionId> = healthy.union(impossible).copied().collect();
    let every_failure = failures(deployment, &all);
    let other_failures = failures(deployment, &others);
    let goal = deployment.goal.as_ref().map(|goal| in_tokens(net, goal));
    let end = Formula::Or(goal.iter().cloned().chain([Formula::Dead]).collect());
    let outlook = |watched, never, failures, run: &mut Run<'_>| {
        must_may(Outlook { net, start, watched, never, failures, end: &end }, run)
    };
    let watched: Vec<TransitionId> = net.transitions().collect();
    let before = outlook(&watched, &healthy, &every_failure, run)?;
    let after = outlook(&others, &faulty, &other_failures, run)?;

    let with_fault = restricted(net, start, &faulty);
    let smooth = restricted(net, start, &faulty.union(&other_failures).copied().collect());
    let sound = restricted(net, start, &healthy.union(&every_failure).copied().collect());
    let mut ask = |net: &Net, properties: &[Property]| verification::answers(net, properties, limits, run);

    let mut open = Vec::new();
    let reach = goal.as_ref().map(|goal| {
        let property = [Property::Possibly(goal.clone())];
        let verdicts = [&smooth, &with_fault].map(|net| ask(net, &property).remove(0).answer.verdict);
        match verdicts {
            [Verdict::Holds, _] => Reach::Yes,
            [Verdict::Fails, Verdict::Holds] => Reach::AfterFailures,
            [_, Verdict::Fails] => Reach::No,
            _ => Reach::Open,
        }
    });
    if reach == Some(Reach::Open) {
        open.push("the goal".to_owned());
    }

    let invariants: Vec<Property> =
        deployment.invariants.iter().map(|one| Property::Always(in_tokens(net, &one.formula))).collect();
    let mut broken = Vec::new();
    for (invariant, checked) in deployment.invariants.iter().zip(ask(&with_fault, &invariants)) {
        let what = format!("`{}`", invariant.name);
        note(what, checked, &mut broken, &mut open);
    }

    let places: Vec<PlaceId> = net
        .places()
        .filter(|place| net.initial().tokens(*place) > 0 && !moment.subject.goes_without_saying(*place))
        .collect();
    let back = |place: &PlaceId| {
        let (goal, unless) = (Formula::at_least(*place, 1), Formula::False);
        Property::InevitablyBackTo { goal, unless }
    };
    let lost: Vec<(PlaceId, Checked)> = places
        .iter()
        .copied()
        .zip(ask(&smooth, &places.iter().map(back).collect::<Vec<_>>()))
        .filter(|(_, checked)| checked.answer.verdict != Verdict::Holds)
        .collect();
    let returning = ask(&sound, &lost.iter().map(|(place, _)| back(place)).collect::<Vec<_>>());
    let mut taken = Vec::new();
    for ((place, checked), usual) in lost.into_iter().zip(returning) {
        let what = format!("`{}`", moment.subject.place(place));
        match usual.answer.verdict {
            Verdict::Holds => note(what, checked, &mut taken, &mut open),
            Verdict::Unknown(_) => open.push(what),
            _ => {}
        }
    }

    let MustMay { must, smoothly, may } = after;
    let must = must.unwrap_or_default();
    let is_possible = |t: &TransitionId| before.may.contains(t) || moment.in_flight.contains_key(t);
    let causes: BTreeSet<&TransitionId> = actions_lost.iter().chain(impossible).collect();
    Ok(Blast {
        is_past: !causes.into_iter().any(is_possible),
        goal: reach,
        may: smoothly.iter().copied().filter(|t| !must.contains(t)).collect(),
        if_failing: may.iter().copied().filter(|t| !smoothly.contains(t)).collect(),
        lost: others.iter().copied().filter(|t| before.may.contains(t) && !may.contains(t)).collect(),
        must,
        broken,
        taken,
        open,
    })
}

/// Adds what can be lost, or what is open about it.
fn note(what: String, checked: Checked, lost: &mut Vec<Loss>, open: &mut Vec<String>) {
    match (checked.answer.verdict, checked.answer.evidence) {
        (
            Verdict::Fails,
            Evidence::Run(run) | Evidence::RunAndExhaustion(run, _) | Evidence::RunAndRefutation(run, _),
        ) => lost.push(Loss { what, run }),
        (Verdict::Holds, _) => {}
        _ => open.push(what),
    }
}
