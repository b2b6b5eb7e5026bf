//! Tools for tests: nets in a line of text, random nets and properties, a brute-force oracle.
//!
//! Used from integration tests only: a crate's unit tests would see another instance of that
//! crate than the one linked here.

mod dice;
mod karp_miller;
mod notation;
pub mod oracle;
mod program;
mod random_net;
mod random_property;

pub use dice::Dice;
pub use karp_miller::{at_least, karp_miller};
pub use notation::net;
pub use program::{copy_of_program, program};
pub use random_net::{random_modular_net, random_net, random_safe_net};
pub use random_property::{random_formula, random_linear, random_property};
