//! The order of a session: decide, write down, act; and how a run is taken up again.
//!
//! This is the part of the runner that has to be right whatever the disk and the processes do,
//! apart from them: the runner gives it SQLite, threads and the clock, the fault simulator
//! simulated ones. The rules are R20 and R24 of `docs/spec/execution.md`; the order of log and
//! effect is that of C. Mohan et al., "ARIES", 1992.

use crate::attempt::Difference;
use crate::machine::{
    Attempt, AttemptId, Command, EndState, Machine, MachineError, Recorded, Snapshot, Stage, Store,
};
use crate::report::Report;
use pn_deployment::{Deployment, Outcome};
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// What a session learns of an attempt or of the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Observation {
    /// Its check found a difference; it waits until that is recorded.
    Differs(AttemptId, Difference),
    /// It ended.
    Ended(AttemptId, Report),
    /// What an action has done is no longer so, or an event has come; what was found.
    Observed(TransitionId, String),
    /// That is over.
    Otherwise(TransitionId),
}

/// What was observed, by attempt: the commands that follow from it refer to it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct News {
    /// The differences that were found.
    pub differences: BTreeMap<AttemptId, Difference>,
    /// What became of the attempts that ended.
    pub reports: BTreeMap<AttemptId, Report>,
    /// What was found of drifted actions and of events.
    pub seen: BTreeMap<TransitionId, String>,
}

/// The hands of a session: a journal, attempts, a clock.
pub trait Session {
    /// Why the journal could not be written.
    type Error;

    /// What the machine knows its marking by.
    type Store: Store;

    /// The machine that decides.
    fn machine(&mut self) -> &mut Machine<Self::Store>;

    /// The time since the start of the run.
    fn now(&self) -> Duration;

    /// Writes down what was observed and the commands that follow: all of it is on the disk when
    /// this returns, or none of it counts.
    ///
    /// # Errors
    ///
    /// When it cannot be written. The session is then over.
    fn write(&mut self, commands: &[Command], news: &News, now: Duration) -> Result<(), Self::Error>;

    /// Does what a written command says. What was observed is taken out of the news.
    fn act(&mut self, command: Command, news: &mut News, now: Duration);

    /// An attempt was in flight when an earlier session ended. Where its end is not booked, it is
    /// looked for now.
    fn take_up(&mut self, attempt: Attempt, stage: Stage, booked: Booked);
}

/// What the journal says of an attempt in flight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Booked {
    /// When it started, since the start of the run.
    pub started: Duration,
    /// How it ended, when the net could not take that result.
    pub ended: Option<Outcome>,
}

/// Writes the commands down, then acts on them.
///
/// # Errors
///
/// When they cannot be written: nothing is done then.
pub fn carry_out<S: Session>(
    session: &mut S,
    commands: Vec<Command>,
    mut news: News,
    now: Duration,
) -> Result<(), S::Error> {
    if commands.is_empty() {
        return Ok(());
    }
    session.write(&commands, &news, now)?;
    for command in commands {
        session.act(command, &mut news, now);
    }
    Ok(())
}

/// Takes in what was observed and does everything that can be done now, in one transaction; how
/// the run ended, if it has.
///
/// # Errors
///
/// When the journal cannot be written.
pub fn advance<S: Session>(
    session: &mut S,
    observations: Vec<Observation>,
) -> Result<Option<EndState>, S::Error> {
    let now = session.now();
    let (mut commands, news) = observe(session.machine(), observations, now);
    commands.extend(session.machine().step(now));
    carry_out(session, commands, news, now)?;
    Ok(session.machine().end())
}

/// Takes in what was observed, and decides nothing new.
///
/// # Errors
///
/// When the journal cannot be written.
pub fn hear<S: Session>(session: &mut S, observations: Vec<Observation>) -> Result<(), S::Error> {
    let now = session.now();
    let (commands, news) = observe(session.machine(), observations, now);
    carry_out(session, commands, news, now)
}

