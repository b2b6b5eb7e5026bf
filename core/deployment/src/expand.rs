//! Expansion: writes out the subnet that a shorthand action stands for.
//!
//! An action (or undo) `T` for which no outcome transition is drawn becomes, for N attempts
//! (`docs/spec/deployment.md`, rules D20 to D29):
//!
//! ```text
//! T:             Pre(T)                    -> T.running
//! T.ok:          T.running                 -> Post(T)                       ok, same, diff
//! T.interrupted: T.running                 -> Pre(T)                        unknown, cancelled
//!   N = 1:
//! T.fails:       T.running                 -> T.failed + Loop(T)            failed, timeout
//!   N > 1:
//! T.fails:       T.running + T.tries       -> T.waiting + T.spent           failed, timeout
//! T.retries:     T.waiting                 -> T.running                     after the pause
//! T.gives-up:    T.running + (N-1) T.spent -> T.failed + (N-1) T.spent + Loop(T)
//! ```
//!
//! Loop(T) is what T both takes and gives, min(Pre(p,T), Post(T,p)) on each place p: a lock that
//! it holds or a condition that it reads, given back whatever the result.
//! `T.tries + T.spent = N − 1` is a place invariant, so of `T.fails` and `T.gives-up` exactly one
//! is enabled while `T.running` is marked. The author's nodes come first and in order, so that
//! their ids, and with them every formula, stay as they are. O(size of the net).

use crate::origins::{Origins, PlaceOrigin, PlacePart, StepPart, Then, TransitionOrigin};
use crate::{Deployment, Faults, Outcome, Retry, Role};
use pn_logic::Formula;
use pn_net::{Net, NetBuilder, PlaceId, TransitionId};

/// A deployment with every shorthand action written out, and where its nodes come from.
#[derive(Clone, PartialEq, Debug)]
pub struct Expansion {
    /// The deployment that is verified and run.
    pub deployment: Deployment,
    /// The author's node behind each of its nodes.
    pub origins: Origins,
}

/// Expands every action and undo that has no outcome transition of its own. Deterministic;
/// expanding an expanded deployment changes nothing. Nested units are dropped when anything is
/// expanded: they do not cover the new places.
///
/// Drift is no part of the expansion yet, whatever faults are asked for (rule D47).
#[must_use]
pub fn expand(deployment: &Deployment, _faults: Faults) -> Expansion {
    let shorthand = shorthand_actions(deployment);
    let mut deployed = deployment.clone();
    let mut origins = Origins {
        places: vec![PlaceOrigin::Author; deployment.net.place_count()],
        transitions: deployment.net.transitions().map(|t| own_origin(deployment, t)).collect(),
    };
    if !shorthand.contains(&true) {
        return Expansion { deployment: deployed, origins };
    }

    let mut draft =
        Draft { net: copy_nodes(&deployment.net), roles: &mut deployed.roles, origins: &mut origins };
    let mut failures = Vec::new();
    for transition in deployment.net.transitions() {
        if shorthand[transition.index()] {
            failures.push(draft.action(deployment, transition));
        } else {
            draft.copy_arcs(&deployment.net, transition);
        }
    }
    deployed.net = draft.net.build().expect("merged arcs of a net and single new arcs weigh what they did");
    deployed.failure = or_failed(&deployment.failure, &failures);
    Expansion { deployment: deployed, origins }
}

/// By transition: whether it is an action or undo without drawn outcomes.
fn shorthand_actions(deployment: &Deployment) -> Vec<bool> {
    let starts = |role: &Role| matches!(role, Role::Action(_) | Role::Undo { .. });
    let mut shorthand: Vec<bool> = deployment.roles.iter().map(starts).collect();
    for role in &deployment.roles {
        if let Role::Outcome { of, .. } = role {
            shorthand[of.index()] = false;
        }
    }
    shorthand
}

fn own_origin(deployment: &Deployment, transition: TransitionId) -> TransitionOrigin {
    match deployment.role(transition) {
        Role::Action(_) | Role::Undo { .. } => {
            TransitionOrigin::Part { of: transition, part: StepPart::Started }
        }
        _ => TransitionOrigin::Author,
    }
}

fn copy_nodes(net: &Net) -> NetBuilder {
    let mut builder = NetBuilder::new(net.name());
    for place in net.places() {
        let (name, label) = (net.place_name(place), net.place_label(place));
        builder.place(name, Some(label), net.initial().tokens(place)).expect("the net has it once");
    }
    for transition in net.transitions() {
        let (name, label) = (net.transition_name(transition), net.transition_label(transition));
        builder.transition(name, Some(label)).expect("the net has it once");
    }
    builder
}

