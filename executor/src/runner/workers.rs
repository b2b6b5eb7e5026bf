//! The threads on which attempts are made. A thread that has made one makes the next; there are
//! as many as there were attempts in flight at the same time.

use super::{Progress, Runner, excuses};
use crate::attempt::{Difference, Listener, Mode, Permission, Recovered, Task, perform, recover};
use crate::config::RunMode;
use crate::machine::{Attempt, AttemptId, Reason, Stage};
use crate::report::Report;
use crate::resource::Context;
use crate::session::Observation;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::TransitionId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

impl Runner<'_> {
    /// Makes an attempt on a thread.
    pub(super) fn spawn(&mut self, attempt: Attempt) {
        self.on_thread(attempt, (Stage::Checking, Duration::ZERO), |task, voice| perform(task, voice));
    }

    /// Takes up an attempt that started so long `before` and has come to `stage`.
    pub(super) fn spawn_recovery(&mut self, attempt: Attempt, stage: Stage, before: Duration) {
        self.on_thread(attempt, (stage, before), |task, voice| recover(task, voice));
    }

    fn on_thread(
        &mut self,
        attempt: Attempt,
        (stage, before): (Stage, Duration),
        work: impl FnOnce(Task, &mut Voice) -> Report + Send + 'static,
    ) {
        let task = self.task(attempt, stage, before);
        let (permit, permission) = bounded(1);
        self.permits.insert(attempt.id, permit);
        let mut voice = Voice { id: attempt.id, sender: self.sender.clone(), permission, last: None };
        let grounds = self.grounds(attempt.action);
        let failed = self.sender.clone();
        let span = tracing::info_span!(
            "attempt",
            attempt = attempt.id.0,
            transition = self.deployment.net.transition_name(attempt.action),
            activation = attempt.activation,
        );
        let started = self.workers.start(Box::new(move || {
            let _span = span.entered();
            let mut report = work(task, &mut voice);
            if excuses::is_failure(report.result)
                && let Some((of, what)) = excuses::lost(grounds)
            {
                voice.say(Progress::Observed(Observation::Observed(of, what)));
                report = excuses::excused(report);
            }
            tracing::info!(result = report.result.word(), message = %report.message, "ended");
            voice.end_with(report);
        }));
        if let Err(error) = started {
            let report = Report::new(Outcome::Failed, format!("the system gives no thread: {error}"));
            // The runner itself receives, so this cannot fail.
            let _ = failed.send(Progress::Observed(Observation::Ended(attempt.id, report)));
        }
    }

    fn task(&mut self, attempt: Attempt, stage: Stage, before: Duration) -> Task {
        let Role::Action(action) = self.deployment.role(attempt.action) else {
            unreachable!("the machine starts actions only")
        };
        let cancel = Arc::new(AtomicBool::new(false));
        self.cancels.insert(attempt.id, Arc::clone(&cancel));
        let transition = self.deployment.net.transition_name(attempt.action).to_owned();
        Task {
            action: action.clone(),
            mode: self.mode_of(attempt, stage),
            parameters: Arc::clone(&self.parameters),
            context: Context {
                key: format!("{}/{transition}/{}", self.run, attempt.activation),
                run: self.run.clone(),
                transition,
                attempt: attempt.id,
                away: self.settings.hosts.away(action),
                filled: Default::default(),
                kept: self.journal.path().with_extension("kept").join(attempt.id.to_string()),
                runs: self.journal.path().parent().map(std::path::Path::to_owned).unwrap_or_default(),
                environment: Arc::clone(&self.environment),
                timeout: action.timeout,
                started: Instant::now(),
                before,
                cancel,
                values: self.values.clone(),
                keepers: Arc::clone(&self.keepers),
                grace: self.settings.grace,
                names: std::collections::BTreeMap::new(),
                secrets: self.secrets.clone(),
                refuted: self.refuted(&attempt),
            },
        }
    }

    /// An action only checks where the net draws a transition for `diff` and none for `ok`.
    fn mode_of(&self, attempt: Attempt, stage: Stage) -> Mode {
        let action = attempt.action;
        match (self.machine.is_staged(action), self.mode) {
            (true, RunMode::Noop) => Mode::Pretend(Some(stage)),
            (true, _) if attempt.reason == Reason::Refresh => Mode::Refresh(stage),
            (true, _) => Mode::Staged(stage),
            (false, _) if only_checks(&self.deployment, action) => Mode::CheckOnly,
            (false, RunMode::Noop) => Mode::Pretend(None),
            (false, _) if attempt.reason == Reason::Refresh => Mode::Refresh(Stage::Applying),
            (false, _) => Mode::Apply,
        }
    }
}

/// Work for a thread.
type Work = Box<dyn FnOnce() + Send>;

/// The threads, each with work or waiting for some. They end when this is dropped.
#[derive(Debug)]
pub(super) struct Workers {
    give: Sender<Work>,
    take: Receiver<Work>,
    /// Threads that wait and were not given anything yet.
    idle: Arc<AtomicUsize>,
}

impl Workers {
    /// None so far.
    pub(super) fn new() -> Self {
        let (give, take) = unbounded();
        Self { give, take, idle: Arc::new(AtomicUsize::new(0)) }
    }

    /// Does the work on a thread that waits, or on a new one.
    fn start(&self, work: Work) -> std::io::Result<()> {
        // Only this thread takes away, so what was seen is still there.
        if self.idle.load(Ordering::Acquire) > 0 {
            self.idle.fetch_sub(1, Ordering::Acquire);
        } else {
            let (take, idle) = (self.take.clone(), Arc::clone(&self.idle));
            std::thread::Builder::new().name("attempts".into()).spawn(move || {
                for work in take {
                    work();
                    idle.fetch_add(1, Ordering::Release);
                }
            })?;
        }
        // The pool itself receives, so this cannot fail.
        let _ = self.give.send(work);
        Ok(())
    }
}

/// Speaks for an attempt. When it falls silent without a report, as when its thread panics, it
/// says so: an attempt never ends unheard.
struct Voice {
    id: AttemptId,
    sender: Sender<Progress>,
    /// Where the word comes that a difference is recorded; closed when it never will be.
    permission: Receiver<()>,
    last: Option<Report>,
}

impl Voice {
    fn say(&self, message: Progress) {
        // The receiver is gone only when the run has ended with an error.
        let _ = self.sender.send(message);
    }

    /// The last word.
    fn end_with(mut self, report: Report) {
        self.last = Some(report);
    }
}

impl Listener for Voice {
    fn taken_up(&mut self, how: Recovered) {
        self.say(Progress::Recovered(self.id, how));
    }

    fn differs(&mut self, difference: Difference) -> Permission {
        self.say(Progress::Observed(Observation::Differs(self.id, difference)));
        self.permission.recv().map_or(Permission::Denied, |()| Permission::Granted)
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        let lost = || Report::new(Outcome::Unknown, "the executor failed while making this attempt");
        let report = self.last.take().unwrap_or_else(lost);
        self.say(Progress::Observed(Observation::Ended(self.id, report)));
    }
}

fn only_checks(deployment: &Deployment, action: TransitionId) -> bool {
    let claims = |wanted: Outcome| {
        deployment
            .outcomes_of(action)
            .any(|t| matches!(deployment.role(t), Role::Outcome { results, .. } if results.contains(&wanted)))
    };
    claims(Outcome::Diff) && !claims(Outcome::Ok)
}
