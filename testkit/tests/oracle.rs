//! The oracle on nets small enough to be checked by hand.

use pn_logic::{Comparison, Formula, Linear, Property, Verdict};
use pn_net::replay;
use pn_testkit::oracle::{StateSpace, explore};

fn mutex() -> (pn_net::Net, StateSpace) {
    let net = pn_testkit::net(
        "idle(2) lock(1)
         enter: idle + lock -> busy
         leave: busy -> idle + lock
         fall:  busy -> broken",
    );
    let space = explore(&net, 100).expect("three markings");
    (net, space)
}

fn at_least(net: &pn_net::Net, place: &str, count: i64) -> Formula {
    Formula::at_least(net.find_place(place).expect("the place exists"), count)
}

#[test]
fn all_markings_and_edges_are_found() {
    let (net, space) = mutex();
    let words: Vec<String> = space.markings().iter().map(|m| m.display(&net).to_string()).collect();
    assert_eq!(words, ["2 idle + lock", "idle + busy", "idle + broken"]);
    assert_eq!(space.edge_count(), 3);
    assert_eq!(space.dead_markings(), [&space.markings()[2]]);
    assert!(space.never_fireable().is_empty());
}

#[test]
fn properties_are_decided() {
    let (net, space) = mutex();
    let idle = net.find_place("idle").unwrap();
    let two_idle = at_least(&net, "idle", 2);
    let broken = at_least(&net, "broken", 1);
    let check =
        |property, verdict| assert_eq!(space.verdict(&property), verdict, "{}", property.display(&net));
    check(Property::Possibly(broken.clone()), Verdict::Holds);
    check(Property::Possibly(at_least(&net, "busy", 2)), Verdict::Fails);
    check(Property::Always(at_least(&net, "idle", 1)), Verdict::Holds);
    check(Property::Always(Formula::Dead.negated()), Verdict::Fails);
    check(Property::InevitablyBackTo { goal: two_idle.clone(), unless: Formula::False }, Verdict::Fails);
    check(Property::InevitablyBackTo { goal: two_idle, unless: broken.clone() }, Verdict::Holds);
    check(Property::Bound(Linear::new([(idle, 3)], -1).unwrap()), Verdict::Bounded(5));
    assert_eq!(space.distance_to(&broken), Some(2));
    let run = space.shortest_run_to(&broken).unwrap();
    assert_eq!(space.find(&replay(&net, net.initial(), &run).unwrap()), Some(2));
    let none = Formula::Compare(Linear::tokens(idle), Comparison::Equal, Linear::constant(7));
    assert_eq!(space.distance_to(&none), None);
}

#[test]
fn an_unbounded_net_exceeds_every_limit() {
    let net = pn_testkit::net("make: -> p");
    assert!(explore(&net, 1000).is_none());
    assert!(explore(&mutex().0, 2).is_none());
    assert!(explore(&mutex().0, 3).is_some());
}
