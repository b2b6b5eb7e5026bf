//! `pn simulate`: seeded random runs, and the replay of a recorded one.

use crate::assumed::Assumed;
use crate::commands::check::refused;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::reading;
use crate::report::figures::{counted, grouped};
use crate::report::{json, steps};
use crate::subject::{Standing, Subject};
use crate::terminal::{BAD, GOOD, OPEN, Terminal, painted};
use pn_net::write_trace;
use pn_simulator::{Progress, Recording, Replay, Run, Settings, Stop, Summary, replicate};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Fire randomly chosen transitions, or step through a recorded run
///
/// The same net, options and seed give the same run. A deployment is simulated in its expanded
/// form, so that failures, retries and interruptions happen as well.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn simulate deploy.pnml
  pn simulate deploy.pnml --seed 42 --until 'tokens(app.up) = 2' --trace run.trace
  pn simulate deploy.pnml --runs 1000 --steps 5000
  pn simulate deploy.pnml --replay run.trace

Exit status: 0 the runs ended as asked · 1 --until was not reached, or the trace cannot be replayed
             2 bad usage or input · 3 stopped")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// End a run after so many firings
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    steps: u64,
    /// Where the random choices come from; another one each time unless given
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// How many runs to make, with seeds derived from the first
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// End a run as soon as this formula holds, such as 'tokens(done) >= 1'
    #[arg(long, value_name = "FORMULA")]
    until: Option<String>,
    /// Write the run to this file, one transition a line
    #[arg(long, value_name = "OUT", conflicts_with = "runs")]
    trace: Option<PathBuf>,
    /// Step through this recorded run instead
    #[arg(long, value_name = "TRACE", conflicts_with_all = ["steps", "seed", "runs", "until", "trace"])]
    replay: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    assumed: Assumed,
}

/// A single run that is this short is printed step by step.
const PRINTED: u64 = 2_000;

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::assuming(terminal, &arguments.file, arguments.assumed)?;
    if let Some(path) = &arguments.replay {
        return step_through(arguments, terminal, &subject, path);
    }
    let until = arguments.until.as_ref().map(|text| reading::formula(subject.net(), text)).transpose()?;
    let seed = arguments.seed.unwrap_or_else(some_seed);
    let recorded = arguments.runs == 1 && (arguments.trace.is_some() || arguments.steps <= PRINTED);
    let settings = Settings {
        until,
        recording: if recorded { Recording::Trace } else { Recording::Counts },
        ..Settings::new(seed, arguments.steps)
    };

    let cancelled = Interrupt::awaited();
    let mut line = terminal.progress();
    let mut finished = 0_u32;
    let mut summary = Summary::default();
    let mut last = None;
    let mut monitor = |progress: Progress| {
        line.show(|| format!("{} of {} steps", grouped(progress.steps), grouped(progress.max_steps)));
        match cancelled.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    for run in replicate(subject.net(), &settings, arguments.runs, &mut monitor) {
        finished += 1;
        summary.add(&run);
        last = Some(run);
    }
    drop(line);
    let Some(run) = last else { return Err(Failure::input("no run was made")) };
    if let (Some(path), Some(trace)) = (&arguments.trace, &run.trace) {
        let text = write_trace(subject.net(), trace);
        std::fs::write(path, text).map_err(|error| Failure::writing(path, &error))?;
    }
    let exit = if summary.cancelled > 0 {
        Exit::Undecided
    } else if arguments.until.is_some() && summary.reached < u64::from(finished) {
        Exit::Fails
    } else {
        Exit::Success
    };
    match (arguments.json, arguments.runs) {
        (true, _) => terminal.text(json::text(&data(&subject, seed, &summary, &run, exit))),
        (false, 1) => print_run(terminal, &subject, &run),
        (false, _) => print_summary(terminal, &subject, seed, &summary),
    }
    Ok(exit)
}

/// A seed that differs from call to call.
fn some_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let nanos = u64::from(now.subsec_nanos());
    (now.as_secs() << 20 ^ nanos ^ u64::from(std::process::id()) << 32) & 0xffff_ffff
}

fn print_run(terminal: &Terminal, subject: &Subject, run: &Run) {
    terminal.line(format_args!("seed {}", run.seed));
    if let Some(trace) = &run.trace {
        terminal.text(steps::numbered(subject, trace, 1, "  "));
    }
    let (style, end) = ending(subject, run);
    let count = counted(usize::try_from(run.steps).unwrap_or(usize::MAX), "step");
    terminal.line(format_args!("{count}: {}", painted(style, end)));
    terminal.line(steps::marked(subject, "marked: ", &run.last, terminal.width()));
}

