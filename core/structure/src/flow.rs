//! Flows: weights that the incidence matrix maps to zero.
//!
//! A place flow y satisfies y·C = 0, so the weighted number of tokens y·m is the same in every
//! reachable marking m; a transition flow x satisfies C·x = 0, so firing every transition x(t)
//! times in total changes nothing (Murata, "Petri Nets: Properties, Analysis and Applications",
//! 1989, section VIII-A).

use pn_net::{Marking, PlaceId, TransitionId};

/// Integer weights of nodes; nodes that are not listed weigh nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Flow<N> {
    terms: Vec<(N, i64)>,
}

/// Weights of places that every firing preserves.
pub type PlaceFlow = Flow<PlaceId>;

/// Numbers of firings that together change nothing.
pub type TransitionFlow = Flow<TransitionId>;

impl<N> Flow<N> {
    pub(crate) const fn new(terms: Vec<(N, i64)>) -> Self {
        Self { terms }
    }

    /// The nodes with a weight other than 0, ascending, with their weights, which have no common
    /// divisor.
    #[must_use]
    pub fn terms(&self) -> &[(N, i64)] {
        &self.terms
    }
}

impl<N: Copy> Flow<N> {
    /// `a + 2 b - c`, with the nodes under these names.
    #[must_use]
    pub fn in_words<'n>(&self, name: impl Fn(N) -> &'n str) -> String {
        let mut text = String::new();
        for (node, weight) in &self.terms {
            text.push_str(match (text.is_empty(), *weight < 0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            });
            match weight.unsigned_abs() {
                1 => {}
                size => text.push_str(&format!("{size} ")),
            }
            text.push_str(name(*node));
        }
        text
    }
}

impl Flow<PlaceId> {
    /// The weighted number of tokens in `marking`: the same in all markings that are reachable
    /// from one another.
    #[must_use]
    pub fn value(&self, marking: &Marking) -> i128 {
        self.terms.iter().map(|(p, weight)| i128::from(*weight) * i128::from(marking.tokens(*p))).sum()
    }
}
