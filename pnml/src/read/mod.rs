//! Reading PNML.
//!
//! One pass over the text builds the document's tables ([`net`]); identifiers are numbered as
//! they come ([`symbols`]) and resolved when all have been seen ([`resolve`]). Time and memory are
//! linear in the file.

mod annotation;
mod attributes;
mod cursor;
mod drawing;
mod label;
mod meaning;
mod net;
mod resolve;
mod scanner;
mod symbols;

use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::document::Document;
use crate::encoding::{decode, forbidden_character};
use pn_logic::Span;

pub(crate) use cursor::{Cursor, Stop};

/// What was understood of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// The document; `None` if a diagnostic is an error.
    pub document: Option<Document>,
    /// What is wrong with the file, in file order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more diagnostics there were than are kept.
    pub more: usize,
}

/// Reads a PNML file. O(length).
///
/// Spans of diagnostics and annotations count bytes of the decoded text, see [`crate::Source`].
#[must_use]
pub fn read(bytes: &[u8]) -> Reading {
    let mut diagnostics = Diagnostics::default();
    let document = document(bytes, &mut diagnostics);
    let document = document.filter(|_| !diagnostics.has_errors());
    let (diagnostics, more) = diagnostics.finish();
    Reading { document, diagnostics, more }
}

fn document(bytes: &[u8], diagnostics: &mut Diagnostics) -> Option<Document> {
    let start = Span::new(0, 0);
    if u32::try_from(bytes.len()).is_err() {
        diagnostics.error(Problem::TooLarge, start);
        return None;
    }
    let decoded = decode(bytes);
    if decoded.text.trim_ascii().is_empty() {
        diagnostics.error(Problem::Empty, start);
        return None;
    }
    if u32::try_from(decoded.text.len()).is_err() {
        diagnostics.error(Problem::TooLarge, start);
        return None;
    }
    if let Some((problem, span)) = decoded.warning {
        diagnostics.warning(problem, span);
    }
    if let Some((problem, span)) = decoded.error {
        diagnostics.error(problem, span);
        return None;
    }
    if let Some((offset, character)) = forbidden_character(&decoded.text) {
        let span = Span::new(offset, offset + character.len_utf8());
        diagnostics.error(Problem::BadCharacter(u32::from(character)), span);
        return None;
    }
    let mut cursor = Cursor::new(&decoded.text);
    std::mem::swap(&mut cursor.diagnostics, diagnostics);
    let (document, found) = net::file(cursor);
    *diagnostics = found;
    document
}
