//! Attempts in simulated time: in the runner's threads, under supervisors, taken up again.
//!
//! The decisions are those of [`pn_executor::course`].

use crate::Bug;
use crate::plan::Kind;
use crate::simulation::{Event, Simulation, Thread};
use crate::world::Process;
use pn_deployment::{Outcome, Role};
use pn_executor::course::{Left, Look, Next, Pressure, after_check, after_look, is_looked_at, take_up};
use pn_executor::machine::{AttemptId, Stage};
use pn_executor::session::Observation;
use pn_executor::{Difference, Mode, Recovered, Report};
use std::time::Duration;

impl Simulation {
    /// A thread of the runner goes on with an attempt.
    pub(crate) fn thread(&mut self, id: AttemptId, thread: Thread) -> Result<(), String> {
        match thread {
            Thread::Recover => return self.recover(id),
            Thread::Check => return self.check(id),
            Thread::Apply => return self.go_ahead(id),
            Thread::Effect => {
                let key = self.key(id);
                self.world.rest(key, id);
                if self.chance.happens(self.faults.fails) {
                    self.soon(20, id, Thread::Done(Outcome::Failed));
                } else {
                    self.world.take_effect(key);
                    self.soon(20, id, Thread::Look(Outcome::Ok));
                }
            }
            Thread::Waited => {
                let result = match self.cancelled.contains(&id) {
                    true => Outcome::Cancelled,
                    false if self.chance.happens(self.faults.fails) => Outcome::Failed,
                    false => Outcome::Ok,
                };
                self.soon(20, id, Thread::Done(result));
            }
            Thread::Hear => self.hear(id),
            Thread::Look(result) => self.look_again(id, result),
            Thread::Done(result) => {
                if !self.machine.in_flight().any(|attempt| attempt.id == id) {
                    return Err(format!("attempt {id} is heard of twice"));
                }
                return self.observed(Observation::Ended(id, Report::new(result, "simulated")));
            }
        }
        Ok(())
    }

    fn timeout(&self, id: AttemptId) -> Option<Duration> {
        match self.plan.deployment.role(self.started[&id].0.action) {
            Role::Action(action) => action.timeout,
            _ => None,
        }
    }

    fn is_late(&self, id: AttemptId) -> bool {
        let elapsed = self.run_time().saturating_sub(self.started[&id].1);
        self.timeout(id).is_some_and(|timeout| elapsed >= timeout)
    }

    fn look(&self, id: AttemptId) -> Look {
        match self.kind(id).can_check() {
            true => self.world.look(self.key(id)),
            false => Look::CannotTell,
        }
    }

    fn check(&mut self, id: AttemptId) -> Result<(), String> {
        if self.chance.happens(self.faults.check_fails) {
            self.soon(10, id, Thread::Done(Outcome::Failed));
            return Ok(());
        }
        let look = self.look(id);
        self.follow(id, look)
    }

    /// The difference is recorded: the attempt applies, unless something keeps it from that.
    fn go_ahead(&mut self, id: AttemptId) -> Result<(), String> {
        self.follow(id, Look::Differs)
    }

    fn follow(&mut self, id: AttemptId, look: Look) -> Result<(), String> {
        let pressure = match (self.cancelled.contains(&id), self.is_late(id)) {
            (true, _) => Pressure::Cancelled,
            (false, true) => Pressure::Late,
            (false, false) => Pressure::None,
        };
        match after_check(look, self.mode(id), pressure) {
            Next::End(result) => self.soon(10, id, Thread::Done(result)),
            Next::Apply => self.apply(id)?,
            Next::Announce => {
                let difference = Difference { what: "simulated".into(), before: None };
                return self.observed(Observation::Differs(id, difference));
            }
        }
        Ok(())
    }

    fn mode(&self, id: AttemptId) -> Mode {
        match self.machine.is_staged(self.started[&id].0.action) {
            true => Mode::Staged(self.machine.stage(id)),
            false => Mode::Apply,
        }
    }

