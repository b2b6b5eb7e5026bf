//! `pn runs`: lists runs, shows one, writes it for other programs.

mod export;
pub(crate) mod log;

use super::resume::of_journal;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::printable;
use crate::report::figures::{grouped, lasting};
use crate::report::json;
use crate::report::listing::{MOST, joined, wrapped};
use crate::runs_folder::{self, RunsFolder};
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use anstyle::Style;
use pn_executor::machine::EndState;
use pn_executor::{ExecutorError, LogEntry, RunState, RunSummary, Status, StatusAttempt};
use pn_net::write_trace;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// List the runs, show what happened in one, or write it for other programs
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Examples:
  pn runs
  pn runs show last
  pn runs log last --follow
  pn runs export last --format xes > run.xes
  pn runs trace last > run.trace && pn check deploy.pnml --trace run.trace"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: ListArguments,
}

#[derive(clap::Subcommand)]
enum Verb {
    Show(ShowArguments),
    Trace(TraceArguments),
    Log(log::Arguments),
    Export(export::Arguments),
}

#[derive(clap::Args)]
struct ListArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: RunsFolder,
}

/// Show a run: where it stands, its attempts, its log
#[derive(clap::Args)]
struct ShowArguments {
    /// The run: its name, an unambiguous part of it, `last`, or its journal
    run: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: RunsFolder,
}

/// Write the firings of a run as a trace of the expanded net
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn runs trace last > run.trace
  pn simulate deploy.pnml --replay run.trace")]
struct TraceArguments {
    /// The run: its name, an unambiguous part of it, `last`, or its journal
    run: String,
    #[command(flatten)]
    folder: RunsFolder,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match &arguments.verb {
        None => list(&arguments.list, terminal),
        Some(Verb::Show(arguments)) => show(arguments, terminal),
        Some(Verb::Trace(arguments)) => trace(arguments, terminal),
        Some(Verb::Log(arguments)) => log::run(arguments, terminal),
        Some(Verb::Export(arguments)) => export::run(arguments, terminal),
    }
}

fn unreadable(error: &ExecutorError) -> Failure {
    Failure::input(error.to_string())
}

fn list(arguments: &ListArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let (runs, broken) = arguments.folder.runs()?;
    if arguments.json {
        let runs: Vec<RunData> = runs.iter().map(RunData::from).collect();
        terminal.text(json::text(&ListData { format: "pn runs 1", runs }));
    } else if runs.is_empty() {
        terminal.line(format_args!("no runs in {}", arguments.folder.path()?.display()));
    }
    for run in runs.iter().filter(|_| !arguments.json) {
        let (style, word) = state(run.state);
        let state = painted(style, format_args!("{word:<11}"));
        let firings = grouped(run.firings);
        let last = lasting(run.last);
        terminal.line(format_args!(
            "{}  {state} {firings:>7} firings, the last after {last:<12} {}{}",
            run.run,
            run.source,
            if run.rolled_back_by.is_some() { ", rolled back" } else { "" }
        ));
    }
    for error in &broken {
        terminal.note(format_args!("{} {error}", painted(OPEN, "warning:")));
    }
    Ok(Exit::Success)
}

const fn state(state: RunState) -> (Style, &'static str) {
    match state {
        RunState::Running => (STRONG, "running"),
        RunState::Interrupted => (OPEN, "interrupted"),
        RunState::Ended(EndState::Complete) => (GOOD, EndState::Complete.word()),
        RunState::Ended(EndState::Stopped) => (OPEN, EndState::Stopped.word()),
        RunState::Ended(end) => (BAD, end.word()),
    }
}

