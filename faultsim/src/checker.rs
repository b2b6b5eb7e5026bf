//! What must be true of every run, checked on its own account: nothing here asks the machine.
//!
//! The checker fires every journalled firing by the toolkit's firing rule and books attempts,
//! clocks and approvals anew. O(net) per firing.

use crate::disk::Row;
use crate::plan::Plan;
use pn_deployment::{Outcome, Retry, Role};
use pn_executor::machine::{Attempt, AttemptId, Cause, EndState, Recorded};
use pn_logic::holds_in;
use pn_net::{Marking, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The journal cuts times to this, so a clock that is taken up again may be so much early.
const GRAIN: Duration = Duration::from_millis(1);

/// What became of an activation so far.
#[derive(Debug, Default)]
struct Activation {
    failures: u32,
    /// Those of them since the action last had all its tries.
    counted: u32,
    failed_at: Duration,
    is_over: bool,
}

/// An independent account of a run.
#[derive(Debug)]
pub(crate) struct Checker {
    pub(crate) marking: Marking,
    /// The attempts that have started and not ended.
    pub(crate) open: BTreeMap<AttemptId, Attempt>,
    /// The open attempts whose difference is written.
    pub(crate) applying: BTreeSet<AttemptId>,
    /// The activations that ended well, and by which attempt.
    pub(crate) succeeded: BTreeMap<(TransitionId, u32), Outcome>,
    /// How many attempts ended in failure.
    pub(crate) failures: u32,
    /// The drifts that were observed and have not fired, by action.
    pub(crate) drifts: BTreeMap<TransitionId, u32>,
    pub(crate) firings: usize,
    pub(crate) is_frozen: bool,
    seen: BTreeSet<AttemptId>,
    activations: BTreeMap<(TransitionId, u32), Activation>,
    enabled_since: BTreeMap<TransitionId, Duration>,
    approvals: Vec<(TransitionId, String)>,
    pub(crate) last: Duration,
}

impl Checker {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut checker = Self {
            marking: plan.deployment.net.initial().clone(),
            open: BTreeMap::new(),
            applying: BTreeSet::new(),
            succeeded: BTreeMap::new(),
            failures: 0,
            drifts: BTreeMap::new(),
            firings: 0,
            is_frozen: false,
            seen: BTreeSet::new(),
            activations: BTreeMap::new(),
            enabled_since: BTreeMap::new(),
            approvals: Vec::new(),
            last: Duration::ZERO,
        };
        checker.observe(plan, Duration::ZERO);
        checker
    }

    /// Rows came to count.
    pub(crate) fn written(&mut self, plan: &Plan, rows: &[Row]) -> Result<(), String> {
        for row in rows {
            match row {
                Row::Firing(recorded) => self.fired(plan, recorded)?,
                Row::Approval { transition, who }
                    if firing::is_enabled(&plan.deployment.net, &self.marking, *transition) =>
                {
                    self.approvals.push((*transition, who.clone()));
                }
                Row::Frozen => self.is_frozen = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn fired(&mut self, plan: &Plan, recorded: &Recorded) -> Result<(), String> {
        let Recorded { at, transition, ref cause } = *recorded;
        let (deployment, net) = (&*plan.deployment, &plan.deployment.net);
        let name = net.transition_name(transition);
        self.firings += 1;
        if at + GRAIN < self.last {
            return Err(format!("`{name}` fires at {at:?}, before the firing at {:?}", self.last));
        }
        self.last = self.last.max(at);
        match (cause, deployment.role(transition)) {
            (Cause::Control, Role::Control | Role::Refresh { .. }) => {
                // A failure between a success and its settling is forgiven with those before.
                let settled = name.strip_suffix(".settles").and_then(|action| net.find_transition(action));
                if let Some(action) = settled {
                    self.has_all_tries(action);
                }
            }
            (Cause::Observed, Role::Drift { of }) => {
                let observed = self.drifts.get_mut(of).filter(|observed| **observed > 0);
                let Some(observed) = observed else {
                    return Err(format!("`{name}` fires, and nobody has observed it"));
                };
                *observed -= 1;
            }
            (Cause::Timer, Role::Timer { after }) => {
                let since = self.enabled_since.get(&transition).copied();
                let due = since.map(|since| since + *after);
                if due.is_none_or(|due| at + GRAIN < due) {
                    return Err(format!("timer `{name}` fires at {at:?} and is due at {due:?}"));
                }
            }
            (Cause::Approval { by }, Role::Approval { .. }) => {
                let given = self.approvals.iter().position(|(t, who)| *t == transition && who == by);
                let Some(given) = given else {
                    return Err(format!("`{name}` fires without an approval by {by} given while it waits"));
                };
                self.approvals.remove(given);
            }
            (Cause::Start(attempt), Role::Action(_)) => self.started(plan, transition, attempt, at)?,
            (Cause::Start(attempt), Role::Retry { of }) => self.started(plan, *of, attempt, at)?,
            (Cause::Differs { attempt }, Role::Outcome { of, .. }) => {
                let is_open = self.open.get(attempt).is_some_and(|open| open.action == *of);
                let claims = deployment.transitions_for(*of, Outcome::Diff).contains(&transition);
                if !is_open || !claims || !self.applying.insert(*attempt) {
                    return Err(format!("`{name}` fires, and attempt {attempt} does not check"));
                }
            }
            (Cause::End { attempt, result }, Role::Outcome { of, .. }) => {
                self.applying.remove(attempt);
                self.ended(plan, (*of, transition), *attempt, *result, at)?;
            }
            (cause, role) => return Err(format!("`{name}` ({role:?}) fires for {cause:?}")),
        }
        firing::fire(net, &mut self.marking, transition)
            .map_err(|error| format!("the journal is no firing sequence: `{name}`: {error}"))?;
        self.state(plan)?;
        self.enabled_since.remove(&transition);
        self.observe(plan, at);
        Ok(())
    }

    /// What holds in every marking.
    fn state(&self, plan: &Plan) -> Result<(), String> {
        let deployment = &*plan.deployment;
        let broken = |formula| !holds_in(&deployment.net, &self.marking, formula);
        if let Some(invariant) = deployment.invariants.iter().find(|i| broken(&i.formula)) {
            return Err(format!("the invariant `{}` is broken", invariant.name));
        }
        for conserved in &plan.conserved {
            let sum: u64 = conserved.places.iter().map(|place| self.marking.tokens(*place)).sum();
            if sum != conserved.sum {
                let names = conserved.places.iter().map(|place| deployment.net.place_name(*place));
                let names = names.collect::<Vec<_>>().join(" + ");
                return Err(format!("{names} is {sum} and was {}", conserved.sum));
            }
        }
        Ok(())
    }

    /// Keeps the clocks of the timers and lets approvals lapse.
    fn observe(&mut self, plan: &Plan, at: Duration) {
        let (deployment, net) = (&*plan.deployment, &plan.deployment.net);
        for transition in net.transitions() {
            if let Role::Timer { .. } = deployment.role(transition) {
                if firing::is_enabled(net, &self.marking, transition) {
                    self.enabled_since.entry(transition).or_insert(at);
                } else {
                    self.enabled_since.remove(&transition);
                }
            }
        }
        self.approvals.retain(|(transition, _)| firing::is_enabled(net, &self.marking, *transition));
    }

    fn started(
        &mut self,
        plan: &Plan,
        action: TransitionId,
        attempt: &Attempt,
        at: Duration,
    ) -> Result<(), String> {
        let id = attempt.id;
        if attempt.action != action || !self.seen.insert(id) {
            return Err(format!("attempt {id} starts twice, or for another action"));
        }
        let key = (action, attempt.activation);
        if self.open.values().any(|other| (other.action, other.activation) == key) {
            return Err(format!("attempt {id} starts while another of its activation runs"));
        }
        if self.open.len() >= plan.jobs.get() {
            return Err(format!("attempt {id} starts, and {} run already", self.open.len()));
        }
        let known = self.activations.entry(key).or_default();
        if known.is_over {
            return Err(format!("attempt {id} starts, and its activation has ended"));
        }
        if known.failures != attempt.failures {
            return Err(format!("attempt {id} counts {} failures of {}", attempt.failures, known.failures));
        }
        let retry = retry(plan, action);
        if known.counted >= retry.attempts {
            return Err(format!("attempt {id} is one more than {}", retry.attempts));
        }
        if known.failures > 0 && at + GRAIN < known.failed_at + retry.pause(known.failures) {
            return Err(format!("attempt {id} starts at {at:?}, before its pause is over"));
        }
        self.open.insert(id, *attempt);
        Ok(())
    }

    fn ended(
        &mut self,
        plan: &Plan,
        (of, by): (TransitionId, TransitionId),
        id: AttemptId,
        result: Outcome,
        at: Duration,
    ) -> Result<(), String> {
        let Some(attempt) = self.open.remove(&id).filter(|attempt| attempt.action == of) else {
            return Err(format!("attempt {id} ends and is not in flight"));
        };
        if !plan.deployment.transitions_for(of, result).contains(&by) {
            let name = plan.deployment.net.transition_name(by);
            return Err(format!("`{name}` fires for {} of attempt {id}", result.word()));
        }
        let key = (of, attempt.activation);
        let known = self.activations.entry(key).or_default();
        match result {
            Outcome::Ok | Outcome::Same | Outcome::Diff => {
                known.is_over = true;
                self.succeeded.insert(key, result);
                self.has_all_tries(of);
            }
            Outcome::Failed | Outcome::Timeout => {
                self.failures += 1;
                known.failures += 1;
                known.counted += 1;
                known.failed_at = at;
            }
            Outcome::Unknown | Outcome::Cancelled => {}
        }
        Ok(())
    }

    /// No failure of the action counts any more.
    fn has_all_tries(&mut self, action: TransitionId) {
        let all = (action, 0)..=(action, u32::MAX);
        self.activations.range_mut(all).for_each(|(_, activation)| activation.counted = 0);
    }

    /// Whether the run may end so.
    pub(crate) fn may_end(&self, plan: &Plan, state: EndState, stops: u32) -> Result<(), String> {
        let deployment = &*plan.deployment;
        let holds = |formula| holds_in(&deployment.net, &self.marking, formula);
        let goal = deployment.goal.as_ref().is_some_and(holds);
        let allowed = match state {
            EndState::Complete => goal,
            EndState::DeclaredFailure => self.failures > 0 && holds(&deployment.failure),
            EndState::Stopped => stops > 0,
            EndState::Frozen => self.is_frozen,
            EndState::Stuck | EndState::Livelock => false,
        };
        match (allowed, self.open.len()) {
            (true, 0) => Ok(()),
            (true, open) if state != EndState::Frozen => {
                Err(format!("the run ends {} with {open} attempt(s) in flight", state.word()))
            }
            (true, _) => Ok(()),
            (false, _) => {
                let marking = self.marking.display(&deployment.net);
                Err(format!("the run ends {} in {marking}", state.word()))
            }
        }
    }
}

fn retry(plan: &Plan, action: TransitionId) -> Retry {
    match plan.deployment.role(action) {
        Role::Action(action) => action.retry,
        _ => Retry::ONCE,
    }
}
