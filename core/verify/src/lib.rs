//! Verification: which engine decides what, and whether its evidence stands.
//!
//! [`verify`] hands a batch of properties to the engines in the order of a [`Schedule`] and passes
//! every definite answer through the [`Checker`], which shares nothing with the engines but the
//! net and the logic. Evidence that the checker rejects turns the answer into `Unknown`.
//! [`Certificate`] writes answers to a file that `pn check` can verify later and elsewhere.
//! [`findings`] says what answers amount to together; [`examination`] asks the questions of the Model Checking Contest; [`graph`] is what the picture of a
//! small reachability graph is made of.

mod ceiling;
mod certificate;
mod checker;
mod covering;
pub mod examination;
mod facts;
pub mod findings;
pub mod graph;
mod inductive;
mod inductive_text;
mod modular;
mod must_may;
mod on_reduced;
mod portfolio;
mod recount;
mod refutation;
mod refutation_text;
mod schedule;
mod shared_text;
mod tape;

pub use certificate::{Certificate, CertificateError, Claim};
pub use checker::{Checker, Rejection, Trust};
pub use inductive::InductiveFlaw;
pub use modular::ModularFlaw;
pub use must_may::{MustMay, Outlook, in_tokens, must_may, restricted};
pub use portfolio::{Checked, techniques, verify, verify_in_turns};
pub use refutation::Flaw;
pub use schedule::{CONTEST, On, SHORTEST, Schedule, Turn};
