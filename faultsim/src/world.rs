//! The simulated world: commands with their supervisors, and an account of every effect.
//!
//! Like the real ones, a supervisor outlives the runner, claims its attempt before it starts the
//! command, and leaves a result; a killed one leaves none, and its command may go on without it.
//! What is written here has reached the disk: losing power ends processes and keeps the rest.

use pn_deployment::Outcome;
use pn_executor::course::{Left, Look};
use pn_executor::machine::AttemptId;
use pn_net::TransitionId;
use std::collections::BTreeMap;

/// An activation of an action: what an effect belongs to.
pub(crate) type Key = (TransitionId, u32);

/// How a process stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Process {
    #[default]
    NotYet,
    Runs,
    Gone,
}

/// The folder of an attempt, and the processes that belong to it.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub(crate) is_claimed: bool,
    pub(crate) supervisor: Process,
    pub(crate) command: Process,
    pub(crate) result: Option<Outcome>,
}

/// Everything outside the runner.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) folders: BTreeMap<AttemptId, Folder>,
    /// How often each effect took place.
    pub(crate) effects: BTreeMap<Key, u32>,
    /// The activations whose work has begun, by the attempt that is at it.
    pub(crate) at_work: BTreeMap<Key, AttemptId>,
    /// The activations whose command left a success behind.
    pub(crate) succeeded: BTreeMap<Key, AttemptId>,
}

impl World {
    pub(crate) fn folder(&mut self, id: AttemptId) -> &mut Folder {
        self.folders.entry(id).or_default()
    }

    /// What a check sees of the effect.
    pub(crate) fn look(&self, key: Key) -> Look {
        if self.effects.contains_key(&key) { Look::Same } else { Look::Differs }
    }

    /// Work on the effect begins. The complaint when it must not.
    pub(crate) fn begin(&mut self, key: Key, id: AttemptId) -> Result<(), String> {
        if let Some(other) = self.at_work.insert(key, id) {
            return Err(format!("attempt {id} works while attempt {other} of its activation does"));
        }
        match self.succeeded.get(&key) {
            Some(done) => Err(format!("attempt {id} repeats what attempt {done} has completed")),
            None => Ok(()),
        }
    }

    pub(crate) fn take_effect(&mut self, key: Key) {
        *self.effects.entry(key).or_default() += 1;
    }

    pub(crate) fn rest(&mut self, key: Key, id: AttemptId) {
        if self.at_work.get(&key) == Some(&id) {
            self.at_work.remove(&key);
        }
    }

    /// Looks for what became of an attempt; who looks claims it.
    pub(crate) fn find(&mut self, id: AttemptId) -> Left {
        let folder = self.folder(id);
        let alive = [folder.supervisor, folder.command].contains(&Process::Runs);
        match (folder.result, folder.is_claimed) {
            (Some(_), _) => Left::Result,
            (None, false) => {
                folder.is_claimed = true;
                Left::NeverStarted
            }
            (None, true) if alive => Left::Alive,
            (None, true) => Left::Unclear,
        }
    }

    /// All processes end at once.
    pub(crate) fn lose_power(&mut self) {
        self.at_work.clear();
        for folder in self.folders.values_mut() {
            folder.supervisor = Process::Gone;
            folder.command = Process::Gone;
        }
    }
}
