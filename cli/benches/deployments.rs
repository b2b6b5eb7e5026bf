//! How long the default questions about a large deployment take, and the check of the answers.
//!
//! `cargo xtask bench deployments [--rounds N] [--seed N]`. Deployments of 100, 1,000 and 10,000
//! files in ten layers, each of which reads what one to three files of the layer before have, under
//! any number of drifts and with a retry: `pn verify --faults any --certificate`, then `pn check`
//! of the certificate. Every question has to hold and every claim to be accepted. The same with
//! three locks, of one to three tokens, one of which each file takes while it is worked at.

// A benchmark is a terminal program: it prints.
#![allow(clippy::print_stdout)]

use pn_testkit::Dice;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const LAYERS: usize = 10;

/// Resources, locks, and what is wanted of the verification.
const SIZES: [(usize, usize, Option<Duration>); 5] = [
    (100, 0, Some(Duration::from_secs(1))),
    (1_000, 0, Some(Duration::from_secs(20))),
    (10_000, 0, None),
    (100, 3, Some(Duration::from_secs(1))),
    (1_000, 3, Some(Duration::from_secs(20))),
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut rounds, mut seed) = (3, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let target = match &*name {
            "--rounds" => &mut rounds,
            "--seed" => &mut seed,
            // Cargo says so to every benchmark.
            "--bench" => continue,
            _ => return Err(format!("there is no option {name}").into()),
        };
        *target = arguments.next().ok_or_else(|| format!("{name} wants a number"))?.parse::<u64>()?;
    }
    let folder = tempfile::tempdir()?;
    let mut is_met = true;
    println!("seed {seed}, medians of {rounds}:");
    println!(
        "{:>9}  {:>5}  {:>9}  {:>11}  {:>8}  {:>8}",
        "resources", "locks", "places", "transitions", "verify", "check"
    );
    for (resources, locks, wanted) in SIZES {
        std::fs::write(folder.path().join("fleet.pnml"), net(resources, locks, seed))?;
        let (mut verify, mut check, mut size) = (Vec::new(), Vec::new(), String::new());
        for _ in 0..rounds.max(1) {
            let options = ["verify", "fleet.pnml", "--faults", "any", "--certificate", "fleet.json"];
            let (took, said) = timed(folder.path(), &options)?;
            verify.push(took);
            size = said.lines().next().unwrap_or_default().to_owned();
            check.push(timed(folder.path(), &["check", "fleet.pnml", "fleet.json"])?.0);
        }
        let (verify, check) = (median(&mut verify), median(&mut check));
        let expanded = size.rsplit("expanded to ").next().unwrap_or_default().to_owned();
        let mut words = expanded.split_whitespace();
        let (places, transitions) = (words.next().unwrap_or("?"), words.nth(1).unwrap_or("?"));
        println!(
            "{resources:>9}  {locks:>5}  {places:>9}  {transitions:>11}  {:>6.2} s  {:>6.2} s{}",
            verify.as_secs_f64(),
            check.as_secs_f64(),
            wanted
                .map_or_else(String::new, |wanted| format!("  wanted: verify below {} s", wanted.as_secs()))
        );
        is_met &= wanted.is_none_or(|wanted| verify < wanted);
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `pn`, which has to succeed: everything holds, or is accepted.
fn timed(folder: &Path, arguments: &[&str]) -> Result<(Duration, String), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pn"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    let since = Instant::now();
    let output = command.output()?;
    let took = since.elapsed();
    let said = String::from_utf8(output.stdout)?;
    match output.status.success() {
        true => Ok((took, said)),
        false => Err(format!("{command:?}: {}\n{said}", output.status).into()),
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn net(resources: usize, locks: usize, seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let layers: Vec<Vec<usize>> = (0..LAYERS)
        .map(|layer| (0..resources).filter(|r| r * LAYERS / resources == layer).collect())
        .collect();
    let (mut nodes, mut arcs) = (String::new(), String::new());
    let mut arc = |source: &str, target: &str| {
        let id = arcs.len();
        let _ = writeln!(arcs, "<arc id=\"arc{id}\" source=\"{source}\" target=\"{target}\"/>");
    };
    for lock in 0..locks {
        let tokens = lock + 1;
        let _ = writeln!(
            nodes,
            "<place id=\"lock{lock}\"><initialMarking><text>{tokens}</text></initialMarking></place>"
        );
    }
    for (layer, number) in layers.iter().enumerate().flat_map(|(l, all)| all.iter().map(move |r| (l, *r))) {
        let mut reads: Vec<usize> = match layer.checked_sub(1).map(|before| &layers[before]) {
            Some(before) => (0..=dice.index(3)).map(|_| before[dice.index(before.len())]).collect(),
            None => Vec::new(),
        };
        reads.sort_unstable();
        reads.dedup();
        let (todo, kept, name) = (format!("r{number}.todo"), format!("r{number}.kept"), format!("r{number}"));
        let declared: String = reads.iter().map(|read| format!("<reads ref=\"r{read}.kept\"/>")).collect();
        let _ = writeln!(
            nodes,
            "<place id=\"{todo}\"><initialMarking><text>1</text></initialMarking></place><place id=\"{kept}\"/>\
             <transition id=\"{name}\"><toolspecific tool=\"pn\" version=\"1\"><action kind=\"file\">\
             <param name=\"path\">/tmp/pn-fleet/{number}</param><param name=\"content\">{number}</param></action>\
             <timeout>10s</timeout><retry max=\"2\" first=\"1s\" factor=\"2\" cap=\"4s\"/>{declared}\
             </toolspecific></transition>"
        );
        arc(&todo, &name);
        arc(&name, &kept);
        if let Some(lock) = number.checked_rem(locks) {
            arc(&format!("lock{lock}"), &name);
            arc(&name, &format!("lock{lock}"));
        }
        for read in reads {
            arc(&format!("r{read}.kept"), &name);
            arc(&name, &format!("r{read}.kept"));
        }
    }
    let kept: Vec<String> = (0..resources).map(|number| format!("r{number}.kept")).collect();
    format!(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n\
         <net id=\"fleet\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n\
         <toolspecific tool=\"pn\" version=\"1\"><goal>tokens({}) = {resources}</goal></toolspecific>\n\
         <page id=\"page\">\n{nodes}{arcs}</page></net></pnml>\n",
        kept.join(", ")
    )
}
