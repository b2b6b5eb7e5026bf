//! Walks and best-first search on small nets, compared with brute force: what they say is so,
//! and what there is to be found they find.

use pn_engines::walk::{self, RandomWalk};
use pn_engines::{Engine, Run, explore};
use pn_logic::{Evidence, Formula, Linear, Property, Reason, Verdict, holds_in, value_in};
use pn_net::{Net, PlaceId, replay};
use pn_testkit::{oracle, random_formula, random_linear, random_net, random_safe_net};

const MARKINGS: usize = 2_000;

fn nets(count: u64) -> impl Iterator<Item = (u64, Net, oracle::StateSpace)> {
    (0..count).filter_map(|seed| {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        let space = oracle::explore(&net, MARKINGS)?;
        Some((seed, net, space))
    })
}

/// The formula that a run to a marking has to meet to settle the property.
fn sought(property: &Property) -> Formula {
    match property {
        Property::Possibly(formula) => formula.clone(),
        Property::Always(formula) => formula.clone().negated(),
        _ => unreachable!("the tests ask for nothing else"),
    }
}

fn questions(net: &Net, seed: u64) -> Vec<Property> {
    let formula = |n: u64| random_formula(net, seed.wrapping_mul(97).wrapping_add(n));
    let possibly = (0..4).map(|n| Property::Possibly(formula(n)));
    let always = (4..8).map(|n| Property::Always(formula(n)));
    let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
    let stays = net.places().map(|place| {
        let tokens = i64::try_from(net.initial().tokens(place)).expect("few tokens");
        let now = Linear::tokens(place);
        Property::Always(Formula::Compare(now, pn_logic::Comparison::Equal, Linear::constant(tokens)))
    });
    let two = Formula::Or(net.places().map(|place| Formula::at_least(place, 2)).collect());
    let fixed = [Property::Possibly(two), Property::Possibly(Formula::Dead)];
    possibly.chain(always).chain(fires).chain(stays).chain(fixed).collect()
}

#[test]
fn walks_find_what_there_is_to_find_on_small_nets_and_show_it() {
    let (mut there, mut found) = (0, 0);
    for (seed, net, space) in nets(600) {
        let questions = questions(&net, seed);
        let asked: Vec<&Property> = questions.iter().collect();
        let answers = RandomWalk.solve(&net, &asked, &mut Run::unlimited());
        for (property, answer) in questions.iter().zip(&answers) {
            let sought = sought(property);
            let exists = space.distance_to(&sought).is_some();
            there += usize::from(exists);
            let context = || format!("{} on {net:?}", property.display(&net));
            let Evidence::Run(run) = &answer.evidence else {
                assert!(!answer.is_definite(), "{}", context());
                continue;
            };
            found += 1;
            assert_eq!(answer.verdict, space.verdict(property), "{}", context());
            let end = replay(&net, net.initial(), run).expect("evidence is a firing sequence");
            assert!(holds_in(&net, &end, &sought), "{}", context());
        }
    }
    assert!(there > 5_000, "{there} witnesses");
    assert!(found * 1_000 >= there * 999, "{found} of {there} witnesses");
}

#[test]
fn the_runs_of_walks_are_hardly_longer_than_need_be() {
    let (mut length, mut shortest, mut runs) = (0, 0, 0);
    for (seed, net, space) in nets(200) {
        for property in questions(&net, seed) {
            let answers = RandomWalk.solve(&net, &[&property], &mut Run::unlimited());
            if let Evidence::Run(run) = &answers[0].evidence {
                length += run.firings.len();
                shortest += space.distance_to(&sought(&property)).expect("there is a run");
                runs += 1;
            }
        }
    }
    assert!(runs > 1_000, "{runs} runs");
    assert!(length <= shortest + shortest / 4, "{length} firings where {shortest} do");
}

#[test]
fn walks_are_the_same_each_time() {
    for (seed, net, _) in nets(60) {
        let questions = questions(&net, seed);
        let asked: Vec<&Property> = questions.iter().collect();
        let answers = || RandomWalk.solve(&net, &asked, &mut Run::unlimited());
        assert_eq!(answers(), answers());
    }
}

#[test]
fn a_deadlock_that_only_a_patient_walk_meets_is_met() {
    // From every level a wrong turn leads back to the first: uniform walks of n levels need 2ⁿ.
    let levels = 12;
    let mut text = String::from("level0(1)\n");
    for n in 0..levels {
        text += &format!("up{n}: level{n} -> level{}\nback{n}: level{n} -> level0\n", n + 1);
    }
    let net = pn_testkit::net(&text);
    let top = net.find_place(&format!("level{levels}")).expect("it is there");
    for sought in [Formula::Dead, Formula::at_least(top, 1)] {
        let property = Property::Possibly(sought);
        let answers = RandomWalk.solve(&net, &[&property], &mut Run::unlimited());
        let Evidence::Run(run) = &answers[0].evidence else { panic!("it is found: {answers:?}") };
        assert_eq!(run.firings.len(), levels, "nothing but the way up is left");
    }
}

