//! Which attempt depends on which, from the firing sequence of their run.
//!
//! A firing sequence is read as a process, that is, an acyclic net of what happened, in which a
//! firing follows those that made the tokens it took. Sources: U. Goltz, W. Reisig, "The
//! non-sequential behaviour of Petri nets", 1983; E. Best, R. Devillers, "Sequential and concurrent
//! behaviour in Petri net theory", 1987; for tokens that are only read, U. Montanari, F. Rossi,
//! "Contextual nets", 1995.
//!
//! Y depends on X when Y took or read a token that X made, or took a token that X had read before,
//! or depends on something that does. Of several tokens on a place, each may be the one that was
//! taken, so all who made them count: an order too many costs time, one too few does harm. What a
//! transition both takes and gives in one firing it reads.
//!
//! Attempts are ordered as they ended: whoever depends on another ended after it. That keeps the
//! order acyclic even where outcomes that an author drew take tokens that appeared meanwhile.
//! O(firings · places around a transition · attempts).

use crate::machine::AttemptId;
use pn_net::{Net, PlaceId, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet};

/// A firing, and the attempt that it belongs to, if that is to be ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    pub(crate) transition: TransitionId,
    pub(crate) owner: Option<AttemptId>,
}

/// What the tokens on a place come from, and who has read them.
#[derive(Clone, Default, Debug)]
struct Past {
    makers: BTreeSet<AttemptId>,
    readers: BTreeSet<AttemptId>,
}

/// For each attempt that is to be ordered, those on which it depends at once: the others follow.
pub(crate) fn dependencies(net: &Net, events: &[Event]) -> BTreeMap<AttemptId, BTreeSet<AttemptId>> {
    let mut marking = net.initial().clone();
    let mut pasts: BTreeMap<PlaceId, Past> = BTreeMap::new();
    let mut needs: BTreeMap<AttemptId, BTreeSet<AttemptId>> = BTreeMap::new();
    let mut last: BTreeMap<AttemptId, usize> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let Event { transition, owner } = *event;
        let mut behind = BTreeSet::new();
        for (place, taken) in net.pre(transition) {
            let past = pasts.entry(place).or_default();
            behind.extend(&past.makers);
            match (net.output_weight(transition, place) >= taken, owner) {
                (true, Some(owner)) => drop(past.readers.insert(owner)),
                (true, None) => {}
                (false, _) => behind.extend(&past.readers),
            }
        }
        if firing::fire(net, &mut marking, transition).is_err() {
            // The journal was checked: its record replays.
            continue;
        }
        let made = match owner {
            Some(owner) => {
                let own = needs.entry(owner).or_default();
                own.extend(behind.iter().filter(|other| **other != owner));
                last.insert(owner, index);
                BTreeSet::from([owner])
            }
            None => behind.clone(),
        };
        for (place, taken) in net.pre(transition) {
            let given = net.output_weight(transition, place);
            if given < taken && marking.tokens(place) == given {
                pasts.remove(&place);
            }
        }
        for (place, given) in net.post(transition) {
            if given > net.input_weight(place, transition) {
                let makers = &mut pasts.entry(place).or_default().makers;
                // Whom all the new makers depend on need not be named again.
                makers.retain(|maker| owner.is_none() || !behind.contains(maker));
                makers.extend(&made);
            }
        }
    }
    let unended = events.len();
    let end = |id: &AttemptId| (last.get(id).copied().unwrap_or(unended), *id);
    for (id, needed) in &mut needs {
        needed.retain(|other| end(other) < end(id));
    }
    reduced(needs, end)
}

