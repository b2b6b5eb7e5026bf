//! Stubborn sets meet their definition, by brute force: D1, D2 and W are looked up in what can
//! happen outside the set, marking by marking.

use pn_engines::explore::{BreadthFirst, Stubborn, StubbornDepthFirst};
use pn_engines::{Engine, Run};
use pn_logic::{Answer, Evidence, Explored, Formula, Property, Verdict, holds_in, value_in};
use pn_net::{Marking, Net, TransitionId, firing};
use pn_testkit::{oracle, random_net, random_property, random_safe_net};
use std::collections::BTreeSet;

fn fired(net: &Net, marking: &Marking, transition: TransitionId) -> Option<Marking> {
    let mut next = marking.clone();
    firing::fire(net, &mut next, transition).ok().map(|()| next)
}

/// All markings that can be reached from `marking` by firing nothing of `set`.
fn outside(net: &Net, marking: &Marking, set: &[TransitionId]) -> BTreeSet<Marking> {
    let (mut seen, mut work) = (BTreeSet::from([marking.clone()]), vec![marking.clone()]);
    while let Some(marking) = work.pop() {
        for transition in net.transitions().filter(|t| !set.contains(t)) {
            if let Some(next) = fired(net, &marking, transition)
                && seen.insert(next.clone())
            {
                work.push(next);
            }
        }
    }
    seen
}

/// D1 for one transition of the set: whenever it can fire after firings outside, it can fire
/// before them. Each run outside is followed twice, without and with `first` before it.
fn can_be_fired_first(net: &Net, marking: &Marking, set: &[TransitionId], first: TransitionId) -> bool {
    let start = (marking.clone(), fired(net, marking, first));
    let (mut seen, mut work) = (BTreeSet::from([start.clone()]), vec![start]);
    while let Some((without, with)) = work.pop() {
        if firing::is_enabled(net, &without, first) && with.is_none() {
            return false;
        }
        for transition in net.transitions().filter(|t| !set.contains(t)) {
            let Some(next) = fired(net, &without, transition) else { continue };
            let pair = (next, with.as_ref().and_then(|with| fired(net, with, transition)));
            if seen.insert(pair.clone()) {
                work.push(pair);
            }
        }
    }
    true
}

/// A wrapper around the sets that refuses one which does not meet the definition.
struct Defined<'n> {
    net: &'n Net,
    stubborn: Stubborn,
}

impl Defined<'_> {
    fn at(&mut self, marking: &Marking) -> Vec<TransitionId> {
        let set = self.stubborn.at(self.net, marking);
        for transition in &set {
            let net = self.net;
            assert!(
                can_be_fired_first(net, marking, &set, *transition),
                "D1 fails for {transition:?} of {set:?} in {marking:?} of {net:?}"
            );
        }
        set
    }

    fn with_key(&mut self, marking: &Marking) -> Vec<TransitionId> {
        let set = self.at(marking);
        let after = outside(self.net, marking, &set);
        let is_key = |t: &&TransitionId| after.iter().all(|m| firing::is_enabled(self.net, m, **t));
        let is_dead = firing::is_dead(self.net, marking);
        assert!(is_dead || set.iter().any(|t| is_key(&t)), "D2 fails in {marking:?} of {:?}", self.net);
        set
    }
}

fn nets(count: u64, markings: usize) -> impl Iterator<Item = (u64, Net, oracle::StateSpace)> {
    let all = (0..count).map(|seed| if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) });
    (0..count).zip(all).filter_map(move |(seed, net)| {
        let space = oracle::explore(&net, markings)?;
        Some((seed, net, space))
    })
}

#[test]
fn sets_for_dead_markings_meet_the_definition() {
    let (mut markings, mut smaller) = (0, 0);
    for (_, net, space) in nets(400, 300) {
        let mut defined = Defined { net: &net, stubborn: Stubborn::for_dead_markings(&net) };
        for marking in space.markings() {
            let set = defined.with_key(marking);
            let enabled: Vec<TransitionId> = firing::enabled(&net, marking).collect();
            markings += 1;
            smaller += usize::from(enabled.iter().any(|t| !set.contains(t)));
        }
    }
    assert!(markings > 3_000 && smaller > 1_500, "{smaller} of {markings}");
}

#[test]
fn sets_for_goals_meet_the_definition() {
    let (mut markings, mut smaller) = (0, 0);
    for (seed, net, space) in nets(400, 200) {
        let fires = net.transitions().map(|t| Formula::Fireable(vec![t]));
        let fires = fires.flat_map(|f| [Property::Possibly(f.clone()), Property::Always(f)]).take(4);
        for property in (0..8).map(|n| random_property(&net, seed * 8 + n)).chain(fires) {
            let Some(stubborn) = Stubborn::for_property(&net, &property) else { continue };
            let mut defined = Defined { net: &net, stubborn };
            for marking in space.markings() {
                let is_settled = |m: &Marking| match &property {
                    Property::Possibly(formula) => holds_in(&net, m, formula),
                    Property::Always(formula) => !holds_in(&net, m, formula),
                    Property::Bound(expression) => value_in(m, expression) > value_in(marking, expression),
                    Property::InevitablyBackTo { .. } => unreachable!("it has no stubborn sets"),
                };
                if is_settled(marking) {
                    continue;
                }
                let set = defined.at(marking);
                let enabled: Vec<TransitionId> = firing::enabled(&net, marking).collect();
                markings += 1;
                smaller += usize::from(enabled.iter().any(|t| !set.contains(t)));
                let after = outside(&net, marking, &set);
                // Sets for dead markings have D2 in place of W.
                let has_key = |t: &TransitionId| after.iter().all(|m| firing::is_enabled(&net, m, *t));
                assert!(
                    !after.iter().any(is_settled) || set.iter().any(has_key),
                    "W fails for {} in {marking:?} of {net:?}",
                    property.display(&net)
                );
            }
        }
    }
    assert!(markings > 20_000 && smaller > 8_000, "{smaller} of {markings}");
}

fn states(answer: &Answer) -> u64 {
    match &answer.evidence {
        Evidence::Exhaustion(all) | Evidence::RunAndExhaustion(_, all) => {
            assert!(matches!(all.of, Explored::Stubborn | Explored::Itself));
            all.states
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn independent_parts_are_not_interleaved() {
    let lines = (0..12).map(|n| format!("a{n}(1)\nt{n}: a{n} -> b{n}\nu{n}: b{n} -> a{n}"));
    let net = pn_testkit::net(&lines.collect::<Vec<_>>().join("\n"));
    let place = |name: &str| net.find_place(name).expect("the place exists");
    let both = Formula::And(vec![Formula::at_least(place("b3"), 1), Formula::at_least(place("a3"), 1)]);
    for (property, verdict, most) in [
        (Property::Possibly(Formula::Dead), Verdict::Fails, 2),
        (Property::Possibly(both), Verdict::Fails, 2),
        (Property::Bound(pn_logic::Linear::tokens(place("b7"))), Verdict::Bounded(1), 2),
    ] {
        let answers = StubbornDepthFirst.solve(&net, &[&property], &mut Run::unlimited());
        assert_eq!(answers[0].verdict, verdict);
        assert!(states(&answers[0]) <= most, "{:?}", answers[0]);
        let all = BreadthFirst.solve(&net, &[&property], &mut Run::unlimited());
        assert_eq!(states(&all[0]), 1 << 12);
    }
}