#[test]
fn a_far_goal_among_many_markings_is_found_by_its_distance() {
    // Sixty counters that may go up and down; the goal is that all are up.
    let lines = (0..60).map(|n| format!("low{n}(1)\nup{n}: low{n} -> high{n}\ndown{n}: high{n} -> low{n}\n"));
    let net = pn_testkit::net(&lines.collect::<String>());
    let high = |n: usize| net.find_place(&format!("high{n}")).expect("it is there");
    let all = Formula::And((0..60).map(|n| Formula::at_least(high(n), 1)).collect());
    let property = Property::Possibly(all);
    for engine in [&RandomWalk as &dyn Engine, &explore::BestFirst] {
        let mut run = Run::unlimited().within_bytes(64 << 20);
        let answers = engine.solve(&net, &[&property], &mut run);
        let Evidence::Run(run) = &answers[0].evidence else { panic!("{} finds it", engine.name()) };
        assert_eq!(run.firings.len(), 60, "{}", engine.name());
    }
}

#[test]
fn a_transition_that_changes_nothing_keeps_a_marking_alive_and_never_fires() {
    let net = pn_testkit::net("a(1) b(1)\nstay: a -> a\ngo: b -> c");
    let dead = Property::Possibly(Formula::Dead);
    let stay = net.find_transition("stay").expect("it is there");
    let stays = Property::Possibly(Formula::Fireable(vec![stay]));
    let gone = Property::Possibly(Formula::at_least(PlaceId::new(2), 1));
    let answers = RandomWalk.solve(&net, &[&dead, &stays, &gone], &mut Run::unlimited());
    assert_eq!(answers[0].verdict, Verdict::Unknown(Reason::Unsupported));
    assert_eq!(answers[1].verdict, Verdict::Holds);
    let Evidence::Run(run) = &answers[2].evidence else { panic!("it is found") };
    assert_eq!(run.firings, [net.find_transition("go").expect("it is there")]);
}

#[test]
fn maxima_are_attained_and_on_small_nets_the_largest() {
    let (mut largest, mut all) = (0, 0);
    for (seed, net, space) in nets(300) {
        let places = net.places().map(Linear::tokens);
        let sums = (0..4).map(|n| random_linear(&net, seed.wrapping_mul(53).wrapping_add(n)));
        let expressions: Vec<Linear> = places.chain(sums).collect();
        let asked: Vec<_> = expressions.iter().map(|expression| (expression, None)).collect();
        let maxima = walk::maxima(&net, &asked, &mut Run::unlimited()).expect("weights are small");
        for (expression, attained) in expressions.iter().zip(&maxima) {
            let end = replay(&net, net.initial(), &attained.run).expect("a firing sequence");
            assert_eq!(value_in(&end, expression), attained.value, "{net:?}");
            let maximum = space.maximum(expression);
            assert!(attained.value <= maximum, "{net:?}");
            largest += usize::from(attained.value == maximum);
            all += 1;
        }
    }
    assert!(largest * 100 >= all * 99, "{largest} of {all}");
}

#[test]
fn an_attained_limit_ends_the_walks() {
    let net = pn_testkit::net("a(1)\nmake: a -> a + b\ndrop: b ->");
    let tokens = Linear::tokens(net.find_place("b").expect("it is there"));
    let maxima = walk::maxima(&net, &[(&tokens, Some(3))], &mut Run::unlimited()).expect("small weights");
    assert_eq!(maxima[0].value, 3);
    assert_eq!(maxima[0].run.firings.len(), 3);
}

#[test]
fn weights_beyond_31_bits_are_left_to_others() {
    let net = pn_testkit::net("a(1)\nt: a -> 1000000000000000000 b");
    let dead = Property::Possibly(Formula::Dead);
    let answers = RandomWalk.solve(&net, &[&dead], &mut Run::unlimited());
    assert_eq!(answers[0].verdict, Verdict::Unknown(Reason::Unsupported));
    assert_eq!(walk::maxima(&net, &[], &mut Run::unlimited()), Err(Reason::Unsupported));
}

#[test]
fn a_place_that_is_full_ends_a_walk_and_not_the_search() {
    let net = pn_testkit::net(
        "full(9223372036854775807) a(1)
         more: a -> full + a + b
         done: a -> c",
    );
    let dead = Property::Possibly(Formula::Dead);
    let answers = RandomWalk.solve(&net, &[&dead], &mut Run::unlimited());
    assert_eq!(answers[0].verdict, Verdict::Holds);
}
