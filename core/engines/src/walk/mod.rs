//! Random walks: cheap witnesses, without any claim to completeness.
//!
//! [`compact`] is the net as walks read it, [`walker`] a marking that moves with what it enables,
//! [`guide`] how the next firing is chosen, [`watch`] what is looked out for. [`hunt`] puts walks
//! in series, [`errand`] lets others send them, [`shorten`] leaves out of a run what it does not
//! need. On top of it stand the engine, [`random_walk`], and [`maxima`], lower bounds.

mod compact;
mod errand;
mod guide;
mod hunt;
mod maxima;
mod random_walk;
mod self_covering;
mod shorten;
mod walker;
mod watch;

pub(crate) use errand::errands;
pub(crate) use guide::Plan;
pub use hunt::{SEED, stroll};
pub use maxima::{Attained, Raised, maxima};
pub use random_walk::RandomWalk;
pub use self_covering::SelfCovering;
