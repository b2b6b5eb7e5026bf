//! How long the bookkeeping of many small actions takes: 1,000 times `/bin/true` in ten layers of a
//! hundred, by `pn run` with its journal on the disk, by `ninja`, and by `ansible-playbook`.
//!
//! `cargo xtask bench actions [--rounds N] [--jobs N] [--ansible-rounds N]`. The programs take turns
//! within one run; what is not installed is said and left out (Debian: `ninja-build`,
//! `ansible-core`). A layer begins when the one before it is done, in `ninja` by a phony target.
//! Ansible has one task for each action on localhost, without gathering facts; its tasks come one
//! after the other. `pn` runs `--unverified`: proving is measured elsewhere.

// A benchmark is a terminal program: it prints.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const LAYERS: usize = 10;
const WIDTH: usize = 100;

/// What the task asks for: at most so many times as long as `ninja`, at least so many times as
/// fast as `ansible-playbook`.
const AGAINST_NINJA: f64 = 1.5;
const AGAINST_ANSIBLE: f64 = 20.0;

struct Options {
    rounds: usize,
    ansible_rounds: usize,
    jobs: usize,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = options()?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("layers.pnml"), net())?;
    std::fs::write(folder.path().join("build.ninja"), ninja())?;
    std::fs::write(folder.path().join("playbook.yml"), playbook())?;
    let has = [("ninja", "ninja-build"), ("ansible-playbook", "ansible-core")].map(|(program, package)| {
        let is_there = Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !is_there {
            println!("{program} is not installed and left out (apt-get install {package})");
        }
        is_there
    });
    let (mut pn, mut ninja, mut ansible) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..options.rounds {
        if has[0] {
            ninja.push(run_ninja(folder.path(), options.jobs)?);
        }
        pn.push(run_pn(folder.path(), options.jobs)?);
        if has[1] && round < options.ansible_rounds {
            ansible.push(timed(Command::new("ansible-playbook").args(ANSIBLE), folder.path())?);
        }
        let last = |times: &[Duration]| times.last().map_or("-".into(), |time| seconds(*time));
        println!("round {}: pn {}, ninja {}, ansible {}", round + 1, last(&pn), last(&ninja), last(&ansible));
    }
    println!("{} actions, {} jobs, medians:", LAYERS * WIDTH, options.jobs);
    let ours = median(&mut pn);
    println!("  pn run            {}", seconds(ours));
    let mut is_met = true;
    if has[0] {
        let (theirs, fastest) = (median(&mut ninja), pn[0].as_secs_f64() / ninja[0].as_secs_f64());
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        is_met &= ratio <= AGAINST_NINJA;
        println!("  ninja             {}", seconds(theirs));
        println!(
            "pn takes {ratio:.2} times as long as ninja (fastest of each: {fastest:.2}); wanted: at most {AGAINST_NINJA}"
        );
    }
    if !ansible.is_empty() {
        let theirs = median(&mut ansible);
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        is_met &= ratio >= AGAINST_ANSIBLE;
        println!("  ansible-playbook  {}", seconds(theirs));
        println!("pn is {ratio:.0} times as fast as ansible-playbook; wanted: at least {AGAINST_ANSIBLE}");
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options { rounds: 5, ansible_rounds: 1, jobs: 10 };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let target = match &*name {
            "--rounds" => &mut options.rounds,
            "--ansible-rounds" => &mut options.ansible_rounds,
            "--jobs" => &mut options.jobs,
            // Cargo says so to every benchmark.
            "--bench" => continue,
            _ => return Err(format!("there is no option {name}").into()),
        };
        *target = arguments.next().ok_or_else(|| format!("{name} wants a number"))?.parse()?;
    }
    options.rounds = options.rounds.max(1);
    Ok(options)
}

