//! The pruned coverability tree agrees with the plain one, and what it says can be replayed.

use pn_engines::coverability::KarpMiller;
use pn_engines::{Engine, Run};
use pn_logic::{Answer, Evidence, Formula, Linear, Property, Reason, Verdict, holds_in, value_in};
use pn_net::{Marking, Net, OmegaMarking, PlaceId, replay};
use pn_testkit::{at_least, karp_miller, random_linear, random_net, random_property, random_safe_net};

type Labels = Vec<Vec<Option<u64>>>;

fn solve(net: &Net, property: &Property) -> Answer {
    KarpMiller.solve(net, &[property], &mut Run::unlimited()).remove(0)
}

fn covers(a: &[Option<u64>], b: &[Option<u64>]) -> bool {
    a.iter().zip(b).all(|(a, b)| at_least(*a, *b))
}

fn largest(labels: &Labels) -> Labels {
    let is_largest =
        |label: &&Vec<Option<u64>>| !labels.iter().any(|other| other != *label && covers(other, label));
    labels.iter().filter(is_largest).cloned().collect()
}

fn nets() -> impl Iterator<Item = (u64, Net, Labels)> {
    let all = (0..2_000).map(|seed| if seed % 8 == 0 { random_safe_net(seed) } else { random_net(seed) });
    (0..).zip(all).filter_map(|(seed, net)| {
        let labels = karp_miller(&net, 3_000)?;
        Some((seed, net, labels))
    })
}

fn end(net: &Net, run: &pn_net::Trace) -> Marking {
    replay(net, net.initial(), run).expect("it is a firing sequence")
}

#[test]
fn the_largest_markings_are_those_of_the_plain_tree() {
    let (mut compared, mut unbounded) = (0, 0);
    for (_, net, labels) in nets() {
        let answer = solve(&net, &Property::Possibly(Formula::False));
        let Evidence::Covering(covering) = &answer.evidence else { panic!("{answer:?}") };
        let mut found: Labels = covering.iter().map(|marking| marking.counts().collect()).collect();
        found.sort_unstable();
        assert_eq!(found, largest(&labels), "{net:?}");
        compared += 1;
        unbounded += usize::from(labels.iter().flatten().any(Option::is_none));
    }
    assert!(compared > 1_000 && unbounded > 100, "{unbounded} of {compared}");
}

#[test]
fn bounds_are_exact_and_omega_pumps() {
    let (mut unbounded, mut nested) = (0, 0);
    for (seed, net, labels) in nets() {
        for place in net.places() {
            let answer = solve(&net, &Property::Bound(Linear::tokens(place)));
            let counts: Vec<Option<u64>> = labels.iter().map(|label| label[place.index()]).collect();
            let most = counts.iter().copied().reduce(|a, b| if at_least(a, b) { a } else { b });
            match (most.expect("there is a label"), &answer.verdict, &answer.evidence) {
                (Some(most), Verdict::Bounded(bound), Evidence::RunAndCovering(run, _)) => {
                    assert_eq!(i128::from(most), *bound, "{net:?}");
                    assert_eq!(end(&net, run).tokens(place), most);
                }
                (None, Verdict::Unbounded, Evidence::Pumping(prefix, word)) => {
                    let before = end(&net, prefix);
                    let after = replay(&net, &before, word).expect("a firing sequence");
                    assert!(after.covers(&before) && after.tokens(place) > before.tokens(place));
                    unbounded += 1;
                }
                (None, Verdict::Unbounded, Evidence::Pumpings(_)) => nested += 1,
                (most, ..) => panic!("{most:?} {answer:?} {net:?}"),
            }
        }
        let expression = random_linear(&net, seed);
        let answer = solve(&net, &Property::Bound(expression.clone()));
        if let (Verdict::Bounded(bound), Evidence::RunAndCovering(run, _)) =
            (&answer.verdict, &answer.evidence)
        {
            assert_eq!(value_in(&end(&net, run), &expression), *bound);
        }
    }
    assert!(unbounded > 100 && nested > 30, "{unbounded} {nested}");
}

/// Every label below which the formula could hold, looked at by brute force up to a few tokens.
fn can_hold(net: &Net, labels: &Labels, formula: &Formula) -> bool {
    labels.iter().any(|label| {
        let counts: Vec<u64> = label.iter().map(|count| count.unwrap_or(1_000)).collect();
        holds_in(net, &Marking::new(counts), formula)
    })
}

