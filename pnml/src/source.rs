//! The decoded text of a file: lines, columns and excerpts for messages.
//!
//! Spans of diagnostics count bytes of this text. For a UTF-8 file without byte order mark these
//! are the bytes of the file.

use crate::encoding::decode;
use pn_logic::Span;
use std::borrow::Cow;

/// How many characters of a line an excerpt shows.
const WIDTH: usize = 100;

/// A file's text, ready to say where a span lies.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    text: Cow<'a, str>,
    /// Offset of the first byte of each line.
    lines: Vec<usize>,
}

/// The part of a line that a message shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excerpt {
    /// Line number, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line, or the part of it around the span; tabs are spaces.
    pub text: String,
    /// How many characters of [`Excerpt::text`] stand before the span.
    pub caret: usize,
    /// How many characters to underline, at least 1; a span of several lines ends with the first.
    pub width: usize,
}

impl<'a> Source<'a> {
    /// Decodes a file as [`crate::read`] does. Bytes that mean nothing become U+FFFD. O(length).
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let text = decode(bytes).text;
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(offset, _)| offset + 1)).collect();
        Self { text, lines }
    }

    /// The decoded text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = self.boundary(offset);
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        (line, self.text[start..offset].chars().count() + 1)
    }

    /// The line of a span's start, cut to a readable width.
    #[must_use]
    pub fn excerpt(&self, span: Span) -> Excerpt {
        let (line, column) = self.line_column(span.start);
        let start = self.lines[line - 1];
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        let full = self.text[start..end].trim_end_matches('\r');
        let span_end = self.boundary(span.end.min(end));
        let span_start = self.boundary(span.start);
        let marked = self.text.get(span_start..span_end).map_or(0, |text| text.chars().count());

        let skipped = column.saturating_sub(1 + WIDTH / 3);
        let skipped = if full.chars().nth(WIDTH).is_some() { skipped } else { 0 };
        let shown = full.chars().skip(skipped).take(WIDTH);
        let text: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
        let caret = column - 1 - skipped;
        let room = text.chars().count().saturating_sub(caret);
        Excerpt { line, column, text, caret, width: marked.min(room).max(1) }
    }

    fn boundary(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, span: Span, expected: Expect) {
        let excerpt = Source::new(text.as_bytes()).excerpt(span);
        let Excerpt { line, column, text, caret, width } = excerpt;
        expected.assert_eq(&format!("{line}:{column}\n{text}\n{}{}\n", " ".repeat(caret), "^".repeat(width)));
    }

    #[test]
    fn the_caret_stands_under_the_span() {
        check(
            "one\n\ttwo é three\r\nfour",
            Span::new(5, 8),
            expect![[r#"
            2:2
             two é three
             ^^^
        "#]],
        );
        check(
            "one\ntwo é three\nfour",
            Span::new(11, 40),
            expect![[r#"
            2:7
            two é three
                  ^^^^^
        "#]],
        );
    }

    #[test]
    fn positions_behind_the_end_and_inside_a_character_are_tolerated() {
        check(
            "ab",
            Span::new(70, 90),
            expect![[r#"
            1:3
            ab
              ^
        "#]],
        );
        check(
            "é",
            Span::new(1, 2),
            expect![[r#"
            1:1
            é
            ^
        "#]],
        );
        check(
            "",
            Span::new(0, 0),
            expect![[r#"
            1:1

            ^
        "#]],
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_span() {
        let text = "x".repeat(5_000);
        let excerpt = Source::new(text.as_bytes()).excerpt(Span::new(4_000, 4_005));
        assert_eq!((excerpt.column, excerpt.text.len(), excerpt.caret, excerpt.width), (4_001, 100, 33, 5));
    }
}
