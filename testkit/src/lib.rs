//! Tools for tests: nets in a line of text, random nets, a brute-force oracle.
//!
//! Used from integration tests only: a crate's unit tests would see another instance of that
//! crate than the one linked here.

mod notation;

pub use notation::net;
