//! Speed and memory of exhaustive search: markings a second, bytes a marking, exact counts.
//!
//! Nets of our own always; with `PN_CORPUS` set to a folder of contest instances, some of those
//! too. Arguments choose nets by a part of their name. Counts that are known are compared: a fast
//! wrong answer is no result.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use pn_engines::{Run, explore::state_space};
use pn_net::Net;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Contest instances with their numbers of reachable markings.
const CORPUS: [(&str, u64); 5] = [
    ("Kanban-PT-00005", 2_546_432),
    ("Peterson-PT-3", 3_407_946),
    ("SwimmingPool-PT-02", 3_408_031),
    ("CircadianClock-PT-000010", 644_204),
    ("LamportFastMutEx-PT-4", 1_914_784),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    println!(
        "{:<28}{:>12}{:>13}{:>14}{:>12}{:>10}",
        "net", "markings", "edges", "markings/s", "edges/s", "B/marking"
    );
    for (name, net, states) in
        [("philosophers 15", philosophers(15), 551_614), ("shared buffers 8", buffers(8), 1_679_616)]
    {
        if is_wanted(name) {
            measure(name, &net, states);
        }
    }
    let Ok(corpus) = std::env::var("PN_CORPUS") else {
        println!("contest instances skipped: PN_CORPUS is not set");
        return;
    };
    for (name, states) in CORPUS.into_iter().filter(|(name, _)| is_wanted(name)) {
        match load(&Path::new(&corpus).join(name).join("model.pnml")) {
            Some(net) => measure(name, &net, states),
            None => println!("{name:<28}skipped: not in {corpus}"),
        }
    }
}

fn load(path: &Path) -> Option<Net> {
    let bytes = std::fs::read(path).ok()?;
    pn_pnml::read(&bytes).document?.net().ok()
}

/// The best of three runs, as other work on the machine only ever slows one down.
fn measure(name: &str, net: &Net, states: u64) {
    let runs = (0..3).map(|_| {
        let start = Instant::now();
        let space = state_space(net, &mut Run::unlimited()).expect("there is no limit");
        (start.elapsed(), space)
    });
    let (time, space) = runs.min_by_key(|(time, _)| *time).expect("there are three runs");
    assert_eq!(space.states, states, "{name}: wrong number of markings");
    let each_second = |count: u64| count as f64 / time.as_secs_f64();
    println!(
        "{name:<28}{:>12}{:>13}{:>14.0}{:>12.0}{:>10.1}",
        space.states,
        space.edges,
        each_second(space.states),
        each_second(space.edges),
        space.bytes as f64 / space.states as f64
    );
}

/// Philosophers who take their own fork, then the next one. Thinking, hungry or eating; who eats has
/// a thinking neighbour, so the markings number trace(Mⁿ) for M = (1 1 1; 1 1 1; 1 0 0).
fn philosophers(n: usize) -> Net {
    let mut text = String::new();
    for i in 0..n {
        writeln!(text, "think{i}(1) fork{i}(1)").expect("writing to a string succeeds");
    }
    for i in 0..n {
        let next = (i + 1) % n;
        writeln!(
            text,
            "left{i}: think{i} + fork{i} -> hungry{i}\nright{i}: hungry{i} + fork{next} -> eat{i}"
        )
        .and_then(|()| writeln!(text, "done{i}: eat{i} -> think{i} + fork{i} + fork{next}"))
        .expect("writing to a string succeeds");
    }
    pn_testkit::net(&text)
}

/// `n` independent counters from 0 to 5.
fn buffers(n: usize) -> Net {
    let lines =
        (0..n).map(|i| format!("free{i}(5)\nput{i}: free{i} -> full{i}\nget{i}: full{i} -> free{i}\n"));
    pn_testkit::net(&lines.collect::<String>())
}
