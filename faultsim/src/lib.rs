//! A fault simulator for live execution, in the manner of deterministic simulation testing (FoundationDB,
//! TigerBeetle): the real step machine and the real order of log and effect, with a simulated
//! clock, disk, processes and people, all from one seed.
//!
//! [`simulate`] makes a random deployment, runs it through crashes to its end, and checks every
//! step on an account of its own. The same seed gives the same run. What is simulated and what is
//! checked stands in `docs/testing.md`.

mod attempts;
mod chance;
mod checker;
mod disk;
mod hands;
mod outside;
mod plan;
mod simulation;
mod world;

pub use simulation::{Failure, Figures, Log, simulate};

/// A deliberate mistake in the simulated hands, to show that the simulation finds it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bug {
    /// An attempt starts before its start is written.
    StartFirst,
    /// An attempt's result is removed before its end is written.
    OutcomeFirst,
    /// What is written is not synced.
    NoSync,
    /// Recovery takes what is left of a torn transaction for good.
    TornTail,
    /// Recovery takes a lost attempt for a success.
    AssumeSuccess,
    /// Recovery does not look whether a supervisor is still at it.
    NotAdopted,
    /// Recovery forgets what was in flight.
    Forgotten,
    /// A supervisor claims an attempt whose folder was removed.
    LateClaim,
    /// An interrupted action keeps its lock.
    LockKept,
    /// Approvals count again in every session.
    ApprovedAgain,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::StartFirst,
        Self::OutcomeFirst,
        Self::NoSync,
        Self::TornTail,
        Self::AssumeSuccess,
        Self::NotAdopted,
        Self::Forgotten,
        Self::LateClaim,
        Self::LockKept,
        Self::ApprovedAgain,
    ];
}
