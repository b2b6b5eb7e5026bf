//! What happens in a run, in words: one line an event, the same for every reporter that people read.

use super::last_lines;
use super::printable;
use crate::report::figures::lasting;
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN};
use anstyle::Style;
use pn_deployment::{Outcome, Role};
use pn_executor::{Recovered, Report, RunEvent, StopKind, freeze_in_words, refusal_in_words};
use pn_net::TransitionId;
use std::collections::BTreeSet;

/// A line about an event.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Line {
    /// Good news, bad news, neither.
    pub(crate) style: Style,
    /// What happened, in a word.
    pub(crate) word: &'static str,
    /// The rest.
    pub(crate) text: String,
    /// The last lines that a failed command wrote, each with its stream.
    pub(crate) output: Vec<(&'static str, String)>,
}

impl Line {
    pub(crate) fn new(style: Style, word: &'static str, text: impl Into<String>) -> Self {
        Self { style, word, text: text.into(), output: Vec::new() }
    }
}

/// Puts events into words.
pub(crate) struct Words<'a> {
    subject: &'a Subject,
    run: String,
    approved: BTreeSet<TransitionId>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(subject: &'a Subject) -> Self {
        Self { subject, run: String::new(), approved: BTreeSet::new() }
    }

    /// The run that this is about, for who did not hear it begin.
    pub(crate) fn of_run(&mut self, run: &str) {
        run.clone_into(&mut self.run);
    }

    fn name(&self, transition: TransitionId) -> &'a str {
        self.subject.net().transition_name(transition)
    }

    /// The line about an event. The beginning and the end have none: they are told at more length.
    pub(crate) fn line(&mut self, event: &RunEvent) -> Option<Line> {
        match event {
            RunEvent::Began { run, .. } => self.run.clone_from(run),
            RunEvent::Approved { transition, .. } => _ = self.approved.insert(*transition),
            _ => {}
        }
        Some(match event {
            RunEvent::Began { .. } | RunEvent::Finished { .. } => return None,
            RunEvent::Recovered { attempt, how } => {
                Line::new(OPEN, "recovers", format!("{}: {}", self.name(attempt.action), recovered(*how)))
            }
            RunEvent::Fired { transition } => Line::new(Style::new(), "fires", self.name(*transition)),
            RunEvent::Started { attempt, .. } => {
                let nth = match attempt.failures + attempt.interruptions {
                    0 => String::new(),
                    before => format!(" (attempt {})", before + 1),
                };
                Line::new(Style::new(), "starts", format!("{}{nth}", self.name(attempt.action)))
            }
            RunEvent::Differs { attempt, what, .. } => {
                let text = format!("{}: {}", self.name(attempt.action), printable(what));
                Line::new(Style::new(), "applies", text)
            }
            RunEvent::Ended { attempt, report, took, .. } => {
                let message = message(report);
                let text = format!("{} after {}{message}", self.name(attempt.action), lasting(*took));
                let line = Line::new(style(report.result), report.result.word(), text);
                Line { output: output(report), ..line }
            }
            RunEvent::RetryIn { action, pause } => {
                Line::new(OPEN, "retries", format!("{} in {}", self.name(*action), lasting(*pause)))
            }
            RunEvent::Waiting { transition } => {
                let (name, by) = (self.name(*transition), approver(self.subject, *transition));
                Line::new(
                    OPEN,
                    "waits",
                    format!("{name}, for {by} to approve: pn approve {} {name}", self.run),
                )
            }
            RunEvent::WaitingEnded { transition } if self.approved.contains(transition) => return None,
            RunEvent::WaitingEnded { transition } => {
                let text = format!("{} need not be approved any more", self.name(*transition));
                Line::new(Style::new(), "withdrawn", text)
            }
            RunEvent::Approved { transition, who } => {
                Line::new(GOOD, "approved", format!("{} by {who}", self.name(*transition)))
            }
            RunEvent::Held { transition, why } => {
                let why = refusal_in_words(self.subject.deployment(), *why);
                Line::new(BAD, "held", format!("{}: {why}", self.name(*transition)))
            }
            RunEvent::Frozen { attempt, report, why } => {
                let why = freeze_in_words(self.subject.deployment(), *why);
                let (name, result) = (self.name(attempt.action), report.result.word());
                let line =
                    Line::new(BAD, "frozen", format!("{name} ended {result}{}; {why}", message(report)));
                Line { output: output(report), ..line }
            }
            RunEvent::Observed { of, what, transition } => {
                let word = if of == transition { "happens" } else { "drifts" };
                Line::new(OPEN, word, format!("{}: {}", self.name(*of), printable(what)))
            }
            RunEvent::Pending { of, why } => {
                let why = match why {
                    Some(why) => refusal_in_words(self.subject.deployment(), *why),
                    None => "the net has no place for it now".to_owned(),
                };
                Line::new(BAD, "pending", format!("{} is no longer as it was: {why}", self.name(*of)))
            }
            RunEvent::Unseen { transition, why } => {
                Line::new(OPEN, "unseen", format!("{}: {}", self.name(*transition), printable(why)))
            }
            RunEvent::StopRequested { how, running } => {
                let text = match (how, running) {
                    (_, 0) => "nothing is running".to_owned(),
                    (StopKind::Drain, running) => {
                        format!("nothing new starts, {running} running; once more cancels them")
                    }
                    (StopKind::Cancel, running) => format!("{running} running are cancelled"),
                };
                Line::new(OPEN, "stops", text)
            }
        })
    }
}

/// Who may approve the transition.
pub(crate) fn approver(subject: &Subject, transition: TransitionId) -> &str {
    match subject.deployment().role(transition) {
        Role::Approval { by } => by,
        _ => "",
    }
}

/// Whether a result is good news.
pub(crate) const fn style(result: Outcome) -> Style {
    match result {
        Outcome::Ok | Outcome::Same | Outcome::Diff => GOOD,
        Outcome::Failed | Outcome::Timeout => BAD,
        Outcome::Unknown | Outcome::Cancelled => OPEN,
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

/// What a report says behind the name and the time.
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

/// The last lines that a failed command wrote.
fn output(report: &Report) -> Vec<(&'static str, String)> {
    if matches!(report.result, Outcome::Ok | Outcome::Same | Outcome::Diff) {
        return Vec::new();
    }
    let streams = [("out", &report.stdout), ("err", &report.stderr)];
    streams
        .into_iter()
        .flat_map(|(name, stream)| last_lines(stream).into_iter().map(move |line| (name, line)))
        .collect()
}
