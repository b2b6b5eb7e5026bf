//! Taking up a run: which journal this is, and what became of the attempts in flight.

use super::workers::goes_on;
use super::{Progress, Runner, hashes};
use crate::error::ExecutorError;
use crate::event::Control;
use crate::journal::{Journal, RunState};
use crate::machine::{Attempt, AttemptId, EndState};
use crossbeam_channel::{Receiver, never, select};
use pn_deployment::Deployment;
use std::collections::BTreeSet;

/// The journal belongs to this deployment.
pub(super) fn check_identity(journal: &Journal, deployment: &Deployment) -> Result<(), ExecutorError> {
    for (what, key, found) in hashes(deployment) {
        let expected = journal.meta_text(key)?;
        if expected != found {
            return Err(ExecutorError::OtherDeployment { what, expected, found });
        }
    }
    Ok(())
}

/// The run is not over.
pub(super) fn check_open(journal: &Journal, run: &str) -> Result<(), ExecutorError> {
    match journal.last_end()? {
        RunState::Ended(state) if !EndState::is_resumable(state) => {
            Err(ExecutorError::Over { run: run.to_owned(), state: state.word() })
        }
        _ => Ok(()),
    }
}

impl Runner<'_> {
    /// Takes up the attempts in flight, and waits for those whose end is known or soon known, so
    /// that what has happened is booked before anything new is decided.
    pub(super) fn recover(&mut self, control: &Receiver<Control>) -> Result<(), ExecutorError> {
        let in_flight: Vec<Attempt> = self.machine.in_flight().copied().collect();
        let recorded = self.journal.attempts()?;
        let mut open = BTreeSet::new();
        for attempt in in_flight {
            let row = recorded.iter().find(|row| row.id == attempt.id);
            let row = row.expect("the record of a start and of its attempt are written together");
            let now = self.now();
            self.started.insert(attempt.id, (attempt, row.started));
            match row.ended {
                // It ended with a result that the net could not take; perhaps it can now.
                Some((_, result)) => {
                    let commands = self.machine.finished(attempt.id, result, now);
                    self.carry_out(commands, None, now)?;
                }
                None => {
                    open.insert(attempt.id);
                    self.spawn_recovery(attempt, now.saturating_sub(row.started));
                }
            }
        }
        self.wait_for(open, control)
    }

    fn wait_for(
        &mut self,
        mut open: BTreeSet<AttemptId>,
        control: &Receiver<Control>,
    ) -> Result<(), ExecutorError> {
        let mut control = control.clone();
        let progress = self.progress.clone();
        while !open.is_empty() {
            select! {
                recv(progress) -> message => {
                    let message = message.expect("this runner holds a sender");
                    match &message {
                        Progress::Recovered(id, how) if goes_on(*how) => open.remove(id),
                        Progress::Recovered(..) => false,
                        Progress::Done(id, _) => open.remove(id),
                    };
                    self.hear(message)?;
                }
                recv(control) -> message => match message {
                    Ok(Control::Stop) => self.stop()?,
                    Err(_) => control = never(),
                },
            }
        }
        Ok(())
    }
}
