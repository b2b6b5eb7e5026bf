//! Nested units (NUPN): a tree of place groups that claims mutual exclusion.
//!
//! In a unit-safe net at most one place of a unit, its ancestors and descendants on one branch
//! aside, is marked at a time (Garavel, "Nested-Unit Petri Nets", 2019, section 3). The file
//! merely *claims* unit safety: engines treat it as a hint and detect violations.

use crate::PlaceId;

/// One unit: its own places and its sub-units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit {
    /// The identifier in the file.
    pub id: String,
    /// Local places, without those of sub-units.
    pub places: Vec<PlaceId>,
    /// Indices into [`Nupn::units`].
    pub subunits: Vec<usize>,
}

/// The unit tree of a net.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nupn {
    /// All units; a sub-unit refers to another by its index here.
    pub units: Vec<Unit>,
    /// Index of the root unit.
    pub root: usize,
    /// The file's claim that the net is unit-safe (and so one-safe). A hint, never a proof.
    pub claims_safe: bool,
}
