//! What stops a command, in words: what is wrong, where, and what to do.

use crate::exit::Exit;
use crate::terminal::{BAD, STRONG, Terminal, painted};
use std::fmt::Display;
use std::path::Path;

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// Rendered diagnostics that come before the message.
    excerpts: String,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// Bad usage or input.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, excerpts: String::new(), message: message.into(), hint: None }
    }

    /// What is asked for is understood and refused.
    pub(crate) fn refusal(message: impl Into<String>) -> Self {
        Self { exit: Exit::Fails, ..Self::input(message) }
    }

    /// A file that cannot be read.
    pub(crate) fn reading(path: &Path, error: &std::io::Error) -> Self {
        Self::input(format!("cannot read `{}`: {}", path.display(), plain(error)))
    }

    /// A file that cannot be written.
    pub(crate) fn writing(path: &Path, error: &std::io::Error) -> Self {
        Self::input(format!("cannot write `{}`: {}", path.display(), plain(error)))
    }

    /// The same failure with advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure behind excerpts of the source.
    pub(crate) fn behind(mut self, excerpts: String) -> Self {
        self.excerpts = excerpts;
        self
    }

    /// Tells the user.
    pub(crate) fn report(&self, terminal: &Terminal) -> Exit {
        if !self.excerpts.is_empty() {
            terminal.note(&self.excerpts);
        }
        terminal.note(format_args!("{} {}", painted(BAD, "error:"), self.message));
        if let Some(hint) = &self.hint {
            terminal.note(format_args!("{} {hint}", painted(STRONG, "hint:")));
        }
        self.exit
    }
}

/// The error without the number that the system gives it.
pub(crate) fn plain(error: &dyn Display) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}
