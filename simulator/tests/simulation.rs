//! Simulated runs are firing sequences of the reference semantics, and repeat from their seed.

use pn_logic::{Comparison, Formula, Linear};
use pn_net::{Net, NetBuilder, PlaceId, TransitionId, firing};
use pn_simulator::{Policy, Recording, Replay, Settings, Stop, Summary, replicate, seed_of, simulate};
use pn_testkit::net;
use proptest::prelude::*;
use std::ops::ControlFlow;

const MUTEX: &str = "
    idle(3) lock(1)
    enter: idle + lock -> busy
    leave: busy -> idle + lock
";

fn recorded(seed: u64, max_steps: u64) -> Settings {
    Settings { recording: Recording::Trace, ..Settings::new(seed, max_steps) }
}

fn run(net: &Net, settings: &Settings) -> pn_simulator::Run {
    simulate(net, settings, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let net = net(MUTEX);
    for policy in [Policy::Uniform, Policy::Priorities] {
        let settings = Settings { policy, ..recorded(7, 1000) };
        assert_eq!(run(&net, &settings), run(&net, &settings));
    }
}

#[test]
fn different_seeds_give_different_runs() {
    let net = net("a(1)\nleft: a -> a\nright: a -> a");
    assert_ne!(run(&net, &recorded(1, 100)).trace, run(&net, &recorded(2, 100)).trace);
}

#[test]
fn ends_in_a_dead_marking() {
    let run = run(&net("a(2)\nmove: a -> b"), &recorded(1, 10));
    assert_eq!((run.stop, run.steps, run.firings), (Stop::Dead, 2, vec![2]));
    assert_eq!(run.last.counts(), [0, 2]);
}

#[test]
fn ends_after_the_steps_that_were_asked_for() {
    let run = run(&net(MUTEX), &Settings::new(1, 123));
    assert_eq!((run.stop, run.steps, run.trace), (Stop::Steps, 123, None));
    assert_eq!(run.firings.iter().sum::<u64>(), 123);
}

#[test]
fn ends_where_the_formula_holds_even_at_once() {
    let net = net(MUTEX);
    let busy = net.find_place("busy").unwrap();
    let until = |count| Some(Formula::at_least(busy, count));
    let reached = run(&net, &Settings { until: until(1), ..Settings::new(1, 100) });
    assert_eq!((reached.stop, reached.steps), (Stop::Reached, 1));
    let at_once = run(&net, &Settings { until: until(0), ..Settings::new(1, 100) });
    assert_eq!((at_once.stop, at_once.steps), (Stop::Reached, 0));
}

#[test]
fn ends_when_the_transition_has_fired() {
    let net = net(MUTEX);
    let leave = net.find_transition("leave");
    let run = run(&net, &Settings { until_fired: leave, ..Settings::new(1, 100) });
    assert_eq!((run.stop, run.steps), (Stop::Fired, 2));
}

#[test]
fn ends_when_the_monitor_says_so_and_reports_progress() {
    let net = net(MUTEX);
    let mut seen = Vec::new();
    let run = simulate(&net, &Settings::new(1, u64::MAX), &mut |progress| {
        seen.push(progress.steps);
        if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((run.stop, run.steps), (Stop::Cancelled, 131_072));
    assert_eq!(seen, [0, 65_536, 131_072]);
}

#[test]
fn an_overflow_ends_the_run_with_the_marking_before_it() {
    let mut builder = NetBuilder::new("pump");
    let place = builder.place("full", None, pn_net::MAX_TOKENS - 1).unwrap();
    let pump = builder.transition("pump", None).unwrap();
    builder.output(pump, place, 1).unwrap();
    let run = run(&builder.build().unwrap(), &Settings::new(1, 10));
    assert_eq!((run.stop, run.steps), (Stop::Overflow(pump, place), 1));
    assert_eq!(run.last.counts(), [pn_net::MAX_TOKENS]);
    assert_eq!(run.places[0].most, pn_net::MAX_TOKENS);
}

#[test]
fn a_net_without_nodes_is_dead() {
    let run = run(&NetBuilder::new("empty").build().unwrap(), &Settings::new(1, 10));
    assert_eq!((run.stop, run.steps), (Stop::Dead, 0));
}

#[test]
fn statistics_count_every_marking_once() {
    // 3, 2, 1, 0 tokens on a; 0, 2, 4, 6 on b.
    let run = run(&net("a(3)\nmove: a -> 2 b"), &Settings::new(1, 10));
    let figures: Vec<_> = run.places.iter().map(|p| (p.least, p.most, p.mean)).collect();
    assert_eq!(figures, [(0, 3, 1.5), (0, 6, 3.0)]);
}

#[test]
fn every_replication_can_be_repeated_alone() {
    let net = net("a(5)\nleft: a -> b\nright: a -> c\nback: c -> a");
    let settings = recorded(42, 50);
    let mut go_on = |_| ControlFlow::Continue(());
    let runs: Vec<_> = replicate(&net, &settings, 4, &mut go_on).collect();
    assert_eq!(runs.len(), 4);
    assert_eq!(runs[0].seed, 42);
    for (index, replication) in (0..).zip(&runs) {
        assert_eq!(replication.seed, seed_of(42, index));
        assert_eq!(run(&net, &recorded(replication.seed, 50)), *replication);
    }
    let mut summary = Summary::default();
    runs.iter().for_each(|run| summary.add(run));
    assert_eq!((summary.runs, summary.dead + summary.steps), (4, 4));
    assert_eq!(summary.total_steps, runs.iter().map(|run| u128::from(run.steps)).sum::<u128>());
}

#[test]
fn replications_end_after_a_cancelled_run() {
    let net = net(MUTEX);
    let settings = Settings::new(1, 10);
    let mut asked = 0;
    let mut monitor = |_| {
        asked += 1;
        if asked == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stops: Vec<_> = replicate(&net, &settings, 10, &mut monitor).map(|run| run.stop).collect();
    assert_eq!(stops, [Stop::Steps, Stop::Cancelled]);
}

#[test]
fn a_uniform_choice_is_fair() {
    let net = net("a(1)\none: a -> a\ntwo: a -> a\nthree: a -> a\nfour: a -> a");
    let run = run(&net, &Settings::new(3, 40_000));
    // Each count is binomial with mean 10,000 and standard deviation 87.
    assert!(run.firings.iter().all(|n| (9_500..10_500).contains(n)), "{:?}", run.firings);
}

#[test]
fn a_replay_goes_forwards_and_back() {
    let net = net(MUTEX);
    let trace = run(&net, &recorded(5, 20)).trace.unwrap();
    let mut replay = Replay::new(&net, net.initial().clone(), &trace);
    let mut markings = vec![replay.marking().clone()];
    while replay.forward().unwrap().is_some() {
        markings.push(replay.marking().clone());
    }
    assert_eq!(replay.position(), 20);
    while let Some(marking) = markings.pop() {
        assert_eq!(*replay.marking(), marking);
        replay.back();
    }
    assert_eq!((replay.position(), replay.back()), (0, None));
}

#[test]
fn a_replay_stops_at_a_firing_that_is_not_possible() {
    let net = net(MUTEX);
    let trace = pn_net::Trace { firings: vec![net.find_transition("leave").unwrap()] };
    let mut replay = Replay::new(&net, net.initial().clone(), &trace);
    assert_eq!(replay.forward().unwrap_err().step, 0);
    assert_eq!(replay.marking(), net.initial());
}

/// Nets with up to 6 places and 8 transitions, weights up to 3.
fn any_net() -> impl Strategy<Value = Net> {
    let arcs = || prop::collection::vec((0..6usize, 1..4u64), 0..4);
    let transitions = prop::collection::vec((arcs(), arcs()), 1..8);
    (prop::collection::vec(0..4u64, 6), transitions).prop_map(|(tokens, transitions)| {
        let mut builder = NetBuilder::new("any");
        for (index, tokens) in tokens.into_iter().enumerate() {
            builder.place(&format!("p{index}"), None, tokens).expect("a small net");
        }
        for (index, (inputs, outputs)) in transitions.into_iter().enumerate() {
            let transition = builder.transition(&format!("t{index}"), None).expect("a small net");
            for (place, weight) in inputs {
                builder.input(PlaceId::new(place), transition, weight).expect("a small net");
            }
            for (place, weight) in outputs {
                builder.output(transition, PlaceId::new(place), weight).expect("a small net");
            }
        }
        builder.build().expect("a small net")
    })
}

proptest! {
    #[test]
    fn a_run_is_a_firing_sequence_of_the_reference_semantics(
        net in any_net(), seed: u64, priorities: bool
    ) {
        let policy = if priorities { Policy::Priorities } else { Policy::Uniform };
        let run = run(&net, &Settings { policy, ..recorded(seed, 60) });
        let trace = run.trace.as_ref().unwrap();
        prop_assert_eq!(trace.firings.len() as u64, run.steps);

        let mut marking = net.initial().clone();
        let mut markings = vec![marking.clone()];
        for transition in &trace.firings {
            prop_assert!(firing::is_enabled(&net, &marking, *transition));
            firing::fire(&net, &mut marking, *transition).unwrap();
            markings.push(marking.clone());
        }
        prop_assert_eq!(&marking, &run.last);
        prop_assert_eq!(run.stop == Stop::Dead, firing::is_dead(&net, &marking) && run.steps < 60);
        for (place, seen) in net.places().zip(&run.places) {
            let counts = || markings.iter().map(|m| m.tokens(place));
            prop_assert_eq!(seen.least, counts().min().unwrap());
            prop_assert_eq!(seen.most, counts().max().unwrap());
            let mean = counts().sum::<u64>() as f64 / markings.len() as f64;
            prop_assert!((seen.mean - mean).abs() < 1e-9);
        }
        for t in net.transitions() {
            let count = trace.firings.iter().filter(|fired| **fired == t).count() as u64;
            prop_assert_eq!(run.firings[t.index()], count);
        }
    }

    #[test]
    fn every_enabled_transition_can_be_chosen(net in any_net()) {
        let enabled: Vec<TransitionId> = firing::enabled(&net, net.initial()).collect();
        let mut chosen: Vec<TransitionId> = (0..400)
            .filter_map(|seed| run(&net, &recorded(seed, 1)).trace.unwrap().firings.first().copied())
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        prop_assert_eq!(chosen, enabled);
    }

    #[test]
    fn a_run_stops_at_the_first_marking_that_satisfies_the_formula(net in any_net(), seed: u64) {
        let all = net.places().map(|p| (p, 1));
        let sum = Linear::new(all, 0).unwrap();
        let until = Formula::Compare(sum, Comparison::AtMost, Linear::constant(4));
        let run = run(&net, &Settings { until: Some(until.clone()), ..recorded(seed, 60) });
        let trace = run.trace.unwrap();
        let mut replay = Replay::new(&net, net.initial().clone(), &trace);
        while replay.position() < trace.firings.len() {
            prop_assert!(!pn_logic::holds_in(&net, replay.marking(), &until));
            replay.forward().unwrap();
        }
        prop_assert_eq!(run.stop == Stop::Reached, pn_logic::holds_in(&net, replay.marking(), &until));
    }
}
