//! A cursor over the XML of a file: elements, their attributes, their text.
//!
//! The scanner splits the text into tags; the cursor checks what takes more than one of them:
//! that tags match, nest within bounds and end, and that references are defined. Nothing is
//! expanded but character references and the five entities of XML 1.0 (section 4.6), so memory
//! stays linear in the file.
//!
//! Every element that [`Cursor::child`] hands out must be consumed: by visiting its children to
//! the last, or by one of [`Cursor::text`], [`Cursor::skip`] and [`Cursor::foreign`].

use super::attributes::{Attribute, Attributes, resolve};
use super::scanner::{Blanks, Kind, Scanner};
use crate::diagnostic::{Diagnostics, Problem, Severity};
use crate::document::Foreign;
use compact_str::CompactString;
use pn_logic::Span;
use std::borrow::Cow;

/// How deep elements may nest.
pub(crate) const MAX_DEPTH: usize = 256;

/// How many namespace prefixes may be declared at one point of the file.
const MAX_PREFIXES: usize = 64;

/// Reading cannot go on; the reason is among the diagnostics.
#[derive(Debug)]
pub(crate) struct Stop;

pub(crate) struct Cursor<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    /// The names of the open elements.
    open: Vec<&'a str>,
    /// The element handed out last is an empty one, `<a/>`, and not consumed yet.
    at_empty: bool,
    /// Namespace prefixes declared below the root: depth, prefix, and the declaration of its URI.
    prefixes: Vec<(usize, &'a str, Attribute<'a>)>,
    /// How grave it is that an element stands where only text has a meaning.
    pub(crate) element_in_text: Severity,
    pub(crate) diagnostics: Diagnostics,
}

/// An element of which the start tag has been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// Its name without namespace prefix.
    pub(crate) name: &'a str,
    /// Its name as it stands.
    qualified: &'a str,
    /// The start tag.
    pub(crate) span: Span,
    attributes: &'a str,
}

impl<'a> Element<'a> {
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes, self.span.start + 1 + self.qualified.len())
    }
}

