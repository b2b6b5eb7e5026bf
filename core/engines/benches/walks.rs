//! Speed of random walks: firings a second of the uniform choice on one core, nets of the contest.
//!
//! Measured is the loop of the engine itself, restarts and the record of what fired included, by the
//! clock and by the time that the thread had a processor, which a busy machine distorts less. With
//! `PN_CORPUS` set to a folder of contest instances, ten of them. They were chosen by a rule: of
//! the 52 families at hand that have a place/transition instance of 50 to 5,000 transitions, in
//! the order of their names, every fifth from the first on; of these by turns the instance with
//! the fewest transitions and that with the most of such a number. Arguments choose nets by a part of their name.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use pn_engines::walk::stroll;
use pn_net::Net;
use std::path::Path;
use std::time::{Duration, Instant};

/// By the rule.
const NETS: [&str; 10] = [
    "AirplaneLD-PT-0010",
    "CANInsertWithFailure-PT-020",
    "CryptoMiner-PT-D20N100",
    "DiscoveryGPU-PT-15b",
    "HealthRecord-PT-01",
    "JoinFreeModules-PT-0500",
    "Parking-PT-104",
    "Planning-PT-none",
    "RingSingleMessageInMbox-PT-d0m005",
    "SquareGrid-PT-130613",
];

/// Firings of one measurement, and how many there are: the best counts, as other work on the
/// machine only ever slows one down. A tenth of a second each is long enough to measure and short
/// enough to be left alone now and then.
const FIRINGS: usize = 1_000_000;
const ROUNDS: usize = 25;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let Ok(corpus) = std::env::var("PN_CORPUS") else {
        println!("skipped: PN_CORPUS is not set to a folder of contest instances");
        return;
    };
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load {} at the start", averages.split(' ').next().unwrap_or("unknown"));
    println!(
        "{:<34}{:>8}{:>12}{:>8}{:>13}{:>13}",
        "net", "places", "transitions", "walks", "firings/s", "by CPU"
    );
    let (mut clock, mut processor, mut skipped) = (Mean::default(), Mean::default(), 0);
    for name in NETS.into_iter().filter(|name| is_wanted(name)) {
        let Some(net) = load(&Path::new(&corpus).join(name).join("model.pnml")) else {
            println!("{name:<34}skipped: not in {corpus}");
            skipped += 1;
            continue;
        };
        let Measured { walks, by_clock, by_processor } = measure(&net);
        println!(
            "{name:<34}{:>8}{:>12}{walks:>8}{by_clock:>13.0}{:>13.0}",
            net.place_count(),
            net.transition_count(),
            by_processor.unwrap_or(f64::NAN)
        );
        clock.add(by_clock);
        by_processor.into_iter().for_each(|speed| processor.add(speed));
    }
    clock.print("by the clock");
    processor.print("by processor time");
    if skipped > 0 {
        println!("{skipped} nets skipped");
    }
}

fn load(path: &Path) -> Option<Net> {
    let bytes = std::fs::read(path).ok()?;
    pn_pnml::read(&bytes).document?.net().ok()
}

/// How many walks there were, and the firings a second: in the best round by the clock, and in all
/// rounds by the time of the processor, which is told with some delay.
struct Measured {
    walks: usize,
    by_clock: f64,
    by_processor: Option<f64>,
}

fn measure(net: &Net) -> Measured {
    let mut measured = Measured { walks: 0, by_clock: 0.0, by_processor: None };
    let (mut all, before) = (0, busy());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let (firings, walks) = stroll(net, FIRINGS).expect("the weights are small");
        measured.walks = walks;
        measured.by_clock = measured.by_clock.max(firings as f64 / start.elapsed().as_secs_f64());
        all += firings;
    }
    let busy = before.zip(busy()).map(|(before, after)| after - before);
    measured.by_processor = busy.map(|busy| all as f64 / busy.as_secs_f64());
    measured
}

/// How long this thread has had a processor, as Linux tells.
fn busy() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// A geometric mean under way.
#[derive(Default)]
struct Mean {
    logarithms: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.logarithms += value.ln();
        self.count += 1;
    }

    fn print(&self, by: &str) {
        if self.count > 0 {
            let mean = (self.logarithms / self.count as f64).exp() / 1e6;
            println!("geometric mean of {} nets {by}: {mean:.2} million firings/s", self.count);
        }
    }
}