#[test]
fn what_more_tokens_keep_true_is_decided_either_way() {
    let (mut holds, mut fails) = (0, 0);
    for (_, net, labels) in nets() {
        let places: Vec<PlaceId> = net.places().collect();
        let two = Formula::And(places.iter().take(3).map(|p| Formula::at_least(*p, 2)).collect());
        let many = Formula::Or(places.iter().skip(1).map(|p| Formula::at_least(*p, 9)).collect());
        let fires = net.transitions().map(|t| Formula::Fireable(vec![t]));
        for formula in fires.chain([two, many]) {
            let answer = solve(&net, &Property::Possibly(formula.clone()));
            match (can_hold(&net, &labels, &formula), &answer.verdict, &answer.evidence) {
                (true, Verdict::Holds, Evidence::Run(run)) => {
                    assert!(holds_in(&net, &end(&net, run), &formula), "{net:?}");
                    holds += 1;
                }
                (false, Verdict::Fails, Evidence::Covering(_)) => fails += 1,
                (expected, ..) => panic!("{expected} {answer:?} {} {net:?}", formula.display(&net)),
            }
        }
    }
    assert!(holds > 3_000 && fails > 1_000, "{holds} {fails}");
}

#[test]
fn any_formula_is_decided_rightly_or_not_at_all() {
    let mut definite = 0;
    for (seed, net, _) in nets() {
        // The first markings of an endless net are as good a test as any.
        let reached = some_markings(&net, 500);
        for property in (0..6).map(|n| random_property(&net, seed * 6 + n)) {
            let (formula, sought) = match &property {
                Property::Possibly(formula) => (formula, true),
                Property::Always(formula) => (formula, false),
                _ => continue,
            };
            let answer = solve(&net, &property);
            let settles = |m: &Marking| holds_in(&net, m, formula) == sought;
            match &answer.evidence {
                Evidence::Run(run) => assert!(settles(&end(&net, run))),
                Evidence::Covering(_) => {
                    assert!(!reached.iter().any(settles), "{} {net:?}", property.display(&net));
                }
                other => assert_eq!((other, answer.is_definite()), (&Evidence::None, false)),
            }
            definite += usize::from(answer.is_definite());
        }
    }
    assert!(definite > 1_000, "{definite}");
}

fn some_markings(net: &Net, limit: usize) -> Vec<Marking> {
    let mut markings = vec![net.initial().clone()];
    let mut number = 0;
    while number < markings.len() && markings.len() < limit {
        for transition in net.transitions() {
            let mut next = markings[number].clone();
            if pn_net::firing::fire(net, &mut next, transition).is_ok() && !markings.contains(&next) {
                markings.push(next);
            }
        }
        number += 1;
    }
    markings
}

#[test]
fn a_place_that_lives_on_another_has_nested_words() {
    let net = pn_testkit::net(
        "a(1)
         pile: a -> a + q
         turn: a -> b
         move: b + q -> b + p",
    );
    let place = |name: &str| net.find_place(name).expect("the place exists");
    let answer = solve(&net, &Property::Bound(Linear::tokens(place("p"))));
    let Evidence::Pumpings(pumpings) = &answer.evidence else { panic!("{answer:?}") };
    assert_eq!(pumpings.len(), 2, "first q, then p");
    let answer = solve(&net, &Property::Possibly(Formula::at_least(place("p"), 1_000)));
    let Evidence::Run(run) = &answer.evidence else { panic!("{answer:?}") };
    assert!(end(&net, run).tokens(place("p")) >= 1_000);
    let answer = solve(&net, &Property::Bound(Linear::tokens(place("a"))));
    assert_eq!(answer.verdict, Verdict::Bounded(1));
}

#[test]
fn a_large_bounded_net_is_left_to_others() {
    let lines = (0..20).map(|n| format!("a{n}(1)\nt{n}: a{n} -> b{n}\nu{n}: b{n} -> a{n}"));
    let net = pn_testkit::net(&lines.collect::<Vec<_>>().join("\n"));
    let dead = Property::Possibly(Formula::Dead);
    assert_eq!(solve(&net, &dead), Answer::unknown(Reason::Unsupported));
    let covering = OmegaMarking::from(net.initial());
    assert!(covering.covers(&covering));
}
