//! The model of an editor: a document, its edits and its history, files, the token game,
//! verification in the background, layout. There is no interface yet.
//!
//! The file is the truth: [`document`] wraps the lossless document of `pn-pnml`, [`edit`] has every
//! change as a value that applies and reverts, and [`history`] alone applies them. [`game`] steps
//! by the firing rule of `pn-net`, [`jobs`] verify by `pn-verify` on a thread of their own.

pub mod document;
pub mod edit;
pub mod files;
pub mod game;
pub mod history;
pub mod jobs;
pub mod layout;
pub mod subject;
