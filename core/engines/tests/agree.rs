//! Every engine agrees with brute force on every property, and its runs show what it says.

use pn_engines::{Engine, Run, explore, modular, registry};
use pn_logic::{Answer, Evidence, Explored, Formula, Property, Reason, Verdict, holds_in, value_in};
use pn_net::{Marking, Net, replay};
use pn_testkit::{oracle, random_modular_net, random_net, random_property, random_safe_net};
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

/// As many nets as a test has time for; `cargo xtask agree` sets another number.
const NETS: u64 = 800;
const MARKINGS: usize = 3_000;

/// A batch as a verifier asks it: random properties beside those that come by the thousand.
fn batch(net: &Net, seed: u64) -> Vec<Property> {
    let random = (0..6).map(|n| random_property(net, seed.wrapping_mul(31).wrapping_add(n)));
    let bounds = net.places().map(|p| Property::Bound(pn_logic::Linear::tokens(p)));
    let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
    let unsafe_place = Formula::Or(net.places().map(|p| Formula::at_least(p, 2)).collect());
    let live = net
        .transitions()
        .map(|t| Property::InevitablyBackTo { goal: Formula::Fireable(vec![t]), unless: Formula::False });
    let fixed = [Property::Possibly(Formula::Dead), Property::Possibly(unsafe_place)];
    random.chain(bounds).chain(fires).chain(live).chain(fixed).collect()
}

fn check(
    engine: &dyn Engine,
    (seed, net): (u64, &Net),
    properties: &[Property],
    space: &oracle::StateSpace,
) -> usize {
    let asked: Vec<&Property> = properties.iter().filter(|property| engine.takes(property)).collect();
    let answers = engine.solve(net, &asked, &mut Run::unlimited());
    assert_eq!(answers.len(), asked.len());
    let mut definite = 0;
    for (property, answer) in asked.iter().zip(&answers) {
        if answer.is_definite() {
            definite += 1;
            let name = engine.name();
            let context = || format!("seed {seed}, {name} on {net:?}: {}", property.display(net));
            assert_eq!(answer.verdict, space.verdict(property), "{}", context());
            assert!(shows(net, property, answer), "{} {answer:?}", context());
        }
    }
    definite
}

/// Whether the run in the evidence leads where it should, and the counts are the oracle's.
fn shows(net: &Net, property: &Property, answer: &Answer) -> bool {
    let end = |run| replay(net, net.initial(), run).expect("evidence is a firing sequence");
    match (property, &answer.evidence) {
        (Property::Possibly(formula), Evidence::Run(run)) => holds_in(net, &end(run), formula),
        (Property::Always(formula), Evidence::Run(run)) => !holds_in(net, &end(run), formula),
        (Property::Bound(expression), Evidence::RunAndExhaustion(run, _)) => {
            answer.verdict == Verdict::Bounded(value_in(&end(run), expression))
        }
        (Property::InevitablyBackTo { goal, unless }, Evidence::RunAndExhaustion(run, _)) => {
            !holds_in(net, &end(run), goal) && !holds_in(net, &end(run), unless)
        }
        // Whether proofs stand is looked at where they are checked.
        (
            _,
            Evidence::Exhaustion(_)
            | Evidence::Covering(_)
            | Evidence::Refutation(_)
            | Evidence::Inductive(_)
            | Evidence::Modules(_)
            | Evidence::Prefix(_)
            | Evidence::PrefixAndModules(..),
        ) => true,
        (Property::Bound(expression), Evidence::RunAndCovering(run, _)) => {
            answer.verdict == Verdict::Bounded(value_in(&end(run), expression))
        }
        _ => false,
    }
}

/// A number from the environment.
fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("it is a number"))
}

fn seeds() -> std::ops::Range<u64> {
    let first = given("PN_FIRST_NET").unwrap_or(0);
    first..first + given("PN_NETS").unwrap_or(NETS)
}

fn nets() -> impl Iterator<Item = (u64, Net, oracle::StateSpace)> {
    let seeds = seeds();
    let net = |seed: u64| match seed % 4 {
        0 | 2 => random_net(seed),
        1 => random_safe_net(seed),
        _ => random_modular_net(seed),
    };
    seeds.clone().zip(seeds.map(net)).filter_map(|(seed, net)| {
        let space = oracle::explore(&net, MARKINGS)?;
        Some((seed, net, space))
    })
}

