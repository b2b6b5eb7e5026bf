//! The deployment: a net, what each of its transitions stands for, and what is asked of it.

use crate::Outcome;
use pn_logic::Formula;
use pn_net::{Net, PlaceId, TransitionId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A net with the meaning of its transitions, every reference resolved.
#[derive(Clone, PartialEq, Debug)]
pub struct Deployment {
    /// The net, as drawn or as expanded.
    pub net: Net,
    /// What each transition stands for, by transition index.
    pub roles: Vec<Role>,
    /// The deployment is complete. `None` for a net without one.
    pub goal: Option<Formula>,
    /// Ending in such a marking is a declared failure; false where none is declared. In an
    /// expanded deployment it includes the failure places of the expanded actions.
    pub failure: Formula,
    /// Proved before the run and enforced during it.
    pub invariants: Vec<Invariant>,
    /// Names and defaults of the parameters, in file order.
    pub parameters: Vec<(String, Option<String>)>,
    /// What the author wants the proofs to assume of the world; in an expanded deployment, what
    /// it covers.
    pub faults: Faults,
    /// What is said of actions and undos that only their expansion writes out; empty in an
    /// expanded deployment.
    pub shorthand: BTreeMap<TransitionId, Shorthand>,
}

/// What an author says of an action or undo for which no outcomes are drawn.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shorthand {
    /// The places that it reads: self-loops that it looks at when an attempt starts and does not
    /// hold. In the order of the file.
    pub reads: Vec<PlaceId>,
    /// The actions that are applied once more when this one has changed something. In the order
    /// of the file.
    pub refreshes: Vec<TransitionId>,
}

impl Deployment {
    /// A net without any annotation: every transition is `control`, nothing is asked of it.
    #[must_use]
    pub fn plain(net: Net) -> Self {
        Self {
            roles: vec![Role::Control; net.transition_count()],
            net,
            goal: None,
            failure: Formula::False,
            invariants: Vec::new(),
            parameters: Vec::new(),
            faults: Faults::None,
            shorthand: BTreeMap::new(),
        }
    }

    /// What the transition stands for.
    #[must_use]
    pub fn role(&self, transition: TransitionId) -> &Role {
        &self.roles[transition.index()]
    }

    /// By transition: whether it is an action or undo without drawn outcomes, which stands for a
    /// subnet. O(transitions).
    #[must_use]
    pub fn is_shorthand(&self) -> Vec<bool> {
        shorthand_roles(&self.roles)
    }
}

/// By transition: whether it starts something and no outcome of it is drawn.
pub(crate) fn shorthand_roles(roles: &[Role]) -> Vec<bool> {
    let starts = |role: &Role| matches!(role, Role::Action(_) | Role::Undo { .. });
    let mut shorthand: Vec<bool> = roles.iter().map(starts).collect();
    for role in roles {
        if let Role::Outcome { of, .. } = role {
            shorthand[of.index()] = false;
        }
    }
    shorthand
}

/// A named state formula that holds in every reachable marking.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invariant {
    /// The author's name for it.
    pub name: String,
    /// The formula.
    pub formula: Formula,
}

/// What may change behind our back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Faults {
    /// Nothing.
    #[default]
    None,
    /// At most this many drifts.
    Drifts(u32),
    /// Anything, any number of times.
    Any,
}

/// Who fires a transition, and what that does.
#[derive(Clone, PartialEq, Debug)]
pub enum Role {
    /// Fired by us, at once; no effect.
    Control,
    /// Fired by us; its tokens move when the action starts.
    Action(Action),
    /// Fired by an observation: one of these results of the action.
    Outcome {
        /// The action (or undo) transition.
        of: TransitionId,
        /// The results for which this transition fires.
        results: BTreeSet<Outcome>,
    },
    /// Fired by a watcher.
    Event {
        /// The resource kind that is watched.
        kind: String,
        /// The host on which it is watched.
        host: Option<String>,
        /// Parameters, in file order, templates unrendered.
        params: Vec<(String, String)>,
    },
    /// Fired by the clock once the transition has stayed enabled for so long.
    Timer {
        /// How long.
        after: Duration,
    },
    /// The pause before another attempt at an action: fired by the clock; its firing starts the
    /// next attempt. Part of expansions, or drawn beside drawn outcomes.
    Retry {
        /// The action transition.
        of: TransitionId,
    },
    /// Fired by a person.
    Approval {
        /// The user or group that may approve.
        by: String,
    },
    /// Fired by us, on rollback only; reverses an action.
    Undo {
        /// The action that is reversed.
        of: TransitionId,
        /// What to do; without it, the resource kind's own undo.
        action: Option<Action>,
    },
    /// Fired by the world: what an action has done is no longer so. Part of expansions under
    /// [`Faults`], or drawn.
    Drift {
        /// The action whose resource drifts.
        of: TransitionId,
    },
    /// Fired by us, at once: an action is applied once more although nothing has drifted, because
    /// something that it depends on has changed. Its next activation is a refresh.
    Refresh {
        /// The action that is applied once more.
        of: TransitionId,
    },
}

impl Role {
    /// Whether it is ours to choose when the transition fires. Verification treats all others as
    /// adversarial.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        matches!(self, Self::Control | Self::Action(_) | Self::Undo { .. } | Self::Refresh { .. })
    }
}

/// A resource action.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// The resource kind, such as `exec`.
    pub kind: String,
    /// The host on which it runs, if named.
    pub host: Option<String>,
    /// Parameters, in file order, templates unrendered.
    pub params: Vec<(String, String)>,
    /// The longest that one attempt may take.
    pub timeout: Option<Duration>,
    /// How often and after which pauses a failed attempt is repeated.
    pub retry: Retry,
    /// The transition that reverses it.
    pub undo: Option<TransitionId>,
}

impl Action {
    /// An action of this resource kind with nothing else said: no host, no parameters, no
    /// timeout, one attempt.
    #[must_use]
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            host: None,
            params: Vec::new(),
            timeout: None,
            retry: Retry::ONCE,
            undo: None,
        }
    }
}

/// How a failed attempt is repeated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Retry {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// Pause after the first failure.
    pub first: Duration,
    /// Growth of the pause from failure to failure, at least 1.
    pub factor: f64,
    /// The longest pause.
    pub cap: Duration,
}

impl Retry {
    /// One attempt, none repeated: what an action without `<retry>` gets.
    pub const ONCE: Self = Self { attempts: 1, first: Duration::ZERO, factor: 1.0, cap: Duration::ZERO };

    /// The pause after the `failures`-th failure, counted from 1.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        let growth = self.factor.powi(i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX));
        let seconds = self.first.as_secs_f64() * growth.min(f64::MAX);
        Duration::try_from_secs_f64(seconds).map_or(self.cap, |pause| pause.min(self.cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_cap_however_many_failures_there_were() {
        let retry = |first| Retry { attempts: 5, first, factor: 2.0, cap: Duration::from_secs(100) };
        assert_eq!(retry(Duration::from_secs(1)).pause(u32::MAX), Duration::from_secs(100));
        assert_eq!(retry(Duration::from_secs(1)).pause(3), Duration::from_secs(4));
        assert_eq!(retry(Duration::ZERO).pause(u32::MAX), Duration::ZERO);
    }
}
