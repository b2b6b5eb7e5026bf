//! Long work off the interface's thread: cancellable, with progress and results as they come.

mod graph;
mod hints;
mod program;
mod simulate;
mod structure;
mod verify;
mod watch;

pub use graph::{Drawing, Drawn, Edge, Graph, MOST_MARKINGS, Node};
pub use hints::{Hint, hints};
pub use program::Program;
pub use simulate::{Plan, Simulated, Simulation, histogram};
pub use structure::{Analysis, Structure, cycle_in_words, invariant_in_words, structure};
pub use verify::{Asked, AskedKind, Finding, Limits, Verification, Word, findings, questions};
pub use watch::{Attached, Look, Watch, attach};
