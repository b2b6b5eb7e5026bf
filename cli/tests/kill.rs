//! `kill -9` at any instant loses nothing and repeats nothing that is done.
//!
//! A deployment of eleven actions, several at a time, is run and its runner killed again and again,
//! at instants drawn from a seed, until a resumption gets through. Every action appends its name to
//! a log and then creates a marker. The default is 20 seeds; `PN_KILLS=200` runs 200.

mod pn;

use pn::{Bench, exec, pnml};
use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Actions with what they take and give.
const ACTIONS: [(&str, &str, &str); 11] = [
    ("fork", "start", "a0 b0 c0 d0"),
    ("a1", "a0", "a1.out"),
    ("a2", "a1.out", "a2.out"),
    ("b1", "b0", "b1.out"),
    ("b2", "b1.out", "b2.out"),
    ("c1", "c0", "c1.out"),
    ("c2", "c1.out", "c2.out"),
    ("d1", "d0", "d1.out"),
    ("d2", "d1.out", "d2.out"),
    ("join", "a2.out b2.out c2.out d2.out", "joined"),
    ("last", "joined", "done"),
];

/// The longest that one run, with all its resumptions, may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn bench() -> Bench {
    let bench = Bench::new();
    let folder = bench.path().display().to_string();
    let mut places = vec!["start*1"];
    for (_, _, gives) in ACTIONS {
        places.extend(gives.split(' '));
    }
    let annotations: Vec<String> = ACTIONS
        .iter()
        .map(|(name, ..)| {
            let command = exec(&format!("echo {name} &gt;&gt; log; sleep 0.06; touch made.{name}"));
            command.replace(
                "</action>",
                &format!("<param name=\"creates\">{folder}/made.{name}</param></action>"),
            )
        })
        .collect();
    let transitions: Vec<(&str, &str, &str, &str)> = ACTIONS
        .iter()
        .zip(&annotations)
        .map(|((name, takes, gives), annotation)| (*name, annotation.as_str(), *takes, *gives))
        .collect();
    bench.write("net.pnml", &pnml("killed", "<goal>tokens(done) = 1</goal>", &places, &transitions));
    bench
}

/// SplitMix64: the next number of the sequence.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn spawn(bench: &Bench, arguments: &[&str]) -> Child {
    bench.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pn starts")
}

/// Waits for the process for at most so long; its exit status if it ended.
fn wait(child: &mut Child, longest: Duration) -> Option<i32> {
    let since = Instant::now();
    while since.elapsed() < longest {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}

/// Runs the deployment, killing the runner at up to four random instants. The number of kills.
fn survives(seed: u64) -> u32 {
    let bench = bench();
    let mut state = seed;
    let since = Instant::now();
    let mut kills = 0;
    let mut child = spawn(&bench, &["run", "net.pnml", "--unverified"]);
    loop {
        assert!(since.elapsed() < PATIENCE, "seed {seed}: not done after {kills} kills");
        let longest = match kills {
            0..4 => Duration::from_millis(10 + next(&mut state) % 200),
            _ => PATIENCE,
        };
        match wait(&mut child, longest) {
            Some(0) => break,
            // The kill came behind the last entry of the journal: there is nothing to go on with.
            Some(2) if bench.pn(&["runs"]).contains(" complete ") => break,
            Some(code) => panic!("seed {seed}: exit {code}: {}", bench.pn(&["runs", "show", "last"])),
            None => {
                child.kill().expect("it is our child");
                child.wait().expect("it is our child");
                kills += 1;
            }
        }
        // A run that was killed before it had a journal begins anew; any other goes on.
        let known = bench.output(&["runs", "show", "last"]).status.success();
        let arguments: &[&str] =
            if known { &["resume", "last"] } else { &["run", "net.pnml", "--unverified"] };
        child = spawn(&bench, arguments);
    }
    check_log(&bench, seed);
    kills
}

/// Every action was done exactly once, its effect is there, and the journal is a run to the goal.
fn check_log(bench: &Bench, seed: u64) {
    let log = std::fs::read_to_string(bench.file("log")).expect("there is a log");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    log.lines().for_each(|name| *counts.entry(name).or_insert(0) += 1);
    for (name, ..) in ACTIONS {
        assert_eq!(counts.get(name), Some(&1), "seed {seed}: `{name}` in\n{log}");
        assert!(bench.file(&format!("made.{name}")).exists(), "seed {seed}: {name}");
    }
    bench.write("run.trace", &bench.pn(&["runs", "trace", "last"]));
    let said = bench.pn(&["check", "net.pnml", "--trace", "run.trace"]);
    assert!(said.contains("the end is the goal"), "seed {seed}: {said}");
}

#[test]
fn a_runner_killed_at_any_instant_loses_nothing_and_repeats_nothing() {
    let seeds = std::env::var("PN_KILLS").map_or(20, |text| text.parse().expect("PN_KILLS is a number"));
    let kills: u32 = (0..seeds).map(survives).sum();
    println!("{kills} kills in {seeds} runs");
    assert!(u64::from(kills) >= seeds, "{kills} kills for {seeds} seeds are too few to say anything");
}
