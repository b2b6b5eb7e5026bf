//! Names of places and transitions, and the word that was probably meant.
//!
//! Suggestions go by the Damerau-Levenshtein distance (Damerau 1964; Levenshtein 1966), at most a
//! third of the word. Long words and all words after the first few get none, so that a long text
//! full of errors is answered at once.

use super::TextErrorKind;
use pn_net::{Net, PlaceId, TransitionId};
use strsim::damerau_levenshtein;

const LONGEST: usize = 64;
const MOST: u32 = 10;

/// Looks names up in a net.
pub(super) struct Names<'n> {
    pub(super) net: &'n Net,
    suggestions_left: u32,
}

impl<'n> Names<'n> {
    pub(super) fn new(net: &'n Net) -> Self {
        Self { net, suggestions_left: MOST }
    }

    pub(super) fn place(&mut self, name: &str) -> Result<PlaceId, TextErrorKind> {
        if let Some(place) = self.net.find_place(name) {
            return Ok(place);
        }
        if self.net.find_transition(name).is_some() {
            return Err(TextErrorKind::TransitionAsPlace(name.to_owned()));
        }
        let net = self.net;
        let suggestion = self.nearest(name, net.places().map(|place| net.place_name(place)));
        Err(TextErrorKind::UnknownPlace { name: name.to_owned(), suggestion })
    }

    pub(super) fn transition(&mut self, name: &str) -> Result<TransitionId, TextErrorKind> {
        if let Some(transition) = self.net.find_transition(name) {
            return Ok(transition);
        }
        if self.net.find_place(name).is_some() {
            return Err(TextErrorKind::PlaceAsTransition(name.to_owned()));
        }
        let net = self.net;
        let suggestion = self.nearest(name, net.transitions().map(|t| net.transition_name(t)));
        Err(TextErrorKind::UnknownTransition { name: name.to_owned(), suggestion })
    }

    /// The candidate nearest to `word`, the first of several equally near; case counts little.
    pub(super) fn nearest<'a>(
        &mut self,
        word: &str,
        candidates: impl Iterator<Item = &'a str>,
    ) -> Option<String> {
        if self.suggestions_left == 0 || word.is_empty() || word.len() > LONGEST {
            return None;
        }
        self.suggestions_left -= 1;
        let lower = word.to_lowercase();
        let most = (word.chars().count() / 3).max(1);
        candidates
            .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * most)
            .map(|candidate| (damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
            // A word of one or two letters is near to every other one: only its case may differ.
            .filter(|(distance, candidate)| *distance <= most && *distance < candidate.len().max(2) - 1)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, candidate)| candidate.to_owned())
    }
}
