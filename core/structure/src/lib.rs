//! What the structure of a net alone tells, before anything is fired.
//!
//! [`place_flows`] and [`transition_flows`] are bases of the two kernels of the incidence matrix;
//! [`place_semiflows`] and [`transition_semiflows`] the flows without negative weights that have
//! minimal support. All arithmetic is exact, and all work is bounded by an [`Effort`]: on nets
//! where a result would take too long the answer is [`Incomplete`], never a wrong one.

mod elimination;
mod farkas;
mod flow;
mod row;
mod trap;

pub use elimination::{place_flows, transition_flows};
pub use farkas::{place_semiflows, transition_semiflows};
pub use flow::{Flow, PlaceFlow, TransitionFlow};
pub use row::{Effort, Incomplete};
pub use trap::{greatest_trap, is_trap};