fn show(arguments: &ShowArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let journal = runs_folder::open(&arguments.folder.journal(&arguments.run)?)?;
    let status = journal.status().map_err(|error| unreadable(&error))?;
    let log = journal.log().map_err(|error| unreadable(&error))?;
    if arguments.json {
        terminal.text(json::text(&StatusData::new(&status, &log)));
        return Ok(Exit::Success);
    }
    let (summary, width) = (&status.summary, terminal.width());
    let (style, word) = state(summary.state);
    terminal.line(format_args!(
        "{} {}",
        painted(STRONG, format_args!("{}:", summary.run)),
        painted(style, word)
    ));
    terminal.line(format_args!("  made from    {}", summary.source));
    terminal.line(format_args!("  journal      {}", summary.path.display()));
    if let Some(original) = &summary.rolls_back {
        terminal.line(format_args!("  rolls back   {original}"));
    }
    if let Some(rollback) = &summary.rolled_back_by {
        terminal.line(format_args!("  rolled back  by {rollback}"));
    }
    let marked = status.marking.iter().map(|(place, tokens)| match tokens {
        1 => place.clone(),
        _ => format!("{} {place}", grouped(tokens)),
    });
    terminal.line(wrapped("  marked       ", &joined(marked, MOST), width));
    for attempt in status.in_flight() {
        terminal.line(format_args!("  in flight    {} (attempt {})", attempt.action, attempt.id));
    }
    for (transition, by) in &status.waiting {
        let command = format!("pn approve {} {transition}", summary.run);
        terminal.line(format_args!("  waits        {transition}, for {by} to approve: {command}"));
    }
    for (name, value) in &status.values {
        terminal.line(wrapped("  value        ", &format!("{name} = {}", printable(value)), width));
    }
    terminal.line("");
    for entry in &log {
        let transition = entry.transition.as_deref().unwrap_or_default();
        let text = entry.text.as_deref().map(printable).unwrap_or_default();
        let attempt = entry.attempt.map(|id| format!("attempt {id}")).unwrap_or_default();
        let parts = [transition, attempt.as_str(), text.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let seconds = entry.at.as_secs_f64();
        terminal.line(format_args!("{seconds:>9.2} s  {:<10} {}", entry.word, parts.join(", ")));
    }
    Ok(Exit::Success)
}

fn trace(arguments: &TraceArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let journal = runs_folder::open(&arguments.folder.journal(&arguments.run)?)?;
    let subject = of_journal(terminal, &journal)?;
    let trace = journal.trace(subject.net()).map_err(|error| unreadable(&error))?;
    terminal.text(write_trace(subject.net(), &trace));
    Ok(Exit::Success)
}

#[derive(Serialize)]
struct ListData {
    format: &'static str,
    runs: Vec<RunData>,
}

#[derive(Serialize)]
struct RunData {
    run: String,
    state: &'static str,
    source: String,
    journal: String,
    /// Seconds since 1970.
    created: f64,
    firings: u64,
    /// Seconds from the start of the run to its last firing.
    last: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rolls_back: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rolled_back_by: Option<String>,
}

impl From<&RunSummary> for RunData {
    fn from(run: &RunSummary) -> Self {
        Self {
            run: run.run.clone(),
            state: state(run.state).1,
            source: run.source.clone(),
            journal: run.path.display().to_string(),
            created: run.created.as_secs_f64(),
            firings: run.firings,
            last: run.last.as_secs_f64(),
            rolls_back: run.rolls_back.clone(),
            rolled_back_by: run.rolled_back_by.clone(),
        }
    }
}

#[derive(Serialize)]
struct StatusData {
    format: &'static str,
    #[serde(flatten)]
    run: RunData,
    marking: BTreeMap<String, u64>,
    attempts: Vec<AttemptData>,
    waiting: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    log: Vec<LogData>,
}

#[derive(Serialize)]
struct AttemptData {
    attempt: u64,
    transition: String,
    failures: u32,
    started: f64,
    ended: Option<f64>,
    result: Option<&'static str>,
    exit: Option<String>,
    message: Option<String>,
    frozen: Option<String>,
}

#[derive(Serialize)]
struct LogData {
    at: f64,
    word: String,
    transition: Option<String>,
    attempt: Option<u64>,
    text: Option<String>,
}

impl StatusData {
    fn new(status: &Status, log: &[LogEntry]) -> Self {
        let seconds = |time: Duration| time.as_secs_f64();
        let attempt = |attempt: &StatusAttempt| AttemptData {
            attempt: attempt.id.0,
            transition: attempt.action.clone(),
            failures: attempt.failures,
            started: seconds(attempt.started),
            ended: attempt.ended.map(|(at, _)| seconds(at)),
            result: attempt.ended.map(|(_, result)| result.word()),
            exit: attempt.exit.clone(),
            message: attempt.message.clone(),
            frozen: attempt.frozen.clone(),
        };
        let entry = |entry: &LogEntry| LogData {
            at: seconds(entry.at),
            word: entry.word.clone(),
            transition: entry.transition.clone(),
            attempt: entry.attempt.map(|id| id.0),
            text: entry.text.clone(),
        };
        Self {
            format: "pn run 1",
            run: (&status.summary).into(),
            marking: status.marking.clone(),
            attempts: status.attempts.iter().map(attempt).collect(),
            waiting: status.waiting.iter().cloned().collect(),
            values: status.values.clone(),
            log: log.iter().map(entry).collect(),
        }
    }
}
