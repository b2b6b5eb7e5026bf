//! The oracle: every reachable marking, found in the most obvious way.
//!
//! Slow, and meant to be: it stores whole markings, looks at everything and shares with the
//! engines nothing but the firing rule and the evaluation of formulas. All engines are compared
//! with it on small nets.

use pn_logic::{Formula, Linear, Property, Verdict, holds_in, value_in};
use pn_net::{Marking, Net, Trace, TransitionId, firing};
use std::collections::HashMap;

/// All reachable markings of a net, with the edges between them, in breadth-first order.
#[derive(Clone, Debug)]
pub struct StateSpace {
    net: Net,
    markings: Vec<Marking>,
    index: HashMap<Marking, usize>,
    /// For each marking the firings that leave it, by ascending transition.
    edges: Vec<Vec<(TransitionId, usize)>>,
    /// For each marking but the first, the firing by which it was first reached.
    parents: Vec<Option<(usize, TransitionId)>>,
}

/// The state space of `net`; `None` when it has more than `limit` markings, or when a place
/// would overflow.
#[must_use]
pub fn explore(net: &Net, limit: usize) -> Option<StateSpace> {
    let initial = net.initial().clone();
    let mut space = StateSpace {
        net: net.clone(),
        index: HashMap::from([(initial.clone(), 0)]),
        markings: vec![initial],
        edges: Vec::new(),
        parents: vec![None],
    };
    while space.edges.len() < space.markings.len() {
        let from = space.edges.len();
        let mut leaving = Vec::new();
        for transition in net.transitions() {
            let mut marking = space.markings[from].clone();
            if !firing::is_enabled(net, &marking, transition) {
                continue;
            }
            firing::fire(net, &mut marking, transition).ok()?;
            let to = *space.index.entry(marking.clone()).or_insert(space.markings.len());
            if to == space.markings.len() {
                space.markings.push(marking);
                space.parents.push(Some((from, transition)));
            }
            if space.markings.len() > limit {
                return None;
            }
            leaving.push((transition, to));
        }
        space.edges.push(leaving);
    }
    Some(space)
}

impl StateSpace {
    /// All reachable markings, the initial one first, nearer ones before farther ones.
    #[must_use]
    pub fn markings(&self) -> &[Marking] {
        &self.markings
    }

    /// The firings that leave a marking: transition and index of the marking that it leads to.
    #[must_use]
    pub fn successors(&self, marking: usize) -> &[(TransitionId, usize)] {
        &self.edges[marking]
    }

    /// Number of edges: one for each transition enabled in each marking.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.iter().map(Vec::len).sum()
    }

    /// The index of a marking; `None` when it is not reachable.
    #[must_use]
    pub fn find(&self, marking: &Marking) -> Option<usize> {
        self.index.get(marking).copied()
    }

    /// The reachable dead markings.
    #[must_use]
    pub fn dead_markings(&self) -> Vec<&Marking> {
        self.markings.iter().filter(|m| firing::is_dead(&self.net, m)).collect()
    }

    /// The transitions that no reachable marking enables.
    #[must_use]
    pub fn never_fireable(&self) -> Vec<TransitionId> {
        let fires = |t: TransitionId| self.edges.iter().flatten().any(|(fired, _)| *fired == t);
        self.net.transitions().filter(|t| !fires(*t)).collect()
    }

    /// The largest value of `expression` in a reachable marking.
    ///
    /// # Panics
    ///
    /// Never: the initial marking is reachable.
    #[must_use]
    pub fn maximum(&self, expression: &Linear) -> i128 {
        let values = self.markings.iter().map(|m| value_in(m, expression));
        values.max().expect("the initial marking is reachable")
    }

    /// The length of a shortest run to a marking that satisfies `formula`.
    #[must_use]
    pub fn distance_to(&self, formula: &Formula) -> Option<usize> {
        self.shortest_run_to(formula).map(|trace| trace.firings.len())
    }

    /// A shortest run to a marking that satisfies `formula`.
    #[must_use]
    pub fn shortest_run_to(&self, formula: &Formula) -> Option<Trace> {
        self.markings.iter().position(|m| holds_in(&self.net, m, formula)).map(|m| self.run_to(m))
    }

    /// A shortest run to a marking.
    #[must_use]
    pub fn run_to(&self, marking: usize) -> Trace {
        let mut firings = Vec::new();
        let mut at = marking;
        while let Some((from, transition)) = self.parents[at] {
            firings.push(transition);
            at = from;
        }
        firings.reverse();
        Trace { firings }
    }

    /// For each marking, whether one that satisfies `goal` can be reached from it.
    #[must_use]
    pub fn can_reach(&self, goal: &Formula) -> Vec<bool> {
        let mut can: Vec<bool> = self.markings.iter().map(|m| holds_in(&self.net, m, goal)).collect();
        loop {
            let mut changed = false;
            for marking in (0..can.len()).rev() {
                if !can[marking] && self.edges[marking].iter().any(|(_, to)| can[*to]) {
                    can[marking] = true;
                    changed = true;
                }
            }
            if !changed {
                return can;
            }
        }
    }

    /// The verdict on a property, always definite.
    #[must_use]
    pub fn verdict(&self, property: &Property) -> Verdict {
        let holds = match property {
            Property::Possibly(formula) => self.markings.iter().any(|m| holds_in(&self.net, m, formula)),
            Property::Always(formula) => self.markings.iter().all(|m| holds_in(&self.net, m, formula)),
            Property::InevitablyBackTo { goal, unless } => {
                let can = self.can_reach(goal);
                self.markings.iter().zip(can).all(|(m, can)| can || holds_in(&self.net, m, unless))
            }
            Property::Bound(expression) => return Verdict::Bounded(self.maximum(expression)),
        };
        if holds { Verdict::Holds } else { Verdict::Fails }
    }
}