fn or_failed(declared: &Formula, failures: &[PlaceId]) -> Formula {
    let mut parts = match declared {
        Formula::False => Vec::new(),
        Formula::Or(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    parts.extend(failures.iter().map(|place| Formula::at_least(*place, 1)));
    match parts.len() {
        1 => parts.remove(0),
        _ => Formula::Or(parts),
    }
}

/// The expanded net in the making.
struct Draft<'a> {
    net: NetBuilder,
    roles: &'a mut Vec<Role>,
    origins: &'a mut Origins,
}

impl Draft<'_> {
    fn copy_arcs(&mut self, net: &Net, transition: TransitionId) {
        net.pre(transition).for_each(|(place, weight)| self.takes(transition, place, weight));
        net.post(transition).for_each(|(place, weight)| self.gives(transition, place, weight));
    }

    /// Writes out one action and returns its failure place.
    fn action(&mut self, deployment: &Deployment, start: TransitionId) -> PlaceId {
        let net = &deployment.net;
        let attempts = match deployment.role(start) {
            Role::Action(action) | Role::Undo { action: Some(action), .. } => action.retry.attempts,
            _ => Retry::ONCE.attempts,
        };
        let running = self.place(net, start, PlacePart::Running, 0);
        let failed = self.place(net, start, PlacePart::Failed, 0);
        net.pre(start).for_each(|(place, weight)| self.takes(start, place, weight));
        self.gives(start, running, 1);

        let ok = self.outcome(net, start, StepPart::Succeeds, &[Outcome::Ok, Outcome::Same, Outcome::Diff]);
        self.takes(ok, running, 1);
        net.post(start).for_each(|(place, weight)| self.gives(ok, place, weight));

        match attempts {
            0 | 1 => self.one_attempt(net, start, running, failed),
            _ => self.attempts(net, start, running, failed, u64::from(attempts - 1)),
        }

        let interrupted =
            self.outcome(net, start, StepPart::Interrupted, &[Outcome::Unknown, Outcome::Cancelled]);
        self.takes(interrupted, running, 1);
        net.pre(start).for_each(|(place, weight)| self.gives(interrupted, place, weight));
        failed
    }

    fn one_attempt(&mut self, net: &Net, start: TransitionId, running: PlaceId, failed: PlaceId) {
        let fails = self.outcome(net, start, StepPart::Fails(Then::Never), &FAILURES);
        self.takes(fails, running, 1);
        self.gives(fails, failed, 1);
        self.gives_loops_back(net, start, fails);
    }

    fn attempts(&mut self, net: &Net, start: TransitionId, running: PlaceId, failed: PlaceId, repeats: u64) {
        let waiting = self.place(net, start, PlacePart::Waiting, 0);
        let tries = self.place(net, start, PlacePart::Tries, repeats);
        let spent = self.place(net, start, PlacePart::Spent, 0);

        let fails = self.outcome(net, start, StepPart::Fails(Then::Again), &FAILURES);
        self.takes(fails, running, 1);
        self.takes(fails, tries, 1);
        self.gives(fails, waiting, 1);
        self.gives(fails, spent, 1);

        let retries = self.transition(net, start, StepPart::Retries, Role::Retry { of: start });
        self.takes(retries, waiting, 1);
        self.gives(retries, running, 1);

        let gives_up = self.outcome(net, start, StepPart::GivesUp, &FAILURES);
        self.takes(gives_up, running, 1);
        self.takes(gives_up, spent, repeats);
        self.gives(gives_up, failed, 1);
        self.gives(gives_up, spent, repeats);
        self.gives_loops_back(net, start, gives_up);
    }

    fn gives_loops_back(&mut self, net: &Net, start: TransitionId, failure: TransitionId) {
        for (place, taken) in net.pre(start) {
            match net.output_weight(start, place).min(taken) {
                0 => {}
                weight => self.gives(failure, place, weight),
            }
        }
    }

    fn place(&mut self, net: &Net, of: TransitionId, part: PlacePart, tokens: u64) -> PlaceId {
        self.origins.places.push(PlaceOrigin::Part { of, part });
        let (name, label) = (self.free_name(net, of, part.word()), label(net, of, part.word()));
        self.net.place(&name, label.as_deref(), tokens).expect("the name is free")
    }

    fn outcome(&mut self, net: &Net, of: TransitionId, part: StepPart, results: &[Outcome]) -> TransitionId {
        let results = results.iter().copied().collect();
        self.transition(net, of, part, Role::Outcome { of, results })
    }

    fn transition(&mut self, net: &Net, of: TransitionId, part: StepPart, role: Role) -> TransitionId {
        self.origins.transitions.push(TransitionOrigin::Part { of, part });
        self.roles.push(role);
        let (name, label) = (self.free_name(net, of, part.word()), label(net, of, part.word()));
        self.net.transition(&name, label.as_deref()).expect("the name is free")
    }

    fn takes(&mut self, transition: TransitionId, place: PlaceId, weight: u64) {
        self.net.input(place, transition, weight).expect("a weight between 1 and 2^63 - 1");
    }

    fn gives(&mut self, transition: TransitionId, place: PlaceId, weight: u64) {
        self.net.output(transition, place, weight).expect("a weight between 1 and 2^63 - 1");
    }

    /// `T.word`, or the first of `T.word.2`, `T.word.3`, … that names neither a place nor a
    /// transition: in a PNML file both share one space of identifiers.
    fn free_name(&self, net: &Net, of: TransitionId, word: &str) -> String {
        let name = format!("{}.{word}", net.transition_name(of));
        let taken =
            |name: &str| self.net.find_place(name).is_some() || self.net.find_transition(name).is_some();
        if !taken(&name) {
            return name;
        }
        let mut numbered = (2u64..).map(|number| format!("{name}.{number}"));
        numbered.find(|name| !taken(name)).expect("a net has fewer nodes than there are numbers")
    }
}

const FAILURES: [Outcome; 2] = [Outcome::Failed, Outcome::Timeout];

/// The display name of a part, where the author gave the action one.
fn label(net: &Net, of: TransitionId, word: &str) -> Option<String> {
    let label = net.transition_label(of);
    (label != net.transition_name(of)).then(|| format!("{label}: {word}"))
}
