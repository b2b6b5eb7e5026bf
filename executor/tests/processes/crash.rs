//! `kill -9` at any instant: nothing is lost, and no completed action is repeated.

use crate::commands::is_running;
use crate::support::{draft, sh};
use crate::trials;
use crate::world::{Ran, World, wait_until};
use libtest_mimic::Trial;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pn_deployment::Outcome;
use pn_executor::machine::EndState;
use pn_executor::{Control, Recovered, RunEvent};
use pn_net::replay;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::time::Duration;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_runner_killed_at_any_instant_repeats_and_loses_nothing", killed_runner),
        ("a_running_command_is_adopted", adopted),
        ("an_attempt_that_only_checked_is_checked_again", only_checked),
        ("a_staged_attempt_that_applies_is_adopted", staged_and_adopted),
        ("after_a_loss_of_power_the_command_runs_again", loss_of_power),
        ("a_command_that_lost_its_keeper_is_waited_for", orphan),
        ("a_run_whose_keeper_is_killed_goes_on_with_another", killed_keeper),
        ("a_keeper_that_comes_late_starts_nothing", late_keeper),
        ("an_adopted_command_can_be_cancelled", cancelled_after_adoption),
    ])
}

fn killed_runner() {
    let mut kills = 0;
    for seed in 0..20 {
        kills += killed_with(seed);
    }
    assert!(kills >= 20, "only {kills} runners were killed in time");
}

