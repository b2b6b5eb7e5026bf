//! Why a property holds, told module by module.
//!
//! A *module* is a set of places such that every transition that changes some of them changes
//! places of no other module; what a transition takes and gives back alike it only *reads*.
//! Modules influence each other by reads alone, so the reachable markings of a net, projected to a
//! module, are among those of the module by itself, with every read granted: its *local space*.
//! Places that are in no module are *shared*, such as locks. What a module takes from them or
//! gives to them is granted, too; how much it has given on balance is told by its local marking,
//! where all ways to that agree, and the modules together have given what is there.
//! A thousand modules of thirty local markings are looked at in as many steps as one net of
//! 30,000 markings, where together they have 30^1000.
//!
//! Two arguments are made of them. *Propagation*: what must hold in a marking that violates the
//! property leaves each module only some of its local markings, and these decide the reads of the
//! others (Mackworth, "Consistency in networks of relations", 1977, with modules as variables); when
//! nothing is left, no such marking is reachable. *Steering*: while all other modules rest, one
//! module is brought to a chosen local marking, by transitions whose reads are surely granted; at
//! the end of a plan of such moves the goal holds, so it can be reached from everywhere.

use pn_net::{PlaceId, Trace};
use std::sync::Arc;

/// The modules of a net: disjoint sets of places, each ascending. The other places are shared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Modules {
    /// The places of each module.
    pub places: Vec<Vec<PlaceId>>,
}

/// A proof by modules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Modular {
    /// The modules. Shared, since they can answer thousands of properties.
    pub modules: Arc<Modules>,
    /// How the goal is reached, for a proof by steering; empty for one by propagation.
    pub plan: Vec<Move>,
}

/// One module is brought to one of some local markings while all others rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    /// The index of the module.
    pub module: usize,
    /// These local markings: the tokens on each of its places, in their order.
    pub to: Vec<Vec<u64>>,
}

/// The beginning of a run that settles many questions, each somewhere on its way.
#[derive(Clone, Debug)]
pub struct Prefix {
    /// The whole run.
    pub run: Arc<Trace>,
    /// How many of its firings count.
    pub length: usize,
}

impl Prefix {
    /// The firings that count, as a run of their own. O(length).
    #[must_use]
    pub fn to_trace(&self) -> Trace {
        Trace { firings: self.run.firings[..self.length.min(self.run.firings.len())].to_vec() }
    }
}

impl PartialEq for Prefix {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.run, &other.run) || self.run == other.run;
        same && self.length == other.length
    }
}

impl Eq for Prefix {}
