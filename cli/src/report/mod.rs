//! Findings and errors in words.

pub(crate) mod coverage;
pub(crate) mod excerpt;
pub(crate) mod figures;
pub(crate) mod findings;
pub(crate) mod json;
pub(crate) mod listing;
pub(crate) mod questions;
pub(crate) mod steps;
pub(crate) mod undoing;
pub(crate) mod waits;
