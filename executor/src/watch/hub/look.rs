//! One look at a watched resource, on a thread of the pool.

use super::{Message, Post};
use crate::attempt::Task;
use crate::probe::Probe;
use crate::resource::Check;
use crate::watch::Watch;
use crate::watch::subject::Found;
use pn_net::TransitionId;
use std::time::{Duration, Instant};

/// Which look it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Which {
    pub(super) transition: TransitionId,
    /// Told apart from what was watched for the same transition before.
    pub(super) entry: u64,
    pub(super) look: u64,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Looked {
    /// What was found; `None` where it first has to be watched elsewhere.
    pub(super) found: Option<Found>,
    /// Where it is to be watched, if that could be told.
    pub(super) watch: Option<Watch>,
    pub(super) took: Duration,
}

/// Looks, unless the resource has to be watched elsewhere than `known` says: what changes between
/// a look and the beginning of a watch would not be seen.
pub(super) fn look(mut task: Task, known: Option<&Watch>) -> Looked {
    let began = Instant::now();
    task.context.started = began;
    let end = |found, watch| Looked { found, watch, took: began.elapsed() };
    let probe = match Probe::new(task) {
        Ok(probe) => probe,
        Err(halt) => return end(Some(Found::Failed(halt.message)), None),
    };
    let watch = probe.watch();
    if !known.is_some_and(|known| known.is_like(&watch)) {
        return end(None, Some(watch));
    }
    let found = match probe.check() {
        Ok(Check::Same(words)) => Found::Same(words),
        Ok(Check::Diff(words)) => Found::Differs(words),
        Ok(Check::CannotTell) => Found::CannotTell,
        Err(halt) => Found::Failed(halt.message),
    };
    end(Some(found), Some(watch))
}

/// Sends the result of a look; when it is dropped without one, as by a panic, it says so.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) post: Post,
    pub(super) which: Which,
    pub(super) looked: Option<Looked>,
}

impl Drop for Reply {
    fn drop(&mut self) {
        let lost = || Looked {
            found: Some(Found::Failed("the executor failed while looking at it".into())),
            watch: None,
            took: Duration::ZERO,
        };
        let looked = self.looked.take().unwrap_or_else(lost);
        self.post.send(Message::Looked(self.which, Box::new(looked)));
    }
}
