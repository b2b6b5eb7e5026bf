//! The attributes of one tag: splitting, references, blanks (XML 1.0, sections 3.1 and 3.3.3).

use pn_logic::Span;
use std::borrow::Cow;

/// One attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute<'a> {
    /// Its name as it stands, with a namespace prefix if it has one.
    pub(crate) name: &'a str,
    /// The text between the quotes as it stands.
    pub(crate) raw: &'a str,
    /// The text between the quotes.
    pub(crate) span: Span,
}

impl<'a> Attribute<'a> {
    /// The value; or the reference that is not defined.
    pub(crate) fn value(&self) -> Result<Cow<'a, str>, &'a str> {
        let plain = |byte: &u8| !matches!(byte, b'&' | b'\t' | b'\n' | b'\r');
        if self.raw.as_bytes().iter().all(plain) {
            return Ok(Cow::Borrowed(self.raw));
        }
        let mut value = String::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
            value.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(reference) = rest.strip_prefix('&') {
                let (name, behind) = reference.split_once(';').ok_or(reference)?;
                value.push(resolve(name).ok_or(name)?);
                rest = behind;
            } else {
                value.push(' ');
                rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
            }
        }
        value.push_str(rest);
        Ok(Cow::Owned(value))
    }
}

/// The character that a reference stands for: `lt`, `#65`, `#x41`.
pub(crate) fn resolve(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let signless = |digits: &&str| !digits.starts_with(['+', '-']);
    let code = match code.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(Some(hex).filter(signless)?, 16).ok()?,
        None => Some(code).filter(signless)?.parse().ok()?,
    };
    let allowed =
        |c: &char| !matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}');
    char::from_u32(code).filter(allowed)
}

/// Iterates over the attributes of a tag. An `Err` says where the tag stops making sense and is
/// the last item.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    rest: &'a str,
    offset: usize,
    ended: bool,
}

impl<'a> Attributes<'a> {
    /// `text` is the tag without its name and brackets and stands at `offset` of the file.
    pub(crate) fn new(text: &'a str, offset: usize) -> Self {
        Self { rest: text, offset, ended: false }
    }

    fn advance(&mut self, count: usize) {
        self.rest = &self.rest[count..];
        self.offset += count;
    }

    fn skip_blanks(&mut self) -> bool {
        let bytes = self.rest.as_bytes();
        let count = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
        self.advance(count);
        count > 0
    }

    fn next_well_formed(&mut self) -> Option<Attribute<'a>> {
        let bytes = self.rest.as_bytes();
        let ends_name =
            |byte: &u8| matches!(byte, b'=' | b'"' | b'\'' | b'<' | b'/') || byte.is_ascii_whitespace();
        let length = bytes.iter().position(ends_name).filter(|length| *length > 0)?;
        let name = &self.rest[..length];
        self.advance(length);
        self.skip_blanks();
        self.rest.starts_with('=').then(|| self.advance(1))?;
        self.skip_blanks();
        let quote = *self.rest.as_bytes().first().filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.advance(1);
        let length = self.rest.as_bytes().iter().position(|byte| *byte == quote)?;
        let raw = &self.rest[..length];
        let span = Span::new(self.offset, self.offset + length);
        self.advance(length + 1);
        Some(Attribute { name, raw, span })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Span>;

    fn next(&mut self) -> Option<Self::Item> {
        let separated = self.skip_blanks();
        if self.ended || self.rest.is_empty() {
            return None;
        }
        let start = self.offset;
        match self.next_well_formed() {
            Some(attribute) if separated && !attribute.raw.contains('<') => Some(Ok(attribute)),
            _ => {
                self.ended = true;
                Some(Err(Span::new(start, self.offset.max(start + 1))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let show = |attribute: Result<Attribute<'_>, Span>| match attribute {
            Ok(attribute) => format!("{}={:?}@{}", attribute.name, attribute.value(), attribute.span.start),
            Err(span) => format!("error at {}", span.start),
        };
        Attributes::new(text, 100).map(show).collect()
    }

    #[test]
    fn attributes_are_split_at_blanks_with_either_quote() {
        assert_eq!(split(" a=\"1\"\n b = 'x \"y\"' "), ["a=Ok(\"1\")@104", "b=Ok(\"x \\\"y\\\"\")@113"]);
    }

    #[test]
    fn references_and_blanks_in_values_are_resolved() {
        assert_eq!(split(" a='&lt;&#65;&#x42;\t\r\n&amp;amp;'"), ["a=Ok(\"<AB  &amp;\")@104"]);
        assert_eq!(split(" a='&nbsp;'"), ["a=Err(\"nbsp\")@104"]);
        assert_eq!(split(" a='&#0;'"), ["a=Err(\"#0\")@104"]);
        assert_eq!(split(" a='&#+65;'"), ["a=Err(\"#+65\")@104"]);
    }

    #[test]
    fn malformed_attributes_end_the_list() {
        for text in [" a", " a=", " a=1", " a='1", " ='1'", "a='1'", " a='1'b='2'", " a='<'", " /"] {
            assert!(split(text).last().unwrap().starts_with("error"), "{text}");
        }
    }
}
