//! Snapshots: where a run stood after some firing, so that taking it up again goes through the
//! firings after that one only. The firings before stay in the journal.
//!
//! One row, as JSON with the names of the net; times are cut to milliseconds like all others.

use super::{Journal, Writer, millis, signed};
use crate::error::ExecutorError;
use crate::machine::{Activation, Activity, Attempt, AttemptId, Paused, Reason, Snapshot, Stage};
use pn_net::{Marking, Net, TransitionId};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// After so many firings a new snapshot is taken.
pub(crate) const EVERY: u64 = 5_000;

/// A snapshot and the firing after which it was taken.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) seq: u64,
    pub(crate) at: Duration,
    pub(crate) snapshot: Snapshot,
}

#[derive(Serialize, Deserialize)]
struct State {
    marking: BTreeMap<String, u64>,
    in_flight: Vec<Open>,
    attempts: u64,
    activities: BTreeMap<String, Actions>,
    clocks: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
struct Open {
    attempt: u64,
    action: String,
    #[serde(flatten)]
    activation: Counts,
    is_applying: bool,
}

#[derive(Serialize, Deserialize)]
struct Actions {
    begun: u32,
    returned: Vec<Counts>,
    waiting: Vec<(u64, Counts)>,
    drifts: u32,
    refreshes: u32,
    repairs: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct Counts {
    activation: u32,
    reason: String,
    failures: u32,
    interruptions: u32,
}

impl Writer<'_> {
    /// Writes where the run stands after the firing `seq`; what an earlier snapshot says is not
    /// needed any more.
    pub(crate) fn snapshot(
        &self,
        net: &Net,
        seq: u64,
        now: Duration,
        snapshot: &Snapshot,
    ) -> rusqlite::Result<()> {
        let state = serde_json::to_string(&state(net, snapshot)).expect("names and numbers are JSON");
        self.run("DELETE FROM snapshots", [])?;
        let sql = "INSERT INTO snapshots (seq, at_ms, state) VALUES (?1, ?2, ?3)";
        self.run(sql, params![signed(seq), millis(now), state]).map(drop)
    }
}

impl Journal {
    /// The last snapshot, if there is one.
    pub(crate) fn snapshot(&self, net: &Net) -> Result<Option<Mark>, ExecutorError> {
        let found: Option<(i64, i64, String)> = self.read(|| {
            let sql = "SELECT seq, at_ms, state FROM snapshots ORDER BY seq DESC LIMIT 1";
            self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
        })?;
        let Some((seq, at, text)) = found else { return Ok(None) };
        let [seq, at] = [seq, at].map(|number| u64::try_from(number).unwrap_or(0));
        let snapshot = serde_json::from_str(&text).ok().and_then(|state| snapshot(net, state));
        let snapshot = snapshot.ok_or_else(|| ExecutorError::NotAJournal {
            path: self.path.clone(),
            reason: format!("its snapshot after firing {seq} does not fit the net"),
        })?;
        Ok(Some(Mark { seq, at: Duration::from_millis(at), snapshot }))
    }
}

fn state(net: &Net, snapshot: &Snapshot) -> State {
    let name = |t: &TransitionId| net.transition_name(*t).to_owned();
    let ms = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let counts = |a: &Activation| Counts {
        activation: a.number,
        reason: a.reason.word().to_owned(),
        failures: a.failures,
        interruptions: a.interruptions,
    };
    let open = |(attempt, stage): &(Attempt, Stage)| Open {
        attempt: attempt.id.0,
        action: name(&attempt.action),
        activation: Counts {
            activation: attempt.activation,
            reason: attempt.reason.word().to_owned(),
            failures: attempt.failures,
            interruptions: attempt.interruptions,
        },
        is_applying: *stage == Stage::Applying,
    };
    let actions = |activity: &Activity| Actions {
        begun: activity.begun,
        returned: activity.returned.values().map(counts).collect(),
        waiting: activity.waiting.iter().map(|p| (ms(&p.until), counts(&p.activation))).collect(),
        drifts: activity.drifts,
        refreshes: activity.refreshes,
        repairs: activity.repairs.iter().map(ms).collect(),
    };
    State {
        marking: snapshot.marking.marked().map(|(p, n)| (net.place_name(p).to_owned(), n)).collect(),
        in_flight: snapshot.in_flight.iter().map(open).collect(),
        attempts: snapshot.attempts,
        activities: snapshot.activities.iter().map(|(t, a)| (name(t), actions(a))).collect(),
        clocks: snapshot.clocks.iter().map(|(t, since)| (name(t), ms(since))).collect(),
    }
}

/// `None` when it names what the net does not have.
fn snapshot(net: &Net, state: State) -> Option<Snapshot> {
    let mut counts = vec![0; net.place_count()];
    for (name, tokens) in &state.marking {
        counts[net.find_place(name)?.index()] = *tokens;
    }
    let activation = |counts: &Counts| {
        Some(Activation {
            number: counts.activation,
            reason: Reason::from_word(&counts.reason)?,
            failures: counts.failures,
            interruptions: counts.interruptions,
        })
    };
    let mut in_flight = Vec::new();
    for open in &state.in_flight {
        let Activation { number, reason, failures, interruptions } = activation(&open.activation)?;
        let (id, action) = (AttemptId(open.attempt), net.find_transition(&open.action)?);
        let stage = if open.is_applying { Stage::Applying } else { Stage::Checking };
        in_flight.push((Attempt { id, action, activation: number, reason, failures, interruptions }, stage));
    }
    let mut activities = BTreeMap::new();
    for (name, actions) in &state.activities {
        let returned: Option<Vec<Activation>> = actions.returned.iter().map(activation).collect();
        let mut waiting = Vec::new();
        for (until, counts) in &actions.waiting {
            waiting.push(Paused { until: Duration::from_millis(*until), activation: activation(counts)? });
        }
        let activity = Activity {
            begun: actions.begun,
            returned: returned?.into_iter().map(|activation| (activation.number, activation)).collect(),
            waiting,
            drifts: actions.drifts,
            refreshes: actions.refreshes,
            repairs: actions.repairs.iter().copied().map(Duration::from_millis).collect(),
        };
        activities.insert(net.find_transition(name)?, activity);
    }
    let clock = |(name, ms): (&String, &u64)| Some((net.find_transition(name)?, Duration::from_millis(*ms)));
    let clocks: Option<BTreeMap<_, _>> = state.clocks.iter().map(clock).collect();
    let (marking, attempts) = (Marking::new(counts), state.attempts);
    Some(Snapshot { marking, in_flight, attempts, activities, clocks: clocks? })
}
