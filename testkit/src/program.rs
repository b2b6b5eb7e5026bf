//! Programs that tests write and then start.
//!
//! A file that is open for writing cannot be started. A test that writes one itself may share it
//! for a moment with a process that another test starts just then, so another program writes it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Makes an executable file with this text.
///
/// # Panics
///
/// When the file cannot be written.
pub fn program(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    shell.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("the shell reads");
    assert!(shell.wait().expect("the shell ends").success(), "{} cannot be written", path.display());
}

/// Makes a copy of a program.
///
/// # Panics
///
/// When the file cannot be written.
pub fn copy_of_program(from: &Path, to: &Path) {
    let done = Command::new("/bin/cp").arg(from).arg(to).status().expect("there is cp");
    assert!(done.success(), "{} cannot be written", to.display());
}
