//! Properties of a net: what may, must or always can happen in its reachable markings.

use crate::{Formula, Linear};
use pn_net::Net;
use std::fmt;

/// A property of all reachable markings.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Property {
    /// `possibly φ` (EF φ): some reachable marking satisfies φ.
    Possibly(Formula),
    /// `always φ` (AG φ): every reachable marking satisfies φ.
    Always(Formula),
    /// `inevitably back to φ unless ψ` (AG (ψ ∨ EF φ)): from every reachable marking that does
    /// not satisfy ψ, one that satisfies φ can still be reached. Without `unless`, ψ is false:
    /// φ is a home space.
    InevitablyBackTo {
        /// What must stay reachable.
        goal: Formula,
        /// Markings that are exempt.
        unless: Formula,
    },
    /// `bound(...)`: the largest value that the expression takes. Its answer is a number.
    Bound(Linear),
}

impl Property {
    /// The property in the text syntax, with the identifiers of `net`.
    pub fn display<'a>(&'a self, net: &'a Net) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| crate::display::property(f, net, self))
    }
}
