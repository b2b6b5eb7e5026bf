//! Stubborn sets: in each marking, a part of the enabled transitions that it is enough to fire.
//!
//! Let S be a set of transitions and m a marking.
//!
//! * **D1**: if m –w·t→ m' with t in S and nothing of S in w, then m –t·w→ m'.
//! * **D2**: unless m is dead, S has a *key*: a transition enabled in m that stays enabled
//!   whatever is fired outside S.
//! * **W**: every run from m to a marking that satisfies the goal fires a transition of S.
//!
//! With D1 and D2 in every marking, firing the enabled part of S alone still reaches every dead
//! marking: a run to it fires some transition of S, for the key would otherwise be enabled at its
//! end, and the first of these can be fired at once, after which the rest is one shorter. With D1
//! and W, where the goal does not hold, a marking that satisfies it is reached if any is, by the
//! same argument. A. Valmari, "Stubborn Sets for Reduced State Space Generation", 1989; K. Schmidt,
//! "Stubborn Sets for Standard Properties", 1999; F. M. Bønneland, P. G. Jensen, K. G. Larsen,
//! M. Muñiz, J. Srba, "Start Pruning When Time Gets Urgent", 2018.
//!
//! Which transitions have to be in S together is the matter of [`dependencies`]; dead markings are
//! preserved by [`component`], goals by [`closure`] from what [`goal`] says may bring them nearer.
//! O(arcs) a marking, and mostly far less.

mod closure;
mod component;
mod dependencies;
mod goal;

use closure::Closure;
use component::Components;
use dependencies::{Dependencies, Situation};
use goal::Goal;
use pn_logic::Property;
use pn_net::{Marking, Net, PlaceId, TransitionId, firing};

/// Where token counts are looked up.
pub(super) trait Counts {
    /// The tokens on `place`.
    fn tokens(&self, place: PlaceId) -> u64;
}

impl Counts for Marking {
    fn tokens(&self, place: PlaceId) -> u64 {
        Self::tokens(self, place)
    }
}

/// Stubborn sets of one net for one purpose, computed marking by marking.
#[derive(Debug)]
pub struct Stubborn {
    dependencies: Dependencies,
    purpose: Purpose,
}

/// What firing only stubborn sets must still find.
#[derive(Debug)]
enum Purpose {
    /// Every dead marking.
    DeadMarkings(Components),
    /// Some marking that satisfies the goal.
    Goal(Goal, Closure),
}

impl Stubborn {
    /// Sets that preserve all reachable dead markings of `net`.
    #[must_use]
    pub fn for_dead_markings(net: &Net) -> Self {
        let dependencies = Dependencies::with_keys(net);
        let components = Components::new(dependencies.len());
        Self { dependencies, purpose: Purpose::DeadMarkings(components) }
    }

    /// Sets that preserve the answer to `property`; `None` where there are none: what is asked of
    /// every reachable marking's future depends on all of them.
    ///
    /// In a marking that settles a `possibly` or `always` the sets mean nothing.
    #[must_use]
    pub fn for_property(net: &Net, property: &Property) -> Option<Self> {
        let goal = Goal::of(net, property)?;
        if goal.implies_dead() {
            return Some(Self::for_dead_markings(net));
        }
        let dependencies = Dependencies::without_keys(net);
        let closure = Closure::new(dependencies.len());
        Some(Self { dependencies, purpose: Purpose::Goal(goal, closure) })
    }

    /// The set in `marking`, ascending; its enabled part is what is to be fired.
    #[must_use]
    pub fn at(&mut self, net: &Net, marking: &Marking) -> Vec<TransitionId> {
        let enabled: Vec<TransitionId> = firing::enabled(net, marking).collect();
        self.compute(marking, &enabled);
        let situation = Situation { dependencies: &self.dependencies, marking };
        let mut members = match &self.purpose {
            Purpose::DeadMarkings(components) => components.members(&situation),
            Purpose::Goal(_, closure) => closure.members(),
        };
        members.retain(|node| *node < net.transition_count());
        members.sort_unstable();
        members.into_iter().map(TransitionId::new).collect()
    }

    /// Keeps of the transitions `enabled` in `marking` those that are to be fired, in their order.
    pub(super) fn retain(&mut self, marking: &impl Counts, enabled: &mut Vec<TransitionId>) {
        if enabled.len() == 1 && matches!(self.purpose, Purpose::DeadMarkings(_)) {
            return;
        }
        self.compute(marking, enabled);
        match &self.purpose {
            Purpose::DeadMarkings(components) => enabled.retain(|t| components.contains(t.index())),
            Purpose::Goal(_, closure) => enabled.retain(|t| closure.contains(t.index())),
        }
    }

    fn compute(&mut self, marking: &impl Counts, enabled: &[TransitionId]) {
        let Self { dependencies, purpose } = self;
        dependencies.enter(enabled);
        let situation = Situation { dependencies, marking };
        match purpose {
            Purpose::DeadMarkings(components) => components.find(&situation, enabled),
            Purpose::Goal(goal, closure) => {
                closure.begin();
                goal.interesting(&situation, enabled, closure.seeds());
                closure.close(&situation);
            }
        }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        let scratch = match &self.purpose {
            Purpose::DeadMarkings(components) => components.bytes(),
            Purpose::Goal(goal, closure) => goal.bytes() + closure.bytes(),
        };
        self.dependencies.bytes() + scratch
    }
}
