//! A run as it goes on: Ctrl-C on its way in, events on their way out, as lines or as a live view.

mod board;
mod data;
mod picture;
mod screen;
mod teller;
mod view;
mod words;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::observe::{self, Observers};
use crate::over_ssh::OverSsh;
use crate::subject::Subject;
use crate::terminal::Terminal;
use crossbeam_channel::{Receiver, Sender, unbounded};
use pn_executor::{Captured, Control, ExecutorError, Hosts, RunEvent, RunReport, Settings};
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::time::Instant;
use teller::{Form, Teller};

pub(crate) use board::{Board, Counts};

/// How a run is run, from the command line.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Manner {
    /// How many actions run at the same time
    #[arg(long, value_name = "N", default_value = "10")]
    jobs: NonZeroUsize,
    /// Run the actions of all hosts on this one
    #[arg(long, conflicts_with = "local")]
    all_local: bool,
    /// Hosts of the deployment that are this one, separated by commas
    #[arg(long, value_name = "HOSTS", value_delimiter = ',')]
    local: Vec<String>,
    #[command(flatten)]
    over_ssh: OverSsh,
    /// Tell it line by line, on a terminal as well
    #[arg(long)]
    plain: bool,
    /// Print one JSON object a line
    #[arg(long, conflicts_with = "plain")]
    pub(crate) json: bool,
    #[command(flatten)]
    observers: observe::Observation,
}

impl Manner {
    /// The executor's settings. The keeper of a run is this program.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::input(format!("this program cannot find itself: {error}")))?;
        let mut settings = Settings::new(vec![program.into_os_string(), OsString::from("__keeper")]);
        settings.jobs = self.jobs;
        settings.hosts = match self.all_local {
            true => Hosts::AllLocal,
            false => self.over_ssh.hosts(&self.local),
        };
        settings.environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        settings.tool_version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(settings)
    }
}

/// The channel on which each Ctrl-C (or SIGTERM) asks the run to stop.
fn stops() -> (Sender<Control>, Receiver<Control>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let (sender, receiver) = unbounded();
    let mut signals =
        signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).expect("interrupts can be handled");
    let heard = sender.clone();
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if heard.send(Control::Stop).is_err() {
                break;
            }
        }
    });
    (sender, receiver)
}

/// Who is told of a run's events while it goes on.
type Observer<'a> = dyn FnMut(&RunEvent) + 'a;

/// Runs a deployment by `run`, tells what happens, and gives the exit status.
pub(crate) fn attend(
    terminal: &Terminal,
    subject: &Subject,
    manner: &Manner,
    run: impl FnOnce(&mut Observer<'_>, Receiver<Control>) -> Result<RunReport, ExecutorError>,
) -> Result<Exit, Failure> {
    let since = Instant::now();
    let mut observers = Observers::new(&manner.observers, subject, terminal)?;
    let (stop, control) = stops();
    let form = if manner.json { Form::Json } else { Form::Words };
    let mut teller = Teller::new(terminal, subject, form, since);
    if manner.plain || manner.json || !screen::is_possible() {
        let mut tell = |event: &RunEvent| {
            observers.tell(event);
            teller.tell(event, since.elapsed());
        };
        let ended = run(&mut tell, control);
        observers.end(terminal);
        return teller.end(ended);
    }
    let (ended, board) = std::thread::scope(|scope| {
        let (sender, events) = unbounded();
        let shown = scope.spawn(move || screen::show(subject, since, &events, &stop));
        let mut tell = |event: &RunEvent| {
            observers.tell(event);
            // The view is gone only when it panicked; the run goes on.
            let _ = sender.send((since.elapsed(), event.clone()));
        };
        let ended = run(&mut tell, control);
        drop(sender);
        (ended, shown.join().ok().flatten())
    });
    if let Some(board) = &board {
        teller.sum_up(board);
    }
    observers.end(terminal);
    teller.end(ended)
}

/// Text of others without what would move the cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The end of what a command wrote, fit for a terminal: few lines, none long, nothing binary.
fn last_lines(captured: &Captured) -> Vec<String> {
    const LONGEST: usize = 200;
    let characters = || captured.head.chars().chain(captured.tail.chars());
    let odd = characters().filter(|c| c.is_control() && !c.is_whitespace() || *c == '\u{fffd}').count();
    if odd > characters().count() / 10 {
        return vec!["(binary)".to_owned()];
    }
    let shortened = |line: &str| match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", printable(&line[..end])),
        None => printable(line),
    };
    captured.last_lines(5).into_iter().map(shortened).collect()
}

/// An error of the executor with all its details.
pub(crate) fn executor_failure(subject: &Subject, error: &ExecutorError) -> Failure {
    let failure = |text: String| Failure::input(text);
    match error {
        ExecutorError::Problems(problems) => {
            let mut text = format!("{} cannot be run:", subject.name);
            for problem in problems {
                let at = match problem.transition {
                    Some(transition) => format!("`{}`: ", subject.net().transition_name(transition)),
                    None => String::new(),
                };
                text.push_str(&format!("\n  {at}{}", problem.what));
            }
            failure(text)
        }
        ExecutorError::Locked { .. } => failure(error.to_string()).hint("wait for it, or stop that process"),
        ExecutorError::OtherDeployment { .. } => failure(error.to_string())
            .hint("the file in the journal reads differently now: another version of pn made the run"),
        _ => failure(error.to_string()),
    }
}
