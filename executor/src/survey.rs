//! Looking at the resources of a deployment without changing them: what `plan` and `drift` do.
//!
//! Each action is looked at through a [`Probe`], which cannot apply. A check that runs a command
//! (`onlyif`, `unless`) runs it: such commands must only look. Nothing is written, no journal is
//! opened. Cost: that of the checks, one after the other.

use crate::attempt::{Mode, Task};
use crate::config::Hosts;
use crate::footprint::{self, Footprint};
use crate::keeper::Keepers;
use crate::machine::AttemptId;
use crate::probe::Probe;
use crate::resource::{Check, Context};
use crate::secret;
use crate::template;
use pn_deployment::{Action, Deployment, Outcome, Role};
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a check may take whose action has no timeout.
const PATIENCE: Duration = Duration::from_secs(60);

/// What there is to know before looking.
#[derive(Clone, Debug)]
pub struct SurveyConfig<'a> {
    /// The expanded deployment.
    pub deployment: &'a Deployment,
    /// The values of all its parameters.
    pub parameters: BTreeMap<String, String>,
    /// The values that actions have put by now.
    pub values: BTreeMap<String, String>,
    /// Where `secret:env:NAME` is looked up.
    pub environment: BTreeMap<String, String>,
    /// Which hosts are this one; actions for others are not looked at.
    pub hosts: Hosts,
    /// What a check sees as the name of the run.
    pub run: String,
    /// The folder of the journals, where checks are about earlier runs.
    pub runs: PathBuf,
    /// Raised to end early.
    pub cancel: Arc<AtomicBool>,
}

/// How the resource of an action stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Now {
    /// As wanted.
    Same,
    /// Not as wanted.
    Differs,
    /// Only doing it tells.
    OnlyDoing,
    /// It depends on values that are put during a run.
    Later,
    /// It could not be looked at.
    Unseen,
}

/// What was seen of one action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// The action.
    pub action: TransitionId,
    /// How its resource stands.
    pub now: Now,
    /// What was seen, or why nothing was, in a sentence without its full stop.
    pub message: String,
    /// What the action would change, for people: a unified diff of a file's content.
    pub difference: Option<String>,
    pub(crate) reads: Footprint,
    pub(crate) writes: Footprint,
}

impl Sighting {
    /// The path that the action is about, where it is about one path and nothing else.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.writes.only_path()
    }
}

/// Looks at the actions, in this order. Transitions that are no actions are left out.
#[must_use]
pub fn survey(config: &SurveyConfig<'_>, actions: &[TransitionId]) -> Vec<Sighting> {
    let mut names = config.parameters.clone();
    names.extend(config.values.clone());
    let secrets = secret::all_of(config.deployment, &names, &config.environment);
    let mut sightings = Vec::new();
    for transition in actions {
        if let Role::Action(action) = config.deployment.role(*transition) {
            sightings.push(look(config, *transition, action, (&names, &secrets)));
        }
    }
    sightings
}

fn look(
    config: &SurveyConfig<'_>,
    transition: TransitionId,
    action: &Action,
    (names, secrets): (&BTreeMap<String, String>, &[String]),
) -> Sighting {
    let mut sighting = Sighting {
        action: transition,
        now: Now::Unseen,
        message: String::new(),
        difference: None,
        reads: footprint::reads(action, names),
        writes: footprint::writes(action, names),
    };
    (sighting.now, sighting.message) = if config.cancel.load(Ordering::Relaxed) {
        (Now::Unseen, "stopped before it was looked at".to_owned())
    } else if let Some(host) = action.host.as_ref().filter(|host| !config.hosts.can_reach(host)) {
        (Now::Unseen, format!("it is on host `{host}`, which is neither this one nor reached over ssh"))
    } else if let Some(values) = missing(action, names) {
        (Now::Later, format!("it uses {values}, which a run puts before"))
    } else {
        match Probe::new(task(config, transition, action, secrets)) {
            Err(halt) => (Now::Unseen, halt.message),
            Ok(probe) => match probe.check() {
                Err(halt) => (Now::Unseen, halt.message),
                Ok(Check::Same(words)) => (Now::Same, words),
                Ok(Check::CannotTell) => (Now::OnlyDoing, "only doing it tells: it would run".to_owned()),
                Ok(Check::Diff(words)) => {
                    sighting.difference = probe.difference();
                    (Now::Differs, words)
                }
            },
        }
    };
    sighting
}

/// The values that its parameters use and that nobody has put yet, in words.
fn missing(action: &Action, names: &BTreeMap<String, String>) -> Option<String> {
    let used = action.params.iter().filter_map(|(_, value)| template::names(value).ok()).flatten();
    let missing: BTreeSet<String> = used.filter(|name| !names.contains_key(name)).collect();
    let listed: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    match listed.len() {
        0 => None,
        1 => Some(format!("the value {}", listed[0])),
        _ => Some(format!("the values {}", listed.join(", "))),
    }
}

fn task(config: &SurveyConfig<'_>, transition: TransitionId, action: &Action, secrets: &[String]) -> Task {
    let name = config.deployment.net.transition_name(transition).to_owned();
    Task {
        action: action.clone(),
        mode: Mode::CheckOnly,
        parameters: Arc::new(config.parameters.clone()),
        context: Context {
            key: format!("{}/{name}/0", config.run),
            run: config.run.clone(),
            transition: name,
            attempt: AttemptId(0),
            away: config.hosts.away(action),
            filled: Default::default(),
            kept: PathBuf::new(),
            runs: config.runs.clone(),
            environment: Arc::new(config.environment.clone()),
            timeout: Some(action.timeout.unwrap_or(PATIENCE)),
            started: Instant::now(),
            before: Duration::ZERO,
            cancel: Arc::clone(&config.cancel),
            values: config.values.clone().into_iter().collect(),
            keepers: Arc::new(Keepers::none()),
            grace: Duration::from_secs(1),
            names: BTreeMap::new(),
            secrets: secrets.to_vec(),
            refuted: Outcome::Failed,
        },
    }
}
