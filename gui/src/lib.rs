//! The editor: design a net or a deployment, step through it, verify it.
//!
//! The file is the truth: [`document`] wraps the lossless document of `pn-pnml`, [`edit`] has every
//! change as a value that applies and reverts, and [`history`] alone applies them. [`canvas`] and
//! the panels read the document and hand in edits and [`command`]s. [`game`] steps by the firing
//! rule of `pn-net`, [`jobs`] verify by `pn-verify`, off the interface's thread.
//!
//! Everything here runs without a window, so that tests drive the whole editor; the window is the
//! program's (`main.rs`), behind the feature `window`.

pub mod canvas;
pub mod command;
pub mod document;
pub mod edit;
pub mod editor;
pub mod files;
pub mod game;
pub mod history;
pub mod jobs;
pub mod layout;
mod panels;
pub mod raster;
pub mod subject;
pub mod theme;

pub use editor::{Editor, Settings};
