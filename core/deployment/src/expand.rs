//! Expansion: writes out the subnets that a shorthand action stands for.
//!
//! An action or undo for which no outcome transition is drawn becomes a [`gadget`]: check, apply,
//! succeed, fail, try again, be interrupted, drift. What it takes, gives, holds and reads is told
//! apart by [`division`]; whether what it did is watched afterwards, and how it is mended, by
//! [`keeping`]; whom it tells of a change, by [`telling`]. The semantics are rules D20 to D34 of
//! `docs/spec/deployment.md`; the reasons stand in `docs/decisions/0007-the-resource-gadget.md`.
//!
//! The author's nodes come first and in order, so that their ids, and with them every formula,
//! stay as they are. O(size of the net).

mod division;
mod draft;
mod gadget;
mod keeping;
mod once;
mod reversal;
mod telling;

pub(crate) use keeping::keeping;
pub use keeping::{Keeping, Passing, Unsteady};

use crate::origins::{Origins, PlacePart, Round, StepPart};
use crate::{Deployment, Faults, Retry, Role};
use division::{Division, division};
use draft::{Draft, Owner};
use gadget::{Cost, Drift, Failures, Gadget};
use once::at_most_once;
use pn_logic::{Comparison, Formula, Linear};
use pn_net::{PlaceId, TransitionId};
use std::collections::{BTreeMap, BTreeSet};
use telling::{Edge, Tells, Turn};

/// A deployment with every shorthand action written out, and what became of its actions.
#[derive(Clone, PartialEq, Debug)]
pub struct Expansion {
    /// The deployment that is verified and run.
    pub deployment: Deployment,
    /// The author's node behind each of its nodes.
    pub origins: Origins,
    /// Whether what each of the author's actions does is watched and mended, and how.
    pub keeping: BTreeMap<TransitionId, Keeping>,
    /// The transition that applies an action once more after a drift or for a refresh: the action
    /// itself or its repair. Without an entry, nothing does in this expansion.
    pub menders: BTreeMap<TransitionId, TransitionId>,
}

/// Expands every action and undo that has no outcome transition of its own; drift is part of the
/// result as far as `faults` say. Deterministic; expanding an expanded deployment changes nothing.
/// Nested units are dropped when anything is expanded: they do not cover the new places.
#[must_use]
pub fn expand(deployment: &Deployment, faults: Faults) -> Expansion {
    let Deployment { net, roles, shorthand: said, .. } = deployment;
    let keeping = keeping(net, roles, said);
    let shorthand = deployment.is_shorthand();
    if !shorthand.contains(&true) {
        return Expansion {
            deployment: deployment.clone(),
            origins: Origins::of_author(net, roles),
            menders: drawn_menders(&keeping),
            keeping,
        };
    }
    let mut expander = Expander::new(deployment, faults, keeping);
    for transition in net.transitions() {
        if shorthand[transition.index()] {
            expander.action(transition);
        } else {
            expander.draft.copy_arcs(net, transition);
        }
    }
    expander.refreshes();
    expander.finish(faults)
}

struct Expander<'a> {
    author: &'a Deployment,
    draft: Draft,
    keeping: BTreeMap<TransitionId, Keeping>,
    drift: Drift,
    /// Drift as far as a repair has to do with it.
    after_drift: Drift,
    /// By transition: whether it is known to fire at most once; empty where nobody asks.
    once: Vec<bool>,
    /// What is refreshed.
    told: BTreeSet<TransitionId>,
    /// The tokens of the actions that are repaired beside the author's.
    repairs: BTreeMap<TransitionId, Repair>,
    /// What an action takes of the tokens of those that it reverses.
    reversed: BTreeMap<TransitionId, Vec<(PlaceId, u64)>>,
    /// The edges from each action that tells others.
    edges: BTreeMap<TransitionId, Vec<(TransitionId, Edge)>>,
    /// How each action that is mended or refreshed is applied once more.
    turns: BTreeMap<TransitionId, Turn>,
    failed: Vec<PlaceId>,
    /// What the goal asks besides what the author asks.
    besides: Vec<Formula>,
}

/// The tokens of an action that is repaired.
#[derive(Clone, Copy)]
struct Repair {
    dirty: PlaceId,
    kept: PlaceId,
}

