//! The machine under random outcomes, stops and pauses: every run is a firing sequence that ends
//! in an end state, and replaying its record leads to the same machine.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use pn_deployment::{Deployment, Outcome, Role};
use pn_executor::machine::{AttemptId, Cause, Command, Compared, EndState, Machine, Recorded, Stage};
use pn_logic::holds_in;
use pn_net::{Trace, firing, replay};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use support::{draft, retried, staged};

fn deployments() -> Vec<Arc<Deployment>> {
    let noop = || pn_deployment::Action::new("noop");
    let rolling = draft(
        "down(4) lock(2)\ntake: down + lock -> held\nwork: held -> done\nfree: done -> up + lock\n\
         all: 4 up -> end",
    )
    .action("work", retried(noop(), 3, Duration::from_secs(1)))
    .goal("end", 1)
    .expanded();
    let gated = draft("a(1) b(1)\nx: a -> c\ny: b -> d\ngate: c + d -> e\nz: e -> f\nlate: c -> g")
        .action("x", retried(noop(), 2, Duration::from_secs(2)))
        .noops(&["y", "z"])
        .role("gate", Role::Approval { by: "ops".into() })
        .role("late", Role::Timer { after: Duration::from_secs(3) })
        .goal("f", 1)
        .expanded();
    let drawn = draft(
        "a(3)\nlook: a -> looking\nsame: looking -> done\ndiff: looking -> due\nnever: looking + x -> done\n\
         act: due -> acting\nok: acting -> done\nlost: acting -> a",
    )
    .noops(&["look", "act"])
    .outcome("same", "look", &[Outcome::Same])
    .outcome("diff", "look", &[Outcome::Diff])
    .outcome("never", "look", &[Outcome::Failed])
    .outcome("ok", "act", &[Outcome::Ok])
    .outcome("lost", "act", &[Outcome::Unknown, Outcome::Failed])
    .limit("few at work", "acting", 2)
    .limit("two done", "done", 2)
    .drawn();
    let staged = staged(3).limit("few at work", "applying", 2).goal("b", 3).drawn();
    vec![rolling, gated, drawn, staged]
}

struct World {
    random: Xoshiro256PlusPlus,
    machine: Machine<Compared>,
    now: Duration,
    in_flight: BTreeSet<AttemptId>,
    gates: BTreeSet<pn_net::TransitionId>,
    record: Vec<Recorded>,
    deployment: Arc<Deployment>,
}

impl World {
    fn take(&mut self, commands: Vec<Command>) {
        let net = &self.deployment.net;
        for command in commands {
            match command {
                Command::Fire { transition, cause } => {
                    match &cause {
                        Cause::Start(attempt) => assert!(self.in_flight.insert(attempt.id)),
                        Cause::Differs { attempt } => assert!(self.in_flight.contains(attempt)),
                        Cause::End { attempt, .. } => assert!(self.in_flight.remove(attempt)),
                        _ => {}
                    }
                    self.record.push(Recorded { at: self.now, transition, cause });
                }
                Command::Freeze { attempt, .. } => assert!(self.in_flight.remove(&attempt.id)),
                Command::Ask(transition) => {
                    assert!(firing::is_enabled(net, self.machine.marking(), transition));
                    self.gates.insert(transition);
                }
                Command::Withdraw(transition) => drop(self.gates.remove(&transition)),
                Command::Cancel(id) => assert!(self.in_flight.contains(&id)),
                Command::Retry { .. } | Command::Hold(..) | Command::Pending(..) | Command::Finish(_) => {}
            }
        }
    }

    /// One random observation; nothing when nothing can be observed.
    fn observe(&mut self) {
        if self.random.random_ratio(1, 60) {
            let commands = self.machine.stop();
            return self.take(commands);
        }
        let gate = self.gates.first().copied();
        if let Some(gate) = gate
            && self.random.random_ratio(1, 3)
        {
            return self.machine.approved(gate, "ann");
        }
        let index = self.random.next_u32() as usize % self.in_flight.len().max(1);
        match (self.in_flight.iter().nth(index).copied(), self.machine.deadline()) {
            (Some(id), deadline) if deadline.is_none() || self.random.random_ratio(2, 3) => {
                if self.random.random_ratio(1, 3) && self.machine.stage(id) == Stage::Checking {
                    let commands = self.machine.differs(id, self.now);
                    return self.take(commands);
                }
                let result = Outcome::ALL[self.random.next_u32() as usize % 7];
                let commands = self.machine.finished(id, result, self.now);
                self.take(commands);
            }
            (_, Some(deadline)) => self.now = self.now.max(deadline),
            (_, None) => self.now += Duration::from_millis(500),
        }
    }
}

fn simulate(deployment: &Arc<Deployment>, seed: u64) -> EndState {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let jobs = NonZeroUsize::new(1 + random.next_u32() as usize % 4).unwrap();
    let machine = Machine::with_store(Arc::clone(deployment), jobs).unwrap();
    let mut world = World {
        random,
        machine,
        now: Duration::ZERO,
        in_flight: BTreeSet::new(),
        gates: BTreeSet::new(),
        record: Vec::new(),
        deployment: Arc::clone(deployment),
    };
    for _ in 0..10_000 {
        let commands = world.machine.step(world.now);
        world.take(commands);
        assert!(world.in_flight.len() <= jobs.get());
        assert_eq!(world.machine.complaint(), None);
        for invariant in &deployment.invariants {
            assert!(holds_in(&deployment.net, world.machine.marking(), &invariant.formula));
        }
        if let Some(end) = world.machine.end() {
            assert!(world.in_flight.is_empty());
            check_record(deployment, jobs, &world);
            return end;
        }
        world.observe();
    }
    panic!("the run does not end");
}

fn check_record(deployment: &Arc<Deployment>, jobs: NonZeroUsize, world: &World) {
    let net = &deployment.net;
    let trace = Trace { firings: world.record.iter().map(|recorded| recorded.transition).collect() };
    assert_eq!(replay(net, net.initial(), &trace).unwrap(), *world.machine.marking());

    let mut again = Machine::new(Arc::clone(deployment), jobs).unwrap();
    for (index, recorded) in world.record.iter().enumerate() {
        again.replay(index, recorded).unwrap();
    }
    assert_eq!(again.marking(), world.machine.marking());
    // What is frozen is in flight again, to be looked at once more.
    assert_eq!(again.in_flight().count(), world.machine.frozen().count());
}

#[test]
fn random_runs_end_and_their_records_replay() {
    let deployments = deployments();
    let mut ends = BTreeSet::new();
    for seed in 0..1_000 {
        for deployment in &deployments {
            let end = std::panic::catch_unwind(|| simulate(deployment, seed));
            ends.insert(end.unwrap_or_else(|_| panic!("seed {seed}")).word());
        }
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["complete", "failed", "frozen", "stopped", "stuck"]);
}
