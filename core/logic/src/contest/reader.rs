//! The pass over the XML: a stack of open elements, reduced as they close.

use super::element::{Element, Problem, Value, value_of};
use super::{ContestError, ContestProperty, MAX_NESTING};
use crate::{Property, Span};
use pn_net::Net;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The properties of a contest file, in its order, about `net`.
///
/// A property that cannot be read carries its own error.
///
/// # Errors
///
/// When the file as a whole is no property set in well-formed XML.
pub fn read_properties(net: &Net, xml: &[u8]) -> Result<Vec<ContestProperty>, ContestError> {
    let text = std::str::from_utf8(xml).map_err(|error| {
        let at = error.valid_up_to();
        ContestError::Malformed { span: Span::new(at, at), reason: "the text is not UTF-8".to_owned() }
    })?;
    let mut pass = Pass { net, level: Level::Before, properties: Vec::new(), depth: 0, skip_below: None };
    // The XML reader does not count a byte order mark.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader::from_str(&text[mark..]);
    let position = |offset: u64| usize::try_from(offset).expect("an offset into a slice fits") + mark;
    loop {
        let before = position(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            let at = position(reader.error_position());
            ContestError::Malformed { span: Span::new(at, at), reason: error.to_string() }
        })?;
        let span = Span::new(before, position(reader.buffer_position()));
        match event {
            Event::Start(start) => pass.open(start.local_name().into_inner(), span)?,
            Event::Empty(empty) => {
                let name = empty.local_name().into_inner();
                pass.open(name, span)?;
                pass.close(name, span);
            }
            Event::End(end) => pass.close(end.local_name().into_inner(), span),
            Event::Text(text) => pass.text(&text, span),
            Event::CData(text) => pass.text(&text, span),
            Event::GeneralRef(name) => match referenced(&name) {
                Some(c) => pass.text(c.encode_utf8(&mut [0; 4]), span),
                None => {
                    let reason = format!("the entity `&{};` is not known", &*name);
                    return Err(ContestError::Malformed { span, reason });
                }
            },
            Event::Eof => return pass.finish(span),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// The character that a reference in the text stands for: `&lt;`, `&#65;`.
fn referenced(name: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    match &**name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => name.resolve_char_ref().ok().flatten(),
    }
}

struct Pass<'n> {
    net: &'n Net,
    level: Level,
    properties: Vec<ContestProperty>,
    /// How many elements are open.
    depth: usize,
    /// Nothing counts until fewer than this many elements are open.
    skip_below: Option<usize>,
}

enum Level {
    Before,
    Set,
    Property(Draft),
    Id(Draft),
    Formula(Draft, Box<Stack>),
    After,
}

/// A property that is being read.
#[derive(Default)]
struct Draft {
    id: Option<String>,
    property: Option<Property>,
    error: Option<ContestError>,
}

/// The open elements of a formula and the values of the closed ones below them.
#[derive(Default)]
struct Stack {
    open: Vec<(Element, usize)>,
    values: Vec<Value>,
    text: String,
    text_span: Span,
}

