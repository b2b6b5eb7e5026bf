//! Putting XML together: escapes, attributes, indentation.
//!
//! Whatever the strings hold, the result is well-formed: characters that XML forbids become
//! U+FFFD.

use std::fmt::{Display, Write};

/// XML being written.
pub(super) struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    pub(super) fn new(capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { text, depth: 0 }
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push('\n');
        self.text
    }

    /// Starts a new line at the present depth.
    pub(super) fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    /// `<name`; attributes may follow.
    pub(super) fn tag(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
    }

    /// ` name="value"`.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        escape(&mut self.text, value, |c| matches!(c, '"' | '\n' | '\t'));
        self.text.push('"');
    }

    /// ` name="value"`, if there is one.
    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.attribute(name, value);
        }
    }

    /// ` name="1.5"`.
    pub(super) fn number(&mut self, name: &str, value: impl Display) {
        write!(self.text, " {name}=\"{value}\"").expect("writing to a string succeeds");
    }

    /// `>` behind a tag's attributes; what follows until [`Xml::close`] lies deeper.
    pub(super) fn open(&mut self) {
        self.text.push('>');
        self.depth += 1;
    }

    /// `</name>`, on a line of its own.
    pub(super) fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.line();
        self.end(name);
    }

    /// `>` behind a tag's attributes, for an element on one line.
    pub(super) fn begin(&mut self) {
        self.text.push('>');
    }

    /// `</name>`.
    pub(super) fn end(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// `/>`.
    pub(super) fn empty(&mut self) {
        self.text.push_str("/>");
    }

    /// Text between tags.
    pub(super) fn text(&mut self, text: &str) {
        escape(&mut self.text, text, |c| c == '>');
    }

    /// XML as it is.
    pub(super) fn raw(&mut self, xml: &str) {
        self.text.push_str(xml);
    }

    /// `<name>text</name>` on a line of its own.
    pub(super) fn text_line(&mut self, name: &str, text: &str) {
        self.line();
        self.tag(name);
        self.begin();
        self.text(text);
        self.end(name);
    }
}

fn escape(out: &mut String, text: &str, also: impl Fn(char) -> bool) {
    let special = |c: char| {
        matches!(c, '&' | '<' | '\r' | '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
            || also(c)
    };
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some('\r') => out.push_str("&#13;"),
            Some('\n') => out.push_str("&#10;"),
            Some('\t') => out.push_str("&#9;"),
            _ => out.push('\u{FFFD}'),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}
