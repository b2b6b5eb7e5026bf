//! `cargo xtask ci`: every check, one after the other, and a verdict at the end.
//!
//! A stage that fails does not keep the later ones from running: one run shows everything that
//! is wrong.

use crate::{cargo, tidy};
use std::path::Path;
use std::process::ExitCode;

struct Stage {
    name: &'static str,
    arguments: &'static [&'static str],
}

const STAGES: &[Stage] = &[
    Stage { name: "format", arguments: &["fmt", "--all", "--check"] },
    Stage {
        name: "lints",
        arguments: &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"],
    },
    Stage { name: "tests", arguments: &["test", "--workspace", "--no-fail-fast"] },
    Stage { name: "documentation", arguments: &["doc", "--workspace", "--no-deps"] },
];

/// Runs every stage; succeeds when all do.
pub(crate) fn run(root: &Path) -> ExitCode {
    println!("== tidy");
    let mut failed = Vec::new();
    if tidy::run(root) != ExitCode::SUCCESS {
        failed.push("tidy");
    }
    for stage in STAGES {
        println!("== {}: cargo {}", stage.name, stage.arguments.join(" "));
        let status = cargo(root).args(stage.arguments).env("RUSTDOCFLAGS", "--deny warnings").status();
        match status {
            Ok(status) if status.success() => {}
            Ok(_) => failed.push(stage.name),
            Err(error) => {
                eprintln!("cargo does not start: {error}");
                failed.push(stage.name);
            }
        }
    }
    if failed.is_empty() {
        println!("== all checks pass");
        return ExitCode::SUCCESS;
    }
    println!("== failed: {}", failed.join(", "));
    ExitCode::FAILURE
}
