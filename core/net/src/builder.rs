//! The one way to make a net: add nodes, connect them, build.

use crate::arcs::Arcs;
use crate::names::{NameError, Names};
use crate::{MAX_TOKENS, Marking, Net, Nupn, PlaceId, TransitionId};

/// Collects nodes and arcs; [`NetBuilder::build`] freezes them into a [`Net`].
///
/// Several arcs between the same two nodes in the same direction add up.
#[derive(Clone, Debug, Default)]
pub struct NetBuilder {
    name: String,
    places: Names,
    transitions: Names,
    initial: Vec<u64>,
    inputs: Vec<(TransitionId, PlaceId, u64)>,
    outputs: Vec<(TransitionId, PlaceId, u64)>,
    nupn: Option<Nupn>,
}

/// Why a node or an arc cannot be part of a net.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BuildError {
    /// The identifier names an earlier place.
    #[error("place `{0}` exists already")]
    DuplicatePlace(String),
    /// The identifier names an earlier transition.
    #[error("transition `{0}` exists already")]
    DuplicateTransition(String),
    /// More tokens than [`MAX_TOKENS`].
    #[error("{0} tokens are more than a place can hold (2^63 - 1)")]
    TooManyTokens(u64),
    /// An arc's weight is 0, or the weights between two nodes add up to more than [`MAX_TOKENS`].
    #[error("an arc weighs between 1 and 2^63 - 1, not {0}")]
    BadWeight(u64),
    /// More than 2³² nodes of a kind, 2³² arcs in a direction, or 4 GiB of names.
    #[error("the net is larger than 2^32 nodes, 2^32 arcs or 4 GiB of names")]
    TooLarge,
}

impl NetBuilder {
    /// An empty net with this identifier.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Makes room for so many places, transitions and arcs, where they are known beforehand.
    pub fn reserve(&mut self, places: usize, transitions: usize, arcs: usize) {
        self.places.reserve(places);
        self.transitions.reserve(transitions);
        self.initial.reserve(places);
        self.inputs.reserve(arcs / 2);
        self.outputs.reserve(arcs / 2);
    }

    /// Adds a place with its identifier, display name (if it differs) and initial tokens.
    ///
    /// # Errors
    ///
    /// When the identifier is taken, the count is too large or the net is full.
    pub fn place(&mut self, id: &str, label: Option<&str>, tokens: u64) -> Result<PlaceId, BuildError> {
        if tokens > MAX_TOKENS {
            return Err(BuildError::TooManyTokens(tokens));
        }
        self.places.add(id, label).map_err(|error| match error {
            NameError::Taken => BuildError::DuplicatePlace(id.to_owned()),
            NameError::TooMuchText => BuildError::TooLarge,
        })?;
        self.initial.push(tokens);
        Ok(PlaceId::new(self.initial.len() - 1))
    }

    /// Adds a transition with its identifier and display name (if it differs).
    ///
    /// # Errors
    ///
    /// When the identifier is taken or the net is full.
    pub fn transition(&mut self, id: &str, label: Option<&str>) -> Result<TransitionId, BuildError> {
        self.transitions.add(id, label).map_err(|error| match error {
            NameError::Taken => BuildError::DuplicateTransition(id.to_owned()),
            NameError::TooMuchText => BuildError::TooLarge,
        })?;
        Ok(TransitionId::new(self.transitions.len() - 1))
    }

    /// Adds an input arc, from a place to a transition.
    ///
    /// # Errors
    ///
    /// When the weight is 0 or too large.
    pub fn input(&mut self, place: PlaceId, transition: TransitionId, weight: u64) -> Result<(), BuildError> {
        self.inputs.push((transition, place, checked_weight(weight)?));
        Ok(())
    }

    /// Adds an output arc, from a transition to a place.
    ///
    /// # Errors
    ///
    /// When the weight is 0 or too large.
    pub fn output(
        &mut self,
        transition: TransitionId,
        place: PlaceId,
        weight: u64,
    ) -> Result<(), BuildError> {
        self.outputs.push((transition, place, checked_weight(weight)?));
        Ok(())
    }

    /// Declares the nested units.
    pub fn nupn(&mut self, nupn: Nupn) {
        self.nupn = Some(nupn);
    }

    /// The place with this identifier, among those added so far.
    #[must_use]
    pub fn find_place(&self, id: &str) -> Option<PlaceId> {
        self.places.find(id).map(PlaceId::new)
    }

    /// The transition with this identifier, among those added so far.
    #[must_use]
    pub fn find_transition(&self, id: &str) -> Option<TransitionId> {
        self.transitions.find(id).map(TransitionId::new)
    }

    /// Freezes the net. O(nodes + arcs).
    ///
    /// # Errors
    ///
    /// When parallel arcs add up to more than [`MAX_TOKENS`] or the net is too large.
    pub fn build(self) -> Result<Net, BuildError> {
        let (pre, consumers) = both_ways(self.inputs, self.transitions.len(), self.places.len())?;
        let (post, producers) = both_ways(self.outputs, self.transitions.len(), self.places.len())?;
        Ok(Net {
            name: self.name,
            places: self.places,
            transitions: self.transitions,
            initial: Marking::new(self.initial),
            pre,
            post,
            consumers,
            producers,
            nupn: self.nupn,
        })
    }
}

fn checked_weight(weight: u64) -> Result<u64, BuildError> {
    match weight {
        1..=MAX_TOKENS => Ok(weight),
        _ => Err(BuildError::BadWeight(weight)),
    }
}

type BothWays = (Arcs<PlaceId>, Arcs<TransitionId>);

fn both_ways(
    arcs: Vec<(TransitionId, PlaceId, u64)>,
    transitions: usize,
    places: usize,
) -> Result<BothWays, BuildError> {
    // Sorting by place, then stably by transition, sorts by both.
    let by_place = counting_sort(&arcs, places, |(_, p, _)| p.index());
    drop(arcs);
    let sorted = counting_sort(&by_place, transitions, |(t, _, _)| t.index());
    let mut merged: Vec<(usize, PlaceId, u64)> = Vec::with_capacity(sorted.len());
    for (t, p, weight) in sorted {
        match merged.last_mut() {
            Some(last) if last.0 == t.index() && last.1 == p => last.2 = checked_weight(last.2 + weight)?,
            _ => merged.push((t.index(), p, weight)),
        }
    }
    if u32::try_from(merged.len()).is_err() {
        return Err(BuildError::TooLarge);
    }
    let turned = counting_sort(&merged, places, |(_, p, _)| p.index());
    let turned: Vec<(usize, TransitionId, u64)> =
        turned.into_iter().map(|(t, p, weight)| (p.index(), TransitionId::new(t), weight)).collect();
    Ok((Arcs::from_sorted(transitions, &merged), Arcs::from_sorted(places, &turned)))
}

/// The entries in ascending order of a key below `keys`, stable. O(entries + keys).
fn counting_sort<T: Copy>(entries: &[T], keys: usize, key: impl Fn(&T) -> usize) -> Vec<T> {
    let Some(first) = entries.first() else { return Vec::new() };
    let mut next = vec![0usize; keys + 1];
    for entry in entries {
        next[key(entry) + 1] += 1;
    }
    for index in 0..keys {
        next[index + 1] += next[index];
    }
    let mut sorted = vec![*first; entries.len()];
    for entry in entries {
        let slot = &mut next[key(entry)];
        sorted[*slot] = *entry;
        *slot += 1;
    }
    sorted
}
