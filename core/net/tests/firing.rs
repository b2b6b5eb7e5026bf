//! The firing rule on random nets, and at the limit of what a place can hold.

use pn_net::firing::{FiringError, enabled, fire, is_dead, is_enabled, missing, unfire};
use pn_net::{MAX_TOKENS, Marking, Net, NetBuilder, effect};
use pn_testkit::{Dice, random_net};
use proptest::prelude::*;

/// Markings along a random run of up to 30 firings.
fn along_a_run(net: &Net, seed: u64) -> Vec<Marking> {
    let mut dice = Dice::new(seed);
    let mut markings = vec![net.initial().clone()];
    for _ in 0..30 {
        let mut marking = markings.last().expect("the run starts somewhere").clone();
        let choices: Vec<_> = enabled(net, &marking).collect();
        if choices.is_empty() {
            break;
        }
        fire(net, &mut marking, choices[dice.index(choices.len())]).expect("it is enabled");
        markings.push(marking);
    }
    markings
}

proptest! {
    #[test]
    fn fire_then_unfire_is_the_identity(seed in any::<u64>(), run in any::<u64>()) {
        let net = random_net(seed);
        for before in along_a_run(&net, run) {
            for transition in enabled(&net, &before) {
                let mut marking = before.clone();
                fire(&net, &mut marking, transition).unwrap();
                unfire(&net, &mut marking, transition).unwrap();
                prop_assert_eq!(&marking, &before);
            }
        }
    }

    #[test]
    fn a_firing_changes_the_marking_by_the_effect(seed in any::<u64>(), run in any::<u64>()) {
        let net = random_net(seed);
        for before in along_a_run(&net, run) {
            for transition in enabled(&net, &before) {
                let mut after = before.clone();
                fire(&net, &mut after, transition).unwrap();
                let mut expected: Vec<i128> = before.counts().iter().map(|n| i128::from(*n)).collect();
                for (place, change) in effect(&net, transition) {
                    expected[place.index()] += change;
                }
                let after: Vec<i128> = after.counts().iter().map(|n| i128::from(*n)).collect();
                prop_assert_eq!(after, expected);
            }
        }
    }

    #[test]
    fn fires_only_when_every_input_is_marked(seed in any::<u64>(), run in any::<u64>()) {
        let net = random_net(seed);
        for before in along_a_run(&net, run) {
            for transition in net.transitions() {
                let short: Vec<_> = missing(&net, &before, transition).collect();
                prop_assert_eq!(is_enabled(&net, &before, transition), short.is_empty());
                let mut marking = before.clone();
                match fire(&net, &mut marking, transition) {
                    Ok(()) => prop_assert!(short.is_empty()),
                    Err(FiringError::NotEnough { place, tokens, needed, .. }) => {
                        prop_assert_eq!(short[0], (place, tokens, needed));
                        prop_assert_eq!(&marking, &before);
                    }
                    Err(error) => prop_assert!(false, "{}", error),
                }
            }
            prop_assert_eq!(is_dead(&net, &before), enabled(&net, &before).count() == 0);
        }
    }
}

#[test]
fn an_overflow_leaves_the_marking_unchanged() {
    let net = pn_testkit::net(&format!("a(2) b(1) full({MAX_TOKENS})\n t: 2 a + b -> a + 3 b + full"));
    let mut marking = net.initial().clone();
    let transition = net.find_transition("t").unwrap();
    let full = net.find_place("full").unwrap();
    assert_eq!(fire(&net, &mut marking, transition), Err(FiringError::Overflow { transition, place: full }));
    assert_eq!(&marking, net.initial());
}

#[test]
fn a_full_place_can_still_exchange_tokens() {
    let net = pn_testkit::net(&format!("full({MAX_TOKENS})\n t: full -> full\n u: full -> 2 full"));
    let mut marking = net.initial().clone();
    assert_eq!(fire(&net, &mut marking, net.find_transition("t").unwrap()), Ok(()));
    assert_eq!(&marking, net.initial());
    assert!(fire(&net, &mut marking, net.find_transition("u").unwrap()).is_err());
    assert_eq!(&marking, net.initial());
}

#[test]
fn the_largest_weight_and_count_fit_together() {
    let mut builder = NetBuilder::new("heavy");
    let place = builder.place("p", None, MAX_TOKENS).unwrap();
    let give = builder.transition("give", None).unwrap();
    builder.output(give, place, MAX_TOKENS).unwrap();
    let take = builder.transition("take", None).unwrap();
    builder.input(place, take, MAX_TOKENS).unwrap();
    let net = builder.build().unwrap();
    let mut marking = net.initial().clone();
    assert!(matches!(fire(&net, &mut marking, give), Err(FiringError::Overflow { .. })));
    fire(&net, &mut marking, take).unwrap();
    assert_eq!(marking.tokens(place), 0);
    fire(&net, &mut marking, give).unwrap();
    assert_eq!(marking.tokens(place), MAX_TOKENS);
}

#[test]
fn a_transition_cannot_be_taken_back_without_its_outputs() {
    let net = pn_testkit::net("a(1)\n t: a -> 2 b");
    let mut marking = net.initial().clone();
    assert!(matches!(
        unfire(&net, &mut marking, net.find_transition("t").unwrap()),
        Err(FiringError::NotEnough { tokens: 0, needed: 2, .. })
    ));
    assert_eq!(&marking, net.initial());
}
