//! Proofs by linear arithmetic over the state equation: no marking is looked at.

mod lp;
mod refute;
mod relaxation;
mod rounding;
mod skeleton;
mod state_equation;

pub use state_equation::StateEquation;
