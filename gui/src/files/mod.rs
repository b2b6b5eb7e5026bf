//! Files: opening, saving so that nothing is lost, noticing changes, keeping work through a crash.

mod open;
mod recovery;
mod save;

pub use open::{Excerpt, Opened, Refusal, open, read_document};
pub use recovery::{Recovered, Shelf, recovered};
pub use save::{Stamp, write_file};
