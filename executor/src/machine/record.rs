//! The record of a run: putting its firings into effect again, and what stands at one point of it,
//! so that a long record need not be gone through from its beginning.

use super::activity::Activity;
use super::rules::Rules;
use super::step::{Attempt, AttemptId, Cause, Stage};
use super::store::Store;
use super::{Machine, MachineError};
use pn_deployment::{Deployment, Role};
use pn_net::{Marking, TransitionId};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// A firing as the journal has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// When, in time since the start of the run.
    pub at: Duration,
    /// What fired.
    pub transition: TransitionId,
    /// Why.
    pub cause: Cause,
}

/// Where a run stands after some firing of its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The marking.
    pub marking: Marking,
    /// The attempts that have started and not ended, or whose result the net could not take.
    pub in_flight: Vec<(Attempt, Stage)>,
    /// How many attempts have started.
    pub attempts: u64,
    /// The activations of each action.
    pub activities: BTreeMap<TransitionId, Activity>,
    /// Since when each enabled timer has been enabled.
    pub clocks: BTreeMap<TransitionId, Duration>,
}

impl Snapshot {
    /// The same with all times cut to milliseconds, as a journal has them.
    #[must_use]
    pub fn in_millis(mut self) -> Self {
        let cut = |time: &mut Duration| {
            *time = Duration::from_millis(time.as_millis().try_into().unwrap_or(u64::MAX))
        };
        self.clocks.values_mut().for_each(cut);
        for activity in self.activities.values_mut() {
            activity.waiting.iter_mut().for_each(|paused| cut(&mut paused.until));
            activity.repairs.iter_mut().for_each(cut);
        }
        self
    }
}

impl<S: Store> Machine<S> {
    /// Where the run stands.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let open = self.in_flight.values().map(|attempt| (*attempt, self.stage(attempt.id)));
        let frozen = self.frozen.values().map(|(attempt, _, stage)| (*attempt, *stage));
        let in_flight: BTreeMap<AttemptId, _> = open.chain(frozen).map(|(a, s)| (a.id, (a, s))).collect();
        Snapshot {
            marking: self.store.marking().clone(),
            in_flight: in_flight.into_values().collect(),
            attempts: self.attempts,
            activities: self.activities.clone(),
            clocks: self.store.clocks(),
        }
    }

    /// The machine of a run that stands here.
    ///
    /// # Errors
    ///
    /// When the deployment is not expanded.
    pub fn restored(
        deployment: Arc<Deployment>,
        jobs: NonZeroUsize,
        snapshot: Snapshot,
    ) -> Result<Self, MachineError> {
        let rules = Arc::new(Rules::new(deployment)?);
        let Snapshot { marking, in_flight, attempts, activities, clocks } = snapshot;
        let mut store = S::new(&rules, marking, Duration::ZERO);
        store.set_clocks(&clocks);
        for (action, activity) in &activities {
            store.pause(*action, activity.due());
        }
        let mut machine = Self::of(rules, store, jobs);
        for (attempt, stage) in in_flight {
            machine.in_flight.insert(attempt.id, attempt);
            if stage == Stage::Applying {
                machine.applying.insert(attempt.id);
            }
        }
        machine.attempts = attempts;
        machine.activities = activities;
        let actions: Vec<TransitionId> = machine.activities.keys().copied().collect();
        actions.into_iter().for_each(|action| machine.restore_watching(action));
        Ok(machine)
    }

    /// Puts a recorded firing into effect again, as the `index`-th of the record.
    ///
    /// # Errors
    ///
    /// When the firing is not possible, or is not what this machine would have recorded.
    pub fn replay(&mut self, index: usize, recorded: &Recorded) -> Result<(), MachineError> {
        let misfit = MachineError::Replay(index);
        let Recorded { at, transition, ref cause } = *recorded;
        if transition.index() >= self.deployment().net.transition_count() {
            return Err(misfit);
        }
        self.slow_down(at);
        self.fire(transition, at).map_err(|_| misfit.clone())?;
        match cause {
            Cause::Control | Cause::Timer | Cause::Approval { .. } | Cause::Observed => {
                self.turn_back(transition, at);
                Ok(())
            }
            Cause::Start(attempt) => {
                let begun = self.begin(transition, at).ok_or(misfit.clone())?;
                // Interruptions are counted by session, so the record knows better.
                if (Attempt { interruptions: attempt.interruptions, ..begun }) != *attempt {
                    return Err(misfit);
                }
                self.in_flight.insert(attempt.id, *attempt);
                Ok(())
            }
            Cause::Differs { attempt } => {
                let known = self.in_flight.contains_key(attempt);
                if known && self.applying.insert(*attempt) { Ok(()) } else { Err(misfit) }
            }
            Cause::End { attempt, result } => {
                let ended = self.in_flight.remove(attempt).ok_or(misfit.clone())?;
                self.applying.remove(attempt);
                match self.deployment().role(transition) {
                    Role::Outcome { of, .. } if *of == ended.action => {}
                    _ => return Err(misfit),
                }
                self.settle(ended, *result, transition, at);
                Ok(())
            }
        }
    }

    /// A new session takes the run up: what was interrupted in earlier ones does not count. Every
    /// approval may have been asked for when the last session broke off; the first step withdraws
    /// those that are not enabled, and asks anew for those that are.
    pub fn begin_session(&mut self) {
        self.asked = self.rules.approvals().iter().copied().collect();
        self.asked_earlier = true;
        self.in_flight.values_mut().for_each(|attempt| attempt.interruptions = 0);
        self.activities.values_mut().for_each(Activity::forgive);
    }
}
