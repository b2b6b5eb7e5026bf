//! A simulated journal on a disk that loses what was not synced.
//!
//! A transaction is written with its mark of completion and then synced, like a write-ahead log.
//! When only the process dies, what was written stays; when power fails, of what was not synced
//! some first transactions stay, and the next one may be torn: any of its rows without the mark.
//! Recovery drops a torn transaction. Times are cut to milliseconds, as in the real journal.

use crate::Bug;
use crate::chance::Chance;
use pn_deployment::Outcome;
use pn_executor::machine::{AttemptId, Cause, EndState, Recorded, Snapshot};
use pn_executor::session::Booked;
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One row of a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Row {
    Session,
    Firing(Recorded),
    Ended(AttemptId, Outcome),
    Gate(TransitionId),
    Withdrawn(TransitionId),
    Approval { transition: TransitionId, who: String },
    Frozen,
    Snapshot(Box<Snapshot>),
    Finished(EndState),
}

/// An approval that was given and not used.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub(crate) id: i64,
    pub(crate) transition: TransitionId,
    pub(crate) who: String,
}

/// What a reader of the journal finds.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) records: Vec<Recorded>,
    pub(crate) attempts: BTreeMap<AttemptId, Booked>,
    pub(crate) gates: BTreeSet<TransitionId>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) last_end: Option<EndState>,
    /// Where the run stood after so many records.
    pub(crate) snapshot: Option<(usize, Snapshot)>,
    given: i64,
}

/// The disk with the journal.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) book: Book,
    unsynced: Vec<Vec<Row>>,
    /// Until when there is no room for anything.
    pub(crate) full_until: Duration,
}

/// What ended a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Crash {
    /// The runner was killed, or ended with an error.
    Runner,
    /// The machine lost power.
    Power,
}

impl Disk {
    pub(crate) fn append(&mut self, rows: Vec<Row>) {
        self.unsynced.push(rows);
    }

    /// What was appended is on the disk now; the rows that came to count.
    pub(crate) fn sync(&mut self) -> Vec<Row> {
        let rows: Vec<Row> = std::mem::take(&mut self.unsynced).into_iter().flatten().collect();
        rows.iter().for_each(|row| self.book.apply(row));
        rows
    }

    /// What recovery finds beyond what was synced.
    pub(crate) fn crash(&mut self, crash: Crash, chance: &mut Chance, bug: Option<Bug>) -> Vec<Row> {
        let mut torn = Vec::new();
        if crash == Crash::Power {
            let count = u32::try_from(self.unsynced.len()).unwrap_or(u32::MAX);
            let mut lost = self.unsynced.split_off(chance.below(count + 1) as usize);
            if let Some(first) = lost.first_mut() {
                torn = std::mem::take(first);
                torn.retain(|_| chance.happens(500));
            }
        }
        if bug == Some(Bug::TornTail) {
            self.unsynced.push(torn);
        }
        self.sync()
    }

    /// How many appended transactions wait for a sync.
    pub(crate) fn has_unsynced(&self) -> bool {
        !self.unsynced.is_empty()
    }
}

impl Book {
    fn apply(&mut self, row: &Row) {
        match row {
            Row::Session => self.last_end = None,
            Row::Firing(recorded) => self.fired(recorded),
            Row::Ended(id, result) => {
                if let Some(booked) = self.attempts.get_mut(id) {
                    booked.ended = Some(*result);
                }
            }
            Row::Gate(transition) => drop(self.gates.insert(*transition)),
            Row::Withdrawn(transition) => {
                self.gates.remove(transition);
                self.approvals.retain(|approval| approval.transition != *transition);
            }
            Row::Approval { transition, who } => {
                self.given += 1;
                let (id, transition, who) = (self.given, *transition, who.clone());
                self.approvals.push(Approval { id, transition, who });
            }
            Row::Frozen => {}
            Row::Snapshot(snapshot) => {
                self.snapshot = Some((self.records.len(), snapshot.as_ref().clone().in_millis()));
            }
            Row::Finished(state) => self.last_end = Some(*state),
        }
    }

    fn fired(&mut self, recorded: &Recorded) {
        let at = Duration::from_millis(u64::try_from(recorded.at.as_millis()).unwrap_or(u64::MAX));
        match &recorded.cause {
            Cause::Start(attempt) => {
                self.attempts.insert(attempt.id, Booked { started: at, ended: None });
            }
            Cause::Approval { by } => {
                let used = |a: &Approval| a.transition == recorded.transition && a.who == *by;
                if let Some(index) = self.approvals.iter().position(used) {
                    self.approvals.remove(index);
                }
            }
            _ => {}
        }
        self.records.push(Recorded { at, ..recorded.clone() });
    }
}
