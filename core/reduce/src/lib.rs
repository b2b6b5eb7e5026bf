//! Structural reductions: a smaller net with the same answers, and the way back.
//!
//! [`reduce`] takes a net and an [`Interest`], what is asked of it, and applies the rules of
//! [`rules`] in the order of a [`schedule`], those that preserve all that is asked and no others.
//! What comes out is a [`Reduced`]: a net, the translation of properties to it, and the
//! [`WayBack`], which turns runs of the reduced net into runs of the original. A lifted run is a
//! claim like any other: the caller replays it.
//!
//! Sources: Berthelot, "Transformations and decompositions of nets" (1986); Haddad and
//! Pradat-Peyre, "New efficient Petri nets reductions for parallel programs verification" (2006);
//! Bønneland, Dyhr, Jensen, Johannsen, Srba, "Stubborn versus structural reductions for Petri
//! nets" (2019); Thierry-Mieg, "Structural reductions revisited" (2020). Each rule's file states
//! its condition, proves it and names what it preserves.

mod draft;
mod formula;
mod interest;
mod lift;
mod question;
mod recipe;
mod reduced;
pub mod rules;
pub mod schedule;
mod vector;

pub use interest::Interest;
pub use lift::{Goal, WayBack};
pub use question::{Question, Questions};
pub use reduced::{Asked, Image, Reduced};
pub use schedule::{reduce, reduce_by};