impl<'a> Expander<'a> {
    /// Makes the places that several gadgets share.
    fn new(author: &'a Deployment, faults: Faults, keeping: BTreeMap<TransitionId, Keeping>) -> Self {
        let Deployment { net, roles, shorthand, .. } = author;
        let mut draft = Draft::of(net, roles);
        let told: BTreeSet<TransitionId> =
            shorthand.values().flat_map(|said| said.refreshes.iter().copied()).collect();
        let mut repairs = BTreeMap::new();
        let mut reversed: BTreeMap<TransitionId, Vec<(PlaceId, u64)>> = BTreeMap::new();
        for (action, keeping) in &keeping {
            let is_repaired = matches!(keeping, Keeping::Repaired(_) | Keeping::Until(..));
            if is_repaired && (faults != Faults::None || told.contains(action)) {
                let owner = Owner::author(net, *action);
                let dirty = draft.place(&owner, PlacePart::Dirty, 0);
                let kept = draft.place(&owner, PlacePart::Kept, 0);
                repairs.insert(*action, Repair { dirty, kept });
                if let Keeping::Until(_, by) = keeping {
                    reversed.entry(*by).or_default().push((kept, 1));
                }
            }
        }
        let mut edges: BTreeMap<TransitionId, Vec<(TransitionId, Edge)>> = BTreeMap::new();
        for (from, said) in shorthand {
            for to in &said.refreshes {
                let (owner, told) = (Owner::author(net, *from), Owner::author(net, *to));
                edges.entry(*from).or_default().push((*to, telling::edge(&mut draft, owner, told)));
            }
        }
        let drifts = keeping
            .values()
            .any(|keeping| matches!(keeping, Keeping::Stays | Keeping::Repaired(_) | Keeping::Until(..)));
        let drift = match faults {
            Faults::Any => Drift::AnyTime(Cost::Free),
            Faults::Drifts(most) if drifts && most > 0 => {
                Drift::AnyTime(Cost::Counted(draft.budget(u64::from(most))))
            }
            Faults::None | Faults::Drifts(_) => Drift::Absent,
        };
        let after_drift = match (drift, faults) {
            (Drift::AnyTime(cost), Faults::Drifts(1)) => Drift::WhenDone(cost),
            _ => drift,
        };
        Self {
            author,
            draft,
            keeping,
            drift,
            after_drift,
            once: if edges.is_empty() && author.roles.iter().all(|role| attempts(role) == 1) {
                Vec::new()
            } else {
                at_most_once(net)
            },
            told,
            repairs,
            reversed,
            edges,
            turns: BTreeMap::new(),
            failed: Vec::new(),
            besides: Vec::new(),
        }
    }

    /// Writes out an action or undo, and its repair.
    fn action(&mut self, action: TransitionId) {
        let Deployment { net, shorthand, .. } = self.author;
        let mut arcs = division(net, action, shorthand.get(&action));
        let keeping = self.keeping.get(&action).copied();
        let repair = self.repairs.get(&action).copied();
        let own = Division { hold: arcs.hold.clone(), read: arcs.read.clone(), ..Division::default() };
        if let Some(Repair { kept, .. }) = repair {
            arcs.give.push((kept, 1));
        }
        if let Role::Undo { of, .. } = self.author.role(action)
            && let Some(Repair { kept, .. }) = self.repairs.get(of)
        {
            arcs.take.push((*kept, 1));
        }
        arcs.take.extend(self.reversed.get(&action).into_iter().flatten());
        if keeping == Some(Keeping::Stays) {
            let turn = Turn { start: action, done: arcs.give.clone(), due: arcs.take.clone() };
            self.turns.insert(action, turn);
        }
        let drift = if keeping == Some(Keeping::Stays) { self.drift } else { Drift::Absent };
        let owner = Owner::author(net, action);
        self.gadget(owner.clone(), action, arcs, drift);
        if let Some(repair) = repair {
            self.repair(&owner, own, repair);
        }
    }

    /// Writes out the gadget that mends what an action did.
    fn repair(&mut self, owner: &Owner, own: Division, repair: Repair) {
        let (dirty, kept) = (vec![(repair.dirty, 1)], vec![(repair.kept, 1)]);
        let Role::Action(action) = self.author.role(owner.of) else { return };
        let role = Role::Action(crate::Action { undo: None, ..action.clone() });
        let owner = Owner { round: Round::Repair, ..owner.clone() };
        let (start, name) = self.draft.start(&owner, StepPart::Started, "repair", role);
        let label = owner.label.as_ref().map(|label| format!("{label}: repair"));
        let owner = Owner { name, label, ..owner };
        let turn = Turn { start, done: kept.clone(), due: dirty.clone() };
        self.turns.insert(owner.of, turn);
        let drift = if self.told.contains(&owner.of) { self.drift } else { self.after_drift };
        let at_work = self.gadget(owner, start, Division { take: dirty, give: kept, ..own }, drift);
        let due = at_work.into_iter().chain([repair.dirty]);
        self.besides.push(empty(due.collect()));
    }

