//! The engines with a SAT solver keep their limits and say the same each time.

use pn_engines::sat::{BoundedModelChecking, PropertyDirected};
use pn_engines::{Engine, Run};
use pn_logic::{Answer, Comparison, Evidence, Formula, Linear, Property, Reason, Verdict};
use pn_net::{Net, PlaceId};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

fn place(net: &Net, name: &str) -> PlaceId {
    net.find_place(name).expect("the place exists")
}

fn sum(net: &Net, names: impl Iterator<Item = String>) -> Linear {
    Linear::new(names.map(|name| (place(net, &name), 1)), 0).expect("the coefficients are small")
}

/// More pigeons than holes, each of which any may enter and leave: that all have one to themselves is
/// impossible, and no solver that learns clauses knows it soon (Haken, "The intractability of
/// resolution", 1985).
fn pigeons(holes: usize) -> (Net, Property) {
    let pairs = (0..=holes).flat_map(|pigeon| (0..holes).map(move |hole| (pigeon, hole)));
    let lines = pairs.map(|(p, h)| {
        format!("out{p}.{h}(1)\ni{p}.{h}: out{p}.{h} -> in{p}.{h}\no{p}.{h}: in{p}.{h} -> out{p}.{h}")
    });
    let net = pn_testkit::net(&lines.collect::<Vec<_>>().join("\n"));
    let one = Linear::constant(1);
    let housed = (0..=holes).map(|pigeon| {
        let inside = sum(&net, (0..holes).map(|hole| format!("in{pigeon}.{hole}")));
        Formula::Compare(inside, Comparison::AtLeast, one.clone())
    });
    let alone = (0..holes).map(|hole| {
        let inside = sum(&net, (0..=holes).map(|pigeon| format!("in{pigeon}.{hole}")));
        Formula::Compare(inside, Comparison::AtMost, one.clone())
    });
    let goal = Formula::And(housed.chain(alone).collect());
    (net, Property::Possibly(goal))
}

#[test]
fn few_pigeons_are_decided() {
    let (net, property) = pigeons(3);
    let answers = PropertyDirected.solve(&net, &[&property], &mut Run::unlimited());
    assert_eq!(answers[0].verdict, Verdict::Fails);
}

#[test]
fn the_solver_gives_up_in_the_middle_of_a_question() {
    let (net, property) = pigeons(16);
    let started = Instant::now();
    let mut run = Run::unlimited().until(started + Duration::from_millis(300));
    let answers = PropertyDirected.solve(&net, &[&property, &property], &mut run);
    assert_eq!(answers, vec![Answer::unknown(Reason::Time); 2]);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn limits_end_in_unknown() {
    let (net, property) = pigeons(3);
    let flag = AtomicBool::new(true);
    for (mut run, reason) in [
        (Run::unlimited().within_bytes(64), Reason::Memory),
        (Run::unlimited().until(Instant::now()), Reason::Time),
        (Run::unlimited().cancelled_by(&flag), Reason::Cancelled),
    ] {
        assert_eq!(PropertyDirected.solve(&net, &[&property], &mut run), [Answer::unknown(reason)]);
    }
}

#[test]
fn answers_are_the_same_each_time() {
    for seed in 0..60 {
        let net = pn_testkit::random_safe_net(seed);
        let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
        let properties: Vec<Property> = fires.chain([Property::Possibly(Formula::Dead)]).collect();
        let asked: Vec<&Property> = properties.iter().collect();
        let answers = [(); 2].map(|()| PropertyDirected.solve(&net, &asked, &mut Run::unlimited()));
        assert_eq!(answers[0], answers[1], "seed {seed}");
    }
}

#[test]
fn all_proofs_of_a_batch_are_one() {
    let net = pn_testkit::net(
        "a(1) b(1)
         t: a -> c
         u: b -> d
         v: c + lost -> d
         w: d + lost -> c",
    );
    let never = ["v", "w"].map(|name| {
        Property::Possibly(Formula::Fireable(vec![net.find_transition(name).expect("it exists")]))
    });
    let answers = PropertyDirected.solve(&net, &[&never[0], &never[1]], &mut Run::unlimited());
    let [Evidence::Inductive(one), Evidence::Inductive(other)] = [&answers[0].evidence, &answers[1].evidence]
    else {
        panic!("they never fire")
    };
    assert!(std::sync::Arc::ptr_eq(one, other));
}

#[test]
fn places_of_several_tokens_are_left_out_of_proofs_and_stand_against_runs() {
    let net = pn_testkit::net(
        "idle(1) coin(3)
         pay: idle + coin -> busy
         done: busy -> idle
         bell: busy + 5 coin -> busy + rung",
    );
    let busy_and_idle =
        Formula::And(["busy", "idle"].map(|name| Formula::at_least(place(&net, name), 1)).to_vec());
    let rings = Formula::Fireable(vec![net.find_transition("bell").expect("it exists")]);
    let pays = Formula::Fireable(vec![net.find_transition("done").expect("it exists")]);
    let properties = [busy_and_idle, rings, pays].map(Property::Possibly);
    let asked: Vec<&Property> = properties.iter().collect();
    let verdicts = PropertyDirected.solve(&net, &asked, &mut Run::unlimited()).into_iter();
    let verdicts: Vec<Verdict> = verdicts.map(|answer| answer.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fails, Verdict::Unknown(Reason::Unsupported), Verdict::Holds]);
}

