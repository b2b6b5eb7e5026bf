//! What fires next, of all that is ours, the clock's or an approver's to fire (rule R3).

use super::step::Cause;
use super::store::Store;
use super::{Machine, Stop, Who};
use pn_deployment::Role;
use pn_net::TransitionId;
use std::time::Duration;

/// Where the rounds of one step stand.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) control: usize,
    action: usize,
}

impl<S: Store> Machine<S> {
    /// Whether anything may be chosen at all.
    pub(super) fn may_go_on(&self) -> bool {
        let over = || self.in_flight.is_empty() && self.store.goal_holds();
        self.stop == Stop::No && self.livelock.is_none() && (self.watching.is_on() || !over())
    }

    /// Whether the transition fires without anything being observed and without time passing.
    pub(super) fn is_immediate(&self, transition: TransitionId) -> bool {
        match self.deployment().role(transition) {
            Role::Control | Role::Refresh { .. } => true,
            Role::Timer { after } => after.is_zero(),
            _ => false,
        }
    }

    /// Fires the next transition that it is ours, the clock's or an approver's to fire: control
    /// first, then refreshes, what was approved, timers, retries, actions; each in the order of
    /// the net, control and actions going on behind the last one chosen. While a watched run has
    /// what it wants, only what keeps it so.
    pub(super) fn choose(&mut self, now: Duration, scan: &mut Scan) -> Option<(TransitionId, Cause)> {
        let keeps = self.watching.is_on() && self.store.goal_holds();
        if !keeps && let Some(transition) = self.store.next(Who::Control, scan.control) {
            scan.control = transition.index() + 1;
            self.fire(transition, now).expect("it may fire");
            return Some((transition, Cause::Control));
        }
        if let Some(transition) = self.store.next(Who::Refresh, 0) {
            self.fire(transition, now).expect("it may fire");
            self.turn_back(transition, now);
            return Some((transition, Cause::Control));
        }
        for index in 0..self.granted.len() {
            let transition = self.granted[index].0;
            if self.fire(transition, now).is_ok() {
                let (_, by) = self.granted.remove(index).expect("the index is in range");
                return Some((transition, Cause::Approval { by }));
            }
        }
        if !keeps && let Some(timer) = self.store.due(Who::Timer, now) {
            self.fire(timer, now).expect("it may fire");
            return Some((timer, Cause::Timer));
        }
        if self.in_flight.len() >= self.jobs.get() {
            return None;
        }
        let action = self.store.due(Who::Retry, now).or_else(|| {
            let next = match keeps {
                true => self.next_repair(),
                false => self.store.next(Who::Action, scan.action),
            };
            scan.action = next.map_or(scan.action, |action| action.index() + 1);
            next
        })?;
        self.fire(action, now).expect("it may fire");
        self.begin(action, now).map(|attempt| (action, Cause::Start(attempt)))
    }
}
