//! Runs the fault simulator: `--seed N` tells one run, `--seeds N` looks for a seed that breaks a
//! property.

// A terminal program prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use pn_faultsim::{Log, simulate};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: cargo xtask faults --seed N
       cargo xtask faults --seeds N [--first N] [--jobs N]

  --seed N    tells the run of this seed, event by event
  --seeds N   runs so many seeds and stops at one that breaks a property
  --first N   the first of them; 0 unless told
  --jobs N    how many run at the same time; 2 unless told
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match task(&arguments) {
        Some(Task::Tell(seed)) => tell(seed),
        Some(Task::Search { first, seeds, jobs }) => search(first, seeds, jobs),
        None => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

enum Task {
    Tell(u64),
    Search { first: u64, seeds: u64, jobs: u64 },
}

fn task(arguments: &[String]) -> Option<Task> {
    let [mut seed, mut seeds, mut first, mut jobs] = [None; 4];
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        let slot = match name.as_str() {
            "--seed" => &mut seed,
            "--seeds" => &mut seeds,
            "--first" => &mut first,
            "--jobs" => &mut jobs,
            _ => return None,
        };
        if slot.replace(value.parse::<u64>().ok()?).is_some() {
            return None;
        }
    }
    match (seed, seeds, first, jobs) {
        (Some(seed), None, None, None) => Some(Task::Tell(seed)),
        (None, Some(seeds), first, jobs) => {
            let (first, jobs) = (first.unwrap_or(0), jobs.unwrap_or(2));
            first.checked_add(seeds)?;
            (1..=256).contains(&jobs).then_some(Task::Search { first, seeds, jobs })
        }
        _ => None,
    }
}

fn tell(seed: u64) -> ExitCode {
    match simulate(seed, None, Log::Kept) {
        Ok(figures) => {
            figures.log.iter().for_each(|line| println!("{line}"));
            let (end, firings, crashes) = (figures.end.word(), figures.firings, figures.crashes);
            println!("seed {seed}: {end} after {firings} firings and {crashes} crashes");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            failure.log.iter().for_each(|line| println!("{line}"));
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn search(first: u64, seeds: u64, jobs: u64) -> ExitCode {
    let (next, end) = (AtomicU64::new(first), first + seeds);
    let (firings, crashes) = (AtomicU64::new(0), AtomicU64::new(0));
    let found = Mutex::new(None);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    match simulate(seed, None, Log::Dropped) {
                        Ok(figures) => {
                            firings.fetch_add(figures.firings as u64, Ordering::Relaxed);
                            crashes.fetch_add(u64::from(figures.crashes), Ordering::Relaxed);
                        }
                        Err(failure) => {
                            next.store(end, Ordering::Relaxed);
                            *found.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(failure);
                        }
                    }
                }
            });
        }
        let mut told = begun;
        while next.load(Ordering::Relaxed) < end {
            std::thread::sleep(Duration::from_millis(20));
            if told.elapsed() >= Duration::from_secs(5) {
                told = Instant::now();
                let done = next.load(Ordering::Relaxed).min(end) - first;
                let rate = done as f64 / begun.elapsed().as_secs_f64();
                eprintln!("{done} of {seeds} seeds, {rate:.0} seeds/s");
            }
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    match found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(failure) => {
            println!("{failure}\n`cargo xtask faults --seed {}` tells its run", failure.seed);
            ExitCode::FAILURE
        }
        None => {
            let (firings, crashes) = (firings.into_inner(), crashes.into_inner());
            let rate = seeds as f64 / seconds;
            println!(
                "{seeds} seeds in {seconds:.1} s ({rate:.0} seeds/s): {firings} firings, {crashes} crashes, \
                 no property broken"
            );
            ExitCode::SUCCESS
        }
    }
}
