//! Writing a step of the machine down, and then acting on it.

use super::Runner;
use crate::config::RunMode;
use crate::error::ExecutorError;
use crate::event::RunEvent;
use crate::journal::Writer;
use crate::machine::{AttemptId, Cause, Command, Freeze, Refusal};
use crate::report::Report;
use crate::session::News;
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::TransitionId;
use std::sync::atomic::Ordering;
use std::time::Duration;

impl Runner<'_> {
    /// Writes the commands in one transaction.
    pub(super) fn commit(
        &mut self,
        commands: &[Command],
        news: &News,
        now: Duration,
    ) -> Result<(), ExecutorError> {
        let (deployment, fencing) = (&*self.deployment, self.fencing);
        let in_flight = self.machine.in_flight().count();
        let fired: Vec<TransitionId> = commands.iter().filter_map(fired).collect();
        let (machine, net) = (&self.machine, &deployment.net);
        let stands = (net, now, machine.marking());
        self.journal.write_firings(
            stands,
            (&fired, in_flight),
            || machine.snapshot(),
            |writer| {
                for (id, report) in &news.reports {
                    writer.end(now, *id, report)?;
                }
                commands
                    .iter()
                    .try_for_each(|command| record(writer, deployment, fencing, (now, news), command))
            },
        )
    }

    /// Does what a command says and tells it.
    pub(super) fn do_and_tell(&mut self, command: Command, news: &mut News, now: Duration) {
        match command {
            Command::Fire { transition, cause } => self.fired(transition, cause, news, now),
            Command::Cancel(id) => {
                if let Some(cancel) = self.cancels.get(&id) {
                    cancel.store(true, Ordering::Relaxed);
                }
            }
            Command::Retry { action, at } => {
                (self.observer)(&RunEvent::RetryIn { action, pause: at.saturating_sub(now) });
            }
            Command::Ask(transition) => {
                self.gates.insert(transition);
                if self.mode == RunMode::Noop {
                    // Nothing is changed, so nobody need be asked.
                    self.machine.approved(transition, "noop");
                }
                (self.observer)(&RunEvent::Waiting { transition });
            }
            Command::Withdraw(transition) => {
                if self.gates.remove(&transition) {
                    (self.observer)(&RunEvent::WaitingEnded { transition });
                }
            }
            Command::Hold(transition, why) => (self.observer)(&RunEvent::Held { transition, why }),
            Command::Freeze { attempt, result, why } => {
                self.clear(attempt.id);
                self.started.remove(&attempt.id);
                let report = ended(news, attempt.id, result);
                self.take_values(&report, now);
                self.eyes.release(attempt.action);
                (self.observer)(&RunEvent::Frozen { attempt, report, why });
            }
            Command::Pending(of, why) => (self.observer)(&RunEvent::Pending { of, why }),
            Command::Finish(state) => (self.observer)(&RunEvent::Finished { state }),
        }
    }

    fn fired(&mut self, transition: TransitionId, cause: Cause, news: &mut News, now: Duration) {
        tracing::info!(transition = self.deployment.net.transition_name(transition), ?cause, "fires");
        self.forget_what_was_taken(transition);
        self.take_the_ground_away(transition);
        match cause {
            Cause::Control | Cause::Timer => (self.observer)(&RunEvent::Fired { transition }),
            Cause::Observed => {
                let of = observed_of(&self.deployment, transition);
                let what = news.seen.get(&of).cloned().unwrap_or_default();
                (self.observer)(&RunEvent::Observed { of, what, transition });
            }
            Cause::Approval { by } => (self.observer)(&RunEvent::Approved { transition, who: by }),
            Cause::Start(attempt) => {
                self.started.insert(attempt.id, (attempt, now));
                (self.observer)(&RunEvent::Started { attempt, transition });
                self.eyes.hold(attempt.action);
                self.spawn(attempt);
            }
            Cause::Differs { attempt: id } => {
                let what = news.differences.remove(&id).map(|difference| difference.what);
                if let Some((attempt, _)) = self.started.get(&id) {
                    let what = what.unwrap_or_default();
                    (self.observer)(&RunEvent::Differs { attempt: *attempt, what, transition });
                }
                if let Some(permit) = self.permits.get(&id) {
                    // An attempt that does not wait has ended, and its end is heard of.
                    let _ = permit.try_send(());
                }
            }
            Cause::End { attempt: id, result } => {
                self.clear(id);
                let report = ended(news, id, result);
                self.take_values(&report, now);
                if let Some((attempt, since)) = self.started.remove(&id) {
                    let took = now.saturating_sub(since);
                    (self.observer)(&RunEvent::Ended { attempt, report, took, transition });
                    self.eyes.release(attempt.action);
                }
            }
        }
        self.watch_what_was_done(transition);
    }

    /// The journal has the end of the attempt: nothing else is needed of it.
    fn clear(&mut self, id: AttemptId) {
        self.cancels.remove(&id);
        self.permits.remove(&id);
        self.groundless.remove(&id);
        self.keepers.settled(id);
    }

    fn take_values(&self, report: &Report, now: Duration) {
        if matches!(report.result, Outcome::Ok | Outcome::Same | Outcome::Diff) {
            for value in &report.values {
                let until = value.ttl.map(|ttl| self.instant(now.saturating_add(ttl)));
                self.values.put(value.name.clone(), value.text.clone(), until);
            }
        }
    }
}

