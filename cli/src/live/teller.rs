//! A run told line by line, in words or in JSON, and how it ended.

use super::board::{Board, Row};
use super::words::Words;
use super::{data, executor_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::figures::{grouped, lasting};
use crate::report::{json, listing, steps};
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use anstyle::Style;
use pn_executor::machine::EndState;
use pn_executor::{ExecutorError, RunEvent, RunReport, refusal_in_words};
use serde_json::json;
use std::time::{Duration, Instant};

/// In what form a run is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// For people.
    Words,
    /// For programs.
    Json,
}

/// Tells what happens in a run.
pub(crate) struct Teller<'a> {
    terminal: &'a Terminal,
    subject: &'a Subject,
    words: Words<'a>,
    since: Instant,
    form: Form,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(terminal: &'a Terminal, subject: &'a Subject, form: Form, since: Instant) -> Self {
        Self { terminal, subject, words: Words::new(subject), since, form }
    }

    /// Tells one event, which happened `at` after the beginning.
    pub(crate) fn tell(&mut self, event: &RunEvent, at: Duration) {
        if self.form == Form::Json {
            return self.terminal.line(data::object(self.subject, event, at));
        }
        if let RunEvent::Began { run, journal, fencing, .. } = event {
            let verb = if *fencing > 1 { "goes on" } else { "begins" };
            self.terminal.line(format_args!("run {} {verb}", painted(STRONG, run)));
            self.terminal.line(format_args!("journal {}", journal.display()));
        }
        let Some(line) = self.words.line(event) else { return };
        let seconds = at.as_secs_f64();
        let word = painted(line.style, format_args!("{:<9}", line.word));
        self.terminal.line(format_args!("{seconds:>9.2} s  {word} {}", line.text));
        for (stream, line) in &line.output {
            self.terminal.line(format_args!("{:>9}    {stream} | {line}", ""));
        }
    }

    /// The run was shown elsewhere so far.
    pub(crate) fn goes_on_with(&mut self, run: &str) {
        self.words.of_run(run);
    }

    /// What matters of a run that was shown in the live view.
    pub(crate) fn sum_up(&self, board: &Board<'_>) {
        const MOST: usize = 20;
        self.terminal.line(format_args!("run {}", painted(STRONG, &board.run)));
        self.terminal.line(format_args!("journal {}", board.journal.display()));
        let (done, all) = (grouped(board.counts.done), grouped(board.rows.len()));
        self.terminal.line(format_args!("{done} of {all} actions done"));
        let is_bad = |row: &&Row| row.state.stands_out();
        for row in board.rows.iter().filter(is_bad).take(MOST) {
            let name = self.subject.net().transition_name(row.action);
            let (style, word) = row.state.words();
            let message = if row.message.is_empty() { String::new() } else { format!(": {}", row.message) };
            self.terminal
                .line(format_args!("  {} {name}{message}", painted(style, format_args!("{word:<9}"))));
        }
        let more = board.rows.iter().filter(is_bad).count().saturating_sub(MOST);
        if more > 0 {
            self.terminal.line(format_args!("  and {} more", grouped(more)));
        }
        for transition in &board.asked {
            let name = self.subject.net().transition_name(*transition);
            let word = painted(OPEN, format_args!("{:<9}", "waits"));
            self.terminal.line(format_args!("  {word} {name}: pn approve {} {name}", board.run));
        }
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
        if self.form == Form::Json {
            let marking = json::marking(self.subject.net(), &report.marking);
            let state = report.state.word();
            let line = json!({ "event": "end", "run": report.run, "state": state, "marking": marking, "exit": exit.status() });
            self.terminal.line(line);
            return Ok(exit);
        }
        if let Some(idle) = report.converged {
            self.terminal.line(format_args!("Converged for {} seconds", idle.as_secs_f64()));
        }
        let took = lasting(self.since.elapsed());
        let (style, words) = self.ending(&report);
        self.terminal.line(format_args!("{} after {took}", painted(style, words)));
        if exit != Exit::Success {
            let width = self.terminal.width();
            self.terminal.line(steps::marked(self.subject, "marked: ", &report.marking, width));
        }
        let name = |transition| self.subject.net().transition_name(transition);
        for (transition, why) in &report.held {
            let why = refusal_in_words(self.subject.deployment(), *why);
            self.terminal.line(format_args!("held back: {}: {why}", name(*transition)));
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
                let name = |t: &pn_net::TransitionId| format!("`{}`", self.subject.net().transition_name(*t));
                let names = listing::joined(report.livelock.iter().map(name), 10);
                (BAD, format!("stopped: these would fire for ever: {names}"))
            }
        }
    }
}
