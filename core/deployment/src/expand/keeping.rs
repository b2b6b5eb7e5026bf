//! What happens when the world takes back what an action has done: is it noticed and mended?
//!
//! An action T *stays* when its drift can be itself backwards, which takes what T gave and gives
//! what T took. That is right while nobody else moves those tokens: the places that T takes from
//! feed T alone, the places that it gives to are only read (or emptied by its own undo), and one
//! of these is its own, empty at first and filled by T alone.
//!
//! An action that does not stay but fires at most once is *repaired* beside the author's tokens,
//! until another action [reverses](super::reversal) it, if one does.
//! Every other action is *passing*: what it did is part of the past, and nobody watches it.
//! O(arcs of the places around actions).

use super::division::{Division, division};
use super::once::at_most_once;
use super::reversal::{is_taken, reversals};
use crate::model::shorthand_roles;
use crate::{Role, Shorthand};
use pn_net::{Net, PlaceId, TransitionId};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Whether what an action has done is watched and mended, and how.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Keeping {
    /// Its drift is itself backwards, and its repair is itself once more.
    Stays,
    /// A repair beside the author's tokens mends it, because it does not stay but fires once.
    Repaired(Unsteady),
    /// The same, until this other action begins, which ends what it did.
    Until(Unsteady, TransitionId),
    /// The author draws its drifts.
    Drawn,
    /// It is not watched.
    Passing(Passing),
}

/// Why an action is not watched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Passing {
    /// It does not stay and may happen more than once.
    MayRepeat(Unsteady),
    /// It does not stay, and its undo's outcomes are drawn.
    DrawnUndo(Unsteady, TransitionId),
    /// Its outcomes are drawn and no drift is.
    DrawnWithout,
    /// Another transition ends what it did, at a moment of which the net does not tell.
    Reversed {
        /// The place that it takes from.
        place: PlaceId,
        /// The other transition, which fills that place again.
        by: TransitionId,
    },
}

/// Why an action does not stay.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unsteady {
    /// Another transition takes from a place that it takes from.
    Contended {
        /// The place.
        place: PlaceId,
        /// The other transition.
        by: TransitionId,
    },
    /// Another transition takes what it gives.
    Consumed {
        /// The place.
        place: PlaceId,
        /// The other transition.
        by: TransitionId,
    },
    /// Another transition fills the place that it gives to, and it gives to no place of its own.
    Filled {
        /// The place.
        place: PlaceId,
        /// The other transition.
        by: TransitionId,
    },
    /// The place that it gives to is marked before it happens, and it gives to none of its own.
    Marked {
        /// The place.
        place: PlaceId,
    },
    /// It gives nothing.
    GivesNothing,
}

/// What becomes of each action, in the order of the net.
pub(crate) fn keeping(
    net: &Net,
    roles: &[Role],
    said: &BTreeMap<TransitionId, Shorthand>,
) -> BTreeMap<TransitionId, Keeping> {
    let shorthand = shorthand_roles(roles);
    let (mut drifting, mut drawn_undos) = (BTreeSet::new(), BTreeMap::new());
    for transition in net.transitions() {
        match roles[transition.index()] {
            Role::Drift { of } => {
                drifting.insert(of);
            }
            Role::Undo { of, .. } if !shorthand[transition.index()] => {
                drawn_undos.insert(of, transition);
            }
            _ => {}
        }
    }
    let told: BTreeSet<TransitionId> =
        said.values().flat_map(|said| said.refreshes.iter().copied()).collect();
    let once = OnceCell::new();
    let of = |action: TransitionId| {
        if drifting.contains(&action) {
            return Keeping::Drawn;
        }
        if !shorthand[action.index()] {
            return Keeping::Passing(Passing::DrawnWithout);
        }
        let arcs = division(net, action, said.get(&action));
        let Some(why) = unsteady(net, roles, action, &arcs) else {
            return Keeping::Stays;
        };
        let once = once.get_or_init(|| at_most_once(net));
        if !once[action.index()] {
            return Keeping::Passing(Passing::MayRepeat(why));
        }
        if let Some(undo) = drawn_undos.get(&action) {
            return Keeping::Passing(Passing::DrawnUndo(why, *undo));
        }
        let reversals = reversals(net, action, &arcs, |t| undoes(roles, t, action));
        let Some((by, place)) = reversals.first_key_value().filter(|_| !told.contains(&action)) else {
            return Keeping::Repaired(why);
        };
        // What reverses it waits for a repair that is under way, so that must not wait for it.
        let waits = arcs.hold.iter().chain(&arcs.read).any(|(place, _)| is_taken(net, *place));
        let begins =
            shorthand[by.index()] && matches!(roles[by.index()], Role::Action(_)) && once[by.index()];
        match reversals.len() == 1 && begins && !waits {
            true => Keeping::Until(why, *by),
            false => Keeping::Passing(Passing::Reversed { place: *place, by: *by }),
        }
    };
    let actions = net.transitions().filter(|t| matches!(roles[t.index()], Role::Action(_)));
    actions.map(|action| (action, of(action))).collect()
}