#[test]
fn every_engine_agrees_with_brute_force() {
    println!("seeds {:?}", seeds());
    let modular: &dyn Engine = &modular::ByModules::FOR_ALL_NETS;
    let engines: Vec<&dyn Engine> = registry().iter().copied().chain([modular]).collect();
    let mut definite = vec![0; engines.len()];
    for (seed, net, space) in nets() {
        let properties = batch(&net, seed);
        for (engine, count) in engines.iter().zip(&mut definite) {
            *count += check(*engine, (seed, &net), &properties, &space);
        }
    }
    for (engine, count) in engines.iter().zip(&definite) {
        let least = match engine.name() {
            // A walk can only say "unbounded", which no explored net is.
            "self-covering walk" => 0,
            // Small nets are left to searches; it is asked once more for all of them.
            "proof by modules" => 0,
            "search for terminal components" => 500,
            // It refutes, and finds nothing.
            "state equation" => 2_000,
            _ => 3_000,
        };
        assert!(*count >= least, "{} settled {count}", engine.name());
    }
}

#[test]
fn each_property_alone_has_the_answer_that_it_has_in_a_batch() {
    for (seed, net, space) in nets().take(150) {
        for property in batch(&net, seed) {
            for engine in registry() {
                check(*engine, (seed, &net), std::slice::from_ref(&property), &space);
            }
        }
    }
}

#[test]
fn a_terminal_component_is_all_that_follows_and_lacks_the_goal() {
    let mut lost = 0;
    for (seed, net, space) in nets().take(400) {
        let properties = batch(&net, seed);
        let asked: Vec<&Property> =
            properties.iter().filter(|property| explore::TerminalComponents.takes(property)).collect();
        let answers = explore::TerminalComponents.solve(&net, &asked, &mut Run::unlimited());
        for (property, answer) in asked.iter().zip(&answers) {
            let Evidence::RunAndExhaustion(run, size) = &answer.evidence else { continue };
            assert_eq!(size.of, Explored::Onwards);
            let start = replay(&net, net.initial(), run).expect("it is a firing sequence");
            let onwards = reachable_from(&space, &start);
            assert_eq!(onwards.len() as u64, size.states, "{} {net:?}", property.display(&net));
            let edges: usize = onwards.iter().map(|number| space.successors(*number).len()).sum();
            assert_eq!(edges as u64, size.edges);
            lost += 1;
        }
    }
    assert!(lost > 1_000, "{lost}");
}

fn reachable_from(space: &oracle::StateSpace, start: &Marking) -> Vec<usize> {
    let mut seen = vec![space.find(start).expect("it is reachable")];
    let mut done = 0;
    while done < seen.len() {
        for (_, target) in space.successors(seen[done]) {
            if !seen.contains(target) {
                seen.push(*target);
            }
        }
        done += 1;
    }
    seen
}

#[test]
fn breadth_first_runs_are_shortest() {
    for (seed, net, space) in nets().take(400) {
        for property in batch(&net, seed) {
            let answers = explore::BreadthFirst.solve(&net, &[&property], &mut Run::unlimited());
            let target = match &property {
                Property::Possibly(formula) => formula.clone(),
                Property::Always(formula) => formula.clone().negated(),
                _ => continue,
            };
            if let Evidence::Run(run) = &answers[0].evidence {
                assert_eq!(Some(run.firings.len()), space.distance_to(&target), "{}", property.display(&net));
            }
        }
    }
}

#[test]
fn the_figures_of_the_state_space_are_those_of_brute_force() {
    for (_, net, space) in nets() {
        let found = explore::state_space(&net, &mut Run::unlimited()).expect("there is no limit");
        assert_eq!(found.states as usize, space.markings().len());
        assert_eq!(found.edges as usize, space.edge_count());
        let totals = space.markings().iter().map(pn_net::Marking::total);
        assert_eq!(found.max_tokens_per_marking, totals.max().expect("one marking at least"));
        let counts = space.markings().iter().flat_map(|marking| marking.counts().iter().copied());
        assert_eq!(found.max_tokens_in_place, counts.max().unwrap_or(0));
    }
}