fn ending(subject: &Subject, run: &Run) -> (anstyle::Style, String) {
    match &run.stop {
        Stop::Steps => (OPEN, "as many as asked for; it could go on".into()),
        Stop::Dead => match subject.standing(&run.last) {
            Standing::Goal => (GOOD, "the goal; nothing can happen any more".into()),
            Standing::Failure => (BAD, "a declared failure; nothing can happen any more".into()),
            Standing::Dead | Standing::Open => (OPEN, "nothing can happen any more".into()),
        },
        Stop::Reached => (GOOD, "the formula holds".into()),
        Stop::Fired => (GOOD, "the transition has fired".into()),
        Stop::Cancelled => (OPEN, "stopped".into()),
        Stop::Overflow(transition, place) => {
            let (step, place) = (subject.step(*transition), subject.place(*place));
            (BAD, format!("after `{step}` `{place}` would hold more than 2^63 - 1 tokens"))
        }
    }
}

fn print_summary(terminal: &Terminal, subject: &Subject, seed: u64, summary: &Summary) {
    terminal.line(format_args!("seed {seed}, {} runs", grouped(summary.runs)));
    let endings = [
        (summary.reached, "reached the formula"),
        (summary.dead, "ended where nothing can happen any more"),
        (summary.steps, "went on to the last step"),
        (summary.overflow, "ended because a place would overflow"),
        (summary.cancelled, "were stopped"),
    ];
    for (count, ending) in endings.into_iter().filter(|(count, _)| *count > 0) {
        terminal.line(format_args!("{:>12} {ending}", grouped(count)));
    }
    terminal.line(format_args!(
        "steps: {} to {}, {:.1} on average",
        grouped(summary.shortest),
        grouped(summary.longest),
        summary.mean_steps()
    ));
    let never: Vec<String> = subject
        .net()
        .transitions()
        .filter(|t| summary.firings.get(t.index()).is_none_or(|count| *count == 0))
        .map(|t| format!("`{}`", subject.step(t)))
        .collect();
    if !never.is_empty() {
        let list = crate::report::listing::joined(never, crate::report::listing::MOST);
        terminal.line(crate::report::listing::wrapped("never fired: ", &list, terminal.width()));
    }
}

fn step_through(
    arguments: &Arguments,
    terminal: &Terminal,
    subject: &Subject,
    path: &Path,
) -> Result<Exit, Failure> {
    let net = subject.net();
    let trace = reading::trace(net, path)?;
    let mut replay = Replay::new(net, net.initial().clone(), &trace);
    let width = terminal.width();
    let mut taken = Vec::new();
    let show = |text: String| {
        if !arguments.json {
            terminal.line(text);
        }
    };
    show(steps::marked(subject, "     ", replay.marking(), width));
    let end = loop {
        match replay.forward() {
            Ok(Some(transition)) => {
                show(format!("{:>3}. {}", grouped(replay.position()), subject.step(transition)));
                show(steps::marked(subject, "     ", replay.marking(), width));
                taken.push(Step {
                    transition: net.transition_name(transition).to_owned(),
                    step: subject.step(transition),
                    marking: json::marking(net, replay.marking()),
                });
            }
            Ok(None) => break None,
            Err(error) => break Some(refused(subject, &trace, &error)),
        }
    };
    let exit = if end.is_none() { Exit::Success } else { Exit::Fails };
    if arguments.json {
        let data = ReplayData {
            format: "pn replay 1",
            file: subject.name.clone(),
            exit: exit.status(),
            initial: json::marking(net, net.initial()),
            steps: taken,
            why: end,
        };
        terminal.text(json::text(&data));
    } else if let Some(why) = end {
        terminal.line(painted(BAD, why));
    }
    Ok(exit)
}

#[derive(Serialize)]
struct Step {
    transition: String,
    step: String,
    marking: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct ReplayData {
    format: &'static str,
    file: String,
    exit: u8,
    initial: BTreeMap<String, u64>,
    steps: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    expanded: json::NetFigures,
    seed: u64,
    exit: u8,
    runs: u64,
    ended: BTreeMap<&'static str, u64>,
    shortest: u64,
    longest: u64,
    mean: f64,
    firings: BTreeMap<String, u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Vec<String>>,
    last: BTreeMap<String, u64>,
}

fn data(subject: &Subject, seed: u64, summary: &Summary, run: &Run, exit: Exit) -> Data {
    let net = subject.net();
    let firings = net.transitions().zip(&summary.firings);
    Data {
        format: "pn simulate 1",
        file: subject.name.clone(),
        expanded: net.into(),
        seed,
        exit: exit.status(),
        runs: summary.runs,
        ended: BTreeMap::from([
            ("steps", summary.steps),
            ("dead", summary.dead),
            ("reached", summary.reached),
            ("overflow", summary.overflow),
            ("cancelled", summary.cancelled),
        ]),
        shortest: summary.shortest,
        longest: summary.longest,
        mean: summary.mean_steps(),
        firings: firings.map(|(t, count)| (net.transition_name(t).to_owned(), *count)).collect(),
        run: run.trace.as_ref().map(|trace| json::names(net, trace)),
        last: json::marking(net, &run.last),
    }
}
