//! `pn edit`: opens files in the editor, which is a program of its own.
//!
//! The command line does without windows, so that it builds fast and runs anywhere; it only knows
//! where the editor is: beside this program, or on the `PATH`.

use crate::exit::Exit;
use crate::failure::Failure;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program of the editor.
const EDITOR: &str = "pn-gui";

/// Open nets in the editor: draw, step through, verify
///
/// The editor is the program `pn-gui`. It takes the place of this one.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn edit
  pn edit deploy.pnml
  pn edit web.pnml database.pnml")]
pub(crate) struct Arguments {
    /// The PNML files; none starts with an empty net
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Some(editor) = found(beside, &path) else {
        let message = format!("the editor is not there: no `{EDITOR}` beside this program or on the PATH");
        let hint = format!("build it with `cargo build --release -p {EDITOR}`, or copy it beside `pn`");
        return Err(Failure::input(message).hint(hint));
    };
    // Names that begin with a dash are files here.
    let files = arguments.files.iter().map(|file| match file.as_os_str().as_encoded_bytes() {
        [b'-', ..] => Path::new(".").join(file),
        _ => file.clone(),
    });
    let error = Command::new(&editor).args(files).exec();
    Err(Failure::input(format!("`{}` does not start: {}", editor.display(), crate::failure::plain(&error))))
}

/// The editor's program in the first folder that has it.
fn found(beside: Option<PathBuf>, path: &OsStr) -> Option<PathBuf> {
    let folders = beside.into_iter().chain(std::env::split_paths(path));
    folders.map(|folder| folder.join(EDITOR)).find(|program| program.is_file())
}
