//! Random numbers from a seed: the same seed, the same numbers, on every machine and for ever.
//!
//! SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014):
//! a counter and a mixing function. Good enough to shape test cases, and five lines long.

use std::ops::RangeInclusive;

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Dice that roll the sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Any 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number in `range`.
    ///
    /// # Panics
    ///
    /// When the range is empty.
    pub const fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = (*range.start(), *range.end());
        assert!(low <= high, "the range has a number");
        match (high - low).checked_add(1) {
            Some(width) => low + self.roll() % width,
            None => self.roll(),
        }
    }

    /// An index of a list of `len` elements.
    ///
    /// # Panics
    ///
    /// When the list is empty.
    pub fn index(&mut self, len: usize) -> usize {
        let last = len.checked_sub(1).expect("the list has an element");
        usize::try_from(self.within(0..=last as u64)).expect("it is below a length")
    }

    /// True once in `times`, on average.
    pub const fn once_in(&mut self, times: u64) -> bool {
        self.within(1..=times) == 1
    }
}
