//! `cargo xtask faults`: the fault simulator, built with optimisation and run with these options.
//!
//! It is a program of its own (`faultsim/src/main.rs`), so that other tasks need not build what it
//! is built of.

use std::path::Path;
use std::process::ExitCode;

/// Runs the simulator with the options that follow the task.
pub(crate) fn run(root: &Path, options: &[&str]) -> ExitCode {
    let mut command = super::cargo(root);
    command.args(["run", "--quiet", "--release", "--package", "pn-faultsim", "--"]).args(options);
    super::exit_code(&mut command)
}
