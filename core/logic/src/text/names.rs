//! Names of places and transitions, looked up in a net.

use super::TextErrorKind;
use crate::Suggestions;
use pn_net::{Net, PlaceId, TransitionId};

/// Looks names up in a net.
pub(super) struct Names<'n> {
    pub(super) net: &'n Net,
    pub(super) suggestions: Suggestions,
}

impl<'n> Names<'n> {
    pub(super) fn new(net: &'n Net) -> Self {
        Self { net, suggestions: Suggestions::at_most(10) }
    }

    pub(super) fn place(&mut self, name: &str) -> Result<PlaceId, TextErrorKind> {
        if let Some(place) = self.net.find_place(name) {
            return Ok(place);
        }
        if self.net.find_transition(name).is_some() {
            return Err(TextErrorKind::TransitionAsPlace(name.to_owned()));
        }
        let net = self.net;
        let suggestion = self.suggestions.nearest(name, net.places().map(|place| net.place_name(place)));
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
        let suggestion = self.suggestions.nearest(name, net.transitions().map(|t| net.transition_name(t)));
        Err(TextErrorKind::UnknownTransition { name: name.to_owned(), suggestion })
    }
}