fn observe<S: Store>(
    machine: &mut Machine<S>,
    observations: Vec<Observation>,
    now: Duration,
) -> (Vec<Command>, News) {
    let (mut commands, mut news) = (Vec::new(), News::default());
    for observation in observations {
        match observation {
            // What the machine does not know as in flight has ended before; it is old news.
            Observation::Differs(id, difference) => {
                let differs = machine.differs(id, now);
                if !differs.is_empty() {
                    commands.extend(differs);
                    news.differences.insert(id, difference);
                }
            }
            Observation::Observed(of, what) => {
                commands.extend(machine.observed(of, now));
                news.seen.insert(of, what);
            }
            Observation::Otherwise(of) => machine.otherwise(of),
            Observation::Ended(id, report) => {
                let finished = machine.finished(id, report.result, now);
                if !finished.is_empty() {
                    commands.extend(finished);
                    news.reports.insert(id, report);
                }
            }
        }
    }
    (commands, news)
}

/// A stop is asked for.
///
/// # Errors
///
/// When the journal cannot be written.
pub fn stop<S: Session>(session: &mut S) -> Result<(), S::Error> {
    let now = session.now();
    let commands = session.machine().stop();
    carry_out(session, commands, News::default(), now)
}

/// The machine as the record leaves it, at the beginning of a new session, and the time of the
/// last of these firings: the run's time goes on from there at the earliest. With a snapshot the
/// record is what came after it.
///
/// # Errors
///
/// When the deployment cannot be run or the record is not one of its runs.
pub fn rebuild<S: Store>(
    deployment: &Arc<Deployment>,
    jobs: NonZeroUsize,
    snapshot: Option<Snapshot>,
    records: &[Recorded],
) -> Result<(Machine<S>, Duration), MachineError> {
    let deployment = Arc::clone(deployment);
    let mut machine = match snapshot {
        Some(snapshot) => Machine::restored(deployment, jobs, snapshot)?,
        None => Machine::with_store(deployment, jobs)?,
    };
    let mut last = Duration::ZERO;
    for (index, recorded) in records.iter().enumerate() {
        machine.replay(index, recorded)?;
        last = last.max(recorded.at);
    }
    machine.begin_session();
    Ok((machine, last))
}

/// The run's time when it is taken up: it goes on while nobody runs it, and it never goes back,
/// whatever the machine's clock does.
#[must_use]
pub fn time_of_resumption(since_creation: Duration, last: Duration) -> Duration {
    since_creation.max(last)
}

/// Tells the machine of the approvals that the journal has unused, each once in a session.
pub fn take_approvals<S: Store>(
    machine: &mut Machine<S>,
    unused: impl IntoIterator<Item = (i64, TransitionId, String)>,
    seen: &mut BTreeSet<i64>,
) {
    for (id, transition, who) in unused {
        if seen.insert(id) {
            machine.approved(transition, &who);
        }
    }
}

/// Takes up every attempt in flight, before anything new is decided. Those that are returned are
/// still to be heard of: each until it has ended or [goes on](crate::Recovered::goes_on).
///
/// # Errors
///
/// When the journal cannot be written.
///
/// # Panics
///
/// When an attempt is in flight of which nothing is booked: its start and its firing are written
/// together.
pub fn settle<S: Session>(
    session: &mut S,
    booked: &BTreeMap<AttemptId, Booked>,
) -> Result<BTreeSet<AttemptId>, S::Error> {
    let mut open = BTreeSet::new();
    let in_flight: Vec<Attempt> = session.machine().in_flight().copied().collect();
    for attempt in in_flight {
        let row = booked.get(&attempt.id);
        let row = *row.expect("the record of a start and of its attempt are written together");
        let stage = session.machine().stage(attempt.id);
        session.take_up(attempt, stage, row);
        match row.ended {
            // It ended with a result that the net could not take; perhaps it can now.
            Some(result) => {
                let now = session.now();
                let commands = session.machine().finished(attempt.id, result, now);
                carry_out(session, commands, News::default(), now)?;
            }
            None => {
                open.insert(attempt.id);
            }
        }
    }
    Ok(open)
}
