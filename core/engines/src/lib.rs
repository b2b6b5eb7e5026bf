//! Engines that decide properties of nets.
//!
//! Every engine implements [`Engine`] and stands in [`registry`]; which one runs when is the
//! portfolio's affair (`pn-verify`). An engine takes a batch of properties and answers each with
//! the evidence that its method can give. Engines do no input or output; limits, cancellation and
//! progress arrive in a [`Run`].

pub mod coverability;
mod distance;
mod engine;
pub mod explore;
pub mod linear;
pub mod modular;
mod run;
pub mod sat;
pub mod walk;

pub use engine::{Ceiling, Engine, registry};
pub use run::{Progress, Run, Stop};
