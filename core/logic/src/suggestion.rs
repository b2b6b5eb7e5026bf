//! The word that was probably meant.
//!
//! Damerau-Levenshtein distance (Damerau 1964; Levenshtein 1966) without regard to case, at most a
//! third of the word. O(length²) for each candidate; long words get no suggestion, and a
//! [`Suggestions`] gives only so many, so that a large file full of errors is reported at once.

use strsim::damerau_levenshtein;

const LONGEST: usize = 64;

/// The candidate nearest to `word`, the first of several equally near.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * most)
        .map(|candidate| (damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        // A word of one or two letters is near to every other one: only its case may differ.
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.len().max(2) - 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Finds suggestions, but only so many times.
#[derive(Clone, Debug)]
pub struct Suggestions {
    left: u32,
}

impl Suggestions {
    /// At most `most` look-ups.
    #[must_use]
    pub const fn at_most(most: u32) -> Self {
        Self { left: most }
    }

    /// The candidate [`nearest`] to `word`, owned; `None` once the look-ups are used up.
    pub fn nearest<'a>(
        &mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        nearest(word, candidates).map(str::to_owned)
    }
}
