//! PNML: place/transition nets as files (ISO/IEC 15909-2).
//!
//! [`read`] turns bytes into a [`Document`] and diagnostics; [`Document::net`] flattens its pages
//! and references into a [`pn_net::Net`]; [`write()`] gives back a file that is valid against the
//! standard's grammar. What the toolkit does not understand survives: graphics, pages, names,
//! unknown labels, other tools' sections.
//!
//! [`svg::draw`], [`pdf::draw`], [`tikz::draw`] and [`dot::draw`] make pictures of a document,
//! the first three of one page. The rules are those of `docs/spec/pnml.md`. This crate does no input or output.

mod diagnostic;
mod document;
pub mod dot;
mod drawing;
mod duration;
mod encoding;
mod flatten;
mod from_net;
pub mod graphics;
pub mod note;
mod nupn;
pub mod pages;
pub mod pdf;
pub mod placement;
mod read;
mod source;
pub mod svg;
pub mod tikz;
mod write;

pub use diagnostic::{Diagnostic, MAX_DIAGNOSTICS, Problem, Severity};
pub use document::{Decoration, Document, DrawnArc, Foreign, Label, Node, NodeId, NodeKind, Page, PageId};
pub use drawing::DrawError;
pub use duration::{format_duration, parse_duration};
pub use note::Note;
pub use read::{Reading, read};
pub use source::{Excerpt, Source};
pub use write::write;
