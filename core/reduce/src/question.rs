//! What a reduction may have to preserve, and sets of it.
//!
//! Every rule declares the set that it preserves; it is applied when that set contains all that
//! is asked. Places and transitions that a question is about are *observed*
//! ([`crate::Interest`]).

use std::fmt;

/// A kind of question about a net, relative to its observed places and transitions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Question {
    /// In which ways the observed places are marked in reachable dead markings.
    Deadlock,
    /// In which ways the observed places are marked in reachable markings.
    Reachability,
    /// How large expressions over observed places become.
    Bounds,
    /// Whether an observed transition fires in some run.
    QuasiLiveness,
    /// Whether an observed transition can fire again and again, wherever a run leads.
    Liveness,
    /// Whether from every reachable marking one is reached in which observed places are so marked.
    Return,
}

/// A set of [`Question`]s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Questions(u8);

impl Questions {
    /// No question.
    pub const NONE: Self = Self(0);
    /// All questions.
    pub const ALL: Self = Self(0b11_1111);

    /// The set of these questions.
    #[must_use]
    pub const fn of(questions: &[Question]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < questions.len() {
            bits |= 1 << questions[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// What is in either set.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every question of `other` is in this set.
    #[must_use]
    pub const fn contain(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some question is in both sets.
    #[must_use]
    pub const fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no question is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Question::{Bounds, Deadlock, Liveness, QuasiLiveness, Reachability, Return};
        let all = [Deadlock, Reachability, Bounds, QuasiLiveness, Liveness, Return];
        f.debug_set().entries(all.iter().filter(|question| self.contain(Self::of(&[**question])))).finish()
    }
}
