//! Packed markings: each place has a bit field in a vector of 64-bit words.
//!
//! A field is as wide as the largest count seen on its place needs, and never straddles two
//! words. Nothing about bounds is assumed: the search starts with what the initial marking needs
//! and widens a field when a firing would overflow it.

use pn_net::PlaceId;

/// Where a place's count lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Field {
    pub(super) word: u32,
    pub(super) shift: u8,
    pub(super) width: u8,
}

impl Field {
    /// The largest count that fits; all ones, not shifted.
    pub(super) const fn max(self) -> u64 {
        (1 << self.width) - 1
    }

    /// The bits of the field in its word.
    pub(super) const fn mask(self) -> u64 {
        self.max() << self.shift
    }

    pub(super) fn get(self, words: &[u64]) -> u64 {
        (words[self.word as usize] >> self.shift) & self.max()
    }
}

/// The fields of all places of one net.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    fields: Vec<Field>,
    words: usize,
    /// For each word, the bits that are fields of width 1.
    single_bits: Vec<u64>,
    /// The fields that are wider.
    wide: Vec<Field>,
}

impl Layout {
    /// Fields just wide enough for these counts, at least one bit each.
    pub(super) fn fitting(counts: &[u64]) -> Self {
        Self::with_widths(counts.iter().map(|count| width_for(*count)))
    }

    /// The same fields with that of `place` widened until it holds `count`. A field grows to at
    /// least twice its width, so that no place is widened more than six times.
    pub(super) fn widened(&self, place: PlaceId, count: u64) -> Self {
        Self::with_widths(self.fields.iter().enumerate().map(|(index, field)| match index == place.index() {
            true => width_for(count).max(2 * field.width).min(63),
            false => field.width,
        }))
    }

    fn with_widths(widths: impl Iterator<Item = u8>) -> Self {
        let (mut word, mut used) = (0u32, 0u8);
        let fields: Vec<Field> = widths
            .map(|width| {
                if used + width > 64 {
                    (word, used) = (word + 1, 0);
                }
                let field = Field { word, shift: used, width };
                used += width;
                field
            })
            .collect();
        let words = word as usize + 1;
        let mut single_bits = vec![0; words];
        let (single, wide): (Vec<Field>, Vec<Field>) = fields.iter().partition(|field| field.width == 1);
        single.iter().for_each(|field| single_bits[field.word as usize] |= field.mask());
        Self { fields, words, single_bits, wide }
    }

    /// Length of a packed marking, in 64-bit words; at least 1.
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    pub(super) fn field(&self, place: PlaceId) -> Field {
        self.fields[place.index()]
    }

    /// The tokens on `place` in a packed marking.
    pub(super) fn tokens(&self, words: &[u64], place: PlaceId) -> u64 {
        self.field(place).get(words)
    }

    /// The tokens on all places of a packed marking together.
    pub(super) fn total(&self, words: &[u64]) -> u128 {
        let single = words.iter().zip(&self.single_bits);
        let single: u32 = single.map(|(word, mask)| (word & mask).count_ones()).sum();
        u128::from(single) + self.wide.iter().map(|field| u128::from(field.get(words))).sum::<u128>()
    }

    /// Packs `marking`, whose counts must fit, into `words`.
    pub(super) fn pack(&self, marking: &[u64], words: &mut [u64]) {
        words.fill(0);
        for (field, count) in self.fields.iter().zip(marking) {
            debug_assert!(*count <= field.max());
            words[field.word as usize] |= count << field.shift;
        }
    }

    /// Moves a packed marking of this layout into the wider `target` layout.
    pub(super) fn repack(&self, words: &[u64], target: &Self, target_words: &mut [u64]) {
        target_words.fill(0);
        for (from, to) in self.fields.iter().zip(&target.fields) {
            target_words[to.word as usize] |= from.get(words) << to.shift;
        }
    }
}

fn width_for(count: u64) -> u8 {
    let bits = (u64::BITS - count.leading_zeros()).max(1);
    u8::try_from(bits).expect("a word has 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_never_straddle_words_and_hold_what_was_packed() {
        let counts: Vec<u64> = (0..200).map(|n| (n * 37) % 1000).collect();
        let layout = Layout::fitting(&counts);
        let mut words = vec![0; layout.words()];
        layout.pack(&counts, &mut words);
        for (index, count) in counts.iter().enumerate() {
            let field = layout.field(PlaceId::new(index));
            assert!(field.shift + field.width <= 64);
            assert_eq!(field.get(&words), *count);
        }
    }

    #[test]
    fn widening_keeps_every_count() {
        let counts = [1, 0, 3, 63, 1];
        let narrow = Layout::fitting(&counts);
        let wide = narrow.widened(PlaceId::new(1), 1 << 40);
        let (mut packed, mut repacked) = (vec![0; narrow.words()], vec![0; wide.words()]);
        narrow.pack(&counts, &mut packed);
        narrow.repack(&packed, &wide, &mut repacked);
        assert!(wide.field(PlaceId::new(1)).max() >= 1 << 40);
        for (index, count) in counts.iter().enumerate() {
            assert_eq!(wide.tokens(&repacked, PlaceId::new(index)), *count);
        }
    }
}
