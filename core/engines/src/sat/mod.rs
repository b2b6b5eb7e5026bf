//! Proofs and runs by a SAT solver: proofs for nets with one-safe places, one variable a place; runs
//! for all whose counts fit in some bits.

mod blocking;
mod bounded;
mod circuit;
mod frames;
mod goal;
mod models;
mod moves;
mod patience;
mod property_directed;
mod search;
mod unrolled;

pub use bounded::BoundedModelChecking;
pub use property_directed::PropertyDirected;
