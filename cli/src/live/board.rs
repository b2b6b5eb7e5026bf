//! Where a run stands, from its events: what the live view draws.
//!
//! An event costs no more than the arcs of the transition that fired, however large the net is.

use super::words::{Line, Words, style};
use crate::subject::Subject;
use crate::terminal::{BAD, OPEN, STRONG};
use anstyle::Style;
use pn_deployment::{Outcome, Role};
use pn_executor::machine::EndState;
use pn_executor::machine::{Reason, Refusal};
use pn_executor::{Journal, RunEvent, StatusAttempt, StopKind};
use pn_net::{Marking, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

/// How many lines of the log are kept.
const LOG: usize = 10_000;

/// How an action stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// No attempt at it is in flight, and it is not done.
    Waits,
    /// An attempt is in flight.
    Runs,
    /// Its check found a difference, and it is being applied.
    Applies,
    /// It failed, and is tried again at this time.
    Retries(Duration),
    /// Its last attempt ended so.
    Ended(Outcome),
    /// The net cannot take its result.
    Frozen,
    /// What it had done is no longer so.
    Drifted,
}

impl State {
    /// Whether it is done and well.
    pub(crate) const fn is_done(self) -> bool {
        matches!(self, Self::Ended(Outcome::Ok | Outcome::Same | Outcome::Diff))
    }

    /// The state in a word, and how it is painted.
    pub(crate) const fn words(self) -> (Style, &'static str) {
        match self {
            Self::Waits => (Style::new(), "waits"),
            Self::Runs => (STRONG, "runs"),
            Self::Applies => (STRONG, "applies"),
            Self::Retries(_) => (OPEN, "retries"),
            Self::Ended(result) => (style(result), result.word()),
            Self::Frozen => (BAD, "frozen"),
            Self::Drifted => (OPEN, "drifted"),
        }
    }

    /// Whether somebody who looks for what goes on or goes wrong wants to see it.
    pub(crate) const fn stands_out(self) -> bool {
        !matches!(self, Self::Waits) && !self.is_done()
    }
}

/// An action.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) action: TransitionId,
    pub(crate) state: State,
    /// When the attempt in flight started.
    since: Duration,
    /// How long the last attempt took.
    took: Option<Duration>,
    /// Which attempt of its activation the last one is.
    pub(crate) nth: u32,
    /// How many attempts it may have.
    pub(crate) most: u32,
    /// Why its last activation began.
    pub(crate) reason: Reason,
    /// What its last attempt said.
    pub(crate) message: String,
    in_flight: u32,
}

impl Row {
    /// How long its attempt runs, or ran.
    pub(crate) fn time(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Runs | State::Applies => Some(now.saturating_sub(self.since)),
            _ => self.took,
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// When; a line of output has no time of its own.
    pub(crate) at: Option<Duration>,
    pub(crate) style: Style,
    pub(crate) word: &'static str,
    pub(crate) text: String,
}

/// How many actions stand how.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counts {
    pub(crate) done: usize,
    pub(crate) running: usize,
    pub(crate) retrying: usize,
    pub(crate) failed: usize,
    pub(crate) drifted: usize,
    /// Nobody knows what became of them, or they were cancelled.
    pub(crate) open: usize,
}

/// Where a run stands.
pub(crate) struct Board<'a> {
    pub(crate) subject: &'a Subject,
    words: Words<'a>,
    pub(crate) run: String,
    pub(crate) journal: PathBuf,
    pub(crate) rows: Vec<Row>,
    /// The row of each action.
    row_of: BTreeMap<TransitionId, usize>,
    pub(crate) counts: Counts,
    /// The action of which an attempt started last.
    pub(crate) latest: usize,
    pub(crate) marking: Marking,
    pub(crate) in_flight: BTreeMap<TransitionId, usize>,
    /// The approvals that are asked for.
    pub(crate) asked: BTreeSet<TransitionId>,
    pub(crate) held: BTreeMap<TransitionId, Refusal>,
    pub(crate) log: VecDeque<Entry>,
    /// How many lines the log had before those that are kept.
    pub(crate) forgotten: usize,
    pub(crate) stop: Option<StopKind>,
    pub(crate) end: Option<EndState>,
}

impl<'a> Board<'a> {
    pub(crate) fn new(subject: &'a Subject) -> Self {
        let deployment = subject.deployment();
        let mut rows = Vec::new();
        for action in deployment.net.transitions() {
            let Role::Action(what) = deployment.role(action) else { continue };
            let most = what.retry.attempts;
            let (since, took) = (Duration::ZERO, None);
            let (nth, message, reason) = (0, String::new(), Reason::Plan);
            rows.push(Row {
                action,
                state: State::Waits,
                since,
                took,
                nth,
                most,
                reason,
                message,
                in_flight: 0,
            });
        }
        Self {
            row_of: rows.iter().enumerate().map(|(index, row)| (row.action, index)).collect(),
            words: Words::new(subject),
            run: String::new(),
            journal: PathBuf::new(),
            rows,
            counts: Counts::default(),
            latest: 0,
            marking: deployment.net.initial().clone(),
            in_flight: BTreeMap::new(),
            asked: BTreeSet::new(),
            held: BTreeMap::new(),
            log: VecDeque::new(),
            forgotten: 0,
            stop: None,
            end: None,
            subject,
        }
    }

