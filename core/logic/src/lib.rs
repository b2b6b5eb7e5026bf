//! Properties of nets and what is answered to them.
//!
//! A [`Formula`] speaks of one marking, a [`Property`] of all reachable ones. Both are written in
//! a small text language or read from the Model Checking Contest's XML.
//! An [`Answer`] is a [`Verdict`] with the [`Evidence`] that a checker can replay.

mod answer;
mod below;
pub mod contest;
mod display;
mod evaluate;
mod formula;
mod inductive;
mod modules;
mod monotone;
mod property;
mod refutation;
mod span;
mod suggestion;
pub mod text;

pub use answer::{Answer, Covering, Evidence, Exploration, Explored, Proof, Pumping, Reason, Verdict};
pub use below::{may_hold_below, most_below};
pub use evaluate::{holds_in, value_in};
pub use formula::{Comparison, Formula, Linear};
pub use inductive::{Inductive, Occupancy};
pub use modules::{Modular, Modules, Move, Prefix};
pub use monotone::{AtMost, Monotone, Sense};
pub use property::Property;
pub use refutation::{Lemma, Refutation};
pub use span::Span;
pub use suggestion::{Suggestions, nearest};
