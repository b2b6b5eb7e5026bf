//! The randomness of a simulated run: one generator, from one seed.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::time::Duration;

/// A seeded source of choices.
#[derive(Debug)]
pub(crate) struct Chance(Xoshiro256PlusPlus);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0.random_range(0..bound)
    }

    /// Whether something happens that happens `times` in a thousand times.
    pub(crate) fn happens(&mut self, times: u32) -> bool {
        times > 0 && self.below(1000) < times
    }

    /// A time below so many milliseconds, to the microsecond.
    pub(crate) fn time(&mut self, millis: u32) -> Duration {
        Duration::from_micros(u64::from(self.below(millis.max(1) * 1000)))
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let count = u32::try_from(choices.len()).expect("the choices are few");
        choices[self.below(count) as usize]
    }
}
