//! What is stepped through and verified: the net as drawn, or as it is expanded and run.
//!
//! An expanded net begins with the author's places and transitions under their own ids
//! (`pn-deployment`), so the canvas shows a marking of either.

use pn_deployment::{Deployment, Expansion, Faults, PlaceOrigin, TransitionOrigin, expand};
use pn_net::{Marking, Net, NetBuilder, PlaceId, TransitionId};
use std::sync::Arc;

/// A deployment, as drawn or as expanded, in the author's words.
#[derive(Clone, Debug)]
pub struct Subject {
    drawn: Arc<Deployment>,
    expansion: Option<Arc<Expansion>>,
    /// Nodes without arcs, called as people call them.
    words: Option<Arc<Net>>,
}

impl Subject {
    /// The net as drawn.
    #[must_use]
    pub fn drawn(deployment: Arc<Deployment>) -> Self {
        Self { drawn: deployment, expansion: None, words: None }
    }

    /// The net as it is verified and run, under the faults that the file declares.
    #[must_use]
    pub fn expanded(deployment: Arc<Deployment>) -> Self {
        let faults = deployment.faults;
        Self::under(deployment, faults)
    }

    /// The net as it is verified and run under these faults.
    #[must_use]
    pub fn under(deployment: Arc<Deployment>, faults: Faults) -> Self {
        let expansion = expand(&deployment, faults);
        let words = words(&expansion.deployment.net);
        Self { drawn: deployment, expansion: Some(Arc::new(expansion)), words: Some(Arc::new(words)) }
    }

    /// The deployment that is stepped through or verified.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        self.expansion.as_ref().map_or(&self.drawn, |expansion| &expansion.deployment)
    }

    /// Its net.
    #[must_use]
    pub fn net(&self) -> &Net {
        &self.deployment().net
    }

    /// The author's deployment.
    #[must_use]
    pub fn author(&self) -> &Deployment {
        &self.drawn
    }

    /// Whether the expansion wrote anything out.
    #[must_use]
    pub fn is_expanded(&self) -> bool {
        self.expansion.is_some() && self.net().transition_count() > self.drawn.net.transition_count()
    }

    /// The firing of a transition in the author's words.
    #[must_use]
    pub fn step(&self, transition: TransitionId) -> String {
        match &self.expansion {
            Some(expansion) => expansion.origins.describe_transition(self.in_words(), transition),
            None => self.net().transition_label(transition).to_owned(),
        }
    }

    /// What a token on a place says, in the author's words.
    #[must_use]
    pub fn place(&self, place: PlaceId) -> String {
        match &self.expansion {
            Some(expansion) => expansion.origins.describe_place(self.in_words(), place),
            None => self.net().place_label(place).to_owned(),
        }
    }

    /// The net by whose names things are told.
    fn in_words(&self) -> &Net {
        self.words.as_deref().unwrap_or(self.net())
    }

    /// The author's transition that a transition is, or is part of.
    #[must_use]
    pub fn shown_at(&self, transition: TransitionId) -> TransitionId {
        match self.expansion.as_ref().map(|expansion| expansion.origins.transition(transition)) {
            Some(TransitionOrigin::Part { of, .. }) => of,
            Some(TransitionOrigin::Author) | None => transition,
        }
    }

    /// The action that a transition is part of, itself if it is the start of one.
    #[must_use]
    pub fn action_of(&self, transition: TransitionId) -> Option<TransitionId> {
        match self.expansion.as_ref()?.origins.transition(transition) {
            TransitionOrigin::Part { of, .. } => Some(of),
            TransitionOrigin::Author => None,
        }
    }

    /// The author's transition whose subnet a place belongs to, if it is not the author's own.
    #[must_use]
    pub fn inside(&self, place: PlaceId) -> Option<TransitionId> {
        match self.expansion.as_ref()?.origins.place(place) {
            PlaceOrigin::Part { of, .. } => Some(of),
            PlaceOrigin::Author | PlaceOrigin::Budget => None,
        }
    }

    /// Whether the place counts something for the expansion, such as attempts.
    #[must_use]
    pub fn is_counter(&self, place: PlaceId) -> bool {
        self.expansion.as_ref().is_some_and(|expansion| expansion.origins.is_counter(place))
    }

    /// Whether a token on the place says nothing that anybody has to know.
    #[must_use]
    pub fn goes_without_saying(&self, place: PlaceId) -> bool {
        self.expansion.as_ref().is_some_and(|expansion| expansion.origins.goes_without_saying(place))
    }

    /// The marked places in the author's words, without what goes without saying.
    #[must_use]
    pub fn marked(&self, marking: &Marking) -> Vec<String> {
        let said = marking.marked().filter(|(place, _)| !self.goes_without_saying(*place));
        let in_words = |(place, tokens): (PlaceId, u64)| match tokens {
            1 => self.place(place),
            many => format!("{many} {}", self.place(place)),
        };
        said.map(in_words).collect()
    }
}

/// The nodes of a net under the names that people use, each different from the others.
fn words(net: &Net) -> Net {
    let mut builder = NetBuilder::new(net.name());
    for place in net.places() {
        let add = |name: &str| builder.place(name, None, 0).is_ok();
        named(net.place_label(place), net.place_name(place), add);
    }
    for transition in net.transitions() {
        let add = |name: &str| builder.transition(name, None).is_ok();
        named(net.transition_label(transition), net.transition_name(transition), add);
    }
    builder.build().expect("it is no larger than the net")
}

/// Adds something under its label, or under one with its identifier if that is taken.
fn named(label: &str, id: &str, mut add: impl FnMut(&str) -> bool) {
    if add(label) || add(&format!("{label} ({id})")) {
        return;
    }
    let numbered = (2u32..).find(|number| add(&format!("{label} ({id}, {number})")));
    numbered.expect("there are fewer nodes than numbers");
}