    /// What earlier sessions of the run left, from its journal.
    pub(crate) fn remember(&mut self, attempts: &[StatusAttempt]) {
        for attempt in attempts {
            let action = self.subject.net().find_transition(&attempt.action);
            let Some(index) = action.and_then(|action| self.row_of.get(&action).copied()) else { continue };
            let state = match &attempt.ended {
                Some(_) if attempt.frozen.is_some() => State::Frozen,
                Some((_, result)) => State::Ended(*result),
                None => State::Runs,
            };
            self.becomes(index, state);
            let row = &mut self.rows[index];
            row.nth = attempt.failures + 1;
            row.took = attempt.ended.map(|(at, _)| at.saturating_sub(attempt.started));
            row.message = attempt.message.as_deref().map(super::printable).unwrap_or_default();
            if attempt.ended.is_none() {
                row.in_flight += 1;
                *self.in_flight.entry(row.action).or_insert(0) += 1;
            }
        }
    }

    /// Takes an event in; for a run that goes on, what its journal has as well.
    pub(crate) fn take_or_recall(&mut self, event: &RunEvent, at: Duration) {
        if let RunEvent::Began { journal, fencing: 2.., .. } = event
            && let Ok(attempts) = Journal::open(journal).and_then(|journal| journal.attempts())
        {
            self.remember(&attempts);
        }
        self.take(event, at);
    }

    /// Takes an event in, which happened `at` after the beginning.
    pub(crate) fn take(&mut self, event: &RunEvent, at: Duration) {
        if let Some(line) = self.words.line(event) {
            self.push(line, at);
        }
        match event {
            RunEvent::Began { run, journal, marking, fencing } => {
                self.run.clone_from(run);
                self.journal.clone_from(journal);
                self.marking.clone_from(marking);
                let verb = if *fencing > 1 { "goes on" } else { "begins" };
                self.push(Line::new(STRONG, verb, format!("run {run}")), at);
            }
            RunEvent::Fired { transition } | RunEvent::Observed { transition, .. } => {
                self.fired(*transition);
                if let Role::Drift { of } = self.subject.deployment().role(*transition)
                    && let Some(index) = self.row_of.get(of).copied()
                {
                    self.becomes(index, State::Drifted);
                }
            }
            RunEvent::Started { attempt, transition } => {
                self.fired(*transition);
                *self.in_flight.entry(attempt.action).or_insert(0) += 1;
                let Some(index) = self.row_of.get(&attempt.action).copied() else { return };
                self.latest = index;
                self.becomes(index, State::Runs);
                let row = &mut self.rows[index];
                (row.since, row.nth, row.reason) = (at, attempt.failures + 1, attempt.reason);
                row.in_flight += 1;
                row.message.clear();
            }
            RunEvent::Differs { attempt, what, transition } => {
                self.fired(*transition);
                if let Some(index) = self.row_of.get(&attempt.action).copied() {
                    self.becomes(index, State::Applies);
                    self.rows[index].message = super::printable(what);
                }
            }
            RunEvent::Ended { attempt, report, took, transition } => {
                self.fired(*transition);
                self.ended(attempt.action, State::Ended(report.result), *took, &report.message);
            }
            RunEvent::Frozen { attempt, report, .. } => {
                self.ended(attempt.action, State::Frozen, Duration::ZERO, &report.message);
            }
            RunEvent::RetryIn { action, pause } => {
                if let Some(index) = self.row_of.get(action).copied() {
                    self.becomes(index, State::Retries(at + *pause));
                }
            }
            RunEvent::Waiting { transition } => _ = self.asked.insert(*transition),
            RunEvent::WaitingEnded { transition } => _ = self.asked.remove(transition),
            RunEvent::Approved { transition, .. } => {
                self.fired(*transition);
                self.asked.remove(transition);
            }
            RunEvent::Held { transition, why } => _ = self.held.insert(*transition, *why),
            RunEvent::StopRequested { how, .. } => self.stop = Some(*how),
            RunEvent::Finished { state } => self.end = Some(*state),
            RunEvent::Recovered { .. } | RunEvent::Pending { .. } | RunEvent::Unseen { .. } => {}
        }
    }

    fn fired(&mut self, transition: TransitionId) {
        self.held.remove(&transition);
        // The events are those of a run, so it is enabled; were it not, the picture would only be
        // wrong about what is waited for.
        let _ = firing::fire(self.subject.net(), &mut self.marking, transition);
    }

    fn ended(&mut self, action: TransitionId, state: State, took: Duration, message: &str) {
        if let Some(count) = self.in_flight.get_mut(&action) {
            *count -= 1;
            if *count == 0 {
                self.in_flight.remove(&action);
            }
        }
        let Some(index) = self.row_of.get(&action).copied() else { return };
        let row = &mut self.rows[index];
        row.in_flight = row.in_flight.saturating_sub(1);
        row.took = Some(took);
        row.message = super::printable(message);
        if row.in_flight == 0 {
            self.becomes(index, state);
        }
    }

    fn becomes(&mut self, index: usize, state: State) {
        for (state, step) in [(self.rows[index].state, -1), (state, 1)] {
            let Some(count) = (match state {
                State::Waits => None,
                State::Runs | State::Applies => Some(&mut self.counts.running),
                State::Retries(_) => Some(&mut self.counts.retrying),
                State::Ended(_) if state.is_done() => Some(&mut self.counts.done),
                State::Ended(Outcome::Failed | Outcome::Timeout) | State::Frozen => {
                    Some(&mut self.counts.failed)
                }
                State::Drifted => Some(&mut self.counts.drifted),
                State::Ended(_) => Some(&mut self.counts.open),
            }) else {
                continue;
            };
            *count = count.saturating_add_signed(step);
        }
        self.rows[index].state = state;
    }

    fn push(&mut self, line: Line, at: Duration) {
        let Line { style, word, text, output } = line;
        self.log.push_back(Entry { at: Some(at), style, word, text });
        for (stream, text) in output {
            self.log.push_back(Entry { at: None, style: Style::new(), word: stream, text });
        }
        while self.log.len() > LOG {
            self.log.pop_front();
            self.forgotten += 1;
        }
    }
}
