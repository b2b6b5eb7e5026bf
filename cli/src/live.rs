//! A run as it goes on: Ctrl-C on its way in, events on their way out, one line each.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::figures::lasting;
use crate::report::{json, steps};
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use anstyle::Style;
use crossbeam_channel::{Receiver, unbounded};
use pn_deployment::{Outcome, Role};
use pn_executor::machine::EndState;
use pn_executor::{
    Captured, Control, ExecutorError, Hosts, Recovered, Report, RunEvent, RunReport, Settings, StopKind,
    freeze_in_words, refusal_in_words,
};
use pn_net::TransitionId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::time::Instant;

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
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

impl Manner {
    /// The executor's settings. The supervisor of an attempt is this program.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::input(format!("this program cannot find itself: {error}")))?;
        let mut settings = Settings::new(vec![program.into_os_string(), OsString::from("__supervise")]);
        settings.jobs = self.jobs;
        settings.hosts = match self.all_local {
            true => Hosts::AllLocal,
            false => Hosts::Local(self.local.iter().cloned().collect::<BTreeSet<_>>()),
        };
        settings.environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        settings.tool_version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(settings)
    }
}

/// The channel on which each Ctrl-C (or SIGTERM) asks the run to stop.
pub(crate) fn stops() -> Receiver<Control> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let (sender, receiver) = unbounded();
    let mut signals =
        signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).expect("interrupts can be handled");
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if sender.send(Control::Stop).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Tells what happens in a run.
pub(crate) struct Teller<'a> {
    terminal: &'a Terminal,
    subject: &'a Subject,
    since: Instant,
    json: bool,
    run: String,
    approved: BTreeSet<TransitionId>,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(terminal: &'a Terminal, subject: &'a Subject, manner: &Manner) -> Self {
        Self {
            terminal,
            subject,
            since: Instant::now(),
            json: manner.json,
            run: String::new(),
            approved: BTreeSet::new(),
        }
    }

    /// Tells one event.
    pub(crate) fn tell(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Began { run, .. } => self.run.clone_from(run),
            RunEvent::Approved { transition, .. } => _ = self.approved.insert(*transition),
            _ => {}
        }
        match self.json {
            true => self.terminal.line(self.data(event)),
            false => self.words(event),
        }
    }

    fn line(&self, style: Style, word: &str, text: &str) {
        let seconds = self.since.elapsed().as_secs_f64();
        self.terminal
            .line(format_args!("{seconds:>9.2} s  {} {text}", painted(style, format_args!("{word:<9}"))));
    }

    fn name(&self, transition: TransitionId) -> &str {
        self.subject.net().transition_name(transition)
    }

    fn words(&self, event: &RunEvent) {
        match event {
            RunEvent::Began { run, journal, fencing, .. } => {
                let verb = if *fencing > 1 { "goes on" } else { "begins" };
                self.terminal.line(format_args!("run {} {verb}", painted(STRONG, run)));
                self.terminal.line(format_args!("journal {}", journal.display()));
            }
            RunEvent::Recovered { attempt, how } => {
                self.line(OPEN, "recovers", &format!("{}: {}", self.name(attempt.action), recovered(*how)));
            }
            RunEvent::Fired { transition } => self.line(Style::new(), "fires", self.name(*transition)),
            RunEvent::Started { attempt, .. } => {
                let nth = match attempt.failures + attempt.interruptions {
                    0 => String::new(),
                    before => format!(" (attempt {})", before + 1),
                };
                self.line(Style::new(), "starts", &format!("{}{nth}", self.name(attempt.action)));
            }
            RunEvent::Differs { attempt, what, .. } => {
                let text = format!("{}: {}", self.name(attempt.action), printable(what));
                self.line(Style::new(), "applies", &text);
            }
            RunEvent::Ended { attempt, report, took, .. } => {
                let style = match report.result {
                    Outcome::Ok | Outcome::Same | Outcome::Diff => GOOD,
                    Outcome::Failed | Outcome::Timeout => BAD,
                    Outcome::Unknown | Outcome::Cancelled => OPEN,
                };
                let message = message(report);
                let text = format!("{} after {}{message}", self.name(attempt.action), lasting(*took));
                self.line(style, report.result.word(), &text);
                self.output(report);
            }
            RunEvent::RetryIn { action, pause } => {
                self.line(OPEN, "retries", &format!("{} in {}", self.name(*action), lasting(*pause)));
            }
            RunEvent::Waiting { transition } => {
                let by = match self.subject.deployment().role(*transition) {
                    Role::Approval { by } => by.as_str(),
                    _ => "",
                };
                let name = self.name(*transition);
                let text = format!("{name}, for {by} to approve: pn approve {} {name}", self.run);
                self.line(OPEN, "waits", &text);
            }
            RunEvent::WaitingEnded { transition } if self.approved.contains(transition) => {}
            RunEvent::WaitingEnded { transition } => {
                self.line(
                    Style::new(),
                    "withdrawn",
                    &format!("{} need not be approved any more", self.name(*transition)),
                );
            }
            RunEvent::Approved { transition, who } => {
                self.line(GOOD, "approved", &format!("{} by {who}", self.name(*transition)));
            }
            RunEvent::Held { transition, why } => {
                let why = refusal_in_words(self.subject.deployment(), *why);
                self.line(BAD, "held", &format!("{}: {why}", self.name(*transition)));
            }
            RunEvent::Frozen { attempt, report, why } => {
                let why = freeze_in_words(self.subject.deployment(), *why);
                let (name, result) = (self.name(attempt.action), report.result.word());
                self.line(BAD, "frozen", &format!("{name} ended {result}{}; {why}", message(report)));
                self.output(report);
            }
            RunEvent::StopRequested { how, running } => {
                let text = match (how, running) {
                    (_, 0) => "nothing is running".to_owned(),
                    (StopKind::Drain, running) => {
                        format!("nothing new starts, {running} running; once more cancels them")
                    }
                    (StopKind::Cancel, running) => format!("{running} running are cancelled"),
                };
                self.line(OPEN, "stops", &text);
            }
            RunEvent::Finished { .. } => {}
        }
    }

    /// The last lines that a failed command wrote.
    fn output(&self, report: &Report) {
        if !matches!(report.result, Outcome::Ok | Outcome::Same | Outcome::Diff) {
            for (stream, captured) in [("out", &report.stdout), ("err", &report.stderr)] {
                for line in last_lines(captured) {
                    self.terminal.line(format_args!("{:>9}    {stream} | {line}", ""));
                }
            }
        }
    }

    fn data(&self, event: &RunEvent) -> Value {
        let name = |transition: &TransitionId| self.name(*transition);
        let at = self.since.elapsed().as_secs_f64();
        let (word, mut value) = match event {
            RunEvent::Began { run, journal, fencing, .. } => {
                ("began", json!({ "run": run, "journal": journal.display().to_string(), "fencing": fencing }))
            }
            RunEvent::Recovered { attempt, how } => {
                let how = format!("{how:?}").to_lowercase();
                (
                    "recovered",
                    json!({ "transition": name(&attempt.action), "attempt": attempt.id.0, "how": how }),
                )
            }
            RunEvent::Fired { transition } => ("fired", json!({ "transition": name(transition) })),
            RunEvent::Started { attempt, .. } => (
                "started",
                json!({ "transition": name(&attempt.action), "attempt": attempt.id.0, "failures": attempt.failures }),
            ),
            RunEvent::Differs { attempt, what, transition } => (
                "differs",
                json!({
                    "transition": name(&attempt.action), "attempt": attempt.id.0, "what": what,
                    "fired": name(transition),
                }),
            ),
            RunEvent::Ended { attempt, report, took, transition } => (
                "ended",
                json!({
                    "transition": name(&attempt.action), "attempt": attempt.id.0, "result": report.result.word(),
                    "message": report.message, "exit": report.exit.map(|exit| exit.to_string()),
                    "seconds": took.as_secs_f64(), "fired": name(transition),
                }),
            ),
            RunEvent::RetryIn { action, pause } => {
                ("retry", json!({ "transition": name(action), "seconds": pause.as_secs_f64() }))
            }
            RunEvent::Waiting { transition } => ("waiting", json!({ "transition": name(transition) })),
            RunEvent::WaitingEnded { transition } => {
                ("waiting-ended", json!({ "transition": name(transition) }))
            }
            RunEvent::Approved { transition, who } => {
                ("approved", json!({ "transition": name(transition), "who": who }))
            }
            RunEvent::Held { transition, why } => {
                let why = refusal_in_words(self.subject.deployment(), *why);
                ("held", json!({ "transition": name(transition), "why": why }))
            }
            RunEvent::Frozen { attempt, report, why } => {
                let why = freeze_in_words(self.subject.deployment(), *why);
                let (transition, result) = (name(&attempt.action), report.result.word());
                (
                    "frozen",
                    json!({ "transition": transition, "attempt": attempt.id.0, "result": result, "why": why }),
                )
            }
            RunEvent::StopRequested { how, running } => {
                let how = if *how == StopKind::Drain { "drain" } else { "cancel" };
                ("stop", json!({ "how": how, "running": running }))
            }
            RunEvent::Finished { state } => ("finished", json!({ "state": state.word() })),
        };
        value["event"] = word.into();
        value["at"] = at.into();
        value
    }

    /// Tells how the run ended, and gives the exit status for it.
    pub(crate) fn end(&self, ended: Result<RunReport, ExecutorError>) -> Result<Exit, Failure> {
        let report = ended.map_err(|error| executor_failure(self.subject, &error))?;
        let exit = match report.state {
            EndState::Complete => Exit::Success,
            EndState::Stopped => Exit::Undecided,
            EndState::DeclaredFailure | EndState::Stuck | EndState::Frozen | EndState::Livelock => {
                Exit::Fails
            }
        };
        if self.json {
            let marking = json::marking(self.subject.net(), &report.marking);
            let state = report.state.word();
            let line = json!({ "event": "end", "run": report.run, "state": state, "marking": marking, "exit": exit.status() });
            self.terminal.line(line);
            return Ok(exit);
        }
        let took = lasting(self.since.elapsed());
        let (style, words) = self.ending(&report);
        self.terminal.line(format_args!("{} after {took}", painted(style, words)));
        if exit != Exit::Success {
            let width = self.terminal.width();
            self.terminal.line(steps::marked(self.subject, "marked: ", &report.marking, width));
        }
        for (transition, why) in &report.held {
            let why = refusal_in_words(self.subject.deployment(), *why);
            self.terminal.line(format_args!("held back: {}: {why}", self.name(*transition)));
        }
        if report.state.is_resumable() {
            self.terminal.line(format_args!("go on with: pn resume {}", report.run));
        }
        Ok(exit)
    }

    fn ending(&self, report: &RunReport) -> (Style, String) {
        match report.state {
            EndState::Complete => (GOOD, "complete".into()),
            EndState::DeclaredFailure => (BAD, "failed, as the deployment foresees".into()),
            EndState::Stuck => (BAD, "stuck: nothing can happen any more, and it is not done".into()),
            EndState::Stopped => (OPEN, "stopped".into()),
            EndState::Frozen => (BAD, "frozen: the net cannot take a result".into()),
            EndState::Livelock => {
                let names = report.livelock.iter().map(|t| format!("`{}`", self.name(*t)));
                let names = crate::report::listing::joined(names, 10);
                (BAD, format!("stopped: these would fire for ever: {names}"))
            }
        }
    }
}

const fn recovered(how: Recovered) -> &'static str {
    match how {
        Recovered::Finished => "it ended meanwhile",
        Recovered::Adopted => "it still runs",
        Recovered::NeverStarted => "it had not begun",
        Recovered::Rechecked => "nobody knows what became of it; it is checked again",
        Recovered::Continued => "it goes on",
        Recovered::Unchanged => "it had changed nothing; it checks again",
    }
}

fn message(report: &Report) -> String {
    let exit = match report.exit {
        Some(exit) if !report.message.contains(&exit.to_string()) => format!(" ({exit})"),
        _ => String::new(),
    };
    match report.message.is_empty() {
        true => exit,
        false => format!(": {}{exit}", printable(&report.message)),
    }
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
