//! `kill -9` at any instant loses nothing and repeats nothing that is done.
//!
//! A deployment of sixty actions, ten at a time, is run, and its runner, its keeper or both are
//! killed again and again at instants drawn from a seed, until a resumption gets through. Some
//! actions fail once or twice and are retried; half of them have a guard. Every action leaves a
//! line when it completes.
//!
//! What is promised: while the keeper lives, every action completes exactly once. When it is killed
//! its results may be lost; then an action with a guard still completes exactly once, and one
//! without may complete once more for each attempt that the journal calls unknown.
//!
//! 40 kills by default; `PN_KILLS=1000`, or `cargo xtask kills 1000`, for more.

#![allow(clippy::print_stdout)] // it tells what it has counted

mod pn;

use pn::{Bench, pnml};
use pn_deployment::Outcome;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CHAINS: usize = 10;
const STEPS: usize = 6;

/// The longest that one run, with all its resumptions, may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was done and seen.
#[derive(Debug, Default)]
struct Tally {
    runs: u32,
    runners: u32,
    keepers: u32,
    completed: usize,
    lost: usize,
    /// Completed again, although nothing was unclear.
    repeated: usize,
    /// Attempts that the journal calls unknown.
    unknown: usize,
    /// Completed again after such an attempt, for lack of a guard.
    done_again: usize,
}

impl Tally {
    fn kills(&self) -> u32 {
        self.runners + self.keepers
    }
}

fn actions() -> impl Iterator<Item = (usize, String)> {
    (0..CHAINS * STEPS).map(|index| (index, format!("a{}.{}", index / STEPS, index % STEPS)))
}

fn is_guarded(index: usize) -> bool {
    index.is_multiple_of(2)
}

/// How often the action fails before it succeeds.
fn failures(index: usize) -> usize {
    match index % 10 {
        3 | 6 => 1,
        7 => 2,
        _ => 0,
    }
}

fn bench() -> Bench {
    let bench = Bench::new();
    let folder = bench.path().display().to_string();
    let mut places = vec!["done".to_owned()];
    let mut transitions = Vec::new();
    for (index, name) in actions() {
        let (chain, step) = (index / STEPS, index % STEPS);
        let place = |step: usize| format!("p{chain}.{step}");
        places.push(if step == 0 { format!("{}*1", place(step)) } else { place(step) });
        let command = format!(
            "if test \"$(cat tried.{name} | wc -c)\" -lt {failures}; then printf x &gt;&gt; tried.{name}; exit 1; fi; \
             sleep 0.03; echo {name} &gt;&gt; completed; touch made.{name}",
            failures = failures(index)
        );
        let guard = match is_guarded(index) {
            true => format!("<param name=\"creates\">{folder}/made.{name}</param>"),
            false => String::new(),
        };
        let annotation = format!(
            "<action kind=\"exec\"><param name=\"cmd\">{command}</param>{guard}</action>\
             <retry max=\"4\" first=\"10ms\"/>"
        );
        transitions.push((name, annotation, place(step), place(step + 1)));
    }
    let ends: Vec<String> = (0..CHAINS).map(|chain| format!("p{chain}.{STEPS}")).collect();
    places.extend(ends.iter().cloned());
    transitions.push(("join".to_owned(), String::new(), ends.join(" "), "done".to_owned()));
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let transitions: Vec<(&str, &str, &str, &str)> =
        transitions.iter().map(|(name, does, takes, gives)| (&**name, &**does, &**takes, &**gives)).collect();
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
        std::thread::sleep(Duration::from_millis(1));
    }
    None
}

/// The keeper of a runner, from `/proc`.
fn keeper_of(runner: u32) -> Option<String> {
    let entries = std::fs::read_dir("/proc").ok()?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    pids.filter(|pid| pid.parse::<u32>().is_ok()).find(|pid| {
        let read = |what: &str| std::fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
        let stat = String::from_utf8_lossy(&read("stat")).into_owned();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1));
        parent == Some(&*runner.to_string()) && String::from_utf8_lossy(&read("cmdline")).contains("__keeper")
    })
}

fn kill_keeper(keeper: Option<String>) -> u32 {
    let killed = keeper.and_then(|pid| Command::new("kill").args(["-9", &pid]).status().ok());
    u32::from(killed.is_some_and(|status| status.success()))
}

/// Kills what is drawn; whether the runner still lives.
fn strike(child: &mut Child, state: &mut u64, tally: &mut Tally) -> bool {
    let keeper = keeper_of(child.id());
    let mut kill_runner = |tally: &mut Tally| {
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
        tally.runners += 1;
    };
    match next(state) % 10 {
        0..7 => kill_runner(tally),
        7 => {
            kill_runner(tally);
            tally.keepers += kill_keeper(keeper);
        }
        8 => {
            tally.keepers += kill_keeper(keeper);
            kill_runner(tally);
        }
        _ => {
            tally.keepers += kill_keeper(keeper);
            return true;
        }
    }
    false
}

