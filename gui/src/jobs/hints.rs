//! Hints while drawing: what is wrong with a net for reasons that are seen without firing anything.
//!
//! - A set of places is a siphon if every transition that produces on it consumes from it; one
//!   without tokens stays so (Commoner 1972; Murata 1989, section V-C). The places that no
//!   sequence of firings could mark, were tokens never used up, are the greatest siphon without
//!   tokens; transitions that consume from it never fire.
//! - A transition that is enabled in the initial marking and takes nothing away for good can fire
//!   again and again: places that gain by it grow without limit (Karp and Miller 1969).
//!
//! Both are certain; what they do not find may still be wrong, and the verifier finds it. O(size).

use pn_net::{Net, PlaceId, TransitionId, firing};
use pn_structure::greatest_siphon;

/// Something that is wrong with a net.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// The transition never fires, because this place of its preset never gets a token.
    NeverFires(TransitionId, PlaceId),
    /// The place grows without limit, because this transition can fire again and again.
    Grows(PlaceId, TransitionId),
}

/// Everything that is seen at once, transitions first.
#[must_use]
pub fn hints(net: &Net) -> Vec<Hint> {
    let empty = empty_siphon(net);
    let never = net.transitions().filter_map(|transition| {
        let missing = net.preset(transition).iter().find(|place| empty.binary_search(place).is_ok())?;
        Some(Hint::NeverFires(transition, *missing))
    });
    let mut hints: Vec<Hint> = never.collect();
    let mut grows: Vec<Option<TransitionId>> = vec![None; net.place_count()];
    for transition in firing::enabled(net, net.initial()) {
        let loses = net.pre(transition).any(|(place, weight)| net.output_weight(transition, place) < weight);
        if loses {
            continue;
        }
        for (place, weight) in net.post(transition) {
            if weight > net.input_weight(place, transition) {
                grows[place.index()].get_or_insert(transition);
            }
        }
    }
    hints.extend(net.places().filter_map(|place| Some(Hint::Grows(place, grows[place.index()]?))));
    hints
}

/// The greatest siphon without tokens, ascending.
pub(super) fn empty_siphon(net: &Net) -> Vec<PlaceId> {
    greatest_siphon(net, |place| net.initial().tokens(place) == 0)
}
