//! The greatest trap is a trap, holds all others, and keeps its tokens.

use pn_net::{Net, PlaceId, firing};
use pn_structure::{greatest_trap, is_trap};
use pn_testkit::{net, random_net};

/// All subsets of the places, for nets of few.
fn subsets(net: &Net) -> impl Iterator<Item = Vec<PlaceId>> + '_ {
    (0..1u32 << net.place_count())
        .map(|bits| net.places().filter(|place| bits >> place.index() & 1 == 1).collect())
}

#[test]
fn the_greatest_trap_is_the_union_of_all_traps_inside() {
    for seed in 0..300 {
        let net = random_net(seed);
        let inside = |place: PlaceId| (seed >> (place.index() % 7)) & 1 == 0;
        let greatest = greatest_trap(&net, inside);
        assert!(is_trap(&net, &greatest));
        let mut union: Vec<PlaceId> = subsets(&net)
            .filter(|places| places.iter().all(|place| inside(*place)) && is_trap(&net, places))
            .flatten()
            .collect();
        union.sort_unstable();
        union.dedup();
        assert_eq!(greatest, union, "seed {seed}");
    }
}

#[test]
fn a_set_is_a_trap_exactly_if_no_firing_can_empty_it() {
    for seed in 0..200 {
        let net = random_net(seed);
        for places in subsets(&net) {
            let refills = |t: pn_net::TransitionId| {
                let consumes = net.preset(t).iter().any(|place| places.contains(place));
                !consumes || net.postset(t).iter().any(|place| places.contains(place))
            };
            assert_eq!(is_trap(&net, &places), net.transitions().all(refills), "seed {seed} {places:?}");
        }
    }
}

#[test]
fn a_marked_trap_stays_marked() {
    let net = net("a(1)
                   go: a -> b
                   back: b -> a
                   lose: b -> c");
    let trap = greatest_trap(&net, |_| true);
    let mut marking = net.initial().clone();
    for name in ["go", "lose"] {
        firing::fire(&net, &mut marking, net.find_transition(name).expect("it exists")).expect("enabled");
        assert!(trap.iter().any(|place| marking.tokens(*place) > 0));
    }
    let without_c = greatest_trap(&net, |place| net.place_name(place) != "c");
    assert!(without_c.is_empty(), "{without_c:?}");
}
