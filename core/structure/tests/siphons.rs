//! Minimal siphons and traps, classes and components, against their definitions.

use pn_net::{Net, PlaceId};
use pn_structure::{
    Effort, Minimal, NetClass, classes, components, greatest_siphon, is_siphon, is_trap, minimal_siphons,
    minimal_traps,
};
use pn_testkit::{net, random_net, random_safe_net};

const ENOUGH: Effort = Effort(100_000_000);

/// All sets that are so and contain no other that is.
fn minimal_by_force(net: &Net, is: impl Fn(&Net, &[PlaceId]) -> bool) -> Vec<Vec<PlaceId>> {
    let subset =
        |bits: u32| -> Vec<PlaceId> { net.places().filter(|place| bits >> place.index() & 1 == 1).collect() };
    let all: Vec<u32> = (1..1 << net.place_count()).filter(|bits| is(net, &subset(*bits))).collect();
    let contains_other = |bits: &u32| all.iter().any(|other| other != bits && other & bits == *other);
    all.iter().filter(|bits| !contains_other(bits)).map(|bits| subset(*bits)).collect()
}

#[test]
fn the_minimal_siphons_and_traps_are_those_of_the_definition() {
    let mut most = 0;
    for seed in 0..2_000 {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        if net.place_count() > 10 {
            continue;
        }
        let same = |found: Minimal, mut expected: Vec<Vec<PlaceId>>| {
            expected.sort_by_key(|set| (set.len(), set.clone()));
            assert!(found.is_complete);
            assert_eq!(found.sets, expected, "seed {seed}");
            expected.len()
        };
        most = most.max(same(minimal_siphons(&net, 10_000, ENOUGH), minimal_by_force(&net, is_siphon)));
        same(minimal_traps(&net, 10_000, ENOUGH), minimal_by_force(&net, is_trap));
        let all = greatest_siphon(&net, |_| true);
        assert!(all.is_empty() || is_siphon(&net, &all), "seed {seed}");
    }
    assert!(most >= 5, "{most}");
}

#[test]
fn what_was_not_searched_is_said() {
    let pairs: String =
        (0..20).map(|n| format!("a{n}(1) go{n}: a{n} -> b{n}\n back{n}: b{n} -> a{n}\n")).collect();
    let pairs = net(&pairs);
    let found = minimal_siphons(&pairs, 5, ENOUGH);
    assert_eq!((found.sets.len(), found.is_complete), (5, false));
    let found = minimal_siphons(&pairs, 100, Effort(1_000));
    assert!(!found.is_complete && found.sets.len() < 20);
}

#[test]
fn classes_are_told_by_their_definitions() {
    let of = |text: &str| {
        let all: Vec<String> = classes(&net(text)).iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    assert_eq!(
        of("a(1) t: a -> b\n u: b -> a"),
        "ordinary, pure, state machine, marked graph, free choice, extended free choice, asymmetric choice"
    );
    // A choice is no marked graph, a fork no state machine.
    assert_eq!(
        of("a(1) t: a -> b\n u: a -> b\n v: b -> a"),
        "ordinary, pure, state machine, free choice, extended free choice, asymmetric choice"
    );
    assert_eq!(
        of("a(1) t: a -> b + c\n u: b + c -> a"),
        "ordinary, pure, marked graph, free choice, extended free choice, asymmetric choice"
    );
    assert_eq!(
        of("a b t: a + b -> c\n u: a + b -> d"),
        "ordinary, pure, extended free choice, asymmetric choice"
    );
    assert_eq!(of("a b t: a + b -> c\n u: a -> d"), "ordinary, pure, asymmetric choice");
    assert_eq!(of("a b c t: a + b -> d\n u: b + c -> d\n v: a + c -> d"), "ordinary, pure");
    assert_eq!(of("a(2) t: 2 a -> b"), "pure");
    assert_eq!(of("a(1) t: a -> a + b").split(", ").next(), Some("ordinary"));
    assert!(!classes(&net("a(1) t: a -> a + b")).contains(&NetClass::Pure));
}

#[test]
fn components_are_what_can_be_reached_both_ways() {
    let net = net("a(1) t: a -> b\n u: b -> a\n v: b -> c");
    let found: Vec<(usize, usize)> =
        components(&net).iter().map(|c| (c.places.len(), c.transitions.len())).collect();
    assert_eq!(found, [(2, 2), (0, 1), (1, 0)]);
}