enum Token<'a> {
    Open(Element<'a>),
    Empty(Element<'a>),
    Close,
    Text(Span),
    Verbatim(Span),
    Reference(Span),
    End,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            scanner: Scanner::new(text),
            open: Vec::new(),
            at_empty: false,
            prefixes: Vec::new(),
            element_in_text: Severity::Warning,
            diagnostics: Diagnostics::default(),
        }
    }

    pub(crate) fn error(&mut self, problem: Problem, span: Span) {
        self.diagnostics.error(problem, span);
    }

    pub(crate) fn warning(&mut self, problem: Problem, span: Span) {
        self.diagnostics.warning(problem, span);
    }

    /// A warning that says the same wherever it applies is given at the first place only.
    pub(crate) fn warning_once(&mut self, problem: Problem, span: Span) {
        self.diagnostics.warning_once(problem, span);
    }

    fn stop<T>(&mut self, problem: Problem, span: Span) -> Result<T, Stop> {
        self.diagnostics.error(problem, span);
        Err(Stop)
    }

    /// The root element. Ends at the end of the file if there is none.
    pub(crate) fn root(&mut self) -> Result<Option<Element<'a>>, Stop> {
        match self.token(Blanks::Skipped)? {
            Token::Open(element) => Ok(Some(element)),
            Token::Empty(element) => {
                self.at_empty = true;
                Ok(Some(element))
            }
            Token::End => Ok(None),
            Token::Text(span) | Token::Verbatim(span) | Token::Reference(span) => {
                let span = Span::new(span.start, span.end.min(span.start + 40));
                self.stop(Problem::NotPnml(self.text_near(span)), span)
            }
            Token::Close => unreachable!("an end tag without a start tag stops the reading"),
        }
    }

    /// Reads on behind the root element, where only comments and blanks may stand.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        match self.token(Blanks::Skipped)? {
            Token::End => Ok(()),
            Token::Open(Element { span, .. })
            | Token::Empty(Element { span, .. })
            | Token::Text(span)
            | Token::Verbatim(span)
            | Token::Reference(span) => self.stop(Problem::TrailingContent, span),
            Token::Close => unreachable!("an end tag without a start tag stops the reading"),
        }
    }

    /// The next child of the innermost open element; `None` behind the last, when that element
    /// has been closed.
    pub(crate) fn child(&mut self) -> Result<Option<Element<'a>>, Stop> {
        if std::mem::take(&mut self.at_empty) {
            return Ok(None);
        }
        loop {
            match self.token(Blanks::Skipped)? {
                Token::Open(element) => return Ok(Some(element)),
                Token::Empty(element) => {
                    self.at_empty = true;
                    return Ok(Some(element));
                }
                Token::Close => return Ok(None),
                Token::Text(span) | Token::Verbatim(span) | Token::Reference(span) => {
                    let parent = self.open.last().copied().unwrap_or_default();
                    let span = self.trimmed(span);
                    self.warning(Problem::StrayText(parent.to_owned()), span);
                }
                Token::End => unreachable!("the end of the file inside an element stops the reading"),
            }
        }
    }

    /// The text of the element handed out last, and where it stands. Consumes the element.
    pub(crate) fn text(&mut self, element: &Element<'a>) -> Result<(Cow<'a, str>, Span), Stop> {
        let mut text = Cow::Borrowed("");
        let mut whole = Span::new(element.span.end, element.span.end);
        if std::mem::take(&mut self.at_empty) {
            return Ok((text, whole));
        }
        loop {
            match self.token(Blanks::Kept)? {
                Token::Text(span) => {
                    append(&mut text, lines(&self.text[span.start..span.end]));
                    whole.end = span.end;
                }
                Token::Verbatim(span) => {
                    let inner = &self.text[span.start + "<![CDATA[".len()..span.end - "]]>".len()];
                    append(&mut text, lines(inner));
                    whole.end = span.end;
                }
                Token::Reference(span) => {
                    whole.end = span.end;
                    let name = &self.text[span.start + 1..span.end - 1];
                    match resolve(name) {
                        Some(character) => text.to_mut().push(character),
                        None => self.error(Problem::UndefinedEntity(shortened(name)), span),
                    }
                }
                Token::Open(child) => {
                    self.dropped(element, &child);
                    self.skip(&child)?;
                }
                Token::Empty(child) => self.dropped(element, &child),
                Token::Close => return Ok((text, whole)),
                Token::End => unreachable!("the end of the file inside an element stops the reading"),
            }
        }
    }

    fn dropped(&mut self, element: &Element<'a>, child: &Element<'a>) {
        let (element, found) = (element.name.to_owned(), shortened(child.qualified));
        match self.element_in_text {
            Severity::Warning => {
                self.warning_once(Problem::DroppedElement { element, found }, child.span);
            }
            Severity::Error => {
                self.error(Problem::UnknownAnnotation { element, found, similar: None }, child.span);
            }
        }
    }

    /// Passes over the element handed out last.
    pub(crate) fn skip(&mut self, element: &Element<'a>) -> Result<Span, Stop> {
        let mut end = element.span.end;
        if !std::mem::take(&mut self.at_empty) {
            let depth = self.open.len();
            while self.open.len() >= depth {
                match self.token(Blanks::Kept)? {
                    Token::Open(inner) | Token::Empty(inner) => self.check_attributes(&inner),
                    Token::Reference(span) => {
                        let name = &self.text[span.start + 1..span.end - 1];
                        if resolve(name).is_none() {
                            self.error(Problem::UndefinedEntity(shortened(name)), span);
                        }
                    }
                    _ => {}
                }
            }
            end = self.position();
        }
        Ok(Span::new(element.span.start, end))
    }

    /// The element handed out last, word for word. Consumes it.
    ///
    /// Namespace prefixes that it uses and an element around it declares are declared in its own
    /// start tag, because that other element is written anew.
    pub(crate) fn foreign(&mut self, element: &Element<'a>) -> Result<Foreign, Stop> {
        self.check_attributes(element);
        let mut tool = None;
        if element.name == "toolspecific" {
            let attribute = element.attributes().flatten().find(|attribute| attribute.name == "tool");
            tool = attribute.map(|attribute| CompactString::from(self.value(&attribute)));
        }
        let span = self.skip(element)?;
        let xml = &self.text[span.start..span.end];
        let declarations = self.missing_declarations(element, xml);
        if declarations.is_empty() {
            return Ok(Foreign { xml: xml.into(), tool });
        }
        let (name, rest) = xml.split_at(1 + element.qualified.len());
        Ok(Foreign { xml: format!("{name}{declarations}{rest}").into(), tool })
    }

    fn missing_declarations(&self, element: &Element<'a>, xml: &str) -> String {
        let mut declarations = String::new();
        let mut seen: Vec<&str> = Vec::new();
        for (_, prefix, uri) in self.prefixes.iter().rev() {
            let own = format!("xmlns:{prefix}");
            let used = !seen.contains(prefix)
                && xml.contains(&format!("{prefix}:"))
                && !element.attributes().flatten().any(|attribute| attribute.name == own);
            if used {
                seen.push(prefix);
                // The URI stands as in the file, where it may hold one kind of quote.
                let uri = uri.raw;
                let quote = if uri.contains('"') { '\'' } else { '"' };
                declarations.push_str(&format!(" {own}={quote}{uri}{quote}"));
            }
        }
        declarations
    }

    fn check_attributes(&mut self, element: &Element<'a>) {
        for attribute in element.attributes() {
            match attribute {
                Ok(attribute) => {
                    if attribute.raw.contains(['&', '<']) {
                        self.value(&attribute);
                    }
                }
                Err(span) => {
                    self.error(Problem::BadAttributes(shortened(element.qualified)), span);
                    return;
                }
            }
        }
    }

    /// The value of an attribute, references resolved and blanks normalised.
    pub(crate) fn value(&mut self, attribute: &Attribute<'a>) -> Cow<'a, str> {
        match attribute.value() {
            Ok(value) => value,
            Err(name) => {
                self.error(Problem::UndefinedEntity(shortened(name)), attribute.span);
                Cow::Borrowed(attribute.raw)
            }
        }
    }

    /// The named attributes of an element. Others are reported once a file by `unknown`;
    /// namespace declarations are remembered.
    pub(crate) fn attributes<const N: usize>(
        &mut self,
        element: &Element<'a>,
        names: [&str; N],
        mut unknown: impl FnMut(&mut Self, &Attribute<'a>),
    ) -> [Option<Attribute<'a>>; N] {
        let mut found = [const { None }; N];
        for attribute in element.attributes() {
            let Ok(attribute) = attribute else {
                let span = attribute.err().unwrap_or(element.span);
                self.error(Problem::BadAttributes(shortened(element.qualified)), span);
                break;
            };
            if let Some(index) = names.iter().position(|name| *name == attribute.name) {
                if found[index].is_some() {
                    self.error(Problem::RepeatedAttribute(shortened(attribute.name)), attribute.span);
                }
                found[index] = Some(attribute);
            } else if let Some(prefix) = attribute.name.strip_prefix("xmlns:") {
                self.declare(prefix, &attribute);
            } else if attribute.name != "xmlns" {
                unknown(self, &attribute);
            }
        }
        found
    }

    fn declare(&mut self, prefix: &'a str, attribute: &Attribute<'a>) {
        if self.at_empty {
            // Nothing stands inside `<a xmlns:p="…"/>`.
            return;
        }
        if self.prefixes.len() >= MAX_PREFIXES {
            let problem = Problem::Syntax(format!("more than {MAX_PREFIXES} namespaces at once"));
            self.diagnostics.error_once(problem, attribute.span);
            return;
        }
        self.prefixes.push((self.open.len(), prefix, *attribute));
    }

    /// The namespace prefixes declared so far; they are no longer remembered.
    pub(crate) fn take_prefixes(&mut self) -> Vec<(String, String)> {
        let declared = std::mem::take(&mut self.prefixes);
        let resolved = declared.into_iter().map(|(_, prefix, uri)| {
            (prefix.to_owned(), uri.value().map_or_else(|_| uri.raw.to_owned(), Cow::into_owned))
        });
        resolved.collect()
    }

    fn position(&self) -> usize {
        self.scanner.position()
    }

    /// Bytes in the whole text.
    pub(crate) fn length(&self) -> usize {
        self.text.len()
    }

    /// Where `part` stands first in the text.
    pub(crate) fn find(&self, part: &str) -> Option<usize> {
        self.text.find(part)
    }

    fn trimmed(&self, span: Span) -> Span {
        let text = &self.text[span.start..span.end];
        let start = span.start + (text.len() - text.trim_start().len());
        Span::new(start, start + text.trim().len())
    }

    fn text_near(&self, span: Span) -> String {
        shortened(self.text.get(span.start..span.end).unwrap_or_default().trim())
    }

    fn token(&mut self, blanks: Blanks) -> Result<Token<'a>, Stop> {
        loop {
            let (kind, span) = match self.scanner.next(blanks) {
                Ok(Some(token)) => token,
                Ok(None) => {
                    let Some(name) = self.open.last().copied() else { return Ok(Token::End) };
                    let end = self.text.len();
                    return self.stop(Problem::Truncated(shortened(name)), Span::new(end, end));
                }
                Err((problem, span)) => return self.stop(problem, span),
            };
            return match kind {
                Kind::Start(name_end) => {
                    let element = self.element(name_end, span, 1);
                    if self.open.len() >= MAX_DEPTH {
                        return self.stop(Problem::TooDeep(MAX_DEPTH), span);
                    }
                    self.open.push(element.qualified);
                    Ok(Token::Open(element))
                }
                Kind::Empty(name_end) => Ok(Token::Empty(self.element(name_end, span, 2))),
                Kind::End => self.close(span),
                Kind::Text => Ok(Token::Text(span)),
                Kind::Verbatim => Ok(Token::Verbatim(span)),
                Kind::Reference => Ok(Token::Reference(span)),
                Kind::Comment | Kind::DocumentType => continue,
            };
        }
    }

    fn element(&self, name_end: usize, span: Span, closing: usize) -> Element<'a> {
        let qualified = &self.text[span.start + 1..name_end];
        let prefix = qualified.bytes().rposition(|byte| byte == b':');
        let name = prefix.map_or(qualified, |prefix| &qualified[prefix + 1..]);
        Element { name, qualified, span, attributes: &self.text[name_end..span.end - closing] }
    }

    fn close(&mut self, span: Span) -> Result<Token<'a>, Stop> {
        let found = self.text[span.start + 2..span.end - 1].trim_ascii_end();
        match self.open.pop() {
            Some(open) if open == found => {
                while self.prefixes.last().is_some_and(|(depth, ..)| *depth > self.open.len()) {
                    self.prefixes.pop();
                }
                Ok(Token::Close)
            }
            Some(open) => {
                let problem = Problem::MismatchedTag { open: shortened(open), found: shortened(found) };
                self.stop(problem, span)
            }
            None => self.stop(Problem::StrayEndTag(shortened(found)), span),
        }
    }
}

fn append<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    if text.is_empty() {
        *text = more;
    } else {
        text.to_mut().push_str(&more);
    }
}

/// Line ends as XML sees them (section 2.11).
fn lines(text: &str) -> Cow<'_, str> {
    if text.as_bytes().contains(&b'\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A word from the file, cut to what a message can hold.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
