//! Places that are said to be one-safe are, and weightings are what they say.

use pn_net::{Net, NetBuilder, Nupn, PlaceId, Unit, effect};
use pn_structure::{Effort, OneSafe, one_safe};
use pn_testkit::{net, oracle, random_modular_net, random_net, random_safe_net};

const PLENTY: Effort = Effort(1 << 24);

/// The weights by place.
fn weights(net: &Net, found: &OneSafe, number: usize) -> Vec<i128> {
    let mut weights = vec![0; net.place_count()];
    found.weightings()[number]
        .terms()
        .iter()
        .for_each(|(place, weight)| weights[place.index()] = i128::from(*weight));
    weights
}

/// Looks at every claim, against all reachable markings where they are known.
fn check(net: &Net, found: &OneSafe, space: Option<&oracle::StateSpace>) {
    for (number, weighting) in found.weightings().iter().enumerate() {
        let weights = weights(net, found, number);
        for transition in net.transitions() {
            let change: i128 = effect(net, transition).map(|(p, change)| weights[p.index()] * change).sum();
            assert!(change <= 0, "{net:?} {weighting:?}");
        }
        let initially: i128 =
            net.places().map(|p| weights[p.index()] * i128::from(net.initial().tokens(p))).sum();
        assert_eq!(u128::try_from(initially), Ok(weighting.initially()));
        let together: Vec<PlaceId> = weighting.at_most_one().collect();
        for marking in space.into_iter().flat_map(oracle::StateSpace::markings) {
            assert!(together.iter().map(|place| marking.tokens(*place)).sum::<u64>() <= 1, "{net:?}");
        }
    }
    for place in net.places() {
        if let Some(number) = found.by(place) {
            assert!(found.weightings()[number].at_most_one().any(|other| other == place));
        }
    }
}

#[test]
fn what_is_said_to_be_one_safe_is_on_random_nets() {
    let (mut shown, mut one_safe_places) = (0, 0);
    for seed in 0..3_000 {
        let net = match seed % 3 {
            0 => random_net(seed),
            1 => random_safe_net(seed),
            _ => random_modular_net(seed),
        };
        let space = oracle::explore(&net, 1_000);
        let found = one_safe(&net, PLENTY);
        check(&net, &found, space.as_ref());
        let Some(space) = space else { continue };
        for place in net.places() {
            shown += usize::from(found.by(place).is_some());
            one_safe_places += usize::from(space.markings().iter().all(|marking| marking.tokens(place) <= 1));
        }
    }
    println!("{shown} of {one_safe_places}");
    assert!(shown * 10 > one_safe_places * 7, "{shown} of {one_safe_places}");
}

#[test]
fn nets_made_of_state_machines_are_shown_to_be_one_safe_everywhere() {
    for seed in 0..500 {
        let net = random_safe_net(seed);
        assert!(one_safe(&net, PLENTY).is_everywhere(), "seed {seed}");
    }
}

#[test]
fn a_wrong_turn_is_taken_back() {
    // Around `b`, `a` is fed in one way and `z` in two, but what feeds `a` is fed twice at a time.
    let net = net("a z(1) r(1)
         move: a + z -> b
         one: b -> c
         two: b -> d
         three: c -> z
         four: d -> z
         feed: s -> a
         twice: r -> 2 s");
    let place = |name| net.find_place(name).expect("it exists");
    let found = one_safe(&net, PLENTY);
    check(&net, &found, None);
    let by = found.by(place("b")).expect("z and b share a token");
    assert_eq!(weights(&net, &found, by)[place("z").index()], 1);
    assert_eq!(found.by(place("a")), None);
}

#[test]
fn a_place_that_needs_weights_is_found_by_semiflows() {
    // Two of `half` make a `whole`: at most one whole, in nets without a set of weights 1.
    let net = net("half(2)
         join: 2 half -> whole
         part: whole -> 2 half");
    let place = |name| net.find_place(name).expect("it exists");
    let found = one_safe(&net, PLENTY);
    check(&net, &found, None);
    assert!(found.by(place("whole")).is_some());
    assert_eq!(found.by(place("half")), None);
}

/// A net with two processes in units of their own, under a unit with the place where it starts.
fn nested(start: u64, leak: bool) -> Net {
    let mut builder = NetBuilder::new("nested");
    let root = builder.place("start", None, start).expect("the name is new");
    let inner: Vec<PlaceId> =
        (0..4).map(|n| builder.place(&format!("p{n}"), None, 0).expect("the name is new")).collect();
    let mut transition = |name: &str, from: &[PlaceId], to: &[PlaceId]| {
        let transition = builder.transition(name, None).expect("the name is new");
        from.iter().for_each(|place| builder.input(*place, transition, 1).expect("the weight is 1"));
        to.iter().for_each(|place| builder.output(transition, *place, 1).expect("the weight is 1"));
    };
    transition("fork", &[root], &[inner[0], inner[2]]);
    transition("left", &[inner[0]], &[inner[1]]);
    transition("right", &[inner[2]], &[inner[3]]);
    transition("join", &[inner[1], inner[3]], &[root]);
    if leak {
        transition("leak", &[inner[1]], &[inner[1], inner[0]]);
    }
    let unit = |id: &str, places: &[PlaceId], subunits: &[usize]| Unit {
        id: id.into(),
        places: places.to_vec(),
        subunits: subunits.to_vec(),
    };
    let units =
        vec![unit("root", &[root], &[1, 2]), unit("l", &inner[..2], &[]), unit("r", &inner[2..], &[])];
    builder.nupn(Nupn { units, root: 0, claims_safe: true });
    builder.build().expect("the net is small")
}

#[test]
fn units_with_what_they_lie_in_are_weightings() {
    let net = nested(1, false);
    // Two branches with six arcs each.
    let found = one_safe(&net, Effort(12));
    check(&net, &found, oracle::explore(&net, 100).as_ref());
    assert!(found.is_everywhere());
    assert_eq!(found.weightings().len(), 2);
}

#[test]
fn units_that_are_not_what_the_file_claims_show_nothing() {
    for net in [nested(2, false), nested(1, true)] {
        let found = one_safe(&net, PLENTY);
        check(&net, &found, None);
        assert!(!found.is_everywhere());
    }
    let leaking = nested(1, true);
    assert!(found_by_name(&leaking, "p2") && !found_by_name(&leaking, "p1"));
}

fn found_by_name(net: &Net, name: &str) -> bool {
    one_safe(net, PLENTY).by(net.find_place(name).expect("it exists")).is_some()
}

#[test]
fn without_effort_nothing_is_found() {
    let found = one_safe(&nested(1, false), Effort(0));
    assert!(found.weightings().is_empty() && !found.is_everywhere());
}

#[test]
fn places_that_only_lose_tokens_are_one_safe_by_themselves() {
    let net = net("a(1) b(2)\nt: a + b -> c\nu: c -> c");
    let found = one_safe(&net, PLENTY);
    check(&net, &found, oracle::explore(&net, 10).as_ref());
    assert!(found_by_name(&net, "a") && found_by_name(&net, "c") && !found_by_name(&net, "b"));
}
