//! `pn runs export`: a run for other programs, as a firing sequence, JSON, or an event log.

mod events;
mod xes;

use super::StatusData;
use crate::commands::resume::of_journal;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::json;
use crate::runs_folder::RunsFolder;
use crate::terminal::Terminal;
use events::{Event, events};
use pn_executor::{ExecutorError, Journal};
use pn_net::write_trace;
use serde::Serialize;
use std::collections::BTreeMap;

/// Write runs for other programs: a firing sequence, JSON, or an event log
///
/// An event log (xes, csv) may hold several runs, one case each, as tools for process mining want it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn runs export last > run.trace
  pn runs export last --format json
  pn runs export 20260714 20260715 --format xes > rollouts.xes")]
pub(super) struct Arguments {
    /// The runs: names, unambiguous parts of them, `last`, or journals
    #[arg(required = true)]
    runs: Vec<String>,
    /// The form: trace, for `pn check` and `pn simulate`; xes is IEEE 1849
    #[arg(long, value_enum, default_value = "trace")]
    format: Format,
    #[command(flatten)]
    folder: RunsFolder,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Trace,
    Json,
    Xes,
    Csv,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let unreadable = |error: ExecutorError| Failure::input(error.to_string());
    let open = |run: &String| Journal::open_untouched(&arguments.folder.journal(run)?).map_err(unreadable);
    let journals = arguments.runs.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    match (arguments.format, &journals[..]) {
        (Format::Trace, [journal]) => {
            let subject = of_journal(terminal, journal)?;
            let trace = journal.trace(subject.net()).map_err(unreadable)?;
            terminal.text(write_trace(subject.net(), &trace));
        }
        (Format::Json, [journal]) => terminal.text(json::text(&whole(journal).map_err(unreadable)?)),
        (Format::Trace | Format::Json, _) => {
            return Err(Failure::input("this format holds one run").hint("xes and csv hold several"));
        }
        (Format::Xes | Format::Csv, _) => {
            let mut cases = Vec::new();
            for journal in &journals {
                cases.push(events(&of_journal(terminal, journal)?, journal).map_err(unreadable)?);
            }
            match arguments.format {
                Format::Csv => terminal.text(csv(&cases)),
                _ => terminal.text(xes::document(&cases)),
            }
        }
    }
    Ok(Exit::Success)
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    run: StatusData,
    parameters: BTreeMap<String, String>,
    /// What each attempt wrote, by number.
    output: BTreeMap<u64, serde_json::Value>,
}

fn whole(journal: &Journal) -> Result<Whole, ExecutorError> {
    let (status, log) = (journal.status()?, journal.log()?);
    let mut output = BTreeMap::new();
    for attempt in &status.attempts {
        let written = journal.output(attempt.id)?;
        let written = serde_json::json!({
            "stdout": json::captured(&written.stdout), "stderr": json::captured(&written.stderr),
        });
        output.insert(attempt.id.0, written);
    }
    Ok(Whole { run: StatusData::new(&status, &log), parameters: journal.source()?.parameters, output })
}

/// A table with a row for each event (RFC 4180).
fn csv(cases: &[(String, Vec<Event>)]) -> String {
    let mut text =
        String::from("case,activity,timestamp,lifecycle,resource,transition,cause,attempt,result\r\n");
    for (case, events) in cases {
        for event in events {
            let attempt = event.attempt.map(|id| id.to_string()).unwrap_or_default();
            let fields = [
                case,
                &event.activity,
                &event.time,
                event.lifecycle,
                event.resource.as_deref().unwrap_or_default(),
                &event.transition,
                &event.cause,
                &attempt,
                event.result.as_deref().unwrap_or_default(),
            ];
            text.push_str(&fields.map(field).join(","));
            text.push_str("\r\n");
        }
    }
    text
}

fn field(text: &str) -> String {
    match text.contains(['"', ',', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