/// The action that drifts, or the event itself.
fn observed_of(deployment: &Deployment, transition: TransitionId) -> TransitionId {
    match deployment.role(transition) {
        Role::Drift { of } => *of,
        _ => transition,
    }
}

fn fired(command: &Command) -> Option<TransitionId> {
    match command {
        Command::Fire { transition, .. } => Some(*transition),
        _ => None,
    }
}

/// What became of an attempt, as it is told: at the latest what the journal had of it before.
fn ended(news: &mut News, id: AttemptId, result: Outcome) -> Report {
    let difference = news.differences.remove(&id).map(|difference| Report::new(result, difference.what));
    let report = news.reports.remove(&id).or(difference);
    report.unwrap_or_else(|| Report::new(result, "as recorded before"))
}

fn record(
    writer: &Writer<'_>,
    deployment: &Deployment,
    fencing: u64,
    (now, news): (Duration, &News),
    command: &Command,
) -> rusqlite::Result<()> {
    let net = &deployment.net;
    match command {
        Command::Fire { transition, cause } => {
            let difference = match cause {
                Cause::Differs { attempt } => news.differences.get(attempt),
                _ => None,
            };
            let seen = match cause {
                Cause::Observed => news.seen.get(&observed_of(deployment, *transition)),
                _ => None,
            };
            let words = difference.map(|difference| &difference.what).or(seen).map(String::as_str);
            let seq = writer.firing(net, now, *transition, (cause, words))?;
            match cause {
                Cause::Differs { attempt } => {
                    writer.thawed(*attempt)?;
                    match difference.and_then(|difference| difference.before.as_ref()) {
                        Some(before) => writer.before(*attempt, before),
                        None => Ok(()),
                    }
                }
                Cause::Start(attempt) => writer.start(net, now, fencing, attempt),
                Cause::Approval { by } => writer.use_approval(net.transition_name(*transition), by, seq),
                Cause::End { attempt, .. } => writer.thawed(*attempt),
                Cause::Control | Cause::Timer | Cause::Observed => Ok(()),
            }
        }
        Command::Cancel(id) => writer.note(now, "cancel", None, Some(*id), "cancelled on request"),
        Command::Retry { action, at } => {
            let pause = at.saturating_sub(now);
            writer.note(
                now,
                "retry",
                Some(net.transition_name(*action)),
                None,
                &format!("again in {pause:?}"),
            )
        }
        Command::Ask(transition) => writer.gate(net.transition_name(*transition), 1),
        Command::Withdraw(transition) => {
            let name = net.transition_name(*transition);
            writer.lapse_approvals(name)?;
            writer.gate(name, 0)
        }
        Command::Hold(transition, why) => {
            let text = refusal_in_words(deployment, *why);
            writer.note(now, "held", Some(net.transition_name(*transition)), None, &text)
        }
        Command::Freeze { attempt, result, why } => {
            let text = freeze_in_words(deployment, *why);
            writer.frozen(attempt.id, &text)?;
            let text = format!("result {}: {text}", result.word());
            writer.note(now, "frozen", Some(net.transition_name(attempt.action)), Some(attempt.id), &text)
        }
        Command::Pending(what, why) => {
            let text = match why {
                Some(why) => refusal_in_words(deployment, *why),
                None => "it has no place in the net now".to_owned(),
            };
            writer.note(now, "pending", Some(net.transition_name(*what)), None, &text)
        }
        Command::Finish(state) => writer.end_session(fencing, now, state.word()),
    }
}

/// Why a transition is not fired, with the names of the deployment.
#[must_use]
pub fn refusal_in_words(deployment: &Deployment, why: Refusal) -> String {
    match why {
        Refusal::Invariant(index) => {
            format!("it would break the invariant `{}`", deployment.invariants[index].name)
        }
        Refusal::Overflow(place) => {
            format!("`{}` would hold more tokens than a place can", deployment.net.place_name(place))
        }
        Refusal::Drifted(action) => {
            let name = deployment.net.transition_name(action);
            format!("what `{name}` has done is no longer so, and the net cannot take that")
        }
        Refusal::Flaps(until) => {
            format!("it has been repaired too often of late; again {:.1} s into the run", until.as_secs_f64())
        }
    }
}

/// Why a result cannot be taken, with the names of the deployment.
#[must_use]
pub fn freeze_in_words(deployment: &Deployment, why: Freeze) -> String {
    match why {
        Freeze::Unclaimed => "no transition claims this result".to_owned(),
        Freeze::Disabled => "no transition that claims this result is enabled".to_owned(),
        Freeze::Refused(transition, refusal) => {
            let name = deployment.net.transition_name(transition);
            format!("`{name}` cannot fire: {}", refusal_in_words(deployment, refusal))
        }
        Freeze::Interrupted(times) => format!("it came back unknown {times} times"),
    }
}
