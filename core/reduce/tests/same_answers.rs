//! Answers before and after, compared with brute force: for each rule alone, and for all.
//!
//! `PN_REDUCE_SEEDS` sets the number of random nets of each kind (default 400); a million was run.

use pn_logic::{Formula, Linear, Property, Verdict, holds_in, value_in};
use pn_net::{Net, NetBuilder, PlaceId, Trace, replay};
use pn_reduce::rules::Rule;
use pn_reduce::{Asked, Interest, Question, Questions, Reduced, reduce_by, schedule};
use pn_testkit::oracle::{self, StateSpace};
use pn_testkit::{Dice, random_net, random_property, random_safe_net};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

const MARKINGS: usize = 1_500;

fn seeds() -> u64 {
    std::env::var("PN_REDUCE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

/// Three to five places and up to nine transitions with many arcs, weights and self-loops.
fn dense_net(seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new("dense");
    let largest = if dice.once_in(2) { 1 } else { dice.within(2..=4) };
    let places: Vec<PlaceId> = (0..dice.within(2..=5))
        .map(|n| builder.place(&format!("p{n}"), None, dice.within(0..=2)).expect("a new name"))
        .collect();
    for n in 0..dice.within(2..=9) {
        let t = builder.transition(&format!("t{n}"), None).expect("a new name");
        let mut given = 0;
        for place in &places {
            if dice.once_in(3) {
                let weight = dice.within(1..=largest);
                given += weight;
                builder.input(*place, t, weight).expect("a weight");
            }
        }
        for place in &places {
            if given > 0 && dice.once_in(3) {
                let weight = dice.within(1..=largest).min(given);
                given -= weight;
                builder.output(t, *place, weight).expect("a weight");
            }
        }
    }
    builder.build().expect("a small net")
}

/// Pieces that the rules are made for: chains, choices, rings, twins, wells, drains.
fn pieced_net(seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new("pieces");
    let places: Vec<PlaceId> = (0..dice.within(4..=9))
        .map(|n| {
            let tokens = if dice.once_in(3) { dice.within(1..=2) } else { 0 };
            builder.place(&format!("p{n}"), None, tokens).expect("a new name")
        })
        .collect();
    let count = dice.within(4..=11);
    for n in 0..count {
        let t = builder.transition(&format!("t{n}"), None).expect("a new name");
        let any = |dice: &mut Dice| places[dice.index(places.len())];
        let (a, b, c, d) = (any(&mut dice), any(&mut dice), any(&mut dice), any(&mut dice));
        let w = if dice.once_in(6) { 2 } else { 1 };
        let arcs: (&[PlaceId], &[PlaceId]) = match dice.within(0..=9) {
            0..=4 => (&[a], &[b]),
            5 => (&[a], &[b, c]),
            6 => (&[a, b], &[c]),
            7 => (&[a, b], &[c, d]),
            8 => (&[a, b], &[a]),
            _ => (&[a], &[]),
        };
        arcs.0.iter().for_each(|p| builder.input(*p, t, w).expect("a weight"));
        arcs.1.iter().for_each(|p| builder.output(t, *p, w).expect("a weight"));
    }
    builder.build().expect("a small net")
}

/// A hub between producers that wait, each with a place of its own, and consumers that need more.
fn hub_net(seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new("hub");
    let rest: Vec<PlaceId> = (0..dice.within(2..=3))
        .map(|n| builder.place(&format!("r{n}"), None, dice.within(0..=2)).expect("a new name"))
        .collect();
    let hub = builder.place("hub", None, u64::from(dice.once_in(4))).expect("a new name");
    for n in 0..dice.within(1..=3) {
        let own = builder.place(&format!("q{n}"), None, dice.within(0..=2)).expect("a new name");
        let h = builder.transition(&format!("h{n}"), None).expect("a new name");
        builder.input(own, h, if dice.once_in(6) { 2 } else { 1 }).expect("a weight");
        builder.output(h, hub, 1).expect("a weight");
        if dice.once_in(2) {
            let feed = builder.transition(&format!("e{n}"), None).expect("a new name");
            builder.input(rest[dice.index(rest.len())], feed, 1).expect("a weight");
            builder.output(feed, own, 1).expect("a weight");
        }
        if dice.once_in(4) {
            let rival = builder.transition(&format!("v{n}"), None).expect("a new name");
            builder.input(own, rival, 1).expect("a weight");
            builder.output(rival, rest[dice.index(rest.len())], 1).expect("a weight");
        }
    }
    for n in 0..dice.within(1..=3) {
        let f = builder.transition(&format!("f{n}"), None).expect("a new name");
        builder.input(hub, f, 1).expect("a weight");
        if !dice.once_in(4) {
            builder.input(rest[dice.index(rest.len())], f, 1).expect("a weight");
        }
        if !dice.once_in(4) {
            builder.output(f, rest[dice.index(rest.len())], 1).expect("a weight");
        }
    }
    builder.build().expect("a small net")
}

fn nets(seed: u64) -> [Net; 5] {
    [random_net(seed), random_safe_net(seed), dense_net(seed), pieced_net(seed), hub_net(seed)]
}

/// Properties one by one, and batches that share a reduction.
fn batches(net: &Net, seed: u64) -> Vec<Vec<Property>> {
    let mut dice = Dice::new(seed ^ 0x5eed);
    let dead = Property::Possibly(Formula::Dead);
    let fires = |t| Property::Possibly(Formula::Fireable(vec![t]));
    let live = |t| Property::InevitablyBackTo { goal: Formula::Fireable(vec![t]), unless: Formula::False };
    let random: Vec<Property> =
        (0..5).map(|n| random_property(net, seed.wrapping_mul(37).wrapping_add(n))).collect();
    let mut batches: Vec<Vec<Property>> = random.iter().map(|property| vec![property.clone()]).collect();
    batches.push(vec![dead.clone()]);
    batches.push(random);
    batches.push(net.transitions().map(fires).collect());
    if let Some(t) = net.transitions().nth(dice.index(net.transition_count())) {
        batches.push(vec![fires(t)]);
        batches.push(vec![live(t)]);
        batches.push(vec![dead, live(t)]);
    }
    let place = net.places().nth(dice.index(net.place_count())).expect("a place");
    batches.push(vec![Property::Bound(Linear::tokens(place))]);
    batches.push(vec![Property::Possibly(Formula::at_least(place, 2))]);
    batches.push(vec![Property::Possibly(Formula::And(vec![Formula::Dead, Formula::at_least(place, 1)]))]);
    batches
        .push(vec![Property::InevitablyBackTo { goal: Formula::at_least(place, 1), unless: Formula::False }]);
    batches
}

/// The run that a search would show for a verdict on the reduced net.
fn witness(space: &StateSpace, net: &Net, property: &Property, verdict: &Verdict) -> Option<Trace> {
    match (property, verdict) {
        (Property::Possibly(formula), Verdict::Holds) => space.shortest_run_to(formula),
        (Property::Always(formula), Verdict::Fails) => space.shortest_run_to(&formula.clone().negated()),
        (Property::Bound(expression), Verdict::Bounded(bound)) => {
            let at = space.markings().iter().position(|m| value_in(m, expression) == *bound)?;
            Some(space.run_to(at))
        }
        (Property::InevitablyBackTo { goal, unless }, Verdict::Fails) => {
            let can = space.can_reach(goal);
            let lost = |i: &usize| !can[*i] && !holds_in(net, &space.markings()[*i], unless);
            Some(space.run_to((0..can.len()).find(lost)?))
        }
        _ => None,
    }
}

/// Whether the lifted run shows the verdict on the original.
fn shows(net: &Net, space: &StateSpace, property: &Property, verdict: &Verdict, run: &Trace) -> bool {
    let Ok(end) = replay(net, net.initial(), run) else { return false };
    match (property, verdict) {
        (Property::Possibly(formula), Verdict::Holds) => holds_in(net, &end, formula),
        (Property::Always(formula), Verdict::Fails) => !holds_in(net, &end, formula),
        (Property::Bound(expression), Verdict::Bounded(bound)) => value_in(&end, expression) == *bound,
        (Property::InevitablyBackTo { goal, unless }, Verdict::Fails) => {
            let at = space.find(&end).expect("a reachable marking");
            !space.can_reach(goal)[at] && !holds_in(net, &end, unless)
        }
        _ => false,
    }
}

struct Case<'a> {
    net: &'a Net,
    space: &'a StateSpace,
    reduced: &'a Reduced<'a>,
    after: &'a StateSpace,
    context: &'a str,
}

fn check(case: &Case<'_>, property: &Property) {
    let Case { net, space, reduced, after, context } = case;
    let expected = space.verdict(property);
    let say =
        || format!("{context}: {}\n{net:?}\n{:?}\n{:?}", property.display(net), reduced.net, reduced.applied);
    let (verdict, run) = match reduced.question(property).unwrap_or_else(|| panic!("{}", say())) {
        Asked::Settled(verdict) => (verdict, None),
        Asked::Property(question) => {
            let verdict = after.verdict(&question);
            let run = witness(after, &reduced.net, &question, &verdict);
            (verdict, run)
        }
        Asked::AnyFires(images) => {
            let formula = Formula::Fireable(images);
            let run = after.shortest_run_to(&formula);
            let verdict = match (property, run.is_some()) {
                (Property::Possibly(_), true) | (Property::Always(_), false) => Verdict::Holds,
                _ => Verdict::Fails,
            };
            (verdict, run)
        }
    };
    assert_eq!(verdict, expected, "{}", say());
    if let Some(run) = run {
        let lifted = reduced.lift(property, &run).unwrap_or_else(|| panic!("no way back {run:?} {}", say()));
        assert!(shows(net, space, property, &verdict, &lifted), "{run:?} {lifted:?} {}", say());
    }
}

/// Compares on all random nets, and counts how often each rule was applied and answers compared.
fn compare(
    rounds: &[&[&Rule]],
    preserves: Questions,
    seeds: std::ops::Range<u64>,
) -> (BTreeMap<&'static str, usize>, usize) {
    let (mut applied, mut compared) = (BTreeMap::new(), 0);
    for seed in seeds {
        for (kind, net) in nets(seed).iter().enumerate() {
            let Some(space) = oracle::explore(net, MARKINGS) else { continue };
            for (number, batch) in batches(net, seed).iter().enumerate() {
                let mut interest = Interest::none(net);
                let asked: Vec<&Property> =
                    batch.iter().filter(|property| interest.add(net, property)).collect();
                if asked.is_empty() || !preserves.contain(interest.questions) {
                    continue;
                }
                let never = if seed % 2 == 0 { space.never_fireable() } else { Vec::new() };
                let reduced = reduce_by(net, &interest, &never, rounds, &mut || ControlFlow::Continue(()));
                reduced.applied.iter().for_each(|(name, times)| *applied.entry(*name).or_default() += times);
                let context = format!("seed {seed}, kind {kind}, batch {number}");
                let after = oracle::explore(&reduced.net, 20 * MARKINGS);
                let after = after.unwrap_or_else(|| panic!("{context}: larger\n{net:?}\n{:?}", reduced.net));
                let case = Case { net, space: &space, reduced: &reduced, after: &after, context: &context };
                asked.iter().for_each(|property| check(&case, property));
                compared += asked.len();
            }
        }
    }
    (applied, compared)
}

#[test]
fn all_rules_together_keep_every_answer() {
    let (applied, compared) = compare(schedule::ROUNDS, Questions::ALL, 0..seeds());
    println!("{compared} answers compared; {applied:#?}");
}

#[test]
fn each_rule_alone_keeps_the_answers_that_it_claims_to() {
    for rule in schedule::ROUNDS.iter().copied().flatten() {
        let (applied, compared) = compare(&[&[rule]], rule.preserves, 0..seeds() / 4);
        println!("{}: {compared} answers compared; {applied:?}", rule.name);
        assert!(applied[rule.name] > 0, "{} was never applied", rule.name);
    }
}

#[test]
fn a_rule_that_keeps_dead_markings_alone_is_not_used_for_more() {
    let net = pn_testkit::net("a(1)\nt: -> b\nu: a -> c");
    let c = net.find_place("c").expect("it is there");
    let mut interest = Interest::none(&net);
    interest.question(Question::Deadlock);
    interest.question(Question::Reachability);
    interest.place(c);
    let reduced = pn_reduce::reduce(&net, &interest, &[], &mut || ControlFlow::Continue(()));
    let Some(Asked::Property(question)) = reduced.question(&Property::Possibly(Formula::at_least(c, 1)))
    else {
        panic!("it was asked")
    };
    let space = oracle::explore(&reduced.net, 100).expect("b is a sink");
    assert_eq!(space.verdict(&question), Verdict::Holds);
}
