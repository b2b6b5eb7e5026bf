//! How the next transition is chosen among the enabled ones.

use pn_net::TransitionId;
use rand::{RngExt, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How the next transition is chosen among the enabled ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Policy {
    /// Every enabled transition is equally likely. O(1) a step.
    #[default]
    Uniform,
    /// Every transition gets a random rank at the start of the run, and the enabled one with the
    /// highest rank fires: an unfair scheduler, good at driving a net into its corners. One step in
    /// twenty is chosen uniformly, so that no run cycles forever. O(enabled) a step.
    Priorities,
}

/// A policy with what it remembers during one run.
pub(crate) enum Chooser {
    Uniform,
    Priorities(Vec<u32>),
}

impl Chooser {
    pub(crate) fn new(policy: Policy, transitions: usize, random: &mut Xoshiro256PlusPlus) -> Self {
        match policy {
            Policy::Uniform => Self::Uniform,
            Policy::Priorities => {
                let count = u32::try_from(transitions).expect("a net has < 2^32 transitions");
                let mut ranks: Vec<u32> = (0..count).collect();
                ranks.shuffle(random);
                Self::Priorities(ranks)
            }
        }
    }

    /// One of the enabled transitions, `None` when there are none.
    pub(crate) fn choose(
        &self,
        enabled: &[TransitionId],
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<TransitionId> {
        if enabled.is_empty() {
            return None;
        }
        if let Self::Priorities(ranks) = self
            && random.random_range(0..20u32) != 0
        {
            return enabled.iter().copied().max_by_key(|t| ranks[t.index()]);
        }
        let count = u32::try_from(enabled.len()).expect("a net has < 2^32 transitions");
        Some(enabled[random.random_range(0..count) as usize])
    }
}
