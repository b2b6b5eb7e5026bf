//! Deployment nets: place/transition nets whose transitions are real actions and observations.
//!
//! [`annotation`] holds what an author wrote, name by name and with its place in the file;
//! [`Deployment`] is the same resolved against the net: every reference is an id, every formula
//! is bound. [`expand`] writes out the subnet that each shorthand action stands for, so that what
//! is verified is what runs.
//!
//! The semantics are those of `docs/spec/deployment.md`.

mod annotate;
pub mod annotation;
mod expand;
mod hash;
mod model;
mod origins;
mod outcome;
mod problem;
mod questions;
mod resolve;
mod template;
mod words;

pub use annotate::annotate;
pub use expand::{Expansion, Keeping, Passing, Unsteady, expand};
pub use hash::{DeploymentHash, deployment_hash};
pub use model::{Action, Deployment, Faults, Invariant, Retry, Role, Shorthand};
pub use origins::{
    After, During, Mapping, Origins, PlaceOrigin, PlacePart, Round, StepPart, Then, TransitionOrigin,
};
pub use outcome::Outcome;
pub use problem::{FormulaOf, Problem, ProblemKind};
pub use questions::{Question, QuestionKind, default_questions};
pub use resolve::resolve;
