//! A random deployment: a workflow of actions, forks and joins, choices, locks, timers and
//! approvals, expanded; and what is known of it by construction.
//!
//! Blocks nest between an entry and an exit place, so without failures every run completes. An
//! action holds at most one lock, and a section with a lock of its own holds no other section: no
//! deadlock can come of them.

use crate::Bug;
use crate::chance::Chance;
use pn_deployment::{
    Action, Deployment, Faults, Invariant, PlaceOrigin, PlacePart, Retry, Role, StepPart, TransitionOrigin,
    expand,
};
use pn_executor::resource::Recovery;
use pn_logic::{Comparison, Formula, Linear};
use pn_net::{Marking, Net, NetBuilder, PlaceId, TransitionId};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// What an action is, as far as faults go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A command without a guard.
    Bare,
    /// A command whose check tells whether it is done.
    Guarded,
    /// Done by the runner itself; its check tells.
    Inside,
    /// It only waits.
    Waits,
}

impl Kind {
    pub(crate) const fn is_command(self) -> bool {
        matches!(self, Self::Bare | Self::Guarded)
    }

    pub(crate) const fn can_check(self) -> bool {
        matches!(self, Self::Guarded | Self::Inside)
    }

    pub(crate) const fn recovery(self) -> Recovery {
        match self {
            Self::Bare | Self::Guarded => Recovery::Kept,
            Self::Inside => Recovery::Recheck,
            Self::Waits => Recovery::Continue,
        }
    }
}

/// Places whose tokens add up to the same number in every marking.
#[derive(Debug)]
pub(crate) struct Conserved {
    pub(crate) places: Vec<PlaceId>,
    pub(crate) sum: u64,
}

/// A deployment and what is known of it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) kinds: BTreeMap<TransitionId, Kind>,
    pub(crate) conserved: Vec<Conserved>,
    pub(crate) jobs: NonZeroUsize,
    /// The run stays until it has rested for so long.
    pub(crate) stays: Option<Duration>,
}

/// A random plan; with [`Bug::LockKept`] one whose interrupted actions keep their locks.
pub(crate) fn plan(chance: &mut Chance, bug: Option<Bug>) -> Plan {
    let mut draft = Draft {
        net: NetBuilder::new("random"),
        roles: Vec::new(),
        kinds: BTreeMap::new(),
        locks: Vec::new(),
        holders: BTreeMap::new(),
        places: 0,
        budget: 2 + chance.below(6),
        section: Section::Allowed,
    };
    for _ in 0..chance.below(3) {
        let tokens = u64::from(1 + chance.below(2));
        let lock = draft.place(tokens);
        draft.locks.push((lock, tokens));
    }
    let (entry, exit) = (draft.place(1), draft.place(0));
    draft.block(chance, 4, entry, exit);
    let Draft { net, roles, mut kinds, locks, holders, .. } = draft;
    let actions: Vec<TransitionId> = kinds.keys().copied().collect();
    let mut drawn = Deployment::plain(net.build().expect("small weights"));
    drawn.roles = roles;
    drawn.goal = Some(Formula::at_least(exit, 1));
    let stays = chance.happens(400).then(|| Duration::from_millis(u64::from(500 + chance.below(3000))));
    let faults = if stays.is_some() { Faults::Any } else { Faults::None };
    let expansion = expand(&drawn, faults);
    // The places of an action's gadgets, its own first, then its repair's.
    let parts = |of: TransitionId, wanted: PlacePart| {
        let is_wanted = |place: &PlaceId| matches!(expansion.origins.place(*place), PlaceOrigin::Part { of: o, part, .. } if o == of && part == wanted);
        expansion.deployment.net.places().filter(is_wanted).collect::<Vec<_>>()
    };
    for (action, mender) in &expansion.menders {
        kinds.insert(*mender, kinds[action]);
    }
    let mut conserved = Vec::new();
    for (lock, sum) in locks {
        let held = holders.iter().filter(|(_, held)| **held == lock).map(|(action, _)| *action);
        let stages = [PlacePart::Checking, PlacePart::Applying, PlacePart::Settling];
        let busy = held.flat_map(|a| stages.map(|stage| parts(a, stage))).flatten();
        conserved.push(Conserved { places: busy.chain([lock]).collect(), sum });
    }
    let mut deployment = expansion.deployment.clone();
    for action in &actions {
        for (tries, spent) in
            parts(*action, PlacePart::Tries).into_iter().zip(parts(*action, PlacePart::Spent))
        {
            let sum = deployment.net.initial().tokens(tries);
            conserved.push(Conserved { places: vec![tries, spent], sum });
        }
    }
    if actions.len() > 1 && chance.happens(400) {
        let pair = [chance.one_of(&actions), chance.one_of(&actions)];
        let stages = [PlacePart::Checking, PlacePart::Applying];
        let at_work = pair.iter().flat_map(|a| stages.map(|stage| parts(*a, stage)[0]));
        let running = Linear::new(at_work.map(|place| (place, 1)), 0).expect("four terms");
        let formula = Formula::Compare(running, Comparison::AtMost, Linear::constant(2));
        deployment.invariants.push(Invariant { name: "few at work".into(), formula });
    }
    if bug == Some(Bug::LockKept) {
        let interrupted = |t: TransitionId| match expansion.origins.transition(t) {
            TransitionOrigin::Part { of, part: StepPart::Interrupted(_), .. } => holders.get(&of).copied(),
            _ => None,
        };
        deployment.net = without_outputs(&deployment.net, interrupted);
    }
    let jobs = NonZeroUsize::new(1 + chance.below(4) as usize).expect("at least 1");
    Plan { deployment: Arc::new(deployment), kinds, conserved, jobs, stays }
}