#[test]
fn an_unbounded_net_has_a_pumping_run() {
    let net = pn_testkit::net(
        "idle(1)
         make: idle -> busy
         put:  busy -> idle + 2 stock
         take: stock ->",
    );
    let stock = net.find_place("stock").expect("it is there");
    let idle = net.find_place("idle").expect("it is there");
    let bounds = [stock, idle].map(|place| Property::Bound(pn_logic::Linear::tokens(place)));
    let asked: Vec<&Property> = bounds.iter().collect();
    let walk = registry().iter().find(|engine| engine.name() == "self-covering walk").expect("it is there");
    let answers = walk.solve(&net, &asked, &mut Run::unlimited());
    assert_eq!(answers[0].verdict, Verdict::Unbounded);
    let Evidence::Pumping(prefix, word) = &answers[0].evidence else { panic!("it pumps") };
    let before = replay(&net, net.initial(), prefix).expect("a firing sequence");
    let after = replay(&net, &before, word).expect("a firing sequence");
    assert!(after.covers(&before) && after.tokens(stock) > before.tokens(stock));
    assert!(!answers[1].is_definite(), "idle is bounded");
}

#[test]
fn counts_grow_to_the_limit_and_no_further() {
    let net = pn_testkit::net(
        "a(1)
         double: a -> b
         back: b -> 1000000000000000000 a",
    );
    let dead = Property::Possibly(Formula::Dead);
    let answers = explore::BreadthFirst.solve(&net, &[&dead], &mut Run::unlimited());
    assert_eq!(answers[0], Answer::unknown(Reason::TokenOverflow));
}

#[test]
fn limits_end_in_unknown() {
    let lines = (0..40).map(|n| format!("a{n}(1)\nt{n}: a{n} -> b{n}\nu{n}: b{n} -> a{n}"));
    let net = pn_testkit::net(&lines.collect::<Vec<_>>().join("\n"));
    let dead = Property::Possibly(Formula::Dead);
    // A stubborn set is one of the pairs, and two markings are all that there is to see.
    let back = Property::InevitablyBackTo { goal: Formula::Dead, unless: Formula::False };
    let endless = pn_testkit::net("a(1)\nt: a -> a + b");
    for (engine, net) in [
        (&explore::BreadthFirst as &dyn Engine, &net),
        (&explore::DepthFirst, &net),
        (&explore::StubbornDepthFirst, &endless),
        (&explore::TerminalComponents, &net),
    ] {
        let asked = if engine.takes(&dead) { &dead } else { &back };
        let mut small = Run::unlimited().within_bytes(8 << 20);
        assert_eq!(engine.solve(net, &[asked], &mut small), [Answer::unknown(Reason::Memory)]);
        let mut late = Run::unlimited().until(std::time::Instant::now());
        assert_eq!(engine.solve(net, &[asked], &mut late), [Answer::unknown(Reason::Time)]);
        let flag = AtomicBool::new(true);
        let mut cancelled = Run::unlimited().cancelled_by(&flag);
        assert_eq!(engine.solve(net, &[asked], &mut cancelled), [Answer::unknown(Reason::Cancelled)]);
    }
}

/// Everything that a search says, with its runs and counts, is the same on any number of threads.
#[test]
fn answers_do_not_depend_on_the_number_of_threads() {
    let wide: String = (0..5)
        .map(|n| format!("a{n}(3)\nt{n}: a{n} -> b{n}\nu{n}: b{n} -> 2 c{n}\nv{n}: 2 c{n} -> a{n}\n"))
        .collect();
    let wide = pn_testkit::net(&wide);
    let random = nets().take(200).map(|(seed, net, _)| (seed, net));
    for (seed, net) in random.chain([(1, wide.clone()), (2, wide)]) {
        let properties = batch(&net, seed);
        let asked: Vec<&Property> = properties.iter().collect();
        let alone = explore::BreadthFirst.solve(&net, &asked, &mut Run::unlimited());
        let counts = explore::state_space(&net, &mut Run::unlimited());
        for threads in [2, 3, 7].map(|n| NonZeroUsize::new(n).expect("not zero")) {
            let mut run = Run::unlimited().on_threads(threads);
            assert_eq!(explore::BreadthFirst.solve(&net, &asked, &mut run), alone, "{net:?}");
            let again = explore::state_space(&net, &mut Run::unlimited().on_threads(threads));
            let figures = |space: explore::StateSpace| explore::StateSpace { bytes: 0, ..space };
            assert_eq!(again.map(figures), counts.map(figures));
        }
    }
}
