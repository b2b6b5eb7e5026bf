//! Taking up a run: which journal this is, and what became of the attempts in flight.

use super::{Progress, Runner, hashes};
use crate::error::ExecutorError;
use crate::event::Control;
use crate::journal::{Journal, RunState, StatusAttempt};
use crate::machine::{AttemptId, EndState};
use crate::session::{self, Booked, Observation};
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
    if let Some(by) = journal.rollbacks()?.pop() {
        return Err(ExecutorError::RolledBack { run: run.to_owned(), by });
    }
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
        let booked = |row: StatusAttempt| {
            (row.id, Booked { started: row.started, ended: row.ended.map(|(_, result)| result) })
        };
        let booked = self.journal.open_attempts()?.into_iter().map(booked).collect();
        let open = session::settle(self, &booked)?;
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
                        Progress::Recovered(id, how) if how.goes_on() => open.remove(id),
                        Progress::Observed(Observation::Ended(id, _)) => open.remove(id),
                        Progress::Recovered(..) | Progress::Observed(_) => false,
                    };
                    let observed = self.told(message);
                    session::hear(self, observed.into_iter().collect())?;
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