/// Runs the deployment to its end through a few kills.
fn survives(seed: u64, tally: &mut Tally) {
    let bench = bench();
    let mut state = seed;
    let since = Instant::now();
    let mut left = 1 + next(&mut state) % 8;
    let mut child = spawn(&bench, &["run", "net.pnml", "--unverified"]);
    loop {
        assert!(since.elapsed() < PATIENCE, "seed {seed}: it does not come to its end");
        let longest = match left {
            0 => PATIENCE,
            _ => Duration::from_micros(next(&mut state) % 250_000),
        };
        match wait(&mut child, longest) {
            Some(0) => break,
            // The kill came behind the last entry of the journal: there is nothing to go on with.
            Some(2) if bench.pn(&["runs"]).contains(" complete ") => break,
            Some(code) => panic!("seed {seed}: exit {code}: {}", bench.pn(&["runs", "show", "last"])),
            None => {
                left = left.saturating_sub(1);
                if strike(&mut child, &mut state, tally) {
                    continue;
                }
            }
        }
        // A run that was killed before it had a journal begins anew; any other goes on.
        let known = bench.output(&["runs", "show", "last"]).status.success();
        let arguments: &[&str] =
            if known { &["resume", "last"] } else { &["run", "net.pnml", "--unverified"] };
        child = spawn(&bench, arguments);
    }
    tally.runs += 1;
    count(&bench, seed, tally);
}

/// Counts what was completed, and replays the journal to the goal.
fn count(bench: &Bench, seed: u64, tally: &mut Tally) {
    let log = std::fs::read_to_string(bench.file("completed")).expect("there is a log");
    let mut completed: BTreeMap<&str, usize> = BTreeMap::new();
    log.lines().for_each(|name| *completed.entry(name).or_insert(0) += 1);
    let unknown = unknown_attempts(bench);
    tally.unknown += unknown.values().sum::<usize>();
    for (index, name) in actions() {
        let times = completed.get(&*name).copied().unwrap_or(0);
        tally.completed += times;
        tally.lost += usize::from(times == 0);
        let again = times.saturating_sub(1);
        let excused = if is_guarded(index) { 0 } else { unknown.get(&name).copied().unwrap_or(0) };
        tally.done_again += again.min(excused);
        tally.repeated += again.saturating_sub(excused);
        if times == 0 || again > excused {
            println!(
                "seed {seed}: `{name}` completed {times} times\n{}",
                bench.pn(&["runs", "show", "last"])
            );
        }
    }
    bench.write("run.trace", &bench.pn(&["runs", "trace", "last"]));
    let said = bench.pn(&["check", "net.pnml", "--trace", "run.trace"]);
    assert!(said.contains("the end is the goal"), "seed {seed}: {said}");
}

/// How many attempts at each action may have been completed, or not: the journal calls them unknown.
fn unknown_attempts(bench: &Bench) -> BTreeMap<String, usize> {
    let entries = std::fs::read_dir(bench.file("runs")).expect("there is a run");
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    let journals: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "db")).collect();
    let mut unknown = BTreeMap::new();
    for path in journals {
        // A runner that was killed while it made its journal has begun nothing.
        let Ok(journal) = pn_executor::Journal::open(&path) else { continue };
        for attempt in journal.attempts().expect("the journal is readable") {
            // Of one that never began, it is known that it has done nothing.
            let began = !attempt.message.unwrap_or_default().contains("before it");
            if began && matches!(attempt.ended, Some((_, Outcome::Unknown))) {
                *unknown.entry(attempt.action).or_insert(0) += 1;
            }
        }
    }
    unknown
}

#[test]
fn runs_killed_at_any_instant_lose_nothing_and_repeat_nothing_that_is_done() {
    let wanted = std::env::var("PN_KILLS").map_or(40, |text| text.parse().expect("PN_KILLS is a number"));
    let mut tally = Tally::default();
    for seed in 0.. {
        if tally.kills() >= wanted {
            break;
        }
        survives(seed, &mut tally);
    }
    println!(
        "{} kills ({} runners, {} keepers) in {} runs of {} actions, every journal replays",
        tally.kills(),
        tally.runners,
        tally.keepers,
        tally.runs,
        CHAINS * STEPS
    );
    println!(
        "{} completed, {} lost, {} repeated; {} attempts unknown as their keeper was killed, {} of \
        actions without a guard completed once more",
        tally.completed, tally.lost, tally.repeated, tally.unknown, tally.done_again
    );
    assert_eq!((tally.lost, tally.repeated), (0, 0), "lost and repeated: {tally:?}");
}
