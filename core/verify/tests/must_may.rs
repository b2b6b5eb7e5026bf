//! What must and may happen is what the definition says, one transition at a time.

use pn_engines::Run;
use pn_logic::{Formula, Property, Verdict, holds_in};
use pn_net::{Net, TransitionId};
use pn_testkit::{Dice, net, oracle, random_formula, random_net, random_safe_net};
use pn_verify::{Checker, MustMay, Outlook, SHORTEST, in_tokens, must_may, restricted, verify};
use std::collections::BTreeSet;

fn possibly(net: &Net, formula: Formula) -> bool {
    let property = [Property::Possibly(formula)];
    let mut checker = Checker::new(net, 10_000);
    let answer = verify(net, &property, SHORTEST, &mut checker, &mut Run::unlimited()).remove(0);
    answer.answer.verdict == Verdict::Holds
}

/// By definition.
fn one_at_a_time(outlook: Outlook<'_>) -> MustMay {
    let Outlook { net, start, watched, never, failures, end } = outlook;
    let without = |more: &[TransitionId]| {
        let all = never.iter().chain(failures).chain(more).copied().collect();
        restricted(net, start, &all)
    };
    let smooth = without(&[]);
    // What "dead" means must not change with the transition that is taken away.
    let end = in_tokens(&smooth, end);
    let must = possibly(&smooth, end.clone())
        .then(|| watched.iter().copied().filter(|t| !possibly(&without(&[*t]), end.clone())).collect());
    let all = restricted(net, start, never);
    let firing = |net: &Net| -> Vec<TransitionId> {
        watched.iter().copied().filter(|t| possibly(net, Formula::Fireable(vec![*t]))).collect()
    };
    MustMay { must, smoothly: firing(&smooth), may: firing(&all) }
}

#[test]
fn it_is_what_one_transition_at_a_time_gives() {
    let mut dice = Dice::new(7);
    let mut compared = 0;
    for seed in 0..300 {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        if oracle::explore(&net, 300).is_none() {
            continue;
        }
        let watched: Vec<TransitionId> = net.transitions().collect();
        let mut some = |share: usize| -> BTreeSet<TransitionId> {
            net.transitions().filter(|_| dice.index(share) == 0).collect()
        };
        let (never, failures) = (some(6), some(4));
        let end = match seed % 3 {
            0 => Formula::Dead,
            _ => random_formula(&net, seed),
        };
        let outlook = Outlook {
            net: &net,
            start: net.initial(),
            watched: &watched,
            never: &never,
            failures: &failures,
            end: &end,
        };
        let found = must_may(outlook, &mut Run::unlimited()).expect("there are no limits");
        assert_eq!(found, one_at_a_time(outlook), "{} {net:?}", end.display(&net));
        compared += 1;
    }
    assert!(compared > 100, "{compared} nets");
}

#[test]
fn a_restricted_net_has_the_firings_of_the_net_that_are_left() {
    let net = net("a(1) never\nt: a -> b\nu: a -> never\nv: b -> a");
    let u = net.find_transition("u").expect("it is there");
    let smaller = restricted(&net, net.initial(), &BTreeSet::from([u]));
    assert_eq!(smaller.place_name(smaller.places().last().expect("it has places")), "never.2");
    assert!(!possibly(&smaller, Formula::Fireable(vec![u])));
    assert!(possibly(&smaller, Formula::Fireable(vec![net.find_transition("v").expect("it is there")])));
    let dead = in_tokens(&net, &Formula::Dead);
    assert!(!possibly(&smaller, dead));
}

#[test]
fn formulas_in_tokens_mean_the_same_in_the_net_itself() {
    for seed in 0..300 {
        let net = random_net(seed);
        let Some(space) = oracle::explore(&net, 200) else { continue };
        for formula in [random_formula(&net, seed), Formula::Dead] {
            let tokens = in_tokens(&net, &formula);
            for marking in space.markings() {
                assert_eq!(holds_in(&net, marking, &formula), holds_in(&net, marking, &tokens));
            }
        }
    }
}
