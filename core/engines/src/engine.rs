//! What an engine is, and the list of all engines.

use crate::{Run, coverability, explore, linear, modular, sat, walk};
use pn_logic::{Answer, Formula, Linear, Property, Refutation, Sense, Verdict};
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

    /// For each of `expressions`, in their order, a value that it never exceeds, if the method can
    /// prove one without knowing whether it is ever attained. Within the limits of `run`.
    fn ceilings(&self, net: &Net, expressions: &[&Linear], run: &mut Run<'_>) -> Vec<Option<Ceiling>> {
        let _ = (net, run);
        vec![None; expressions.len()]
    }
}

/// A value that an expression never exceeds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ceiling {
    /// The value.
    pub value: i128,
    /// Why no reachable marking exceeds it.
    pub refutation: Refutation,
}

/// The formula that is looked for in reachable markings, whether it should hold or fail there, and
/// the verdict if there is no such marking; `None` if that is not what the property asks.
pub(crate) const fn questioned(property: &Property) -> Option<(&Formula, Sense, Verdict)> {
    match property {
        Property::Possibly(formula) => Some((formula, Sense::Holds, Verdict::Fails)),
        Property::Always(formula) => Some((formula, Sense::Fails, Verdict::Holds)),
        Property::Bound(_) | Property::InevitablyBackTo { .. } => None,
    }
}

/// All engines. To add one: a file with its type, and a line here.
#[must_use]
pub fn registry() -> &'static [&'static dyn Engine] {
    &[
        &walk::SelfCovering,
        &walk::RandomWalk,
        &coverability::KarpMiller,
        &explore::BestFirst,
        &linear::StateEquation,
        &linear::AlongStateEquation,
        &sat::PropertyDirected,
        &sat::BoundedModelChecking,
        &modular::ByModules::FOR_LARGE_NETS,
        &explore::BreadthFirst,
        &explore::DepthFirst,
        &explore::StubbornDepthFirst,
        &explore::TerminalComponents,
    ]
}
