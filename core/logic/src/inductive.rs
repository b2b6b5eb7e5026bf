//! Why no reachable marking satisfies a formula, by induction over firings.
//!
//! A weighting w ≥ 0 that no firing increases is at most w·m₀ in every reachable marking, so the
//! places that weigh more than half of that hold at most one token, all of them together. Clauses
//! over such places, each "one of these is marked, or one of those is empty", hold in every
//! reachable marking if they hold initially and every firing from a marking in which they hold leads
//! to another one. Then they exclude a formula that contradicts them (Bradley, "SAT-based model
//! checking without unrolling", 2011).

use pn_net::PlaceId;

/// Clauses that hold in every reachable marking.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inductive {
    /// Weights of places, each a weighting that no firing increases.
    pub weightings: Vec<Vec<(PlaceId, u64)>>,
    /// The clauses; each place in one holds at most one token by some weighting.
    pub clauses: Vec<Vec<Occupancy>>,
}

/// What a clause says of a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Occupancy {
    /// It holds a token.
    Marked(PlaceId),
    /// It holds none.
    Empty(PlaceId),
}