    fn apply(&mut self, id: AttemptId) -> Result<(), String> {
        match self.kind(id) {
            Kind::Bare | Kind::Guarded => {
                self.world.folder(id);
                self.attended.insert(id);
                let delay = self.chance.time(30);
                self.after(delay, Event::Claim(id));
                if self.faults.orphans_left > 0 && self.chance.happens(self.faults.orphan) {
                    self.faults.orphans_left -= 1;
                    let delay = self.chance.time(400);
                    self.after(delay, Event::Orphan(id));
                }
            }
            Kind::Inside => {
                self.begin_work(id)?;
                self.soon(200, id, Thread::Effect);
            }
            Kind::Waits => self.soon(300, id, Thread::Waited),
        }
        Ok(())
    }

    /// Work begins that may take effect: only on what the journal has.
    fn begin_work(&mut self, id: AttemptId) -> Result<(), String> {
        let key = self.key(id);
        if !self.checker.open.contains_key(&id) {
            return Err(format!("attempt {id} takes effect, and the journal does not have its start"));
        }
        if self.mode(id) != Mode::Apply && !self.checker.applying.contains(&id) {
            return Err(format!("attempt {id} takes effect, and the journal does not have its difference"));
        }
        if self.checker.succeeded.contains_key(&key) {
            return Err(format!("attempt {id} repeats a completed action"));
        }
        self.world.begin(key, id)
    }

    /// The runner attends to a supervisor.
    fn hear(&mut self, id: AttemptId) {
        if !self.attended.contains(&id) {
            return;
        }
        let key = self.key(id);
        let is_cancelled = self.cancelled.contains(&id);
        let folder = self.world.folder(id);
        if let Some(result) = folder.result {
            self.attended.remove(&id);
            return self.soon(10, id, Thread::Look(result));
        }
        if folder.supervisor != Process::Gone {
            if is_cancelled {
                let delay = self.chance.time(50);
                self.after(delay, Event::Terminate(id));
            }
            return;
        }
        if folder.command == Process::Runs {
            if !is_cancelled {
                return;
            }
            folder.command = Process::Gone;
            self.world.rest(key, id);
        }
        self.attended.remove(&id);
        self.world.find(id);
        let end =
            if is_cancelled { Thread::Done(Outcome::Cancelled) } else { Thread::Look(Outcome::Unknown) };
        self.soon(10, id, end);
    }

    fn look_again(&mut self, id: AttemptId, result: Outcome) {
        let look = is_looked_at(result, self.mode(id)).then(|| self.look(id));
        let check_fails = look.is_some() && self.chance.happens(self.faults.check_fails);
        let after = match result {
            Outcome::Ok if check_fails && self.kind(id).can_check() => Outcome::Failed,
            Outcome::Unknown if self.bug == Some(Bug::AssumeSuccess) => Outcome::Ok,
            _ if check_fails => result,
            _ => after_look(result, look),
        };
        self.soon(10, id, Thread::Done(after));
    }

    fn recover(&mut self, id: AttemptId) -> Result<(), String> {
        let mode = self.mode(id);
        let left = match mode {
            Mode::Staged(Stage::Checking) => Left::NeverStarted,
            _ => match self.world.find(id) {
                Left::Alive if self.bug == Some(Bug::NotAdopted) => Left::Unclear,
                left => left,
            },
        };
        let how = take_up(left, Some(self.kind(id).recovery()), mode);
        self.note(|_| format!("attempt {id} is taken up: {how:?}"));
        match how {
            Recovered::Finished => {
                let result = self.world.folder(id).result.unwrap_or(Outcome::Unknown);
                self.soon(10, id, Thread::Look(result));
            }
            Recovered::Adopted => {
                self.attended.insert(id);
                self.soon(10, id, Thread::Hear);
            }
            Recovered::Continued | Recovered::Unchanged => self.soon(10, id, Thread::Check),
            Recovered::NeverStarted | Recovered::Rechecked => {
                self.soon(10, id, Thread::Look(Outcome::Unknown));
            }
        }
        if how.goes_on() { self.settled(id) } else { Ok(()) }
    }