impl Pass<'_> {
    fn open(&mut self, name: &str, span: Span) -> Result<(), ContestError> {
        self.depth += 1;
        if self.skip_below.is_some() {
            return Ok(());
        }
        self.level = match (std::mem::replace(&mut self.level, Level::After), name) {
            (Level::Before, "property-set") => Level::Set,
            (Level::Before, _) => return Err(ContestError::NotAPropertySet { span, found: name.to_owned() }),
            (Level::After, _) => {
                let reason = "a second root element follows the first".to_owned();
                return Err(ContestError::Malformed { span, reason });
            }
            (Level::Set, "property") => Level::Property(Draft::default()),
            (Level::Property(draft), "id") if draft.id.is_none() => {
                Level::Id(Draft { id: Some(String::new()), ..draft })
            }
            (Level::Property(mut draft), "formula") => {
                if draft.property.is_none() && draft.error.is_none() {
                    Level::Formula(draft, Box::default())
                } else {
                    draft.fail(ContestError::NotOneFormula { span });
                    self.skip_below = Some(self.depth);
                    Level::Property(draft)
                }
            }
            (Level::Formula(mut draft, mut stack), _) => match stack.open(name, span) {
                Ok(()) => Level::Formula(draft, stack),
                Err(error) => {
                    draft.fail(error);
                    // The rest of the formula: elements below the one that holds it.
                    self.skip_below = Some(self.depth - stack.open.len() - 1);
                    Level::Property(draft)
                }
            },
            (level, _) => {
                self.skip_below = Some(self.depth);
                level
            }
        };
        Ok(())
    }

    fn text(&mut self, text: &str, span: Span) {
        if self.skip_below.is_some() {
            return;
        }
        match &mut self.level {
            Level::Id(Draft { id: Some(id), .. }) => id.push_str(text),
            Level::Formula(_, stack) => stack.text(text, span),
            _ => {}
        }
    }

    fn close(&mut self, name: &str, span: Span) {
        self.depth -= 1;
        if let Some(depth) = self.skip_below {
            if self.depth < depth {
                self.skip_below = None;
            }
            return;
        }
        self.level = match std::mem::replace(&mut self.level, Level::After) {
            Level::Id(draft) => Level::Property(draft),
            Level::Property(draft) => {
                self.properties.push(draft.finish(span));
                Level::Set
            }
            Level::Formula(mut draft, mut stack) => {
                let Some((element, first)) = stack.open.pop() else {
                    match stack.result(span) {
                        Ok(property) => draft.property = Some(property),
                        Err(error) => draft.fail(error),
                    }
                    self.level = Level::Property(draft);
                    return;
                };
                match stack.close(self.net, element, first, name, span) {
                    Ok(()) => Level::Formula(draft, stack),
                    Err(error) => {
                        draft.fail(error);
                        self.skip_below = Some(self.depth - stack.open.len());
                        Level::Property(draft)
                    }
                }
            }
            Level::Before | Level::Set | Level::After => Level::After,
        };
    }

    fn finish(self, span: Span) -> Result<Vec<ContestProperty>, ContestError> {
        match self.level {
            Level::Before => Err(ContestError::NotAPropertySet { span, found: String::new() }),
            Level::After => Ok(self.properties),
            _ => {
                let reason = format!("the file ends while {} elements are open", self.depth);
                Err(ContestError::Malformed { span, reason })
            }
        }
    }
}

impl Draft {
    /// Keeps the first error: later ones may follow from it.
    fn fail(&mut self, error: ContestError) {
        self.error.get_or_insert(error);
    }

    fn finish(self, span: Span) -> ContestProperty {
        let missing = if self.id.is_none() { Some(ContestError::NoId { span }) } else { None };
        let property = match self.error.or(missing) {
            Some(error) => Err(error),
            None => self.property.ok_or(ContestError::NotOneFormula { span }),
        };
        ContestProperty { id: self.id.unwrap_or_default(), property }
    }
}

impl Stack {
    fn open(&mut self, name: &str, span: Span) -> Result<(), ContestError> {
        let Some(element) = Element::named(name) else {
            return Err(ContestError::Unsupported { span, element: name.to_owned() });
        };
        if self.open.len() == MAX_NESTING {
            return Err(ContestError::TooDeep { span });
        }
        self.open.push((element, self.values.len()));
        self.text.clear();
        self.text_span = span;
        Ok(())
    }

    fn text(&mut self, text: &str, span: Span) {
        if self.open.last().is_some_and(|(element, _)| element.has_text()) {
            if self.text.is_empty() {
                self.text_span.start = span.start;
            }
            self.text_span.end = span.end;
            self.text.push_str(text);
        }
    }

    fn close(
        &mut self,
        net: &Net,
        element: Element,
        first: usize,
        name: &str,
        span: Span,
    ) -> Result<(), ContestError> {
        let operands: Vec<Value> = self.values.drain(first..).collect();
        if element.has_text() && !operands.is_empty() {
            return Err(ContestError::BadOperands { span, element: name.to_owned() });
        }
        let text = self.text.trim();
        let (at, owned) = (self.text_span, || text.to_owned());
        let value = value_of(net, element, operands, text).map_err(|problem| match problem {
            Problem::UnknownPlace => ContestError::UnknownPlace { span: at, name: owned() },
            Problem::UnknownTransition => ContestError::UnknownTransition { span: at, name: owned() },
            Problem::BadNumber if element.has_text() => ContestError::BadNumber { span: at, text: owned() },
            Problem::BadNumber => ContestError::BadNumber { span, text: name.to_owned() },
            Problem::Unsupported => ContestError::Unsupported { span, element: name.to_owned() },
            Problem::BadOperands => ContestError::BadOperands { span, element: name.to_owned() },
        })?;
        self.values.push(value);
        Ok(())
    }

    /// The one property that the formula states.
    fn result(mut self, span: Span) -> Result<Property, ContestError> {
        match (self.values.pop(), self.values.is_empty()) {
            (Some(Value::Property(property)), true) => Ok(property),
            (Some(_), true) => Err(ContestError::Unsupported { span, element: "formula".to_owned() }),
            _ => Err(ContestError::NotOneFormula { span }),
        }
    }
}