    /// Writes out one gadget; the places on which it has a token while it is not done.
    fn gadget(&mut self, owner: Owner, start: TransitionId, arcs: Division, drift: Drift) -> Vec<PlaceId> {
        let attempts = attempts(self.author.role(owner.of));
        let edges = self.edges.get(&owner.of).map(Vec::as_slice).unwrap_or_default();
        let edges: Vec<Edge> = edges.iter().map(|(_, edge)| edge.clone()).collect();
        let repeats = u64::from(attempts.saturating_sub(1));
        let (tells, failures) = (self.tells(&owner, drift), self.failures(&owner, drift));
        let gadget = Gadget { owner, start, arcs, repeats, drift, edges: &edges, tells, failures };
        let gadget::Places { failed, at_work, telling } = gadget::write(&mut self.draft, &gadget);
        self.failed.push(failed);
        if gadget.owner.round == Round::First && !telling.is_empty() {
            self.besides.push(empty(telling));
        }
        at_work.into_iter().chain([failed]).collect()
    }

    /// Whether a gadget may begin again after a success.
    fn failures(&self, owner: &Owner, drift: Drift) -> Failures {
        let begins_again = match owner.round {
            Round::First => self.tells(owner, drift) == Tells::Often,
            Round::Repair => !matches!(drift, Drift::WhenDone(_)),
        };
        if begins_again { Failures::Forgiven } else { Failures::Kept }
    }

    /// How often a gadget may tell of a change: again only when it is applied again.
    fn tells(&self, owner: &Owner, drift: Drift) -> Tells {
        let once = self.once.get(owner.of.index()).copied().unwrap_or_default();
        let is_turned_back = drift != Drift::Absent
            || (self.told.contains(&owner.of) && !self.repairs.contains_key(&owner.of));
        match owner.round {
            Round::First if once && !is_turned_back => Tells::Once,
            _ => Tells::Often,
        }
    }

    /// Lets refreshes turn back what they are for.
    fn refreshes(&mut self) {
        for (to, edge) in self.edges.values().flatten() {
            if let Some(turn) = self.turns.get(to) {
                self.besides.extend(telling::refresh(&mut self.draft, edge, turn));
            }
        }
    }

    fn finish(self, faults: Faults) -> Expansion {
        let Self { author, draft, keeping, turns, failed, besides, .. } = self;
        let (net, roles, origins) = draft.build();
        let goal = author.goal.clone().map(|goal| all_of(goal, besides));
        let failures = failed.iter().map(|place| Formula::at_least(*place, 1)).collect();
        let deployment = Deployment {
            net,
            roles,
            goal,
            failure: any_of(&author.failure, failures),
            invariants: author.invariants.clone(),
            parameters: author.parameters.clone(),
            faults: if faults == Faults::Drifts(0) { Faults::None } else { faults },
            shorthand: BTreeMap::new(),
        };
        let mut menders = drawn_menders(&keeping);
        menders.extend(turns.into_iter().map(|(action, turn)| (action, turn.start)));
        Expansion { deployment, origins, keeping, menders }
    }
}

/// An action whose drifts are drawn is applied once more by whatever the author drew.
fn drawn_menders(keeping: &BTreeMap<TransitionId, Keeping>) -> BTreeMap<TransitionId, TransitionId> {
    let drawn = keeping.iter().filter(|(_, keeping)| **keeping == Keeping::Drawn);
    drawn.map(|(action, _)| (*action, *action)).collect()
}

/// How many attempts there are at what stands for this role.
fn attempts(role: &Role) -> u32 {
    match role {
        Role::Action(action) | Role::Undo { action: Some(action), .. } => action.retry.attempts,
        _ => Retry::ONCE.attempts,
    }
}

/// None of the places holds a token.
fn empty(places: Vec<PlaceId>) -> Formula {
    let terms = places.into_iter().map(|place| (place, 1));
    let sum = Linear::new(terms, 0).expect("so few terms do not overflow");
    Formula::Compare(sum, Comparison::Equal, Linear::constant(0))
}

fn all_of(goal: Formula, besides: Vec<Formula>) -> Formula {
    if besides.is_empty() {
        return goal;
    }
    let mut parts = match goal {
        Formula::And(parts) => parts,
        other => vec![other],
    };
    parts.extend(besides);
    Formula::And(parts)
}

fn any_of(declared: &Formula, failures: Vec<Formula>) -> Formula {
    let mut parts = match declared {
        Formula::False => Vec::new(),
        Formula::Or(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    parts.extend(failures);
    match parts.len() {
        1 => parts.remove(0),
        _ => Formula::Or(parts),
    }
}
