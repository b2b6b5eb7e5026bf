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
    /// Whether the text stands for itself: without references, tabs and line ends.
    is_plain: bool,
}

impl<'a> Attribute<'a> {
    /// The value; or the reference that is not defined.
    pub(crate) fn value(&self) -> Result<Cow<'a, str>, &'a str> {
        match self.is_plain {
            true => Ok(Cow::Borrowed(self.raw)),
            false => self.resolved(),
        }
    }

    fn resolved(&self) -> Result<Cow<'a, str>, &'a str> {
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
    text: &'a str,
    /// Where the text stands in the file.
    offset: usize,
    /// How much of the text is behind us.
    at: usize,
}

/// The bytes at which a value may end or stop standing for itself.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut bytes: &[u8] = b"\"'<&\t\n\r";
    while let [byte, rest @ ..] = bytes {
        special[*byte as usize] = true;
        bytes = rest;
    }
    special
};

impl<'a> Attributes<'a> {
    /// `text` is the tag without its name and brackets and stands at `offset` of the file.
    pub(crate) fn new(text: &'a str, offset: usize) -> Self {
        Self { text, offset, at: 0 }
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &&u8| byte.is_ascii_whitespace();
        self.at += self.text.as_bytes()[self.at..].iter().take_while(blank).count();
    }

    /// The attribute at the present position, which lies behind blanks.
    fn well_formed(&mut self) -> Option<Attribute<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let in_name =
            |byte: &u8| !matches!(byte, b'=' | b'"' | b'\'' | b'<' | b'/' | b' ' | b'\t' | b'\n' | b'\r');
        while bytes.get(self.at).is_some_and(in_name) {
            self.at += 1;
        }
        let name = &self.text[start..self.at];
        self.skip_blanks();
        if name.is_empty() || bytes.get(self.at) != Some(&b'=') {
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        let quote = *bytes.get(self.at).filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.at += 1;
        let start = self.at;
        let mut is_plain = true;
        loop {
            self.at += bytes[self.at..].iter().position(|byte| SPECIAL[usize::from(*byte)])?;
            match bytes[self.at] {
                byte if byte == quote => break,
                b'<' => return None,
                byte => is_plain &= matches!(byte, b'"' | b'\''),
            }
            self.at += 1;
        }
        let raw = &self.text[start..self.at];
        let span = Span::new(self.offset + start, self.offset + self.at);
        self.at += 1;
        Some(Attribute { name, raw, span, is_plain })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Span>;

    fn next(&mut self) -> Option<Self::Item> {
        let before = self.at;
        self.skip_blanks();
        if self.at == self.text.len() {
            return None;
        }
        let start = self.at;
        match self.well_formed() {
            Some(attribute) if start > before => Some(Ok(attribute)),
            _ => {
                let (start, end) = (self.offset + start, self.offset + self.at);
                self.at = self.text.len();
                Some(Err(Span::new(start, end.max(start + 1))))
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
