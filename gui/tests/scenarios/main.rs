//! The editor as its users meet it: driven by accessible names, keys and the pointer.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod analysing;
mod desk;
mod editing;
mod files;
mod graphs;
mod labels;
mod notes;
mod pages;
mod pictures;
mod pins;
mod running;
mod stepping;
mod verifying;
