//! What a run watches: the resources of actions that it is to keep as they are, and the events that
//! its net waits for. What the hub notices becomes observations.

use super::{Runner, excuses};
use crate::attempt::{Mode, Task};
use crate::config::RunMode;
use crate::error::ExecutorError;
use crate::event::RunEvent;
use crate::machine::AttemptId;
use crate::resource::Context;
use crate::session::Observation;
use crate::watch::{Hub, Noticed, Purpose, Watched};
use crossbeam_channel::{Receiver, never};
use pn_deployment::{Action, Deployment, Outcome, Role};
use pn_net::{PlaceId, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The eyes of a run.
pub(super) struct Eyes {
    hub: Option<Hub>,
    pub(super) notices: Receiver<Noticed>,
    /// The actions and events that the hub knows.
    watched: BTreeSet<TransitionId>,
    /// By place: the drifts that take from it what an action has done. Those that only happen to
    /// an attempt in flight are not among them: nothing has been done yet that could be watched.
    drifts: BTreeMap<PlaceId, Vec<TransitionId>>,
    /// In a run that stays, the actions whose failures may be the doing of others.
    excused: BTreeSet<TransitionId>,
}

impl Eyes {
    /// Eyes that are not open yet.
    pub(super) fn closed() -> Self {
        Self {
            hub: None,
            notices: never(),
            watched: BTreeSet::new(),
            drifts: BTreeMap::new(),
            excused: BTreeSet::new(),
        }
    }

    /// Whether everything that happened has been looked into.
    pub(super) fn are_quiet(&self) -> bool {
        self.hub.as_ref().is_none_or(Hub::is_quiet)
    }

    /// The drifts that take from a place what an action has done.
    pub(super) fn drifts_of(&self, place: PlaceId) -> &[TransitionId] {
        self.drifts.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Whether a failure of the action may be the doing of others.
    pub(super) fn excuses(&self, action: TransitionId) -> bool {
        self.excused.contains(&action)
    }

    /// Whether the action is watched.
    pub(super) fn sees(&self, action: TransitionId) -> bool {
        self.watched.contains(&action)
    }

    /// An attempt at the action begins: what happens to its resource is our own doing.
    pub(super) fn hold(&self, action: TransitionId) {
        if let Some(hub) = self.hub.as_ref().filter(|_| self.watched.contains(&action)) {
            hub.hold(action);
        }
    }

    /// The attempt has ended.
    pub(super) fn release(&self, action: TransitionId) {
        if let Some(hub) = self.hub.as_ref().filter(|_| self.watched.contains(&action)) {
            hub.release(action);
        }
    }
}

impl Runner<'_> {
    /// Begins to watch, where there is anything to watch: events in every run, what was done in one
    /// that stays.
    pub(super) fn open_eyes(&mut self) -> Result<(), ExecutorError> {
        let stays = matches!(self.mode, RunMode::Watch { .. });
        let deployment = Arc::clone(&self.deployment);
        let is_watched = |role: &Role| match role {
            Role::Event { .. } => true,
            Role::Drift { .. } => stays,
            _ => false,
        };
        if !deployment.roles.iter().any(is_watched) {
            return Ok(());
        }
        let path = self.journal.path().to_owned();
        let (hub, notices) = Hub::start(&self.values).map_err(|source| ExecutorError::File {
            what: "watch for the run of",
            path,
            source,
        })?;
        (self.eyes.hub, self.eyes.notices) = (Some(hub), notices);
        if stays {
            self.eyes.drifts = drifts(&deployment);
            self.eyes.excused = excuses::interruptible(&deployment);
        }
        for transition in deployment.net.transitions() {
            if let Role::Event { kind, host, params } = deployment.role(transition) {
                let action = Action { host: host.clone(), params: params.clone(), ..Action::new(kind) };
                self.watch(transition, &action, Purpose::Event);
            }
        }
        let done = self.eyes.drifts.values().flatten().copied().collect::<BTreeSet<_>>();
        done.into_iter().for_each(|drift| self.watch_what_may_drift(drift));
        Ok(())
    }

    /// A transition has fired: what it took from an action for good is watched no longer.
    pub(super) fn forget_what_was_taken(&mut self, fired: TransitionId) {
        if self.eyes.drifts.is_empty() {
            return;
        }
        let deployment = Arc::clone(&self.deployment);
        let turned_back = match deployment.role(fired) {
            Role::Drift { of } | Role::Refresh { of } => Some(*of),
            _ => None,
        };
        let taken = deployment.net.preset(fired).iter().filter_map(|place| self.eyes.drifts.get(place));
        let actions = taken.flatten().filter_map(|drift| match deployment.role(*drift) {
            Role::Drift { of } => Some(*of),
            _ => None,
        });
        let others: BTreeSet<TransitionId> = actions.filter(|of| Some(*of) != turned_back).collect();
        for action in others {
            if self.eyes.watched.contains(&action) && !self.machine.may_drift(action) {
                self.eyes.watched.remove(&action);
                self.eyes.hub.iter().for_each(|hub| hub.forget(action));
                self.machine.otherwise(action);
            }
        }
    }

    /// A transition has fired: what it brought about is watched from now on.
    pub(super) fn watch_what_was_done(&mut self, fired: TransitionId) {
        if self.eyes.drifts.is_empty() {
            return;
        }
        let deployment = Arc::clone(&self.deployment);
        let given = deployment.net.postset(fired).iter();
        let drifts: Vec<TransitionId> =
            given.filter_map(|place| self.eyes.drifts.get(place)).flatten().copied().collect();
        drifts.into_iter().for_each(|drift| self.watch_what_may_drift(drift));
    }

    fn watch_what_may_drift(&mut self, drift: TransitionId) {
        let deployment = Arc::clone(&self.deployment);
        let Role::Drift { of } = deployment.role(drift) else { return };
        if self.eyes.watched.contains(of)
            || !firing::is_enabled(&deployment.net, self.machine.marking(), drift)
        {
            return;
        }
        if let Role::Action(action) = deployment.role(*of) {
            self.watch(*of, action, Purpose::Drift);
            // Several attempts may be in flight, of which only one has ended.
            let (hub, started) = (&self.eyes.hub, self.started.values());
            let others = started.filter(|(attempt, _)| attempt.action == *of);
            others.for_each(|_| hub.iter().for_each(|hub| hub.hold(*of)));
        }
    }

    fn watch(&mut self, transition: TransitionId, action: &Action, purpose: Purpose) {
        let task = self.look(transition, action);
        if let Some(hub) = &self.eyes.hub {
            hub.watch(Watched { transition, purpose, task });
            self.eyes.watched.insert(transition);
        }
    }

    /// What to do to look at a resource, and nothing more.
    pub(super) fn look(&self, transition: TransitionId, action: &Action) -> Task {
        let name = self.deployment.net.transition_name(transition).to_owned();
        Task {
            action: action.clone(),
            mode: Mode::CheckOnly,
            parameters: Arc::clone(&self.parameters),
            context: Context {
                key: format!("{}/{name}/0", self.run),
                run: self.run.clone(),
                transition: name,
                attempt: AttemptId(0),
                // Nothing is written, so there is no folder to write to.
                away: self.settings.hosts.away(action),
                filled: Default::default(),
                kept: PathBuf::new(),
                runs: self.journal.path().parent().map(std::path::Path::to_owned).unwrap_or_default(),
                environment: Arc::clone(&self.environment),
                timeout: action.timeout,
                started: Instant::now(),
                before: Duration::ZERO,
                cancel: Arc::default(),
                values: self.values.clone(),
                keepers: Arc::clone(&self.keepers),
                grace: self.settings.grace,
                names: std::collections::BTreeMap::new(),
                secrets: Vec::new(),
                refuted: Outcome::Failed,
            },
        }
    }

    /// What the hub noticed, as an observation, or only to be told.
    pub(super) fn noticed(&mut self, noticed: Noticed) -> Result<Option<Observation>, ExecutorError> {
        Ok(match noticed {
            Noticed::Drifted(of, what) | Noticed::AsDescribed(of, what) => {
                Some(Observation::Observed(of, what))
            }
            Noticed::Otherwise(of, _) => Some(Observation::Otherwise(of)),
            Noticed::Unseen(of, why) => {
                let (now, name) = (self.now_in_run(), self.deployment.net.transition_name(of));
                let in_flight = self.machine.in_flight().count();
                self.journal.write(in_flight, |writer| writer.note(now, "unseen", Some(name), None, &why))?;
                (self.observer)(&RunEvent::Unseen { transition: of, why });
                None
            }
        })
    }

    fn now_in_run(&self) -> Duration {
        self.base.saturating_add(self.epoch.elapsed())
    }
}

/// By place, the drifts that take what an action has given.
fn drifts(deployment: &Deployment) -> BTreeMap<PlaceId, Vec<TransitionId>> {
    let net = &deployment.net;
    let mut drifts: BTreeMap<PlaceId, Vec<TransitionId>> = BTreeMap::new();
    for drift in net.transitions() {
        let Role::Drift { of } = deployment.role(drift) else { continue };
        let ends_an_attempt =
            |t: TransitionId| matches!(deployment.role(t), Role::Outcome { of: other, .. } if other == of);
        let is_busy = |place: &PlaceId| net.consumers(*place).any(|(t, _)| ends_an_attempt(t));
        let taken = net.preset(drift);
        if !taken.iter().any(is_busy) {
            taken.iter().for_each(|place| drifts.entry(*place).or_default().push(drift));
        }
    }
    drifts
}
