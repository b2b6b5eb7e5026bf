//! Watching: how it is noticed that a resource changes behind our back, or comes about.
//!
//! A resource says in a [`Watch`] where changes of it can be seen. The [`Hub`] looks there for
//! all resources of a run, and where something happened it looks at the resource itself, with its
//! own check, which writes nothing. Only what that look finds counts: an event alone is no drift.

mod bus;
mod feed;
mod hub;
mod inotify;
mod pool;
mod subject;

pub(crate) use bus::unit_of;
pub(crate) use feed::Feed;
pub(crate) use hub::{Hub, Watched};
pub(crate) use inotify::{Reach, WatchedPath};

use crate::params::{ParamProblem, Params};
use pn_net::TransitionId;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Where changes of a resource can be seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Watch {
    /// In the file system.
    pub(crate) paths: BTreeSet<WatchedPath>,
    /// In the values of the run.
    pub(crate) values: BTreeSet<String>,
    /// On the system's D-Bus, as units of systemd.
    pub(crate) units: BTreeSet<String>,
    /// In the output of a command.
    pub(crate) feed: Option<Feed>,
    /// Nowhere else: it is looked at so often.
    pub(crate) poll: Option<Duration>,
    /// It changes by itself after this time.
    pub(crate) after: Option<Duration>,
    pub(crate) pace: Pace,
}

/// The shortest interval at which anything is looked at again and again.
const SHORTEST: Duration = Duration::from_millis(100);

/// How long a look takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Pace {
    /// It looks at this host's files, tables and buses.
    #[default]
    Quick,
    /// It runs a command or asks over the network.
    Slow,
}

impl Watch {
    /// The interval that a parameter `poll` says, if it is given.
    pub(crate) fn interval(params: &Params) -> Result<Option<Duration>, ParamProblem> {
        let Some(text) = params.get("poll") else { return Ok(None) };
        match crate::duration::parse(text) {
            Some(interval) if interval >= SHORTEST => Ok(Some(interval)),
            _ => {
                let complaint = format!("`{text}` is too short: at least {} ms", SHORTEST.as_millis());
                Err(ParamProblem::Bad { param: "poll".into(), complaint })
            }
        }
    }

    /// It never changes.
    pub(crate) fn never() -> Self {
        Self::default()
    }

    /// It is looked at so often.
    pub(crate) fn every(interval: Duration) -> Self {
        Self { poll: Some(interval), pace: Pace::Slow, ..Self::default() }
    }

    /// A change of this path is a change of it, too.
    pub(crate) fn path(mut self, path: impl Into<PathBuf>, reach: Reach) -> Self {
        self.paths.insert(WatchedPath { path: path.into(), reach });
        self
    }

    /// A change of this value is a change of it, too.
    pub(crate) fn value(mut self, name: impl Into<String>) -> Self {
        self.values.insert(name.into());
        self
    }

    /// The same but for the time: whether the same has to be watched.
    fn is_like(&self, other: &Self) -> bool {
        (&self.paths, &self.values, &self.units, &self.feed)
            == (&other.paths, &other.values, &other.units, &other.feed)
    }
}

/// Why a resource is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// It is as wanted, and is to stay so.
    Drift,
    /// A transition waits for it to come about.
    Event,
}

/// What a look at a watched resource has found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Noticed {
    /// It is no longer as wanted: in what it differs.
    Drifted(TransitionId, String),
    /// It has come about, for a transition that waits for it: what was seen.
    AsDescribed(TransitionId, String),
    /// It drifted or had come about, and that is over.
    Otherwise(TransitionId, String),
    /// It cannot be looked at, which is tried again; or not be watched, and is looked at now and
    /// then instead. Told once.
    Unseen(TransitionId, String),
}

impl Noticed {
    /// The transition whose resource it is.
    #[must_use]
    pub const fn transition(&self) -> TransitionId {
        match self {
            Self::Drifted(transition, _)
            | Self::AsDescribed(transition, _)
            | Self::Otherwise(transition, _)
            | Self::Unseen(transition, _) => *transition,
        }
    }
}
