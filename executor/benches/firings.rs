//! How many firings a second the step machine makes, without disk and processes: each round hears
//! of everything in flight and decides what follows.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use pn_deployment::{Action, Deployment, Faults, Invariant, Outcome, Role, expand};
use pn_executor::machine::{AttemptId, Cause, Command, Machine, Scan, Stage, Store};
use pn_logic::{Comparison, Formula, Linear};
use pn_net::{NetBuilder, PlaceId, TransitionId};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

fn main() {
    divan::main();
}

/// Layers of actions; each layer begins when the one before is done.
fn layered(layers: usize, width: usize) -> Arc<Deployment> {
    let mut net = NetBuilder::new("layered");
    let mut roles = Vec::new();
    let mut before = net.place("start", None, 1).expect("a new name");
    let mut done = before;
    for layer in 0..layers {
        let fork = net.transition(&format!("fork{layer}"), None).expect("a new name");
        roles.push(Role::Control);
        net.input(before, fork, 1).expect("a weight");
        let mut ends: Vec<PlaceId> = Vec::new();
        for index in 0..width {
            let place = |net: &mut NetBuilder, word: &str| {
                net.place(&format!("{word}{layer}.{index}"), None, 0).expect("a new name")
            };
            let (from, to) = (place(&mut net, "todo"), place(&mut net, "done"));
            net.output(fork, from, 1).expect("a weight");
            ends.push(to);
            let action = net.transition(&format!("act{layer}.{index}"), None).expect("a new name");
            roles.push(Role::Action(Action::new("noop")));
            net.input(from, action, 1).expect("a weight");
            net.output(action, to, 1).expect("a weight");
        }
        done = net.place(&format!("layer{layer}"), None, 0).expect("a new name");
        let join = net.transition(&format!("join{layer}"), None).expect("a new name");
        roles.push(Role::Control);
        ends.iter().for_each(|place| drop(net.input(*place, join, 1)));
        net.output(join, done, 1).expect("a weight");
        before = done;
    }
    let mut deployment = Deployment::plain(net.build().expect("weights of one"));
    deployment.roles = roles;
    deployment.goal = Some(Formula::at_least(done, 1));
    Arc::new(expand(&deployment, Faults::None).deployment)
}

/// Actions that have nothing to do with each other, and an invariant over what each of them gives.
fn independent(count: usize) -> Arc<Deployment> {
    let mut net = NetBuilder::new("independent");
    let mut ends = Vec::new();
    for index in 0..count {
        let from = net.place(&format!("todo{index}"), None, 1).expect("a new name");
        let to = net.place(&format!("done{index}"), None, 0).expect("a new name");
        let action = net.transition(&format!("act{index}"), None).expect("a new name");
        net.input(from, action, 1).expect("a weight");
        net.output(action, to, 1).expect("a weight");
        ends.push(to);
    }
    let mut deployment = Deployment::plain(net.build().expect("weights of one"));
    deployment.roles = vec![Role::Action(Action::new("noop")); count];
    let all = Linear::new(ends.iter().map(|place| (*place, 1)), 0).expect("small coefficients");
    let most = i64::try_from(count).expect("a small number");
    let formula = Formula::Compare(all.clone(), Comparison::AtMost, Linear::constant(most));
    deployment.invariants.push(Invariant { name: "no more than all".into(), formula });
    deployment.goal = Some(Formula::Compare(all, Comparison::AtLeast, Linear::constant(most)));
    Arc::new(expand(&deployment, Faults::None).deployment)
}

/// Runs to the end; how many firings that took.
fn run<S: Store>(deployment: &Arc<Deployment>, jobs: usize) -> usize {
    let jobs = NonZeroUsize::new(jobs).expect("not zero");
    let mut machine = Machine::<S>::with_store(Arc::clone(deployment), jobs).expect("it can be run");
    let (mut firings, mut now) = (0, Duration::ZERO);
    let mut fired: Vec<TransitionId> = Vec::new();
    while machine.end().is_none() {
        now += Duration::from_micros(10);
        let in_flight: Vec<(AttemptId, TransitionId)> =
            machine.in_flight().map(|attempt| (attempt.id, attempt.action)).collect();
        for (id, action) in in_flight {
            let commands = match (machine.is_staged(action), machine.stage(id)) {
                (true, Stage::Checking) => machine.differs(id, now),
                _ => machine.finished(id, Outcome::Ok, now),
            };
            firings += commands.len();
        }
        for command in machine.step(now) {
            if let Command::Fire { transition, cause } = command {
                firings += 1;
                if matches!(cause, Cause::Start(_)) {
                    fired.push(transition);
                }
            }
        }
    }
    black_box(fired);
    firings
}

#[divan::bench(sample_count = 10)]
fn ten_layers_of_a_hundred(bencher: Bencher) {
    let deployment = layered(10, 100);
    let firings = run::<pn_executor::machine::Ledger>(&deployment, 10);
    bencher
        .counter(ItemsCount::new(firings))
        .bench(|| run::<pn_executor::machine::Ledger>(black_box(&deployment), 10));
}

#[divan::bench(sample_count = 3)]
fn ten_layers_of_a_hundred_by_scanning(bencher: Bencher) {
    let deployment = layered(10, 100);
    let firings = run::<Scan>(&deployment, 10);
    bencher.counter(ItemsCount::new(firings)).bench(|| run::<Scan>(black_box(&deployment), 10));
}

#[divan::bench(sample_count = 5)]
fn ten_thousand_that_are_independent(bencher: Bencher) {
    let deployment = independent(10_000);
    let firings = run::<pn_executor::machine::Ledger>(&deployment, 100);
    bencher
        .counter(ItemsCount::new(firings))
        .bench(|| run::<pn_executor::machine::Ledger>(black_box(&deployment), 100));
}
