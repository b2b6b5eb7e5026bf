//! What a transition takes and gives, divided by what it means for an action.
//!
//! On each place p: a *read* is a self-loop that the author declares as one, looked at when an
//! attempt starts. Of all else, what is both taken and given is *held*, as a lock is, from the
//! start of an attempt to its end: min(Pre(p, T), Post(p, T)). The rest is *taken* and *given*
//! for good. O(arcs of T).

use crate::Shorthand;
use pn_net::{Net, PlaceId, TransitionId};

/// The arcs of a transition, by place, in the order of the net.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Division {
    pub(crate) take: Vec<(PlaceId, u64)>,
    pub(crate) give: Vec<(PlaceId, u64)>,
    pub(crate) hold: Vec<(PlaceId, u64)>,
    pub(crate) read: Vec<(PlaceId, u64)>,
}

/// The arcs of `transition`, of which `said` says what it reads.
pub(crate) fn division(net: &Net, transition: TransitionId, said: Option<&Shorthand>) -> Division {
    let is_read = |place: PlaceId| said.is_some_and(|said| said.reads.contains(&place));
    let mut division = Division::default();
    for (place, taken) in net.pre(transition) {
        let looped = net.output_weight(transition, place).min(taken);
        if is_read(place) {
            division.read.push((place, looped));
        } else if looped > 0 {
            division.hold.push((place, looped));
        }
        if taken > looped {
            division.take.push((place, taken - looped));
        }
    }
    for (place, given) in net.post(transition) {
        let looped = net.input_weight(place, transition).min(given);
        if given > looped {
            division.give.push((place, given - looped));
        }
    }
    division
}
