//! Opening a file: a document, or everything that is wrong with it, with excerpts.

use super::Stamp;
use crate::document::Document;
use pn_pnml::{Diagnostic, Severity, Source};
use std::path::{Path, PathBuf};

/// A file that was read.
#[derive(Debug)]
pub struct Opened {
    /// What it holds.
    pub document: Document,
    /// What was odd about it.
    pub warnings: Vec<Excerpt>,
    /// What the file was like on the disk.
    pub stamp: Stamp,
}

/// A file that was not opened.
#[derive(Debug)]
pub struct Refusal {
    /// The file.
    pub path: PathBuf,
    /// In a sentence.
    pub message: String,
    /// What is wrong, place by place.
    pub excerpts: Vec<Excerpt>,
}

/// A finding about a place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excerpt {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The line.
    pub text: String,
    /// Blanks and carets that stand under the place in the line.
    pub marker: String,
}

/// Reads a file. Nothing is opened unless the whole file is understood.
///
/// # Errors
///
/// Why it cannot be opened.
pub fn open(path: &Path) -> Result<Opened, Box<Refusal>> {
    let refuse = |message: String, excerpts| Box::new(Refusal { path: path.to_owned(), message, excerpts });
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bytes = std::fs::read(path)
        .map_err(|error| refuse(format!("{name} cannot be read: {error}."), Vec::new()))?;
    let (document, excerpts) = read_document(&bytes);
    match document {
        Some(document) => Ok(Opened { document, warnings: excerpts, stamp: Stamp::of(&bytes) }),
        None => {
            let errors = match excerpts.len() {
                1 => "one mistake".to_owned(),
                count => format!("{count} mistakes"),
            };
            Err(refuse(
                format!("{name} is not opened: it has {errors}. The file is left as it is."),
                excerpts,
            ))
        }
    }
}

/// The document that bytes hold and what is odd about them, or what is wrong with them.
#[must_use]
pub fn read_document(bytes: &[u8]) -> (Option<Document>, Vec<Excerpt>) {
    let reading = pn_pnml::read(bytes);
    let source = Source::new(bytes);
    let is_shown =
        |diagnostic: &&Diagnostic| reading.document.is_some() || diagnostic.severity == Severity::Error;
    let excerpts = reading.diagnostics.iter().filter(is_shown).map(|diagnostic| {
        let excerpt = source.excerpt(diagnostic.span);
        Excerpt {
            line: excerpt.line,
            column: excerpt.column,
            message: diagnostic.problem.to_string(),
            advice: diagnostic.problem.advice(),
            marker: format!("{}{}", " ".repeat(excerpt.caret), "^".repeat(excerpt.width)),
            text: excerpt.text,
        }
    });
    let excerpts = excerpts.collect();
    (reading.document.map(Document::new), excerpts)
}
