//! `pn runs log`, `pn log`: everything that a run recorded, as it stands or as it comes.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::printable;
use crate::report::json;
use crate::runs_folder::{self, RunsFolder};
use crate::terminal::{BAD, GOOD, OPEN, Terminal, painted};
use anstyle::Style;
use pn_deployment::Outcome;
use pn_executor::machine::AttemptId;
use pn_executor::{Captured, ExecutorError, Journal, LogEntry, LogMark, OutputTail, RunState, StatusAttempt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a journal that grows is asked for more.
const POLL: Duration = Duration::from_millis(200);

/// Show everything that a run recorded: firings, notes, what commands wrote
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn log last
  pn log last --follow
  pn log 20260714-093005-k3x9 --lines 100 --json")]
pub(crate) struct Arguments {
    /// The run: its name, an unambiguous part of it, `last`, or its journal
    run: String,
    /// Go on with what is added, until the run is over
    #[arg(long, short)]
    follow: bool,
    /// How many lines of what each command wrote to show, of its end
    #[arg(long, value_name = "N", default_value_t = 5)]
    lines: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: RunsFolder,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let path = arguments.folder.journal(&arguments.run)?;
    let journal = match arguments.follow {
        true => runs_folder::open(&path)?,
        false => Journal::open_untouched(&path).map_err(|error| unreadable(&error))?,
    };
    let mut mark = LogMark::default();
    loop {
        // Looked at before the log is read, so that nothing is missed at the end.
        let state = journal.summary().map_err(|error| unreadable(&error))?.state;
        let entries = journal.log_after(&mut mark).map_err(|error| unreadable(&error))?;
        tell(arguments, terminal, &journal, &entries)?;
        match state {
            RunState::Running if arguments.follow => std::thread::sleep(POLL),
            _ => {
                end(arguments, terminal, state);
                return Ok(Exit::Success);
            }
        }
    }
}

fn unreadable(error: &ExecutorError) -> Failure {
    Failure::input(error.to_string())
}

fn tell(
    arguments: &Arguments,
    terminal: &Terminal,
    journal: &Journal,
    entries: &[LogEntry],
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let attempts = journal.attempts().map_err(|error| unreadable(&error))?;
    let attempts: BTreeMap<AttemptId, StatusAttempt> = attempts.into_iter().map(|a| (a.id, a)).collect();
    for entry in entries {
        let ended = entry.attempt.filter(|_| entry.word == "end" || entry.word == "frozen");
        let attempt = ended.and_then(|id| attempts.get(&id));
        let output = match attempt {
            Some(attempt) => journal.output(attempt.id).map_err(|error| unreadable(&error))?,
            None => OutputTail::default(),
        };
        match arguments.json {
            true => terminal.line(object(entry, attempt, &output)),
            false => print(terminal, entry, attempt, &output, arguments.lines),
        }
    }
    Ok(())
}

fn print(
    terminal: &Terminal,
    entry: &LogEntry,
    attempt: Option<&StatusAttempt>,
    output: &OutputTail,
    lines: usize,
) {
    let style = match entry.text.as_deref().and_then(Outcome::from_word) {
        Some(Outcome::Ok | Outcome::Same | Outcome::Diff) => GOOD,
        Some(Outcome::Failed | Outcome::Timeout) => BAD,
        Some(Outcome::Unknown | Outcome::Cancelled) => OPEN,
        None if matches!(entry.word.as_str(), "held" | "frozen") => BAD,
        None => Style::new(),
    };
    let message = attempt.and_then(|attempt| attempt.message.as_deref()).unwrap_or_default();
    let exit = attempt.and_then(|attempt| attempt.exit.as_deref()).filter(|exit| !message.contains(*exit));
    let parts = [
        entry.transition.as_deref().unwrap_or_default().to_owned(),
        entry.attempt.map(|id| format!("attempt {id}")).unwrap_or_default(),
        painted(style, printable(entry.text.as_deref().unwrap_or_default())),
        printable(message),
        exit.unwrap_or_default().to_owned(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let seconds = entry.at.as_secs_f64();
    terminal.line(format_args!("{seconds:>9.2} s  {:<10} {}", entry.word, parts.join(", ")));
    for (name, stream) in [("out", &output.stdout), ("err", &output.stderr)] {
        print_output(terminal, name, stream, lines);
    }
}

fn print_output(terminal: &Terminal, name: &str, stream: &Captured, most: usize) {
    let last = stream.last_lines(most);
    let all = stream.head.lines().count() + stream.tail.lines().count();
    if most > 0 && stream.dropped > 0 && last.len() < most {
        terminal.line(format_args!("{:>11}  {name} | ({} bytes were dropped before)", "", stream.dropped));
    } else if most > 0 && last.len() < all {
        terminal.line(format_args!("{:>11}  {name} | (earlier lines: --lines)", ""));
    }
    for line in last {
        terminal.line(format_args!("{:>11}  {name} | {}", "", printable(line)));
    }
}

fn object(entry: &LogEntry, attempt: Option<&StatusAttempt>, output: &OutputTail) -> Value {
    let mut value = json!({
        "at": entry.at.as_secs_f64(), "word": entry.word, "transition": entry.transition,
        "attempt": entry.attempt.map(|id| id.0), "text": entry.text,
    });
    if let Some(attempt) = attempt {
        value["message"] = attempt.message.clone().into();
        value["exit"] = attempt.exit.clone().into();
        value["stdout"] = json::captured(&output.stdout);
        value["stderr"] = json::captured(&output.stderr);
    }
    value
}

fn end(arguments: &Arguments, terminal: &Terminal, state: RunState) {
    if arguments.json {
        terminal.line(json!({ "word": "state", "state": super::state(state).1 }));
    } else if arguments.follow {
        let (style, word) = super::state(state);
        terminal.line(painted(style, word));
    }
}
