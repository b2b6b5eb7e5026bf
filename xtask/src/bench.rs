//! `cargo xtask bench`: what is measured, each a benchmark of its crate.

use std::path::Path;
use std::process::ExitCode;

/// The benchmarks, by name, with the packages they are in.
const BENCHES: &[(&str, &str)] = &[
    ("search", "pn-engines"),
    ("walks", "pn-engines"),
    ("contest", "pn-cli"),
    ("deployments", "pn-cli"),
    ("actions", "pn-cli"),
    ("repairs", "pn-cli"),
];

/// Runs all benchmarks, one after the other; succeeds when all do.
pub(crate) fn run_all(root: &Path) -> ExitCode {
    let mut result = ExitCode::SUCCESS;
    for (name, _) in BENCHES {
        println!("== {name}");
        if run(root, name, &[]) != ExitCode::SUCCESS {
            result = ExitCode::FAILURE;
        }
    }
    result
}

/// Runs the benchmark with the options behind its name.
pub(crate) fn run(root: &Path, name: &str, options: &[&str]) -> ExitCode {
    let Some((_, package)) = BENCHES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = BENCHES.iter().map(|(known, _)| *known).collect();
        eprintln!("there is no benchmark {name}; there are: {}", known.join(", "));
        return ExitCode::from(2);
    };
    let mut command = super::cargo(root);
    command.args(["bench", "--quiet", "--package", package, "--bench", name, "--"]).args(options);
    super::exit_code(&mut command)
}

/// `cargo xtask agree`: all engines and brute force on so many random nets.
pub(crate) fn agree(root: &Path, count: &str, first: &str) -> ExitCode {
    let mut command = super::cargo(root);
    command.args(["test", "--quiet", "--workspace", "--test", "agree", "--", "--nocapture"]);
    command.arg("every_engine_agrees_with_brute_force");
    super::exit_code(command.env("PN_NETS", count).env("PN_FIRST_NET", first))
}

/// `cargo xtask kills`: kills runs at random instants, so many times.
pub(crate) fn kills(root: &Path, count: &str) -> ExitCode {
    let mut command = super::cargo(root);
    command.args(["test", "--quiet", "--package", "pn-cli", "--test", "kill", "--", "--nocapture"]);
    super::exit_code(command.env("PN_KILLS", count))
}
