//! Splitting a text into tags, text and references, with quick-xml.
//!
//! quick-xml finds where each token ends; what is kept of a token is its kind and its span of the
//! text, which is known to be UTF-8 already. Nothing is copied.

use crate::diagnostic::Problem;
use pn_logic::Span;
use quick_xml::Reader;
use quick_xml::events::Event;

/// What a span of the text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `<name …>`; the name ends at this offset.
    Start(usize),
    /// `<name …/>`; the name ends at this offset.
    Empty(usize),
    /// `</name>`.
    End,
    /// Characters without markup.
    Text,
    /// `<![CDATA[…]]>`.
    Verbatim,
    /// `&name;`.
    Reference,
    /// A comment, a processing instruction or the XML declaration.
    Comment,
    /// `<!DOCTYPE …>` without definitions of its own.
    DocumentType,
}

/// What becomes of blanks in front of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Blanks {
    /// They are text.
    Kept,
    /// They are passed over, as between the children of an element that has no text.
    Skipped,
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        // The cursor matches tags itself, to say where the open one stands.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Self { text, reader, at: 0 }
    }

    /// Where the next token starts.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// The next token; `None` at the end of the text.
    pub(super) fn next(&mut self, blanks: Blanks) -> Result<Option<(Kind, Span)>, (Problem, Span)> {
        let mut start = self.at;
        self.reader.config_mut().trim_text_start = blanks == Blanks::Skipped;
        if blanks == Blanks::Skipped {
            let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
            start += self.text.as_bytes()[start..].iter().take_while(blank).count();
        }
        let event = match self.reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = offset(self.reader.error_position(), self.text);
                return Err((
                    Problem::Syntax(sentence(&error)),
                    Span::new(at, (at + 1).min(self.text.len())),
                ));
            }
        };
        self.at = offset(self.reader.buffer_position(), self.text);
        let kind = match event {
            Event::Eof => return Ok(None),
            Event::Start(tag) => Kind::Start(start + 1 + tag.name().as_ref().len()),
            Event::Empty(tag) => Kind::Empty(start + 1 + tag.name().as_ref().len()),
            Event::End(_) => Kind::End,
            Event::Text(_) => Kind::Text,
            Event::CData(_) => Kind::Verbatim,
            Event::GeneralRef(_) => Kind::Reference,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => Kind::Comment,
            Event::DocType(_) if self.text[start..self.at].contains('[') => {
                return Err((Problem::DocumentType, Span::new(start, start + "<!DOCTYPE".len())));
            }
            Event::DocType(_) => Kind::DocumentType,
        };
        Ok(Some((kind, Span::new(start, self.at))))
    }
}

/// A position of quick-xml's; it never runs past the text, which lies in memory.
fn offset(position: u64, text: &str) -> usize {
    usize::try_from(position).map_or(text.len(), |position| position.min(text.len()))
}

fn sentence(error: &quick_xml::Error) -> String {
    match error {
        quick_xml::Error::Syntax(error) => error.to_string(),
        quick_xml::Error::IllFormed(error) => error.to_string(),
        error => error.to_string(),
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let mut scanner = Scanner::new(text);
        let mut tokens = Vec::new();
        loop {
            match scanner.next(Blanks::Kept) {
                Ok(None) => break,
                Ok(Some((kind, span))) => tokens.push(format!("{kind:?} {}", &text[span.start..span.end])),
                Err((problem, span)) => {
                    tokens.push(format!("{}: {problem}", span.start));
                    break;
                }
            }
        }
        expected.assert_eq(&tokens.join("\n"));
    }

    #[test]
    fn a_text_is_split_into_tags_text_and_references() {
        check(
            "<?xml?><a b='>' c=\"/>\"><d/>x&lt;y<!-- <z> --><![CDATA[<&]]]></a >",
            expect![[r#"
                Comment <?xml?>
                Start(9) <a b='>' c="/>">
                Empty(25) <d/>
                Text x
                Reference &lt;
                Text y
                Comment <!-- <z> -->
                Verbatim <![CDATA[<&]]]>
                End </a >"#]],
        );
    }

    #[test]
    fn what_does_not_end_is_reported_where_it_starts() {
        check(
            "ab<c",
            expect![[r#"
            Text ab
            2: tag not closed: `>` not found before end of input"#]],
        );
        check("<c d='", expect!["0: attribute value not closed: `'` not found before end of input"]);
        check("<c <d>", expect!["Start(2) <c <d>"]);
        check("</c", expect!["0: tag not closed: `>` not found before end of input"]);
        check("<!-->", expect!["0: comment not closed: `-->` not found before end of input"]);
        check(
            "a & b;",
            expect![[r#"
            Text a 
            Reference & b;"#]],
        );
        check(
            "1 < 2",
            expect![[r#"
            Text 1 
            2: tag not closed: `>` not found before end of input"#]],
        );
        check("<!DOCTYPE a [", expect!["0: DOCTYPE not closed: `>` not found before end of input"]);
    }

    #[test]
    fn definitions_are_refused() {
        check(
            "<!DOCTYPE pnml [<!ENTITY a \"b\">]>",
            expect!["0: the file declares a document type with definitions of its own"],
        );
    }
}