/// Kills runner after runner until one comes to the end; how many were killed.
fn killed_with(seed: u64) -> u32 {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let world = World::new();
    let mut kills = 0;
    loop {
        let mut child = world.start_runner("crash");
        std::thread::sleep(Duration::from_millis(random.random_range(0..300)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        match status.code() {
            None => kills += 1,
            // Once the run has ended, resuming it is an error.
            Some(0 | 2) if kills > 0 || world.journal().is_some() => break,
            Some(code) => panic!("seed {seed}: exit {code}: {}", world.read("error")),
        }
        assert!(kills < 200, "seed {seed}: the run does not get on");
    }
    let log = world.read("log");
    for action in ["x1", "x2", "x3", "y", "last"] {
        for word in ["begin", "end"] {
            let line = format!("{word} {action}");
            let count = log.lines().filter(|l| *l == line).count();
            assert_eq!(count, 1, "seed {seed}: `{line}`\n{log}");
        }
    }
    assert_eq!(world.read("file"), "hello\n", "seed {seed}");
    let deployment = world.deployment("crash");
    let journal = pn_executor::Journal::open(&world.journal().unwrap()).unwrap();
    let trace = journal.trace(&deployment.net).unwrap();
    let end = replay(&deployment.net, deployment.net.initial(), &trace).unwrap();
    assert_eq!(end.tokens(deployment.net.find_place("h").unwrap()), 1, "seed {seed}");
    kills
}

fn adopted() {
    let world = World::new();
    let mut child = world.start_runner("slow");
    wait_until("the command begins", || world.read("log").contains("begin"));
    child.kill().unwrap();
    child.wait().unwrap();
    let deployment = world.deployment("slow");
    let ran = world.resume(&deployment, &world.journal().unwrap()).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(recovered(&ran), Some(Recovered::Adopted));
    assert_eq!(world.read("log"), "begin x\nend x\n");
}

/// A runner is killed while an attempt checks: it has changed nothing, and nobody doubts it.
fn only_checked() {
    let world = World::new();
    let mut child = world.start_runner("staged");
    wait_until("the check begins", || world.read("log").contains("looks"));
    child.kill().unwrap();
    child.wait().unwrap();
    let deployment = world.deployment("staged");
    let ran = world.resume(&deployment, &world.journal().unwrap()).unwrap();
    assert_eq!((ran.report.state, recovered(&ran)), (EndState::Complete, Some(Recovered::Unchanged)));
    assert_eq!(world.read("log"), "looks\nlooks\nbegin\nend\n");
    let differs = ran.events.iter().filter(|event| matches!(event, RunEvent::Differs { .. })).count();
    assert_eq!((differs, ran.reports(&deployment, "x").len()), (1, 1), "one attempt, one difference");
}

/// A runner is killed while a staged attempt applies: the command goes on and is adopted.
fn staged_and_adopted() {
    let world = World::new();
    let mut child = world.start_runner("staged");
    wait_until("the command begins", || world.read("log").contains("begin"));
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = world.resume(&world.deployment("staged"), &world.journal().unwrap()).unwrap();
    assert_eq!((ran.report.state, recovered(&ran)), (EndState::Complete, Some(Recovered::Adopted)));
    assert_eq!(world.read("log"), "looks\nbegin\nend\n");
}

fn recovered(ran: &Ran) -> Option<Recovered> {
    ran.events.iter().find_map(|event| match event {
        RunEvent::Recovered { how, .. } => Some(*how),
        _ => None,
    })
}

/// A process of the first session, from its keeper's log: the `keeper`, or the `command`.
fn process(world: &World, what: &str) -> Pid {
    let folder = world.journal().unwrap().with_extension("d");
    let pid = || {
        let log = std::fs::read_to_string(folder.join("keeper.1.1.log")).unwrap_or_default();
        // A line is a checksum, a blank, a record.
        log.lines().filter_map(|line| serde_json::from_str(line.get(17..)?).ok()).find_map(
            |record: serde_json::Value| {
                record[what]["process"]["pid"].as_i64().and_then(|p| p.try_into().ok())
            },
        )
    };
    wait_until("the process is in the log", || pid().is_some());
    Pid::from_raw(pid().unwrap())
}

/// Kills the runner of a slow command, then these processes; goes on.
fn resume_without(world: &World, others: &[&str]) -> Ran {
    let mut child = world.start_runner("slow");
    wait_until("the command begins", || world.read("log").contains("begin"));
    let others: Vec<Pid> = others.iter().map(|what| process(world, what)).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    others.iter().for_each(|pid| kill(*pid, Signal::SIGKILL).unwrap());
    for pid in others {
        wait_until("the process ends", || !is_running(&pid.to_string()));
    }
    world.resume(&world.deployment("slow"), &world.journal().unwrap()).unwrap()
}

fn loss_of_power() {
    let world = World::new();
    let ran = resume_without(&world, &["keeper", "command"]);
    assert_eq!((ran.report.state, recovered(&ran)), (EndState::Complete, Some(Recovered::Rechecked)));
    assert_eq!(world.read("log"), "begin x\nbegin x\nend x\n");
}

fn orphan() {
    let world = World::new();
    let ran = resume_without(&world, &["keeper"]);
    assert_eq!((ran.report.state, recovered(&ran)), (EndState::Complete, Some(Recovered::Adopted)));
    // It has no guard, and nobody saw how it ended: it runs again, but not at the same time.
    assert_eq!(world.read("log"), "begin x\nend x\nbegin x\nend x\n");
}

fn killed_keeper() {
    let world = World::new();
    let log = world.at("log");
    // The parent of the command is its keeper.
    let command = sh(&format!("echo $PPID >> {log}; test $(wc -l < {log}) = 2 || sleep 0.5"));
    let deployment = draft("a(1)\nx: a -> b\ny: b -> c")
        .action("x", command)
        .action("y", sh("true"))
        .goal("c", 1)
        .expanded();
    let watched = world.at("log");
    let killer = std::thread::spawn(move || {
        let first = || std::fs::read_to_string(&watched).unwrap_or_default();
        wait_until("the command begins", || first().ends_with('\n'));
        kill(Pid::from_raw(first().trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    });
    let ran = world.run(&deployment);
    killer.join().unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    let reports = ran.reports(&deployment, "x");
    let results: Vec<Outcome> = reports.iter().map(|report| report.result).collect();
    assert_eq!(results, [Outcome::Unknown, Outcome::Ok]);
    assert_eq!(reports[0].message, "its keeper was killed and left no result");
    let keepers: Vec<String> = world.read("log").lines().map(str::to_owned).collect();
    assert!(keepers.len() == 2 && keepers[0] != keepers[1], "{keepers:?}");
}

fn late_keeper() {
    let world = World::new();
    // The runner starts this in place of its keeper; it becomes the keeper when it is let.
    std::fs::write(
        world.at("late"),
        format!(
            "echo $$ > {0}.part; mv {0}.part {0}; until test -e {1}; do sleep 0.02; done; exec \"$@\"",
            world.at("keeper"),
            world.at("go")
        ),
    )
    .unwrap();
    let mut child = world.start_runner("slow");
    wait_until("the keeper is being started", || !world.read("keeper").is_empty());
    // The order is in the socket when the runner is killed, or it is not: the keeper is late for both.
    std::thread::sleep(Duration::from_millis(200));
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = world.resume(&world.deployment("slow"), &world.journal().unwrap()).unwrap();
    assert_eq!((ran.report.state, recovered(&ran)), (EndState::Complete, Some(Recovered::NeverStarted)));
    std::fs::write(world.at("go"), "").unwrap();
    let keeper = world.read("keeper").trim().to_owned();
    wait_until("the late keeper ends", || !crate::commands::is_running(&keeper));
    assert_eq!(world.read("log"), "begin x\nend x\n");
}

fn cancelled_after_adoption() {
    let world = World::new();
    let mut child = world.start_runner("endless");
    wait_until("the command begins", || world.read("log").contains("begin"));
    let command = process(&world, "command");
    child.kill().unwrap();
    child.wait().unwrap();
    let deployment = world.deployment("endless");
    let ran = world
        .resume_with(&deployment, &world.journal().unwrap(), &mut |event, control| {
            if matches!(event, RunEvent::Recovered { .. }) {
                control.send(Control::Stop).unwrap();
                control.send(Control::Stop).unwrap();
            }
        })
        .unwrap();
    assert_eq!((ran.report.state, recovered(&ran)), (EndState::Stopped, Some(Recovered::Adopted)));
    assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Cancelled);
    assert!(!crate::commands::is_running(&command.to_string()));
}
