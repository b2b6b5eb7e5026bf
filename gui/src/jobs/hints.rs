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
    let is_markable = markable(net);
    let never = net.transitions().filter_map(|transition| {
        let missing = net.preset(transition).iter().find(|place| !is_markable[place.index()])?;
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

/// Whether a place is outside of the greatest siphon without tokens.
pub(super) fn markable(net: &Net) -> Vec<bool> {
    let mut is_markable: Vec<bool> = net.places().map(|place| net.initial().tokens(place) > 0).collect();
    // How many places of its preset are not known to be markable, for each transition.
    let mut missing: Vec<usize> = net
        .transitions()
        .map(|transition| net.preset(transition).iter().filter(|place| !is_markable[place.index()]).count())
        .collect();
    let mut ready: Vec<TransitionId> = net.transitions().filter(|t| missing[t.index()] == 0).collect();
    while let Some(transition) = ready.pop() {
        for place in net.postset(transition) {
            if std::mem::replace(&mut is_markable[place.index()], true) {
                continue;
            }
            for (consumer, _) in net.consumers(*place) {
                missing[consumer.index()] -= 1;
                if missing[consumer.index()] == 0 {
                    ready.push(consumer);
                }
            }
        }
    }
    is_markable
}
