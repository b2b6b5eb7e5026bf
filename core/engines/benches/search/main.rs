//! Speed and memory of exhaustive search without reductions, against Spin.
//!
//! `PN_CORPUS=folder cargo xtask bench search [--rounds N] [PART]...`: contest instances, of which
//! the arguments choose those with one of these parts in their names, and nets of our own. In each
//! round the searches take turns: Spin (Debian: `spin`) on the net in Promela, then `pn` on one core
//! and on two. All have to find the same number of markings: a fast wrong answer is no result. The
//! best round of each counts, as other work on the machine only ever slows one down. Seconds are
//! of the clock and, after them, of the processor, which a busy machine distorts less.

// A benchmark is a terminal program: it prints.
#![allow(clippy::print_stdout)]

mod own_nets;
mod processor;
mod promela;
mod spin;

use pn_engines::{Run, explore::state_space};
use pn_net::Net;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

/// Contest instances with their numbers of reachable markings.
const CORPUS: [(&str, u64); 6] = [
    ("Kanban-PT-00005", 2_546_432),
    ("Peterson-PT-3", 3_407_946),
    ("SwimmingPool-PT-02", 3_408_031),
    ("CircadianClock-PT-000010", 644_204),
    ("LamportFastMutEx-PT-4", 1_914_784),
    ("EisenbergMcGuire-PT-04", 1_762_378),
];

