//! What the structure of a net alone tells, before anything is fired.
//!
//! [`place_flows`] and [`transition_flows`] are bases of the two kernels of the incidence matrix;
//! [`place_semiflows`] and [`transition_semiflows`] the flows without negative weights that have
//! minimal support. [`minimal_siphons`] and [`minimal_traps`] are the sets of places that stay empty,
//! or marked; [`one_safe`] the places that weightings show to hold at most one token;
//! [`Concurrency`] relates places that may be marked at the same time; [`classes`] and
//! [`components`] tell what kind of graph it is. All arithmetic is exact, and all work is bounded by
//! an [`Effort`]: on nets where a result would take too long the answer is [`Incomplete`], never a
//! wrong one.

mod class;
mod component;
mod concurrency;
mod elimination;
mod farkas;
mod flow;
mod minimal;
mod one_safe;
mod row;
mod trap;

pub use class::{NetClass, classes};
pub use component::{Component, components};
pub use concurrency::Concurrency;
pub use elimination::{place_flows, transition_flows};
pub use farkas::{place_semiflows, transition_semiflows};
pub use flow::{Flow, PlaceFlow, TransitionFlow};
pub use minimal::{Minimal, minimal_siphons, minimal_traps};
pub use one_safe::{OneSafe, WEIGHTINGS, Weighting, one_safe};
pub use row::{Effort, Incomplete};
pub use trap::{greatest_siphon, greatest_trap, is_siphon, is_trap};
