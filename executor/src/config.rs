//! What a run is given: the deployment, where it is written, how it is run.

use crate::away::{Away, Ssh};
use crate::journal::Source;
use pn_deployment::{Action, Deployment};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A new run.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// The expanded deployment.
    pub deployment: Arc<Deployment>,
    /// The file it comes from, and the values of its parameters.
    pub source: Source,
    /// The folder for the journal.
    pub folder: PathBuf,
    /// What becomes of it when it has what it wants.
    pub mode: RunMode,
    /// How it is run.
    pub settings: Settings,
}

/// What a run is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RunMode {
    /// It brings the goal about and ends.
    #[default]
    Once,
    /// It stays, watches, and repairs what drifts.
    Watch {
        /// It ends once it has been at rest for so long.
        converged: Option<Duration>,
    },
    /// It only looks: nothing is changed, and what would be is told.
    Noop,
}

impl RunMode {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Watch { .. } => "watch",
            Self::Noop => "noop",
        }
    }

    pub(crate) fn from_word(word: &str, converged: Option<Duration>) -> Option<Self> {
        match word {
            "once" => Some(Self::Once),
            "watch" => Some(Self::Watch { converged }),
            "noop" => Some(Self::Noop),
            _ => None,
        }
    }
}

/// A run that is taken up again, in the mode in which it was begun.
#[derive(Clone, Debug)]
pub struct ResumeConfig {
    /// The expanded deployment, made again from [`crate::Journal::source`].
    pub deployment: Arc<Deployment>,
    /// The journal.
    pub journal: PathBuf,
    /// How it is run.
    pub settings: Settings,
}

/// How a run is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many attempts run at the same time.
    pub jobs: NonZeroUsize,
    /// Which hosts are this one.
    pub hosts: Hosts,
    /// The command that runs [`crate::keeper::main`]; the run and the session are appended.
    pub keeper: Vec<OsString>,
    /// How long a command that is to stop may take before it is killed.
    pub grace: Duration,
    /// Where `secret:env:NAME` is looked up.
    pub environment: BTreeMap<String, String>,
    /// The version of the program, for the journal.
    pub tool_version: String,
}

impl Settings {
    /// Ten jobs, this host only, 5 s of grace, no environment.
    #[must_use]
    pub fn new(keeper: Vec<OsString>) -> Self {
        Self {
            jobs: NonZeroUsize::new(10).expect("ten is not zero"),
            hosts: Hosts::default(),
            keeper,
            grace: Duration::from_secs(5),
            environment: BTreeMap::new(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Which hosts that a deployment names are this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hosts {
    /// These, and of course `localhost` and this host's own name.
    Local(BTreeSet<String>),
    /// All of them.
    AllLocal,
    /// These; all others are reached in this way.
    Reached(BTreeSet<String>, Arc<Ssh>),
}

impl Default for Hosts {
    fn default() -> Self {
        Self::Local(BTreeSet::new())
    }
}

impl Hosts {
    /// Whether the host is this one.
    #[must_use]
    pub fn is_local(&self, host: &str) -> bool {
        match self {
            Self::AllLocal => true,
            Self::Local(names) | Self::Reached(names, _) => {
                host == "localhost" || names.contains(host) || is_own_name(host)
            }
        }
    }
}

impl Hosts {
    /// Whether actions on the host can be done: here, or there.
    #[must_use]
    pub fn can_reach(&self, host: &str) -> bool {
        matches!(self, Self::Reached(..)) || self.is_local(host)
    }

    /// How the host of an action is reached, where it is another one.
    pub(crate) fn away(&self, action: &Action) -> Option<Away> {
        let host = action.host.as_ref().filter(|host| !self.is_local(host))?;
        match self {
            Self::Reached(_, ssh) => Some(Away { ssh: Arc::clone(ssh), host: host.clone() }),
            _ => None,
        }
    }
}

fn is_own_name(host: &str) -> bool {
    std::fs::read_to_string("/proc/sys/kernel/hostname").is_ok_and(|name| name.trim() == host)
}