/// What is wanted: so many times as fast as Spin, in at most so many bytes a marking, and on two
/// cores so many times as fast as on one.
const AGAINST_SPIN: f64 = 4.0;
const BYTES: f64 = 16.0;
const ON_TWO_CORES: f64 = 1.7;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::read()?;
    let spin = spin::Spin::find();
    processor::print_machine();
    match &spin {
        Some(spin) => println!("{}; {}; pan: -O3 -DSAFETY -DNOREDUCE", spin.version, spin.compiler),
        None => println!("spin or gcc is not installed and left out (apt-get install spin gcc)"),
    }
    println!("pn {}; best of {} rounds", env!("CARGO_PKG_VERSION"), options.rounds);
    let mut nets = Vec::new();
    match std::env::var("PN_CORPUS") {
        Ok(corpus) => {
            for (name, markings) in CORPUS.into_iter().filter(|(name, _)| options.wants(name)) {
                match load(&Path::new(&corpus).join(name).join("model.pnml")) {
                    Some(net) => nets.push((name, net, markings)),
                    None => println!("{name} is not in {corpus} and left out"),
                }
            }
        }
        Err(_) => println!("contest instances are left out: PN_CORPUS is not set"),
    }
    let from_corpus = nets.len();
    nets.extend(own_nets::all().into_iter().filter(|(name, ..)| options.wants(name)));
    println!(
        "\n{:<26}{:<10}{:>10}{:>12}{:>17}{:>13}{:>11}",
        "net", "search", "markings", "edges", "seconds (CPU)", "markings/s", "B/marking"
    );
    let mut compared = Vec::new();
    for (index, (name, net, markings)) in nets.iter().enumerate() {
        let measured = measure(name, net, *markings, spin.as_ref(), options.rounds)?;
        if index < from_corpus {
            compared.push(measured);
        }
    }
    if compared.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nover the {} contest instances:", compared.len());
    Ok(if summary(&compared) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the figures over all nets; whether they are what is wanted.
fn summary(compared: &[Measured]) -> bool {
    let mut is_met = true;
    let mut show = |what: &str, value: f64, wanted: f64, is_enough: bool| {
        is_met &= is_enough;
        let verdict = if is_enough { "met" } else { "MISSED" };
        println!("  {what}: {value:.2} (wanted: {wanted}, {verdict})");
    };
    let with_spin: Vec<(Figures, Figures)> =
        compared.iter().filter_map(|measured| Some((measured.one, measured.spin?))).collect();
    if !with_spin.is_empty() {
        let clock = geometric_mean(with_spin.iter().map(|(pn, spin)| spin.seconds / pn.seconds));
        show("one core, times as fast as Spin", clock, AGAINST_SPIN, clock >= AGAINST_SPIN);
        let cpu = geometric_mean(with_spin.iter().map(|(pn, spin)| spin.cpu / pn.cpu));
        println!("  the same by processor time: {cpu:.2}");
    }
    let mut bytes: Vec<f64> = compared.iter().map(|measured| measured.one.bytes_each()).collect();
    bytes.sort_by(f64::total_cmp);
    let median = f64::midpoint(bytes[(bytes.len() - 1) / 2], bytes[bytes.len() / 2]);
    show("bytes a marking, table included, median", median, BYTES, median <= BYTES);
    let two = geometric_mean(compared.iter().map(|measured| measured.one.seconds / measured.two.seconds));
    show("two cores, times as fast as one", two, ON_TWO_CORES, two >= ON_TWO_CORES);
    is_met
}

/// One search over all markings of a net.
#[derive(Clone, Copy, Debug)]
struct Figures {
    markings: u64,
    edges: u64,
    /// By the clock.
    seconds: f64,
    /// Of the processor.
    cpu: f64,
    bytes: u64,
}

impl Figures {
    fn bytes_each(&self) -> f64 {
        self.bytes as f64 / self.markings as f64
    }

    fn print(&self, net: &str, search: &str) {
        println!(
            "{net:<26}{search:<10}{:>10}{:>12}{:>8.2} ({:>6.2}){:>13.0}{:>11.1}",
            self.markings,
            self.edges,
            self.seconds,
            self.cpu,
            self.markings as f64 / self.seconds,
            self.bytes_each()
        );
    }
}

/// The best rounds on one net.
struct Measured {
    spin: Option<Figures>,
    one: Figures,
    two: Figures,
}

fn measure(
    name: &str,
    net: &Net,
    markings: u64,
    spin: Option<&spin::Spin>,
    rounds: usize,
) -> Result<Measured, Box<dyn Error>> {
    let pan = spin.map(|spin| spin.compile(net)).transpose()?;
    let (mut by_spin, mut by_one, mut by_two) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        if let Some(pan) = &pan {
            by_spin.push(pan.search()?);
        }
        by_one.push(search(net, NonZeroUsize::MIN)?);
        by_two.push(search(net, NonZeroUsize::new(2).expect("two is not zero"))?);
    }
    for figures in by_spin.iter().chain(&by_one).chain(&by_two) {
        if figures.markings != markings {
            return Err(format!("{name} has {markings} markings, not {}", figures.markings).into());
        }
    }
    let best = |all: &[Figures]| all.iter().copied().min_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let spin = best(&by_spin);
    let none = "at least one round is run";
    let measured = Measured { spin, one: best(&by_one).ok_or(none)?, two: best(&by_two).ok_or(none)? };
    if let Some(spin) = &measured.spin {
        spin.print(name, "Spin");
    }
    measured.one.print(name, "pn");
    measured.two.print(name, "pn, 2");
    Ok(measured)
}

fn search(net: &Net, threads: NonZeroUsize) -> Result<Figures, Box<dyn Error>> {
    let clock = processor::Clock::start();
    let space = state_space(net, &mut Run::unlimited().on_threads(threads))
        .map_err(|reason| format!("the search ended early: {reason:?}"))?;
    let (seconds, cpu) = clock.elapsed_here();
    Ok(Figures { markings: space.states, edges: space.edges, seconds, cpu, bytes: space.bytes })
}

fn load(path: &Path) -> Option<Net> {
    let bytes = std::fs::read(path).ok()?;
    pn_pnml::read(&bytes).document?.net().ok()
}

fn geometric_mean(ratios: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = ratios.len() as f64;
    (ratios.map(f64::ln).sum::<f64>() / count).exp()
}

struct Options {
    rounds: usize,
    parts: Vec<String>,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self { rounds: 3, parts: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rounds" => {
                    let rounds = arguments.next().ok_or("--rounds wants a number")?;
                    options.rounds = rounds.parse::<NonZeroUsize>()?.get();
                }
                // What cargo adds.
                "--bench" => {}
                unknown if unknown.starts_with('-') => return Err(format!("unknown option {unknown}").into()),
                part => options.parts.push(part.to_owned()),
            }
        }
        Ok(options)
    }

    fn wants(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| name.contains(part.as_str()))
    }
}
