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
        arguments: &["clippy", "--workspace", "--all-targets", "--keep-going", "--", "--deny", "warnings"],
    },
    Stage { name: "tests", arguments: &["test", "--workspace", "--no-fail-fast"] },
    Stage { name: "documentation", arguments: &["doc", "--workspace", "--no-deps", "--keep-going"] },
];

/// A link to a private item serves the reader of the source; every other dead link is an error.
const RUSTDOC: &str = "--deny warnings --allow rustdoc::private_intra_doc_links";

/// Runs every stage; succeeds when all do.
pub(crate) fn run(root: &Path) -> ExitCode {
    println!("== tidy");
    let mut failed = Vec::new();
    if tidy::run(root) != ExitCode::SUCCESS {
        failed.push("tidy");
    }
    for stage in STAGES {
        println!("== {}: cargo {}", stage.name, stage.arguments.join(" "));
        let status = cargo(root).args(stage.arguments).env("RUSTDOCFLAGS", RUSTDOC).status();
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