    /// The end of the attempt is in the journal: what lies beside it is removed.
    pub(crate) fn clear(&mut self, id: AttemptId) {
        self.cancelled.remove(&id);
        let alive = |folder: &crate::world::Folder| folder.command == Process::Runs;
        if self.world.folders.remove(&id).as_ref().is_some_and(alive) {
            self.broken.get_or_insert(format!("attempt {id} has ended, and its command still runs"));
        }
    }

    fn command_runs(&self, id: AttemptId) -> bool {
        self.world.folders.get(&id).is_some_and(|folder| folder.command == Process::Runs)
    }

    /// Something happens outside the runner.
    pub(crate) fn outside(&mut self, event: Event) {
        match event {
            Event::Claim(id) => self.claim(id),
            Event::Effect(id) if self.command_runs(id) => self.world.take_effect(self.key(id)),
            Event::Effect(_) => {}
            Event::Ends(id, result) => self.command_ends(id, result),
            Event::Terminate(id) => match self.world.folders.get(&id).map(|folder| folder.supervisor) {
                Some(Process::Runs) => self.command_ends(id, Outcome::Cancelled),
                Some(Process::NotYet) => self.after(Duration::from_millis(20), Event::Terminate(id)),
                _ => {}
            },
            Event::Orphan(id) => self.orphan(id),
            _ => {}
        }
    }

    fn claim(&mut self, id: AttemptId) {
        if !self.world.folders.contains_key(&id) && self.bug != Some(Bug::LateClaim) {
            // The attempt has ended without its supervisor.
            return;
        }
        let folder = self.world.folder(id);
        if folder.supervisor != Process::NotYet {
            return;
        }
        if folder.is_claimed {
            folder.supervisor = Process::Gone;
            return self.tell(id);
        }
        folder.is_claimed = true;
        (folder.supervisor, folder.command) = (Process::Runs, Process::Runs);
        self.note(|_| format!("attempt {id}: its supervisor starts the command"));
        if let Err(broken) = self.begin_work(id) {
            self.broken.get_or_insert(broken);
            return;
        }
        let fails = self.chance.happens(self.faults.fails);
        let takes = self.chance.time(self.faults.longest);
        let timeout = self.timeout(id).unwrap_or(Duration::MAX);
        let effect = Duration::from_micros(u64::from(self.chance.below(1000))) + takes / 2;
        if !fails || (self.kind(id).can_check() && self.chance.happens(500)) {
            self.after(effect.min(takes), Event::Effect(id));
        }
        let (ends, result) = match fails {
            _ if takes >= timeout => (timeout, Outcome::Timeout),
            true => (takes, Outcome::Failed),
            false => (takes, Outcome::Ok),
        };
        self.after(ends, Event::Ends(id, result));
    }

    fn command_ends(&mut self, id: AttemptId, result: Outcome) {
        let key = self.key(id);
        let Some(folder) = self.world.folders.get_mut(&id) else { return };
        if folder.command != Process::Runs {
            return;
        }
        folder.command = Process::Gone;
        if folder.supervisor == Process::Runs {
            folder.supervisor = Process::Gone;
            folder.result = Some(result);
            if result == Outcome::Ok {
                self.world.succeeded.insert(key, id);
            }
        }
        self.world.rest(key, id);
        self.note(|_| format!("attempt {id}: its command ends, {}", result.word()));
        self.tell(id);
    }

    fn orphan(&mut self, id: AttemptId) {
        let key = self.key(id);
        let dies = self.chance.happens(500);
        let Some(folder) = self.world.folders.get_mut(&id) else { return };
        if folder.supervisor == Process::Gone {
            return;
        }
        folder.supervisor = Process::Gone;
        if dies && folder.command == Process::Runs {
            folder.command = Process::Gone;
            self.world.rest(key, id);
        }
        self.note(|_| format!("attempt {id}: its supervisor is killed"));
        self.tell(id);
    }

    /// Whoever attends to the attempt notices.
    fn tell(&mut self, id: AttemptId) {
        if self.attended.contains(&id) {
            self.soon(20, id, Thread::Hear);
        }
    }
}
