//! Splitting a text into tags, text and references (XML 1.0, section 2.4 and chapter 3).
//!
//! The scanner looks at each byte about once and copies nothing: tokens are spans of the text.
//! All delimiters are ASCII, so every span lies on character boundaries.

use crate::diagnostic::Problem;
use memchr::{memchr, memchr2, memmem};
use pn_logic::Span;

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

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where the next token starts.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// The next token; `None` at the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<(Kind, Span)>, (Problem, Span)> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let (kind, length) = match rest {
            [] => return Ok(None),
            [b'<', b'/', ..] => (Kind::End, self.until(memchr(b'>', rest), 1, "end tag")?),
            [b'<', b'!', ..] => self.declaration(rest)?,
            [b'<', b'?', ..] => {
                let length = self.until(memmem::find(rest, b"?>"), 2, "processing instruction")?;
                (Kind::Comment, length)
            }
            [b'<', ..] => self.tag(rest)?,
            [b'&', ..] => {
                let end = rest[1..].iter().position(|byte| matches!(byte, b';' | b'<' | b'&' | b' ' | b'\n'));
                let end = end.map(|end| end + 1).filter(|end| rest[*end] == b';');
                (Kind::Reference, self.until(end, 1, "reference")?)
            }
            _ => (Kind::Text, memchr2(b'<', b'&', rest).unwrap_or(rest.len())),
        };
        self.at += length;
        Ok(Some((kind, Span::new(start, self.at))))
    }

    fn until(&self, end: Option<usize>, more: usize, what: &str) -> Result<usize, (Problem, Span)> {
        end.map(|end| end + more).ok_or_else(|| self.syntax(&format!("this {what} does not end")))
    }

    fn syntax(&self, sentence: &str) -> (Problem, Span) {
        (Problem::Syntax(sentence.to_owned()), Span::new(self.at, self.at + 1))
    }

    fn declaration(&self, rest: &[u8]) -> Result<(Kind, usize), (Problem, Span)> {
        if rest.starts_with(b"<!--") {
            let end = memmem::find(&rest[4..], b"-->").map(|end| end + 4);
            return Ok((Kind::Comment, self.until(end, 3, "comment")?));
        }
        if rest.starts_with(b"<![CDATA[") {
            return Ok((Kind::Verbatim, self.until(memmem::find(rest, b"]]>"), 3, "CDATA section")?));
        }
        if rest.starts_with(b"<!DOCTYPE") {
            let length = self.until(memchr(b'>', rest), 1, "document type declaration")?;
            if rest[..length].contains(&b'[') {
                return Err((Problem::DocumentType, Span::new(self.at, self.at + "<!DOCTYPE".len())));
            }
            return Ok((Kind::DocumentType, length));
        }
        Err(self.syntax("`<!` starts no comment, CDATA section or document type declaration"))
    }

    fn tag(&self, rest: &[u8]) -> Result<(Kind, usize), (Problem, Span)> {
        let ends_name = |byte: &u8| matches!(byte, b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r');
        let Some(name) = rest[1..].iter().position(ends_name) else {
            return Err(self.syntax("this tag does not end"));
        };
        let name_end = 1 + name;
        let starts = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..);
        let continues = |byte: &u8| starts(*byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        if name == 0 || !starts(rest[1]) || !rest[1..name_end].iter().all(continues) {
            return Err(self.syntax("`<` starts no tag here; as a character, write `&lt;`"));
        }
        let mut at = name_end;
        loop {
            match rest.get(at) {
                None => return Err(self.syntax("this tag does not end")),
                Some(b'>') => break,
                Some(b'<') => return Err(self.syntax("this tag does not end before the next `<`")),
                Some(quote @ (b'"' | b'\'')) => match memchr(*quote, &rest[at + 1..]) {
                    Some(length) => at += length + 2,
                    None => return Err(self.syntax("an attribute value of this tag does not end")),
                },
                Some(_) => at += 1,
            }
        }
        let name_end = self.at + name_end;
        let kind = if rest[at - 1] == b'/' { Kind::Empty(name_end) } else { Kind::Start(name_end) };
        Ok((kind, at + 1))
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
            match scanner.next() {
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
        check("ab<c", expect!["Text ab\n2: this tag does not end"]);
        check("<c d='", expect!["0: an attribute value of this tag does not end"]);
        check("<c <d>", expect!["0: this tag does not end before the next `<`"]);
        check("</c", expect!["0: this end tag does not end"]);
        check("<!-->", expect!["0: this comment does not end"]);
        check("a & b;", expect!["Text a \n2: this reference does not end"]);
        check("1 < 2", expect!["Text 1 \n2: `<` starts no tag here; as a character, write `&lt;`"]);
        check("<!DOCTYPE a [", expect!["0: this document type declaration does not end"]);
    }

    #[test]
    fn definitions_are_refused() {
        check(
            "<!DOCTYPE pnml [<!ENTITY a \"b\">]>",
            expect!["0: the file declares a document type with definitions of its own"],
        );
    }
}
