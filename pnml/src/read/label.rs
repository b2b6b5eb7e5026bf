//! Reading labels: names, initial markings, inscriptions.

use super::cursor::{Cursor, Element, Stop, shortened};
use super::drawing;
use crate::diagnostic::Problem;
use crate::document::{Decoration, Label};
use compact_str::CompactString;
use pn_logic::Span;
use pn_net::MAX_TOKENS;
use std::borrow::Cow;

/// The smallest number that a label may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Least {
    /// A marking.
    Zero,
    /// A weight.
    One,
}

/// A name.
pub(super) fn name<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Label, Stop> {
    let (text, decoration) = content(cursor, element)?;
    Ok(Label { text: text.map_or_else(CompactString::default, |(text, _)| text.into()), decoration })
}

/// A number and what else its label carries. A number that cannot be read is reported and 1.
pub(super) fn number<'a>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    least: Least,
) -> Result<(u64, Option<Box<Decoration>>), Stop> {
    let (text, decoration) = content(cursor, element)?;
    let (text, span) = text.unwrap_or((Cow::Borrowed(""), element.span));
    let word = text.trim_ascii();
    if word.is_empty() {
        cursor.warning_once(Problem::EmptyNumber(element.name.to_owned()), element.span);
        return Ok((u64::from(least == Least::One), decoration));
    }
    match parse(word, least) {
        Ok(number) => Ok((number, decoration)),
        Err(problem) => {
            let lead = text.len() - text.trim_ascii_start().len();
            let start = span.start + lead;
            let exact = span.end - span.start == text.len();
            cursor.error(problem, if exact { Span::new(start, start + word.len()) } else { span });
            Ok((1, decoration))
        }
    }
}

fn parse(word: &str, least: Least) -> Result<u64, Problem> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::NotANumber(shortened(word)));
    }
    match digits.parse::<u64>() {
        Ok(0) if least == Least::One => Err(Problem::ZeroWeight),
        Ok(0) => Ok(0),
        _ if word.starts_with('-') => Err(Problem::Negative(shortened(word))),
        Ok(number) if number <= MAX_TOKENS => Ok(number),
        _ => Err(Problem::TooManyTokens(shortened(word))),
    }
}

type Content<'a> = (Option<(Cow<'a, str>, Span)>, Option<Box<Decoration>>);

/// The text of a label, and what else it carries.
fn content<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Content<'a>, Stop> {
    let mut text: Option<(Cow<'a, str>, Span)> = None;
    let mut decoration = Decoration::default();
    while let Some(child) = cursor.child()? {
        match child.name {
            "text" | "value" if text.is_none() => {
                let (mut value, span) = cursor.text(&child)?;
                if child.name == "value" {
                    cursor
                        .warning_once(Problem::Legacy("`<value>` is an older form of `<text>`"), child.span);
                    // PIPE counts tokens by colour; `Default` is its one uncoloured class.
                    if let Some(plain) = value.strip_prefix("Default,").map(str::to_owned) {
                        value = Cow::Owned(plain);
                    }
                }
                text = Some((value, span));
            }
            "graphics" if decoration.graphics.is_none() => {
                decoration.graphics = drawing::label(cursor, &child)?;
            }
            "text" | "value" | "graphics" => {
                let problem =
                    Problem::Repeated { element: element.name.to_owned(), found: child.name.to_owned() };
                cursor.error(problem, child.span);
                cursor.skip(&child)?;
            }
            "toolspecific" => decoration.foreign.push(cursor.foreign(&child)?),
            _ => {
                let problem =
                    Problem::UnknownLabel { element: element.name.to_owned(), label: shortened(child.name) };
                cursor.warning_once(problem, child.span);
                decoration.foreign.push(cursor.foreign(&child)?);
            }
        }
    }
    let plain = decoration.graphics.is_none() && decoration.foreign.is_empty();
    Ok((text, (!plain).then(|| Box::new(decoration))))
}
