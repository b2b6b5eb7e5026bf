//! Symbols of the language, read where the parser asks for them.
//!
//! A word of the language consists of letters, digits and `_`; a name may contain `.` and `-`
//! too. Only the parser knows which of the two is next, so it asks for one or the other.

use super::{TextError, TextErrorKind};
use crate::{Comparison, Span};

/// A symbol of the language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Symbol<'t> {
    Open,
    Close,
    Comma,
    Plus,
    Minus,
    Times,
    Compare(Comparison),
    Not,
    And,
    Or,
    Implies,
    Number(&'t str),
    Word(&'t str),
    Quote,
    Strange(char),
    End,
}

/// A name as it stands in the text.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A position in a text.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Skips white space and returns the rest of the text.
    fn rest(&mut self) -> &'t str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    /// The next symbol and where it is, without going past it.
    pub(super) fn peek(&mut self) -> (Symbol<'t>, Span) {
        let rest = self.rest();
        let (symbol, length) = symbol(rest);
        (symbol, Span::new(self.at, self.at + length))
    }

    /// Goes past the symbol at `span`.
    pub(super) fn skip(&mut self, span: Span) {
        self.at = span.end;
    }

    /// Where the last symbol that was skipped ends.
    pub(super) fn behind(&self) -> usize {
        self.text[..self.at].trim_end().len()
    }

    /// Whether the next symbol is `(`, right behind `behind` or after white space.
    pub(super) fn opens_behind(&self, behind: Span) -> bool {
        self.text[behind.end..].trim_start().starts_with('(')
    }

    /// The bare name that starts here, empty when none does, without going past it.
    pub(super) fn peek_name(&mut self) -> (&'t str, Span) {
        let name = run(self.rest(), is_in_name);
        (name, Span::new(self.at, self.at + name.len()))
    }

    /// Reads the bare or quoted name that starts here; `None` when none does.
    pub(super) fn name(&mut self) -> Result<Option<Name>, TextError> {
        if self.rest().starts_with('"') {
            return self.quoted().map(Some);
        }
        let (name, span) = self.peek_name();
        self.skip(span);
        Ok((!name.is_empty()).then(|| Name { text: name.to_owned(), span }))
    }

    fn quoted(&mut self) -> Result<Name, TextError> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.text[start..].char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    let span = Span::new(start, start + offset + 1);
                    self.skip(span);
                    return Ok(Name { text, span });
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, 't')) => text.push('\t'),
                    Some((end, c)) => {
                        let span = Span::new(start + offset, start + end + c.len_utf8());
                        return Err(TextError { span, kind: TextErrorKind::BadEscape(c) });
                    }
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err(TextError { span: Span::new(start, self.text.len()), kind: TextErrorKind::NoClosingQuote })
    }
}

/// Whether `c` may stand in a bare name.
pub(crate) fn is_in_name(c: char) -> bool {
    is_in_word(c) || matches!(c, '.' | '-')
}

/// Whether `c` may stand at the start of a bare name.
pub(crate) fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The longest start of `text` of such characters.
fn run(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !belongs(c)).unwrap_or(text.len())]
}

const SYMBOLS: [(&str, Symbol<'static>); 18] = [
    ("->", Symbol::Implies),
    ("&&", Symbol::And),
    ("||", Symbol::Or),
    ("<=", Symbol::Compare(Comparison::AtMost)),
    (">=", Symbol::Compare(Comparison::AtLeast)),
    ("!=", Symbol::Compare(Comparison::NotEqual)),
    ("==", Symbol::Compare(Comparison::Equal)),
    ("<", Symbol::Compare(Comparison::Less)),
    (">", Symbol::Compare(Comparison::Greater)),
    ("=", Symbol::Compare(Comparison::Equal)),
    ("!", Symbol::Not),
    ("(", Symbol::Open),
    (")", Symbol::Close),
    (",", Symbol::Comma),
    ("+", Symbol::Plus),
    ("-", Symbol::Minus),
    ("*", Symbol::Times),
    ("\"", Symbol::Quote),
];

/// The symbol at the start of `rest` and its length in bytes.
fn symbol(rest: &str) -> (Symbol<'_>, usize) {
    let Some(first) = rest.chars().next() else { return (Symbol::End, 0) };
    if first.is_ascii_digit() {
        let digits = run(rest, |c| c.is_ascii_digit());
        return (Symbol::Number(digits), digits.len());
    }
    if starts_name(first) {
        let word = run(rest, is_in_word);
        let symbol = match word {
            "not" => Symbol::Not,
            "and" => Symbol::And,
            "or" => Symbol::Or,
            "implies" => Symbol::Implies,
            _ => Symbol::Word(word),
        };
        return (symbol, word.len());
    }
    let known = SYMBOLS.iter().find(|(text, _)| rest.starts_with(text));
    known.map_or((Symbol::Strange(first), first.len_utf8()), |(text, symbol)| (*symbol, text.len()))
}
