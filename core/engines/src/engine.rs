//! What an engine is, and the list of all engines.

use crate::{Run, coverability, explore, walk};
use pn_logic::{Answer, Property};
use pn_net::Net;

/// A method that decides some properties of nets.
pub trait Engine: Sync {
    /// The method's name as a user reads it, such as "breadth-first search".
    fn name(&self) -> &'static str;

    /// The method's names in the Model Checking Contest's vocabulary, separated by spaces.
    fn techniques(&self) -> &'static str;

    /// Whether the method may decide `property`.
    fn takes(&self, property: &Property) -> bool;

    /// Answers `properties`, all of which it takes, in their order. Within the limits of `run`;
    /// what is not settled by then is answered `Unknown`.
    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer>;
}

/// All engines. To add one: a file with its type, and a line here.
#[must_use]
pub fn registry() -> &'static [&'static dyn Engine] {
    &[
        &walk::SelfCovering,
        &walk::RandomWalk,
        &coverability::KarpMiller,
        &explore::BestFirst,
        &explore::BreadthFirst,
        &explore::DepthFirst,
        &explore::StubbornDepthFirst,
        &explore::TerminalComponents,
    ]
}
