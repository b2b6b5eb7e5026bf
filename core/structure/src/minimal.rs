//! All minimal siphons, or traps: those that contain no other but the empty one.
//!
//! Of the siphons within a set of places one that is minimal is found, by throwing places out of the
//! greatest as long as something is left. Every other minimal siphon lacks one of its places, so the
//! search goes on without the first of them, without the second but with the first, and so on
//! (Cordone, Ferrarini and Piroddi, "Enumeration algorithms for minimal siphons in Petri nets
//! based on place constraints", 2005). There can be exponentially many: the effort ends that.

use crate::row::{Effort, Incomplete};
use crate::trap::Kind;
use pn_net::{Net, PlaceId};
use std::collections::BTreeSet;

/// Minimal sets of places, and whether these are all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Minimal {
    /// The sets, each ascending; smaller ones first.
    pub sets: Vec<Vec<PlaceId>>,
    /// Whether there are no others.
    pub is_complete: bool,
}

/// The minimal siphons, at most `most` of them.
#[must_use]
pub fn minimal_siphons(net: &Net, most: usize, effort: Effort) -> Minimal {
    minimal(Kind::Siphon, net, most, effort)
}

/// The minimal traps, at most `most` of them.
#[must_use]
pub fn minimal_traps(net: &Net, most: usize, effort: Effort) -> Minimal {
    minimal(Kind::Trap, net, most, effort)
}

/// What is still to be searched: sets within `inside` that have all of `needed`.
struct Open {
    inside: Vec<bool>,
    needed: Vec<PlaceId>,
}

fn minimal(kind: Kind, net: &Net, most: usize, mut effort: Effort) -> Minimal {
    let mut found = BTreeSet::new();
    let mut open = vec![Open { inside: vec![true; net.place_count()], needed: Vec::new() }];
    let mut is_complete = true;
    while let Some(Open { mut inside, needed }) = open.pop() {
        if found.len() >= most || cost(net, &mut effort).is_err() {
            is_complete = false;
            break;
        }
        kind.greatest(net, &mut inside);
        if !inside.contains(&true) || needed.iter().any(|place| !inside[place.index()]) {
            continue;
        }
        let Ok(set) = shrunk(kind, net, inside.clone(), &mut effort) else {
            is_complete = false;
            break;
        };
        let mut with = needed.clone();
        for place in set.iter().filter(|place| !needed.contains(place)) {
            let mut without = inside.clone();
            without[place.index()] = false;
            open.push(Open { inside: without, needed: with.clone() });
            with.push(*place);
        }
        found.insert((set.len(), set));
    }
    Minimal { sets: found.into_iter().map(|(_, set)| set).collect(), is_complete }
}

/// A minimal set within one.
fn shrunk(
    kind: Kind,
    net: &Net,
    mut inside: Vec<bool>,
    effort: &mut Effort,
) -> Result<Vec<PlaceId>, Incomplete> {
    for place in net.places() {
        if !inside[place.index()] {
            continue;
        }
        cost(net, effort)?;
        let mut without = inside.clone();
        without[place.index()] = false;
        kind.greatest(net, &mut without);
        if without.contains(&true) {
            inside = without;
        }
    }
    Ok(net.places().filter(|place| inside[place.index()]).collect())
}

fn cost(net: &Net, effort: &mut Effort) -> Result<(), Incomplete> {
    effort.spend(net.place_count() + net.transition_count() + net.arc_count())
}