#[test]
fn what_a_short_run_reaches_is_found() {
    let mut found = 0;
    for seed in 0..300 {
        let net = pn_testkit::random_safe_net(seed);
        // A step is at least one firing: as many as there are markings reach them all.
        let Some(space) = pn_testkit::oracle::explore(&net, 20) else { continue };
        let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
        let properties: Vec<Property> = fires.chain([Property::Possibly(Formula::Dead)]).collect();
        let asked: Vec<&Property> = properties.iter().collect();
        let answers = BoundedModelChecking.solve(&net, &asked, &mut Run::unlimited());
        for (property, answer) in properties.iter().zip(&answers) {
            let reached = space.verdict(property) == Verdict::Holds;
            assert_eq!(answer.verdict == Verdict::Holds, reached, "seed {seed}: {}", property.display(&net));
            found += usize::from(reached);
        }
    }
    assert!(found > 500, "{found}");
}

#[test]
fn counters_reach_what_takes_several_tokens() {
    let net = pn_testkit::net(
        "pile(9)
         pack: 3 pile -> crate
         ship: 2 crate -> boat
         fetch: boat -> 2 pile",
    );
    let count = |name: &str, comparison, tokens: i64| {
        Formula::Compare(Linear::tokens(place(&net, name)), comparison, Linear::constant(tokens))
    };
    let two_left = Formula::And(vec![
        count("pile", Comparison::Equal, 2),
        count("crate", Comparison::Equal, 1),
        count("boat", Comparison::Equal, 0),
    ]);
    let too_many = count("pile", Comparison::AtLeast, 10);
    let properties = [two_left, too_many].map(Property::Possibly);
    let asked: Vec<&Property> = properties.iter().collect();
    let answers = BoundedModelChecking.solve(&net, &asked, &mut Run::unlimited());
    let Evidence::Run(run) = &answers[0].evidence else { panic!("{answers:?}") };
    let names: Vec<&str> = run.firings.iter().map(|t| net.transition_name(*t)).collect();
    assert_eq!(names, ["pack", "pack", "pack", "ship", "fetch"]);
    assert!(!answers[1].is_definite());
}

#[test]
fn the_search_for_runs_keeps_its_limits() {
    let (net, property) = pigeons(16);
    let started = Instant::now();
    let mut run = Run::unlimited().until(started + Duration::from_millis(300));
    let answers = BoundedModelChecking.solve(&net, &[&property], &mut run);
    assert_eq!(answers, [Answer::unknown(Reason::Time)]);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let mut small = Run::unlimited().within_bytes(64);
    let answers = BoundedModelChecking.solve(&net, &[&property], &mut small);
    assert_eq!(answers, [Answer::unknown(Reason::Memory)]);
    let flag = AtomicBool::new(true);
    let mut cancelled = Run::unlimited().cancelled_by(&flag);
    let answers = BoundedModelChecking.solve(&net, &[&property], &mut cancelled);
    assert_eq!(answers, [Answer::unknown(Reason::Cancelled)]);
}
