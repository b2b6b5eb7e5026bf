//! Long work off the interface's thread: cancellable, with progress and results as they come.

mod verify;

pub use verify::{Asked, AskedKind, Finding, Limits, Verification, Word, findings, questions};
