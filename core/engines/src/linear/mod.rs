//! Linear arithmetic over the state equation: proofs, for which no marking is looked at, and walks.

mod along;
mod lp;
mod refute;
mod relaxation;
mod rounding;
mod skeleton;
mod state_equation;

pub use along::AlongStateEquation;
pub use state_equation::StateEquation;