/// Why the action does not stay, if it does not.
fn unsteady(net: &Net, roles: &[Role], action: TransitionId, arcs: &Division) -> Option<Unsteady> {
    for (place, _) in &arcs.take {
        if let Some((by, _)) = net.consumers(*place).find(|(t, _)| *t != action) {
            return Some(Unsteady::Contended { place: *place, by });
        }
    }
    for (place, _) in &arcs.give {
        let takes = |t: &TransitionId| {
            net.input_weight(*place, *t) > net.output_weight(*t, *place) && !undoes(roles, *t, action)
        };
        if let Some(by) = net.consumers(*place).map(|(t, _)| t).find(|t| *t != action && takes(t)) {
            return Some(Unsteady::Consumed { place: *place, by });
        }
    }
    let mut foreign = arcs.give.iter().map(|(place, _)| {
        let fills = |t: &TransitionId| net.output_weight(*t, *place) > net.input_weight(*place, *t);
        match net.producers(*place).map(|(t, _)| t).find(|t| *t != action && fills(t)) {
            Some(by) => Some(Unsteady::Filled { place: *place, by }),
            None if net.initial().tokens(*place) > 0 => Some(Unsteady::Marked { place: *place }),
            None => None,
        }
    });
    // The last reason is told, which no own place follows.
    foreign.try_fold(Unsteady::GivesNothing, |_, why| why)
}

fn undoes(roles: &[Role], transition: TransitionId, action: TransitionId) -> bool {
    matches!(roles[transition.index()], Role::Undo { of, .. } if of == action)
}

impl Keeping {
    /// Whether drifts of the action are noticed.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        !matches!(self, Self::Passing(_))
    }
}

impl Unsteady {
    /// The reason in words, as a clause about the action.
    pub fn display(self, net: &Net) -> impl fmt::Display + '_ {
        fmt::from_fn(move |f| match self {
            Self::Contended { place, by } => {
                let (place, by) = (net.place_name(place), net.transition_name(by));
                write!(f, "`{by}` needs the tokens of `{place}`, too")
            }
            Self::Consumed { place, by } => {
                let (place, by) = (net.place_name(place), net.transition_name(by));
                write!(f, "`{by}` takes what it puts on `{place}`")
            }
            Self::Filled { place, by } => {
                let (place, by) = (net.place_name(place), net.transition_name(by));
                write!(f, "`{by}` fills `{place}`, too")
            }
            Self::Marked { place } => {
                write!(f, "`{}` is marked before it happens", net.place_name(place))
            }
            Self::GivesNothing => f.write_str("it puts no token anywhere"),
        })
    }
}

impl Passing {
    /// The reason in words, as a clause about the action.
    pub fn display(self, net: &Net) -> impl fmt::Display + '_ {
        fmt::from_fn(move |f| match self {
            Self::MayRepeat(why) => write!(f, "{}, and it may happen more than once", why.display(net)),
            Self::DrawnUndo(why, undo) => {
                let undo = net.transition_name(undo);
                write!(f, "{}, and the outcomes of its undo `{undo}` are drawn", why.display(net))
            }
            Self::DrawnWithout => f.write_str("its outcomes are drawn, and no drift is"),
            Self::Reversed { place, by } => {
                let (place, by) = (net.place_name(place), net.transition_name(by));
                write!(f, "`{by}` puts back on `{place}` what it takes from there")
            }
        })
    }
}
