//! The simulated hands of a session: the process may die before, between and after everything
//! that they do.

use crate::Bug;
use crate::disk::{Crash, Row};
use crate::simulation::{Event, Simulation, Thread};
use pn_executor::machine::{Attempt, Cause, Command, Compared, Machine, Recorded, Stage};
use pn_executor::session::{Booked, News, Session};
use std::time::Duration;

impl Simulation {
    /// Here the process may die.
    fn crash_point(&mut self) -> Result<(), Crash> {
        if self.faults.crashes_left == 0 || !self.chance.happens(self.faults.crash) {
            return Ok(());
        }
        self.faults.crashes_left -= 1;
        Err(self.crash_kind())
    }

    fn rows(commands: &[Command], news: &News, now: Duration) -> Vec<Row> {
        let ends = news.reports.iter().map(|(id, report)| Row::Ended(*id, report.result));
        let row = |command: &Command| match command {
            Command::Fire { transition, cause } => {
                Some(Row::Firing(Recorded { at: now, transition: *transition, cause: cause.clone() }))
            }
            Command::Ask(transition) => Some(Row::Gate(*transition)),
            Command::Withdraw(transition) => Some(Row::Withdrawn(*transition)),
            Command::Freeze { .. } => Some(Row::Frozen),
            Command::Finish(state) => Some(Row::Finished(*state)),
            Command::Cancel(_) | Command::Retry { .. } | Command::Hold(..) | Command::Pending(..) => None,
        };
        ends.chain(commands.iter().filter_map(row)).collect()
    }

    /// What the planted bugs do too early.
    fn too_early(&mut self, commands: &[Command], news: &News) {
        if self.bug == Some(Bug::OutcomeFirst) {
            self.world.folders.retain(|id, _| !news.reports.contains_key(id));
        }
        for command in commands {
            if let (Some(Bug::StartFirst), Command::Fire { cause: Cause::Start(attempt), .. }) =
                (self.bug, command)
                && self.plan.kinds[&attempt.action].is_command()
            {
                self.started.insert(attempt.id, (*attempt, self.run_time()));
                self.world.folder(attempt.id);
                self.after(Duration::from_millis(1), Event::Claim(attempt.id));
            }
        }
    }
}

impl Session for Simulation {
    type Error = Crash;
    type Store = Compared;

    fn machine(&mut self) -> &mut Machine<Compared> {
        &mut self.machine
    }

    fn now(&self) -> Duration {
        self.run_time()
    }

    fn write(&mut self, commands: &[Command], news: &News, now: Duration) -> Result<(), Crash> {
        self.crash_point()?;
        self.too_early(commands, news);
        if self.chance.happens(self.faults.disk_full) {
            self.faults.disk_full = 0;
            self.disk.full_until = self.clock + self.chance.time(5000);
            self.note(|_| "the disk is full".into());
            return Err(Crash::Runner);
        }
        self.crash_point()?;
        let mut rows = Self::rows(commands, news, now);
        if self.chance.happens(100) {
            rows.push(Row::Snapshot(Box::new(self.machine.snapshot())));
        }
        self.disk.append(rows);
        self.note(|_| format!("write {commands:?}"));
        self.crash_point()?;
        if self.bug == Some(Bug::NoSync) && self.chance.happens(500) {
            return Ok(());
        }
        if let Err(broken) = self.synced() {
            self.broken.get_or_insert(broken);
        }
        self.crash_point()
    }

    fn act(&mut self, command: Command, _: &mut News, now: Duration) {
        if self.dying.is_none() {
            self.dying = self.crash_point().err();
        }
        if self.dying.is_some() {
            return;
        }
        match command {
            Command::Fire { cause: Cause::Start(attempt), .. } => {
                self.started.insert(attempt.id, (attempt, now));
                if self.bug == Some(Bug::StartFirst) && self.plan.kinds[&attempt.action].is_command() {
                    self.attended.insert(attempt.id);
                } else {
                    self.soon(20, attempt.id, Thread::Check);
                }
            }
            Command::Fire { cause: Cause::Differs { attempt: id }, .. } => self.soon(20, id, Thread::Apply),
            Command::Fire { cause: Cause::End { attempt: id, .. }, .. }
            | Command::Freeze { attempt: Attempt { id, .. }, .. } => self.clear(id),
            Command::Cancel(id) => {
                self.cancelled.insert(id);
                self.soon(20, id, Thread::Hear);
            }
            Command::Ask(transition) => {
                self.gates.insert(transition);
                let delay = self.chance.time(2000);
                self.after(delay, Event::Approve(transition));
            }
            Command::Withdraw(transition) => drop(self.gates.remove(&transition)),
            Command::Fire { .. }
            | Command::Retry { .. }
            | Command::Hold(..)
            | Command::Pending(..)
            | Command::Finish(_) => {}
        }
        if self.dying.is_none() {
            self.dying = self.crash_point().err();
        }
    }

    fn take_up(&mut self, attempt: Attempt, _: Stage, booked: Booked) {
        self.started.insert(attempt.id, (attempt, booked.started));
        if booked.ended.is_none() {
            self.soon(20, attempt.id, Thread::Recover);
        }
    }
}
