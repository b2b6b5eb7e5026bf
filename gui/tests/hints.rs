//! Hints compared with the coverability tree: what they say never fires never does, and what they
//! say grows exceeds any bound.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use pn_gui::jobs::{Hint, hints};
use pn_net::Net;
use pn_testkit::{karp_miller, net, random_net};

fn told(net: &Net) -> Vec<String> {
    let in_words = |hint: Hint| match hint {
        Hint::NeverFires(transition, place) => {
            format!("{} for want of {}", net.transition_name(transition), net.place_name(place))
        }
        Hint::Grows(place, transition) => {
            format!("{} by {}", net.place_name(place), net.transition_name(transition))
        }
    };
    hints(net).into_iter().map(in_words).collect()
}

#[test]
fn what_waits_for_a_siphon_without_tokens_never_fires() {
    let net = net("a(1) b c\ngo: a -> b\nwait: c -> c\nmore: b + c -> a");
    assert_eq!(told(&net), ["wait for want of c", "more for want of c"]);
}

#[test]
fn what_can_be_done_again_and_again_lets_places_grow() {
    assert_eq!(told(&net("a(1) b\nmake: a -> a + b")), ["b by make"]);
    assert_eq!(told(&net("b\nmake: -> 2 b")), ["b by make"]);
    assert!(told(&net("a(1) b\nmove: a -> b")).is_empty());
}

#[test]
fn every_hint_is_true() {
    let (mut never, mut grow) = (0, 0);
    for seed in 0..3_000 {
        let net = random_net(seed);
        let Some(labels) = karp_miller(&net, 2_000) else { continue };
        let covers = |label: &[Option<u64>], place: pn_net::PlaceId, weight: u64| {
            label[place.index()].is_none_or(|tokens| tokens >= weight)
        };
        for hint in hints(&net) {
            match hint {
                Hint::NeverFires(transition, place) => {
                    let is_enabled = |label: &Vec<Option<u64>>| {
                        net.pre(transition).all(|(place, weight)| covers(label, place, weight))
                    };
                    assert!(!labels.iter().any(is_enabled), "seed {seed}: {hint:?}");
                    assert!(!labels.iter().any(|label| covers(label, place, 1)), "seed {seed}: {hint:?}");
                    never += 1;
                }
                Hint::Grows(place, _) => {
                    let is_unbounded = labels.iter().any(|label| label[place.index()].is_none());
                    assert!(is_unbounded, "seed {seed}: {hint:?}");
                    grow += 1;
                }
            }
        }
    }
    assert!(never > 100 && grow > 100, "{never} and {grow} hints were checked");
}