/// The net without the output arcs from transitions to the places named for them.
fn without_outputs(net: &Net, dropped: impl Fn(TransitionId) -> Option<PlaceId>) -> Net {
    let initial: &Marking = net.initial();
    let mut builder = NetBuilder::new(net.name());
    for place in net.places() {
        builder.place(net.place_name(place), None, initial.tokens(place)).expect("names are unique");
    }
    for transition in net.transitions() {
        builder.transition(net.transition_name(transition), None).expect("names are unique");
        for (place, weight) in net.pre(transition) {
            builder.input(place, transition, weight).expect("as in the net");
        }
        for (place, weight) in net.post(transition).filter(|(place, _)| dropped(transition) != Some(*place)) {
            builder.output(transition, place, weight).expect("as in the net");
        }
    }
    builder.build().expect("fewer arcs than in the net")
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Section {
    Allowed,
    Inside,
}

#[derive(Debug)]
struct Draft {
    net: NetBuilder,
    roles: Vec<Role>,
    kinds: BTreeMap<TransitionId, Kind>,
    locks: Vec<(PlaceId, u64)>,
    holders: BTreeMap<TransitionId, PlaceId>,
    places: u32,
    /// How many more actions there may be.
    budget: u32,
    section: Section,
}

impl Draft {
    fn place(&mut self, tokens: u64) -> PlaceId {
        self.places += 1;
        self.net.place(&format!("p{}", self.places), None, tokens).expect("names are unique")
    }

    fn step(&mut self, role: Role, takes: &[(PlaceId, u64)], gives: &[(PlaceId, u64)]) -> TransitionId {
        let name = format!("t{}", self.roles.len() + 1);
        let transition = self.net.transition(&name, None).expect("names are unique");
        for (place, weight) in takes {
            self.net.input(*place, transition, *weight).expect("small weights");
        }
        for (place, weight) in gives {
            self.net.output(transition, *place, *weight).expect("small weights");
        }
        self.roles.push(role);
        transition
    }

    /// Leads tokens from the entry to the exit.
    fn block(&mut self, chance: &mut Chance, depth: u32, entry: PlaceId, exit: PlaceId) {
        let shape = if depth == 0 || self.budget < 2 { 9 } else { chance.below(12) };
        match shape {
            0..=2 => {
                let middle = self.place(0);
                self.block(chance, depth - 1, entry, middle);
                self.block(chance, depth - 1, middle, exit);
            }
            3 | 4 => {
                let [a, b, c, d] = [0; 4].map(|_| self.place(0));
                self.step(Role::Control, &[(entry, 1)], &[(a, 1), (b, 1)]);
                self.block(chance, depth - 1, a, c);
                self.block(chance, depth - 1, b, d);
                self.step(Role::Control, &[(c, 1), (d, 1)], &[(exit, 1)]);
            }
            5 => {
                // The same work for several tokens, many at a time.
                let (count, [a, b]) = (u64::from(2 + chance.below(2)), [0; 2].map(|_| self.place(0)));
                self.step(Role::Control, &[(entry, 1)], &[(a, count)]);
                self.block(chance, depth - 1, a, b);
                self.step(Role::Control, &[(b, count)], &[(exit, 1)]);
            }
            6 | 7 => {
                for _ in 0..2 {
                    let middle = self.place(0);
                    self.leaf(chance, entry, middle);
                    self.block(chance, depth - 1, middle, exit);
                }
            }
            8 if self.section == Section::Allowed => {
                let [lock, a, b] = [1, 0, 0].map(|tokens| self.place(tokens));
                self.section = Section::Inside;
                self.step(Role::Control, &[(entry, 1), (lock, 1)], &[(a, 1)]);
                self.block(chance, depth - 1, a, b);
                self.step(Role::Control, &[(b, 1)], &[(exit, 1), (lock, 1)]);
                self.section = Section::Allowed;
            }
            _ => self.leaf(chance, entry, exit),
        }
    }

    fn leaf(&mut self, chance: &mut Chance, entry: PlaceId, exit: PlaceId) {
        let (takes, gives) = ([(entry, 1)], [(exit, 1)]);
        match chance.below(8) {
            0 => {
                let after = Duration::from_millis(u64::from(chance.one_of(&[0u32, 1, 250, 4000])));
                self.step(Role::Timer { after }, &takes, &gives);
            }
            1 => {
                self.step(Role::Approval { by: "ops".into() }, &takes, &gives);
            }
            2 if chance.happens(300) => {
                self.step(Role::Control, &takes, &gives);
            }
            _ => self.action(chance, entry, exit),
        }
    }

    fn action(&mut self, chance: &mut Chance, entry: PlaceId, exit: PlaceId) {
        self.budget = self.budget.saturating_sub(1);
        let mut action = Action::new("simulated");
        if chance.happens(500) {
            action.retry = Retry {
                attempts: 2 + chance.below(2),
                first: Duration::from_millis(u64::from(chance.below(2000))),
                factor: 2.0,
                cap: Duration::from_secs(3),
            };
        }
        if chance.happens(300) {
            action.timeout = Some(Duration::from_millis(400));
        }
        let lock = (!self.locks.is_empty() && chance.happens(400)).then(|| chance.one_of(&self.locks));
        let (mut takes, mut gives) = (vec![(entry, 1)], vec![(exit, 1)]);
        if let Some((lock, _)) = lock {
            takes.push((lock, 1));
            gives.push((lock, 1));
        }
        let transition = self.step(Role::Action(action), &takes, &gives);
        if let Some((lock, _)) = lock {
            self.holders.insert(transition, lock);
        }
        let kind = chance.one_of(&[Kind::Bare, Kind::Bare, Kind::Guarded, Kind::Inside, Kind::Waits]);
        self.kinds.insert(transition, kind);
    }
}
