//! The word that was probably meant.
//!
//! Damerau-Levenshtein distance (Damerau 1964; Levenshtein 1966), at most a third of the word.
//! O(length²) for each candidate; long words and words after the first few get no suggestion, so
//! that a large file full of errors is reported at once.

use strsim::damerau_levenshtein;

const LONGEST: usize = 64;

/// Finds suggestions, but only so many times.
pub(crate) struct Suggestions {
    left: u32,
}

impl Suggestions {
    pub(crate) const fn new() -> Self {
        Self { left: 20 }
    }

    /// The candidate nearest to `word`; the first of several equally near.
    pub(crate) fn nearest<'a>(
        &mut self,
        word: &str,
        candidates: impl Iterator<Item = &'a str>,
    ) -> Option<String> {
        if self.left == 0 || word.is_empty() || word.len() > LONGEST {
            return None;
        }
        self.left -= 1;
        let most = (word.chars().count() / 3).max(1);
        candidates
            .filter(|candidate| candidate.len() <= LONGEST)
            .map(|candidate| (damerau_levenshtein(word, candidate), candidate))
            .filter(|(distance, _)| *distance <= most)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, candidate)| candidate.to_owned())
    }
}
