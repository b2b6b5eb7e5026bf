//! Failures that are not the action's own. In a watched run others may change what an attempt works
//! on, and what it builds on, while it is in flight:
//!
//! - It reads the token of another action, as a file reads that of its folder, and that has drifted.
//!   Its failure is an interruption: it costs no attempt, and it begins anew after the repair.
//! - It succeeds, and another look finds the resource changed already. The first time, nobody knows
//!   whether it works; when it happens again, it does not.
//!
//! See `docs/decisions/0014-excused-failures.md`. Looking costs one check of each action that is
//! read, and only after a failure.

use super::Runner;
use crate::attempt::Task;
use crate::machine::Attempt;
use crate::probe::Probe;
use crate::report::Report;
use crate::resource::Check;
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::{PlaceId, TransitionId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Actions whose tokens an action reads, with how each of them is looked at.
pub(super) type Grounds = BTreeMap<TransitionId, Task>;

impl Runner<'_> {
    /// What an attempt at the action builds on, of what is watched.
    pub(super) fn grounds(&self, action: TransitionId) -> Grounds {
        if !self.eyes.excuses(action) {
            return Grounds::new();
        }
        let drifts = self.read(action).flat_map(|place| self.eyes.drifts_of(place));
        drifts
            .filter_map(|drift| {
                let Role::Drift { of } = *self.deployment.role(*drift) else { return None };
                let Role::Action(ground) = self.deployment.role(of) else { return None };
                self.eyes.sees(of).then(|| (of, self.look(of, ground)))
            })
            .collect()
    }

    /// A transition has fired: when it is a drift, what reads what it took has lost its ground.
    pub(super) fn take_the_ground_away(&mut self, fired: TransitionId) {
        if !matches!(self.deployment.role(fired), Role::Drift { .. }) {
            return;
        }
        let taken = self.deployment.net.preset(fired);
        let reading = self.started.values().map(|(attempt, _)| attempt).filter(|attempt| {
            self.eyes.excuses(attempt.action) && self.read(attempt.action).any(|place| taken.contains(&place))
        });
        let lost: Vec<_> = reading.map(|attempt| attempt.id).collect();
        self.groundless.extend(lost);
    }

    /// What a success of the attempt counts as that another look refutes.
    pub(super) fn refuted(&self, attempt: &Attempt) -> Outcome {
        match attempt.interruptions {
            0 if self.eyes.excuses(attempt.action) => Outcome::Unknown,
            _ => Outcome::Failed,
        }
    }

    /// The places that an action only reads.
    fn read(&self, action: TransitionId) -> impl Iterator<Item = PlaceId> {
        let net = &self.deployment.net;
        let given = net.postset(action);
        net.preset(action).iter().copied().filter(|place| given.contains(place))
    }
}

/// The actions an attempt at which may be interrupted: a transition claims it.
pub(super) fn interruptible(deployment: &Deployment) -> BTreeSet<TransitionId> {
    let claims = deployment.roles.iter().filter_map(|role| match role {
        Role::Outcome { of, results }
            if [Outcome::Unknown, Outcome::Cancelled].iter().all(|result| results.contains(result)) =>
        {
            Some(*of)
        }
        _ => None,
    });
    claims.collect()
}

/// Whether an attempt that ends so has failed.
pub(super) const fn is_failure(result: Outcome) -> bool {
    matches!(result, Outcome::Failed | Outcome::Timeout)
}

/// The first of the grounds that is no longer as it was made, and in what it differs.
pub(super) fn lost(grounds: Grounds) -> Option<(TransitionId, String)> {
    grounds.into_iter().find_map(|(of, mut task)| {
        task.context.started = Instant::now();
        match Probe::new(task).and_then(|probe| probe.check()) {
            Ok(Check::Diff(what)) => Some((of, what)),
            // What cannot be looked at excuses nothing.
            Ok(Check::Same(_) | Check::CannotTell) | Err(_) => None,
        }
    })
}

/// The same end of an attempt that has lost its ground: a failure does not count.
pub(super) fn excused(report: Report) -> Report {
    if !is_failure(report.result) {
        return report;
    }
    let message = format!("what it builds on has drifted: {}", report.message);
    Report { result: Outcome::Cancelled, message, ..report }
}
