//! Proofs and runs by a SAT solver, for nets with one-safe places: one variable a place.

mod blocking;
mod frames;
mod goal;
mod models;
mod moves;
mod property_directed;
mod search;

pub use property_directed::PropertyDirected;
