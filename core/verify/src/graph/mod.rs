//! The reachability graph of a small net as a picture: what its markings are, and where they and
//! the firings between them are drawn.
//!
//! The graph itself is [`pn_engines::explore::reachability_graph`]'s; colours and words are those
//! of whoever shows it.

mod course;
mod layout;
mod mark;

pub use course::{Course, course};
pub use layout::{Rectangle, placed, room};
pub use mark::{Mark, foremost, marks};
