//! What fires on the way, compared with its definition on the reachability graph.

use pn_engines::Run;
use pn_engines::explore::fired;
use pn_logic::{Formula, Reason, holds_in};
use pn_net::{Net, TransitionId};
use pn_testkit::{oracle, random_net, random_safe_net};
use std::collections::BTreeSet;

/// The markings that can be reached without firing `avoided`.
fn reached(space: &oracle::StateSpace, avoided: Option<TransitionId>) -> BTreeSet<usize> {
    let (mut seen, mut work) = (BTreeSet::from([0]), vec![0]);
    while let Some(number) = work.pop() {
        for (transition, target) in space.successors(number) {
            if Some(*transition) != avoided && seen.insert(*target) {
                work.push(*target);
            }
        }
    }
    seen
}

/// The markings that can be reached by a run in which `wanted` fires.
fn reached_after(space: &oracle::StateSpace, wanted: TransitionId) -> BTreeSet<usize> {
    let first = reached(space, None).into_iter().flat_map(|number| space.successors(number));
    let mut work: Vec<usize> = first.filter(|(t, _)| *t == wanted).map(|(_, target)| *target).collect();
    let mut seen: BTreeSet<usize> = work.iter().copied().collect();
    while let Some(number) = work.pop() {
        work.extend(space.successors(number).iter().map(|(_, target)| *target).filter(|t| seen.insert(*t)));
    }
    seen
}

fn check(net: &Net, space: &oracle::StateSpace) {
    let watched: Vec<TransitionId> = net.transitions().collect();
    let place = net.places().last().expect("a random net has places");
    let targets = [Formula::Dead, Formula::at_least(place, 1), Formula::False];
    let fired = fired(net, &watched, &targets, &mut Run::unlimited()).expect("there are no limits");
    for second in net.transitions() {
        let enabled = |number: &usize| space.successors(*number).iter().any(|(t, _)| *t == second);
        assert_eq!(fired.fires(second), reached(space, None).iter().any(&enabled), "{net:?}");
        for first in net.transitions() {
            let expected = reached_after(space, first).iter().any(&enabled);
            assert_eq!(fired.before(second).contains(&first), expected, "{first:?} {second:?} {net:?}");
        }
    }
    for (index, target) in targets.iter().enumerate() {
        let is_target = |number: &usize| holds_in(net, &space.markings()[*number], target);
        let Some(always) = fired.in_every_run_to(index) else {
            assert!(!reached(space, None).iter().any(&is_target), "{net:?}");
            continue;
        };
        for transition in net.transitions() {
            let avoidable = reached(space, Some(transition)).iter().any(&is_target);
            assert_eq!(always.contains(&transition), !avoidable, "{transition:?} {net:?}");
        }
    }
}

#[test]
fn what_fires_before_and_always_is_what_the_reachability_graph_says() {
    let mut compared = 0;
    for seed in 0..400 {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        if let Some(space) = oracle::explore(&net, 500) {
            check(&net, &space);
            compared += 1;
        }
    }
    assert!(compared > 150, "{compared} nets");
}

#[test]
fn limits_are_kept() {
    let net = pn_testkit::net("a(1)\nt: a -> a + b");
    let run = &mut Run::unlimited().within_bytes(1 << 20);
    assert_eq!(fired(&net, &[], &[], run), Err(Reason::Memory));
}
