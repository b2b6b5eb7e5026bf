//! Seeded random simulation of nets.
//!
//! [`simulate`] fires randomly chosen enabled transitions until a [`Stop`] condition is met;
//! [`replicate`] does so several times with seeds derived from one. The same net, settings and seed
//! give the same run, and every [`Run`] carries its seed. [`Replay`] steps through a recorded trace.
//!
//! Transitions fire by [`pn_net::firing::fire`], so a simulated run is a firing sequence like any
//! other: the verifier can replay it. What this crate adds is the choice, and an incremental record
//! of which transitions are enabled. There is no notion of time: a run is counted in steps.
//!
//! This crate does no input or output, starts no threads and reads no clock.

mod enabled;
mod policy;
mod replay;
mod replications;
mod run;
mod statistics;

pub use policy::Policy;
pub use replay::Replay;
pub use replications::{Summary, replicate, seed_of};
pub use run::{Progress, Recording, Run, Settings, Stop, simulate};
pub use statistics::PlaceStatistics;