fn run_pn(folder: &Path, jobs: usize) -> Result<Duration, Box<dyn Error>> {
    let runs = folder.join("runs");
    if runs.exists() {
        std::fs::remove_dir_all(&runs)?;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_pn"));
    command.args(["run", "layers.pnml", "--unverified", "--jobs", &jobs.to_string()]).env("PN_RUNS", runs);
    timed(&mut command, folder)
}

fn run_ninja(folder: &Path, jobs: usize) -> Result<Duration, Box<dyn Error>> {
    for record in [".ninja_log", ".ninja_deps"] {
        if folder.join(record).exists() {
            std::fs::remove_file(folder.join(record))?;
        }
    }
    timed(Command::new("ninja").args(["-j", &jobs.to_string()]), folder)
}

const ANSIBLE: [&str; 5] = ["-i", "localhost,", "-c", "local", "playbook.yml"];

fn timed(command: &mut Command, folder: &Path) -> Result<Duration, Box<dyn Error>> {
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let since = Instant::now();
    let status = command.status()?;
    let took = since.elapsed();
    match status.success() {
        true => Ok(took),
        false => Err(format!("{command:?}: {status}").into()),
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn actions() -> impl Iterator<Item = (usize, usize)> {
    (0..LAYERS).flat_map(|layer| (0..WIDTH).map(move |number| (layer, number)))
}

fn net() -> String {
    let (mut nodes, mut arcs) = (String::new(), String::new());
    let place = |id: String, tokens: usize| {
        format!("<place id=\"{id}\"><initialMarking><text>{tokens}</text></initialMarking></place>\n")
    };
    let mut arc = |source: &str, target: &str| {
        let id = arcs.len();
        let _ = writeln!(arcs, "<arc id=\"arc{id}\" source=\"{source}\" target=\"{target}\"/>");
    };
    let action = "<toolspecific tool=\"pn\" version=\"1\"><action kind=\"exec\">\
                  <param name=\"cmd\">/bin/true</param></action></toolspecific>";
    for (layer, number) in actions() {
        let name = format!("{layer}.{number}");
        nodes.push_str(&place(format!("ready.{name}"), usize::from(layer == 0)));
        nodes.push_str(&place(format!("done.{name}"), 0));
        let _ = writeln!(nodes, "<transition id=\"do.{name}\">{action}</transition>");
        arc(&format!("ready.{name}"), &format!("do.{name}"));
        arc(&format!("do.{name}"), &format!("done.{name}"));
        arc(&format!("done.{name}"), &format!("layer.{layer}"));
        if layer > 0 {
            arc(&format!("layer.{}", layer - 1), &format!("ready.{name}"));
        }
    }
    for layer in 0..LAYERS {
        let _ = writeln!(nodes, "<transition id=\"layer.{layer}\"/>");
    }
    nodes.push_str(&place("end".into(), 0));
    arc(&format!("layer.{}", LAYERS - 1), "end");
    format!(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n\
         <net id=\"layers\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n\
         <toolspecific tool=\"pn\" version=\"1\"><goal>tokens(end) = 1</goal></toolspecific>\n\
         <page id=\"page\">\n{nodes}{arcs}</page></net></pnml>\n"
    )
}

fn ninja() -> String {
    let mut text = "rule run\n  command = /bin/true\n".to_owned();
    for (layer, number) in actions() {
        let _ = match layer {
            0 => writeln!(text, "build do.{layer}.{number}: run"),
            _ => writeln!(text, "build do.{layer}.{number}: run | layer.{}", layer - 1),
        };
    }
    for layer in 0..LAYERS {
        let all: Vec<String> = (0..WIDTH).map(|number| format!("do.{layer}.{number}")).collect();
        let _ = writeln!(text, "build layer.{layer}: phony {}", all.join(" "));
    }
    let _ = writeln!(text, "default layer.{}", LAYERS - 1);
    text
}

fn playbook() -> String {
    let mut text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n".to_owned();
    for (layer, number) in actions() {
        let _ = writeln!(text, "    - name: do.{layer}.{number}\n      command: /bin/true");
    }
    text
}
