//! Deployments for tests: a net in text, with roles, reads and refreshes by name; expansions in
//! text.

#![allow(dead_code, unreachable_pub)]

use pn_deployment::{
    Action, Deployment, Expansion, Mapping, Origins, PlaceOrigin, PlacePart, Retry, Role, Round,
};
use pn_logic::text::parse_formula;
use pn_net::{Net, PlaceId, TransitionId};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

pub fn action(attempts: u32) -> Action {
    let retry = Retry { attempts, first: Duration::from_secs(1), factor: 2.0, cap: Duration::from_secs(100) };
    Action { retry, ..Action::new("noop") }
}

/// The deployment of the net in which the named transitions are actions with so many attempts.
pub fn deployment(text: &str, actions: &[(&str, u32)]) -> Deployment {
    let mut deployment = Deployment::plain(pn_testkit::net(text));
    for (name, attempts) in actions {
        let transition = named(&deployment, name);
        deployment.roles[transition.index()] = Role::Action(action(*attempts));
    }
    deployment
}

/// What else a test says of a deployment.
pub trait Say {
    fn undo(self, undo: &str, of: &str) -> Self;
    fn reads(self, transition: &str, place: &str) -> Self;
    fn refreshes(self, transition: &str, told: &str) -> Self;
    fn goal(self, formula: &str) -> Self;
}

impl Say for Deployment {
    fn undo(mut self, undo: &str, of: &str) -> Self {
        let (undo, of) = (named(&self, undo), named(&self, of));
        self.roles[undo.index()] = Role::Undo { of, action: None };
        self
    }

    fn reads(mut self, transition: &str, place: &str) -> Self {
        let place = self.net.find_place(place).expect("the test names it");
        let transition = named(&self, transition);
        self.shorthand.entry(transition).or_default().reads.push(place);
        self
    }

    fn refreshes(mut self, transition: &str, told: &str) -> Self {
        let (transition, told) = (named(&self, transition), named(&self, told));
        self.shorthand.entry(transition).or_default().refreshes.push(told);
        self
    }

    fn goal(mut self, formula: &str) -> Self {
        self.goal = Some(parse_formula(&self.net, formula).expect("the test writes a formula"));
        self
    }
}

pub fn named(deployment: &Deployment, name: &str) -> TransitionId {
    deployment.net.find_transition(name).expect("the test names it")
}

/// An expansion: marking, transitions, goal and failure.
pub fn show(expansion: &Expansion) -> String {
    let Expansion { deployment, origins, .. } = expansion;
    let net = &deployment.net;
    let mut text = format!("{}\n", net.initial().display(net));
    for transition in net.transitions() {
        let side = |arcs: Vec<(PlaceId, u64)>| {
            let term = |(p, w): &(PlaceId, u64)| match w {
                1 => net.place_name(*p).to_owned(),
                w => format!("{w} {}", net.place_name(*p)),
            };
            arcs.iter().map(term).collect::<Vec<_>>().join(" + ")
        };
        let (pre, post) = (side(net.pre(transition).collect()), side(net.post(transition).collect()));
        let name = net.transition_name(transition);
        let (role, words) =
            (role(net, deployment.role(transition)), origins.describe_transition(net, transition));
        writeln!(text, "{name}: {pre} -> {post} [{role}] {words}").expect("a string takes all");
    }
    if let Some(goal) = &deployment.goal {
        writeln!(text, "goal: {}", goal.display(net)).expect("a string takes all");
    }
    writeln!(text, "failure: {}", deployment.failure.display(net)).expect("a string takes all");
    text
}

fn role(net: &Net, role: &Role) -> String {
    let name = |t: &TransitionId| net.transition_name(*t);
    match role {
        Role::Outcome { results, .. } => results.iter().map(|r| r.word()).collect::<Vec<_>>().join(" "),
        Role::Action(_) => "action".to_owned(),
        Role::Undo { .. } => "undo".to_owned(),
        Role::Retry { .. } => "retry".to_owned(),
        Role::Control => "control".to_owned(),
        Role::Drift { of } => format!("drift of {}", name(of)),
        Role::Refresh { of } => format!("refresh of {}", name(of)),
        other => format!("{other:?}"),
    }
}

/// The places of each gadget.
pub fn parts(origins: &Origins) -> BTreeMap<(TransitionId, Round), Vec<(PlacePart, PlaceId)>> {
    let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for mapping in origins.map() {
        if let Mapping::Place(place, PlaceOrigin::Part { of, round, part }) = mapping {
            parts.entry((of, round)).or_default().push((part, place));
        }
    }
    parts
}
