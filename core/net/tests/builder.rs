//! What the builder accepts, and what the built net says about its arcs.

use pn_net::{BuildError, MAX_TOKENS, NetBuilder, PlaceId, TransitionId};
use pn_testkit::random_net;
use proptest::prelude::*;

#[test]
fn duplicate_identifiers_are_rejected() {
    let mut builder = NetBuilder::new("n");
    builder.place("x", None, 0).unwrap();
    assert_eq!(builder.place("x", Some("other"), 0), Err(BuildError::DuplicatePlace("x".to_owned())));
    builder.transition("x", None).expect("places and transitions have names of their own");
    assert_eq!(builder.transition("x", None), Err(BuildError::DuplicateTransition("x".to_owned())));
    builder.place("y", Some("x"), 0).expect("display names may repeat");
    let net = builder.build().unwrap();
    assert_eq!((net.place_count(), net.transition_count()), (2, 1));
    assert_eq!(net.place_label(net.find_place("y").unwrap()), "x");
    assert_eq!(net.find_place("z"), None);
}

#[test]
fn parallel_arcs_add_up() {
    let mut builder = NetBuilder::new("n");
    let place = builder.place("p", None, 0).unwrap();
    let transition = builder.transition("t", None).unwrap();
    for weight in [1, 2, 4] {
        builder.input(place, transition, weight).unwrap();
        builder.output(transition, place, weight * 10).unwrap();
    }
    let net = builder.build().unwrap();
    assert_eq!(net.arc_count(), 2);
    assert_eq!(net.input_weight(place, transition), 7);
    assert_eq!(net.output_weight(transition, place), 70);
}

#[test]
fn counts_and_weights_have_limits() {
    let mut builder = NetBuilder::new("n");
    assert_eq!(builder.place("p", None, MAX_TOKENS + 1), Err(BuildError::TooManyTokens(MAX_TOKENS + 1)));
    let place = builder.place("p", None, MAX_TOKENS).unwrap();
    let transition = builder.transition("t", None).unwrap();
    assert_eq!(builder.input(place, transition, 0), Err(BuildError::BadWeight(0)));
    assert_eq!(builder.input(place, transition, u64::MAX), Err(BuildError::BadWeight(u64::MAX)));
    builder.input(place, transition, MAX_TOKENS).unwrap();
    builder.input(place, transition, 1).unwrap();
    assert_eq!(builder.build(), Err(BuildError::BadWeight(MAX_TOKENS + 1)));
}

proptest! {
    #[test]
    fn both_directions_of_the_incidence_agree(seed in any::<u64>()) {
        let net = random_net(seed);
        let mut arcs = 0;
        for t in net.transitions() {
            prop_assert!(net.preset(t).is_sorted() && net.postset(t).is_sorted());
            prop_assert_eq!(net.pre(t).map(|(p, _)| p).collect::<Vec<_>>(), net.preset(t));
            prop_assert_eq!(net.post(t).map(|(p, _)| p).collect::<Vec<_>>(), net.postset(t));
            for (p, weight) in net.pre(t) {
                prop_assert_eq!(net.consumers(p).find(|(other, _)| *other == t), Some((t, weight)));
                prop_assert_eq!(net.input_weight(p, t), weight);
                arcs += 1;
            }
            for (p, weight) in net.post(t) {
                prop_assert_eq!(net.producers(p).find(|(other, _)| *other == t), Some((t, weight)));
                prop_assert_eq!(net.output_weight(t, p), weight);
                arcs += 1;
            }
        }
        let back: usize = net.places().map(|p| net.consumers(p).len() + net.producers(p).len()).sum();
        prop_assert_eq!(arcs, net.arc_count());
        prop_assert_eq!(back, arcs);
        for p in net.places() {
            let consumers: Vec<TransitionId> = net.consumers(p).map(|(t, _)| t).collect();
            prop_assert!(consumers.is_sorted());
            for t in net.transitions().filter(|t| !consumers.contains(t)) {
                prop_assert_eq!(net.input_weight(p, t), 0);
            }
        }
    }
}

#[test]
fn a_net_of_a_million_arcs_builds() {
    const PLACES: usize = 100_000;
    let mut builder = NetBuilder::new("large");
    let places: Vec<PlaceId> =
        (0..PLACES).map(|n| builder.place(&format!("place.{n}"), None, 1).unwrap()).collect();
    for n in 0..PLACES {
        let transition = builder.transition(&format!("transition.{n}"), None).unwrap();
        for step in 1..=5 {
            builder.input(places[(n * step + step) % PLACES], transition, 1).unwrap();
            builder.output(transition, places[(n + 7 * step) % PLACES], 2).unwrap();
        }
    }
    let net = builder.build().unwrap();
    assert_eq!(net.place_count(), PLACES);
    assert_eq!(net.arc_count() / 1000, 999, "a few inputs fall together");
    assert_eq!(net.find_place("place.99999"), Some(places[99_999]));
    assert_eq!(pn_net::firing::enabled(&net, net.initial()).count() / 1000, 99);
}
