//! Speed of random walks: firings a second of the uniform choice on one core, nets of the contest.
//!
//! Measured is the loop of the engine itself, restarts and the record of what fired included. With
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
    println!("{:<34}{:>8}{:>12}{:>8}{:>15}", "net", "places", "transitions", "walks", "firings/s");
    let (mut logarithms, mut skipped) = (Vec::new(), 0);
    for name in NETS.into_iter().filter(|name| is_wanted(name)) {
        let Some(net) = load(&Path::new(&corpus).join(name).join("model.pnml")) else {
            println!("{name:<34}skipped: not in {corpus}");
            skipped += 1;
            continue;
        };
        let (walks, speed) = measure(&net);
        println!("{name:<34}{:>8}{:>12}{walks:>8}{:>15.0}", net.place_count(), net.transition_count(), speed);
        logarithms.push(speed.ln());
    }
    if !logarithms.is_empty() {
        let mean = (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp();
        println!("geometric mean of {} nets: {:.2} million firings/s", logarithms.len(), mean / 1e6);
    }
    if skipped > 0 {
        println!("{skipped} nets skipped");
    }
}

fn load(path: &Path) -> Option<Net> {
    let bytes = std::fs::read(path).ok()?;
    pn_pnml::read(&bytes).document?.net().ok()
}

/// How many walks there were, and the firings a second.
fn measure(net: &Net) -> (usize, f64) {
    let mut best = (Duration::MAX, 0, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let (firings, walks) = stroll(net, FIRINGS).expect("the weights are small");
        best = best.min((start.elapsed(), firings, walks));
    }
    let (time, firings, walks) = best;
    (walks, firings as f64 / time.as_secs_f64())
}
