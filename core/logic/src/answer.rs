//! Verdicts and the evidence that they carry.
//!
//! An engine that says anything definite hands over [`Evidence`]. The checker (in `pn-verify`)
//! replays it with nothing but `pn-net` and this crate; evidence that it rejects turns the
//! verdict into [`Reason::EvidenceRejected`].

use crate::{Inductive, Modular, Prefix, Refutation};
use pn_net::{OmegaMarking, Trace};
use std::fmt;
use std::sync::Arc;

/// What is known about a property.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The property holds.
    Holds,
    /// The property does not hold.
    Fails,
    /// The largest value of a `bound` property.
    Bounded(i128),
    /// The expression of a `bound` property grows without limit.
    Unbounded,
    /// Nothing definite.
    Unknown(Reason),
}

/// Why a verdict is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// The time limit was reached.
    Time,
    /// The memory limit was reached.
    Memory,
    /// The user cancelled.
    Cancelled,
    /// No engine at hand decides this kind of property on this kind of net.
    Unsupported,
    /// A place exceeded 2⁶³ − 1 tokens during the search.
    TokenOverflow,
    /// An engine answered, but the checker rejected its evidence: a bug in the engine.
    EvidenceRejected,
}

/// Which net was explored, and whether all of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Explored {
    /// The net that the property is about.
    #[default]
    Itself,
    /// A smaller net that answers the property alike, after structural reductions.
    Reduced,
    /// The net that the property is about, but in each marking only a stubborn set was fired: of
    /// the reachable markings a part that answers the property alike.
    Stubborn,
    /// The same of a smaller net, after structural reductions.
    ReducedStubborn,
    /// The net that the property is about, but only what can be reached from the end of the run.
    Onwards,
    /// The same of a smaller net, after structural reductions.
    ReducedOnwards,
}

impl Explored {
    /// Whether only stubborn sets were fired.
    #[must_use]
    pub const fn is_stubborn(self) -> bool {
        matches!(self, Self::Stubborn | Self::ReducedStubborn)
    }

    /// The same, of a net that structural reductions made.
    #[must_use]
    pub const fn after_reductions(self) -> Self {
        match self {
            Self::Itself | Self::Reduced => Self::Reduced,
            Self::Stubborn | Self::ReducedStubborn => Self::ReducedStubborn,
            Self::Onwards | Self::ReducedOnwards => Self::ReducedOnwards,
        }
    }
}

/// How large an exhaustive exploration was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Exploration {
    /// Markings looked at: all reachable ones, but for what [`Explored`] says.
    pub states: u64,
    /// Firings from them: one for each enabled transition of each marking, or for each that is in
    /// the marking's stubborn set.
    pub edges: u64,
    /// Of which net these are the markings, and which of them.
    pub of: Explored,
}

/// What a checker can replay or recompute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// None, as befits an unknown verdict.
    None,
    /// A run to a marking that settles the question: it satisfies a `possibly`, or violates an
    /// `always`.
    Run(Trace),
    /// Every reachable marking was looked at, of the net itself or of a reduced one, or as many as
    /// stubborn sets lead to.
    Exhaustion(Exploration),
    /// Every reachable marking was looked at, and this run leads to the one that settles the
    /// question: the point of no return, or the marking that attains the bound. For a point of no
    /// return it is enough to look at what can be reached from it.
    RunAndExhaustion(Trace, Exploration),
    /// Linear arithmetic refutes what would have to hold in a reachable marking.
    Refutation(Proof),
    /// This run leads to a marking that attains the bound, and no reachable marking exceeds it.
    RunAndRefutation(Trace, Proof),
    /// Clauses that hold in every reachable marking exclude what would have to hold in one. Shared,
    /// since they can answer thousands of properties.
    Inductive(Arc<Inductive>),
    /// So many firings of a run that settles many questions lead to a marking that settles this one.
    Prefix(Prefix),
    /// Each module for itself looked at, no reachable marking is left that would decide otherwise, or
    /// a plan leads to the goal from everywhere.
    Modules(Modular),
    /// So many firings of the run lead to a marking that attains the bound, and each module for itself
    /// looked at, none is left that exceeds it.
    PrefixAndModules(Prefix, Modular),
    /// After the first run the second can be repeated forever and makes the expression grow.
    Pumping(Trace, Trace),
    /// Runs that can be repeated as often as one likes one after the other, the later ones living
    /// on what the earlier ones pile up: together they make the expression grow.
    Pumpings(Vec<Pumping>),
    /// Every reachable marking is covered by one of these.
    Covering(Covering),
    /// Every reachable marking is covered by one of these, and this run leads to the one that
    /// attains the bound.
    RunAndCovering(Trace, Covering),
}

/// A run, after which a word can be repeated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pumping {
    /// Fired once.
    pub run: Trace,
    /// Repeated.
    pub word: Trace,
}

/// ω-markings that cover the initial marking and, with each firing from one of them, what it leads
/// to: an inductive invariant. Shared, since it can answer thousands of properties.
pub type Covering = Arc<[OmegaMarking]>;

/// A refutation, as far as it can be handed over; what proves the same about a smaller net is one
/// that cannot be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    /// About the net that the property is about.
    Itself(Refutation),
    /// About a smaller net that answers the property alike, after structural reductions.
    Reduced,
}

/// A verdict, how it was established, and the evidence for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What is known.
    pub verdict: Verdict,
    /// The name of the engine that decided; empty when none did.
    pub method: &'static str,
    /// What can be replayed.
    pub evidence: Evidence,
}

impl Answer {
    /// The answer that nothing is known, for this reason.
    #[must_use]
    pub const fn unknown(reason: Reason) -> Self {
        Self { verdict: Verdict::Unknown(reason), method: "", evidence: Evidence::None }
    }

    /// Whether the verdict is definite.
    #[must_use]
    pub const fn is_definite(&self) -> bool {
        !matches!(self.verdict, Verdict::Unknown(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "the time limit was reached",
            Self::Memory => "the memory limit was reached",
            Self::Cancelled => "cancelled",
            Self::Unsupported => "no method at hand decides this",
            Self::TokenOverflow => "a place exceeded 2^63 - 1 tokens",
            Self::EvidenceRejected => "the evidence did not pass the independent check",
        })
    }
}
