//! What comes from outside, whatever the run does: crashes, people, and drift.

use crate::disk::Row;
use crate::simulation::{Event, Simulation};
use pn_deployment::Role;
use pn_executor::session::{self, Observation};
use pn_net::{TransitionId, firing};
use std::time::Duration;

impl Simulation {
    /// What comes from outside, whatever the run does.
    pub(crate) fn schedule_outside(&mut self) {
        for _ in 0..self.faults.crashes_left.min(2) {
            if self.chance.happens(500) {
                let crash = self.crash_kind();
                let after = self.chance.time(4000);
                self.after(after, Event::Crash(crash));
            }
        }
        if self.plan.stays.is_some() {
            let net = &self.plan.deployment.net;
            let drifts = net.transitions().filter_map(|t| match self.plan.deployment.role(t) {
                Role::Drift { of } => Some(*of),
                _ => None,
            });
            let drifting: Vec<TransitionId> = drifts.collect();
            for _ in 0..self.chance.below(8) {
                if !drifting.is_empty() {
                    let (action, after) = (self.chance.one_of(&drifting), self.chance.time(6000));
                    self.after(after, Event::Drift(action));
                }
            }
        }
        if self.faults.crash + self.faults.fails > 0 && self.chance.happens(200) {
            for _ in 0..=self.chance.below(2) {
                let after = self.chance.time(3000);
                self.after(after, Event::Stop);
            }
        }
    }

    /// Somebody undoes what an action has done, and it is noticed; or nobody watches.
    pub(crate) fn drift(&mut self, action: TransitionId) {
        let net = &self.plan.deployment.net;
        let drifts =
            |t: &TransitionId| matches!(self.plan.deployment.role(*t), Role::Drift { of } if *of == action);
        let is_possible = |t: TransitionId| firing::is_enabled(net, &self.checker.marking, t);
        if !self.is_up || !net.transitions().filter(drifts).any(is_possible) {
            return;
        }
        *self.checker.drifts.entry(action).or_default() += 1;
        self.note(|s| format!("`{}` drifts", s.plan.deployment.net.transition_name(action)));
        self.mailbox.push(Observation::Observed(action, "simulated".into()));
        let delay = self.chance.time(20);
        self.after(delay, Event::Wake(self.session));
    }

    pub(crate) fn approve(&mut self, transition: TransitionId) -> Result<(), String> {
        if !self.disk.book.gates.contains(&transition) {
            return Ok(());
        }
        if self.disk.has_unsynced() {
            // The runner is just writing.
            self.after(Duration::from_millis(10), Event::Approve(transition));
            return Ok(());
        }
        let who = self.chance.one_of(&["ann", "bob"]).to_owned();
        self.note(|s| format!("{who} approves `{}`", s.plan.deployment.net.transition_name(transition)));
        self.disk.append(vec![Row::Approval { transition, who }]);
        self.synced()?;
        if self.is_up {
            let delay = self.chance.time(100);
            self.after(delay, Event::Wake(self.session));
        }
        // Where the transition still waits then, another approval is needed, or one too many.
        let delay = self.chance.time(1000);
        self.after(delay, Event::Approve(transition));
        Ok(())
    }

    pub(crate) fn stop(&mut self) -> Result<(), String> {
        if !self.is_up {
            return Ok(());
        }
        self.stops += 1;
        self.note(|s| format!("stop, the {}. time", s.stops));
        let result = session::stop(self);
        self.survive(result)?;
        self.go_on()
    }
}