/// The same order with as few pairs as possible (its transitive reduction). O(attempts³ / 64) at
/// worst, and near to the number of pairs where few depend on few.
fn reduced(
    mut needs: BTreeMap<AttemptId, BTreeSet<AttemptId>>,
    end: impl Fn(&AttemptId) -> (usize, AttemptId),
) -> BTreeMap<AttemptId, BTreeSet<AttemptId>> {
    let mut order: Vec<AttemptId> = needs.keys().copied().collect();
    order.sort_by_key(|id| end(id));
    let mut above: BTreeMap<AttemptId, BTreeSet<AttemptId>> = BTreeMap::new();
    for id in order {
        let direct = needs.remove(&id).unwrap_or_default();
        let mut latest: Vec<AttemptId> = direct.into_iter().collect();
        latest.sort_by_key(|other| std::cmp::Reverse(end(other)));
        let (mut kept, mut all) = (BTreeSet::new(), BTreeSet::new());
        for other in latest {
            if all.insert(other) {
                kept.insert(other);
                all.extend(above.get(&other).into_iter().flatten());
            }
        }
        above.insert(id, all);
        needs.insert(id, kept);
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_net::NetBuilder;

    /// Arcs as `place>transition`, `transition>place`, or `place-transition` for a read.
    fn net(marked: &[(&str, u64)], arcs: &str) -> Net {
        let mut builder = NetBuilder::new("test");
        for (place, tokens) in marked {
            builder.place(place, None, *tokens).unwrap();
        }
        for arc in arcs.split_whitespace() {
            let (from, to) = arc.split_once(['>', '-']).unwrap();
            for transition in [from, to].into_iter().filter(|name| name.starts_with(char::is_uppercase)) {
                if builder.find_transition(transition).is_none() {
                    builder.transition(transition, None).unwrap();
                }
            }
            match builder.find_transition(from) {
                Some(transition) => builder.output(transition, builder.find_place(to).unwrap(), 1).unwrap(),
                None => {
                    let (place, to) =
                        (builder.find_place(from).unwrap(), builder.find_transition(to).unwrap());
                    builder.input(place, to, 1).unwrap();
                    if arc.contains('-') {
                        builder.output(to, place, 1).unwrap();
                    }
                }
            }
        }
        builder.build().unwrap()
    }

    /// Fires the transitions; each one in capital letters is an attempt of its own.
    fn check(net: &Net, fired: &str, expected: &str) {
        let names: Vec<&str> = fired.split_whitespace().collect();
        let event = |(index, name): (usize, &&str)| Event {
            transition: net.find_transition(name).unwrap(),
            owner: name.chars().all(char::is_uppercase).then_some(AttemptId(index as u64)),
        };
        let events: Vec<Event> = names.iter().enumerate().map(event).collect();
        let pairs = dependencies(net, &events).into_iter().flat_map(|(id, needed)| {
            let name = |id: AttemptId| names[usize::try_from(id.0).unwrap()];
            needed.into_iter().map(|other| format!("{}<{}", name(other), name(id))).collect::<Vec<_>>()
        });
        assert_eq!(pairs.collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn whoever_takes_a_token_depends_on_its_maker_and_the_rest_is_independent() {
        let net = net(
            &[("a", 1), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("x", 1), ("y", 0)],
            "a>A A>b A>c b>B B>d c>C C>e x>X X>y",
        );
        check(&net, "A X B C", "A<B A<C");
        check(&net, "X A C B", "A<C A<B");
    }

    #[test]
    fn what_is_no_attempt_hands_on() {
        let net =
            net(&[("a", 1), ("b", 0), ("c", 0), ("d", 0), ("e", 0)], "a>A A>b b>Go Go>c c>B B>d d>C C>e");
        check(&net, "A Go B C", "A<B B<C");
    }

    #[test]
    fn readers_are_independent_and_come_before_whoever_takes() {
        let net = net(
            &[("a", 1), ("up", 0), ("r", 1), ("s", 1), ("rr", 0), ("ss", 0), ("down", 0)],
            "a>A A>up up-R r>R R>rr up-S s>S S>ss up>T T>down",
        );
        check(&net, "A R S T", "A<R A<S R<T S<T");
    }

    #[test]
    fn of_several_tokens_each_may_be_the_one_that_was_taken() {
        let net = net(&[("a", 1), ("b", 1), ("p", 0), ("c", 0), ("d", 0)], "a>A A>p b>B B>p p>C C>c p>D D>d");
        check(&net, "A B C D", "A<C B<C A<D B<D");
        check(&net, "A C B D", "A<C B<D");
    }

    #[test]
    fn a_lock_orders_whoever_held_it() {
        let net = net(
            &[("lock", 1), ("a", 1), ("ha", 0), ("fa", 0), ("b", 1), ("hb", 0), ("fb", 0)],
            "lock>A a>A A>ha ha>Aend Aend>fa Aend>lock lock>B b>B B>hb",
        );
        check(&net, "A Aend B", "A<B");
    }
}
