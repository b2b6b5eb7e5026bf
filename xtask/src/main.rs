//! Project tasks, run as `cargo xtask TASK`.
//!
//! `ci` is everything that a continuous integration runs; `tidy` is the part of it that looks at
//! the shape of the code. `pictures` redraws the examples.

// A task is a terminal program: it prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod ci;
mod e2e;
mod faults;
mod guide;
mod pictures;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  ci         format, tidy, lints, tests and documentation: what has to pass before a commit
  tidy       layers, forbidden dependencies, file length, opening comments, words
  bench      measure everything, or one of these: actions [--rounds N] [--jobs N] [--ansible-rounds N], against other programs;
             repairs [--repairs N] [--files N] [--idle SECONDS], what a watched run takes;
             deployments [--rounds N] [--seed N], proofs about large ones;
             search [--rounds N] [PART]..., against Spin, on the instances in the folder PN_CORPUS;
             walks [NET...], firings a second on the instances in the folder PN_CORPUS;
             contest [--sample N] [--time S] [--exam E,E], verdicts on the instances in PN_CORPUS
  agree      compare all engines with brute force on so many random nets: agree N [FIRST SEED]
  kills      kill -9 runs at so many random instants: kills N
  faults     simulate runs through crashes: --seed N tells one, --seeds N [--jobs N] searches
  e2e        boot a real Debian and deploy to it: [--pn PROGRAM] [--fresh] [kinds | web-server]
  guide      take the pictures of docs/editor.md: the real window, driven with mouse and keys on a virtual
             screen; with --programs FOLDER those that are there, instead of building them
  pictures   draw examples/nets/*.pnml into examples/pictures/*.svg
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = workspace_root();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ci"] => ci::run(&root),
        ["tidy"] => tidy::run(&root),
        ["bench"] => bench::run_all(&root),
        ["bench", name, ref options @ ..] => bench::run(&root, name, options),
        ["agree", count] => bench::agree(&root, count, "0"),
        ["agree", count, first] => bench::agree(&root, count, first),
        ["kills", count] => bench::kills(&root, count),
        ["faults", ref options @ ..] => faults::run(&root, options),
        ["e2e", ref options @ ..] => e2e::run(&root, options),
        ["guide", ref options @ ..] => guide::run(&root, options),
        ["pictures"] => pictures::run(&root),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The folder of the workspace: the parent of this crate's.
fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("this crate lies in a folder of the workspace").to_owned()
}

/// Runs cargo; its exit status is that of the task.
fn exit_code(cargo: &mut std::process::Command) -> ExitCode {
    match cargo.status() {
        Ok(status) => {
            status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(problem) => {
            eprintln!("cargo cannot be started: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The cargo that runs this task.
fn cargo(root: &Path) -> std::process::Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(program);
    command.current_dir(root);
    command
}
