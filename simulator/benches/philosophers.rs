//! Firings per second on rings of dining philosophers.

use divan::{Bencher, counter::ItemsCount};
use pn_net::Net;
use pn_simulator::{Settings, simulate};
use std::fmt::Write;
use std::ops::ControlFlow;

const STEPS: u64 = 100_000;

fn main() {
    divan::main();
}

/// Philosophers that take both forks at once, so that the ring never gets stuck.
fn ring(size: usize) -> Net {
    let mut text = String::new();
    for i in 0..size {
        writeln!(text, "think{i}(1) fork{i}(1)").expect("writing to a string succeeds");
    }
    for i in 0..size {
        let next = (i + 1) % size;
        writeln!(text, "take{i}: think{i} + fork{i} + fork{next} -> eat{i}").expect("as above");
        writeln!(text, "put{i}: eat{i} -> think{i} + fork{i} + fork{next}").expect("as above");
    }
    pn_testkit::net(&text)
}

#[divan::bench(args = [5, 100, 1000])]
fn uniform_firings(bencher: Bencher, size: usize) {
    let net = ring(size);
    let settings = Settings::new(1, STEPS);
    bencher
        .counter(ItemsCount::new(STEPS))
        .bench(|| simulate(&net, &settings, &mut |_| ControlFlow::Continue(())));
}
