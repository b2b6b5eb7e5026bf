//! The limits of a computation, its cancellation and its progress, handed in by the caller.

use pn_logic::Reason;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Markings found so far.
    pub states: u64,
    /// Markings whose successors are known.
    pub expanded: u64,
    /// Firings looked at so far.
    pub edges: u64,
    /// Bytes held by the search.
    pub bytes: u64,
}

/// Limits, cancellation and progress of one computation.
pub struct Run<'a> {
    deadline: Option<Instant>,
    memory: usize,
    threads: NonZeroUsize,
    cancelled: Option<&'a AtomicBool>,
    progress: Option<&'a mut dyn FnMut(Progress)>,
}

impl<'a> Run<'a> {
    /// No limits, and one thread.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            deadline: None,
            memory: usize::MAX,
            threads: NonZeroUsize::MIN,
            cancelled: None,
            progress: None,
        }
    }

    /// Ends at this instant with [`Reason::Time`].
    #[must_use]
    pub const fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Ends with [`Reason::Memory`] before data structures exceed this many bytes.
    #[must_use]
    pub const fn within_bytes(mut self, memory: usize) -> Self {
        self.memory = memory;
        self
    }

    /// May keep this many threads busy, that of the caller among them. Answers do not depend on it.
    #[must_use]
    pub const fn on_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }

    /// Ends with [`Reason::Cancelled`] soon after the flag is raised.
    #[must_use]
    pub const fn cancelled_by(mut self, flag: &'a AtomicBool) -> Self {
        self.cancelled = Some(flag);
        self
    }

    /// Reports progress a few times a second at least.
    #[must_use]
    pub fn reporting_to(mut self, progress: &'a mut dyn FnMut(Progress)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// The same limits with an earlier deadline, for a part of the computation.
    pub fn part(&mut self, deadline: Option<Instant>) -> Run<'_> {
        Run {
            deadline: match (self.deadline, deadline) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            memory: self.memory,
            threads: self.threads,
            cancelled: self.cancelled,
            progress: match &mut self.progress {
                Some(progress) => Some(&mut **progress),
                None => None,
            },
        }
    }

    /// An equal share of the time that is left, for one of so many parts.
    pub fn share(&mut self, left: usize) -> Run<'_> {
        let left = u32::try_from(left).unwrap_or(u32::MAX).max(1);
        let now = Instant::now();
        let end = self.deadline.map(|deadline| now + deadline.saturating_duration_since(now) / left);
        self.part(end)
    }

    /// The instant at which the computation ends.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The most bytes that data structures may hold.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.memory
    }

    /// How many threads may be kept busy.
    #[must_use]
    pub const fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// What ends the computation from outside, to be looked at by several threads.
    #[must_use]
    pub const fn stop(&self) -> Stop<'a> {
        Stop { deadline: self.deadline, cancelled: self.cancelled }
    }

    /// Reports progress and tells whether to go on. To be called every few milliseconds.
    ///
    /// # Errors
    ///
    /// The limit that was reached.
    pub fn tick(&mut self, progress: Progress) -> Result<(), Reason> {
        if let Some(report) = &mut self.progress {
            report(progress);
        }
        self.stop().check()
    }
}

/// The deadline of a computation and its cancellation.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'a> {
    deadline: Option<Instant>,
    cancelled: Option<&'a AtomicBool>,
}

impl Stop<'_> {
    /// Whether to go on.
    ///
    /// # Errors
    ///
    /// The limit that was reached.
    pub fn check(&self) -> Result<(), Reason> {
        if self.cancelled.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Reason::Cancelled);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Reason::Time);
        }
        Ok(())
    }
}
