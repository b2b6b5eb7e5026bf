//! Reading our own sections, `<toolspecific tool="pn" version="1">`.
//!
//! Unlike foreign sections they are understood to the last attribute: a misspelt element would
//! otherwise silently change what is deployed.

use super::attributes::Attribute;
use super::cursor::{Cursor, Element, Stop, shortened};
use crate::diagnostic::Problem;
use crate::duration::parse_duration;
use crate::graphics::{Dimension, Point, coordinate, size};
use crate::note::Note;
use pn_deployment::annotation::{
    ActionText, InvariantText, KindText, Located, NetAnnotation, Parameter, RetryText, TransitionAnnotation,
};
use pn_logic::{Span, nearest};
use std::time::Duration;

const NET: [&str; 5] = ["goal", "failure", "invariant", "parameter", "faults"];
const PAGE: [&str; 1] = ["note"];
const NODE: [&str; 1] = ["pinned"];
const TRANSITION: [&str; 13] = [
    "control", "action", "outcome", "event", "timer", "approval", "undo", "timeout", "retry", "drift",
    "refresh", "reads", "pinned",
];

/// Reads the section of the net into `annotation`.
pub(super) fn net<'a>(
    cursor: &mut Cursor<'a>,
    section: &Element<'a>,
    annotation: &mut NetAnnotation,
) -> Result<(), Stop> {
    while let Some(child) = cursor.child()? {
        match child.name {
            "goal" => {
                let text = trimmed(cursor, &child)?;
                once(cursor, section, &child, &mut annotation.goal, text);
            }
            "failure" => {
                let text = trimmed(cursor, &child)?;
                once(cursor, section, &child, &mut annotation.failure, text);
            }
            "faults" => {
                let text = trimmed(cursor, &child)?;
                once(cursor, section, &child, &mut annotation.faults, text);
            }
            "invariant" => {
                let [name] = attributes(cursor, &child, ["name"]);
                let name = required(cursor, &child, "name", name);
                let formula = trimmed_text(cursor, &child)?;
                annotation.invariants.push(InvariantText { name, formula });
            }
            "parameter" => {
                let [name, default] = attributes(cursor, &child, ["name", "default"]);
                let name = required(cursor, &child, "name", name);
                let default = default.map(|default| cursor.value(&default).into_owned());
                annotation.parameters.push(Parameter { name, default });
                empty(cursor, &child)?;
            }
            _ => unknown(cursor, section, &child, &NET)?,
        }
    }
    Ok(())
}

/// Reads the section of a page: adds its notes.
pub(super) fn page<'a>(
    cursor: &mut Cursor<'a>,
    section: &Element<'a>,
    notes: &mut Vec<Note>,
) -> Result<(), Stop> {
    while let Some(child) = cursor.child()? {
        match child.name {
            "note" => notes.push(note(cursor, &child)?),
            _ => unknown(cursor, section, &child, &PAGE)?,
        }
    }
    Ok(())
}

fn note<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Note, Stop> {
    let [x, y, width, height] = attributes(cursor, element, ["x", "y", "width", "height"]);
    let mut number = |name: &'static str, given: Option<Attribute<'a>>, fit: fn(f64) -> Option<f64>| {
        let given = required(cursor, element, name, given);
        let number = given.value.trim_ascii().parse().ok().and_then(fit);
        // What is missing has been reported as such.
        if number.is_none() && given != Located::default() {
            let problem = Problem::BadNote { attribute: name, value: shortened(&given.value) };
            cursor.error(problem, given.span);
        }
        number.unwrap_or(1.0)
    };
    let corner = Point { x: number("x", x, coordinate), y: number("y", y, coordinate) };
    let size = Dimension { x: number("width", width, size), y: number("height", height, size) };
    let (text, _) = cursor.text(element)?;
    Ok(Note { corner, size, text: text.into_owned() })
}

/// Reads the section of a node that carries no annotation: it is pinned.
pub(super) fn pin<'a>(
    cursor: &mut Cursor<'a>,
    node: &Element<'a>,
    section: &Element<'a>,
) -> Result<(), Stop> {
    let (mut pinned, mut is_empty) = (None, true);
    while let Some(child) = cursor.child()? {
        is_empty = false;
        match child.name {
            "pinned" => bare(cursor, section, &child, &mut pinned)?,
            _ => unknown(cursor, section, &child, &NODE)?,
        }
    }
    if is_empty {
        cursor.error(Problem::MisplacedAnnotation(node.name.to_owned()), section.span);
    }
    Ok(())
}

/// Reads an element that says everything by being there.
fn bare<'a>(
    cursor: &mut Cursor<'a>,
    section: &Element<'a>,
    element: &Element<'a>,
    slot: &mut Option<()>,
) -> Result<(), Stop> {
    let [] = attributes(cursor, element, []);
    once(cursor, section, element, slot, ());
    empty(cursor, element)
}

/// Reads the section of a transition: its annotation, and whether it is pinned. An annotation with
/// an error in it may be incomplete.
pub(super) fn transition<'a>(
    cursor: &mut Cursor<'a>,
    section: &Element<'a>,
) -> Result<(Option<TransitionAnnotation>, bool), Stop> {
    let mut draft = Draft::default();
    let mut pinned = None;
    while let Some(child) = cursor.child()? {
        match child.name {
            "action" => {
                let action = action(cursor, &child)?;
                once(cursor, section, &child, &mut draft.action, action);
            }
            "timeout" => {
                let text = trimmed(cursor, &child)?;
                let timeout = duration(cursor, &text);
                draft.actions_only.push(child);
                once(cursor, section, &child, &mut draft.timeout, timeout);
            }
            "retry" => retry(cursor, section, &child, &mut draft)?,
            "undo" => undo(cursor, section, &child, &mut draft)?,
            "reads" => {
                let [reference] = attributes(cursor, &child, ["ref"]);
                let place = required(cursor, &child, "ref", reference);
                draft.starts_only.push(child);
                draft.reads.push(place);
                empty(cursor, &child)?;
            }
            "refresh" => refresh(cursor, &child, &mut draft)?,
            "pinned" => bare(cursor, section, &child, &mut pinned)?,
            "control" | "outcome" | "event" | "timer" | "approval" | "drift" => {
                let kind = kind(cursor, &child)?;
                draft.set_kind(cursor, kind, &child);
            }
            _ => {
                draft.has_unknown = true;
                unknown(cursor, section, &child, &TRANSITION)?;
            }
        }
    }
    if pinned.is_some() && draft.is_empty() {
        return Ok((None, true));
    }
    Ok((draft.finish(cursor, section), pinned.is_some()))
}

#[derive(Default)]
struct Draft<'a> {
    kind: Option<KindText>,
    action: Option<ActionText>,
    timeout: Option<Located<Duration>>,
    retry: Option<Located<RetryText>>,
    undo: Option<Located<String>>,
    reads: Vec<Located<String>>,
    refreshes: Vec<Located<String>>,
    /// The elements that only actions and undos may have.
    starts_only: Vec<Element<'a>>,
    /// The elements that only an action may have.
    actions_only: Vec<Element<'a>>,
    has_unknown: bool,
}

impl Draft<'_> {
    /// Whether nothing was said of what the transition does.
    fn is_empty(&self) -> bool {
        let has_kind = self.kind.is_some() || self.action.is_some();
        !has_kind && !self.has_unknown && self.starts_only.is_empty() && self.actions_only.is_empty()
    }

    fn set_kind(&mut self, cursor: &mut Cursor<'_>, kind: KindText, element: &Element<'_>) {
        if let Some(other) = &self.kind {
            cursor.error(Problem::TwoKinds(other.word(), kind.word()), element.span);
        }
        self.kind = Some(kind);
    }

    fn finish(self, cursor: &mut Cursor<'_>, section: &Element<'_>) -> Option<TransitionAnnotation> {
        let kind = match (self.kind, self.action) {
            (Some(KindText::Undo { of, .. }), action) => KindText::Undo { of, action },
            (Some(kind), Some(_)) => {
                cursor.error(Problem::TwoKinds(kind.word(), "action"), section.span);
                return None;
            }
            (Some(kind), None) => kind,
            (None, Some(action)) => KindText::Action(action),
            (None, None) => {
                // A misspelt kind has been reported as such.
                if !self.has_unknown {
                    cursor.error(Problem::NoKind, section.span);
                }
                return None;
            }
        };
        if !matches!(kind, KindText::Action(_) | KindText::Undo { action: Some(_), .. }) {
            for element in &self.actions_only {
                cursor.error(Problem::NotAnAction(element.name.to_owned()), element.span);
            }
        }
        if !matches!(kind, KindText::Action(_) | KindText::Undo { .. }) {
            for element in &self.starts_only {
                cursor.error(Problem::NotAnAction(element.name.to_owned()), element.span);
            }
        }
        let Self { timeout, retry, undo, reads, refreshes, .. } = self;
        Some(TransitionAnnotation { kind, timeout, retry, undo, reads, refreshes })
    }
}

fn kind<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<KindText, Stop> {
    let kind = match element.name {
        "outcome" => {
            let [of, is] = attributes(cursor, element, ["of", "is"]);
            let of = required(cursor, element, "of", of);
            KindText::Outcome { of, is: required(cursor, element, "is", is) }
        }
        "event" => return Ok(KindText::Event(action(cursor, element)?)),
        "timer" => {
            let [after] = attributes(cursor, element, ["after"]);
            let after = required(cursor, element, "after", after);
            KindText::Timer { after: duration(cursor, &after) }
        }
        "approval" => {
            let [by] = attributes(cursor, element, ["by"]);
            KindText::Approval { by: required(cursor, element, "by", by) }
        }
        "drift" => {
            let [of] = attributes(cursor, element, ["of"]);
            KindText::Drift { of: required(cursor, element, "of", of) }
        }
        _ => {
            let [] = attributes(cursor, element, []);
            KindText::Control
        }
    };
    empty(cursor, element)?;
    Ok(kind)
}

fn undo<'a>(
    cursor: &mut Cursor<'a>,
    section: &Element<'a>,
    element: &Element<'a>,
    draft: &mut Draft<'a>,
) -> Result<(), Stop> {
    let [reference, of] = attributes(cursor, element, ["ref", "of"]);
    if let Some(reference) = reference {
        let reference = located(cursor, &reference);
        draft.actions_only.push(*element);
        once(cursor, section, element, &mut draft.undo, reference);
        if of.is_some() {
            cursor.error(Problem::TwoKinds("action", "undo"), element.span);
        }
    } else {
        let of = required(cursor, element, "of", of);
        draft.set_kind(cursor, KindText::Undo { of, action: None }, element);
    }
    empty(cursor, element)
}

fn refresh<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>, draft: &mut Draft<'a>) -> Result<(), Stop> {
    let [reference, of] = attributes(cursor, element, ["ref", "of"]);
    if let Some(reference) = reference {
        let told = located(cursor, &reference);
        draft.actions_only.push(*element);
        draft.refreshes.push(told);
        if of.is_some() {
            cursor.error(Problem::TwoKinds("action", "refresh"), element.span);
        }
    } else {
        let of = required(cursor, element, "of", of);
        draft.set_kind(cursor, KindText::Refresh { of }, element);
    }
    empty(cursor, element)
}

fn action<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<ActionText, Stop> {
    let [kind, host] = attributes(cursor, element, ["kind", "host"]);
    let kind = required(cursor, element, "kind", kind);
    let host = host.map(|host| located(cursor, &host));
    let mut params = Vec::new();
    while let Some(child) = cursor.child()? {
        if child.name != "param" {
            unknown(cursor, element, &child, &["param"])?;
            continue;
        }
        let [name] = attributes(cursor, &child, ["name"]);
        let name = required(cursor, &child, "name", name);
        let (value, span) = cursor.text(&child)?;
        params.push((name, Located::new(value.into_owned(), span)));
    }
    Ok(ActionText { kind, host, params })
}

fn retry<'a>(
    cursor: &mut Cursor<'a>,
    section: &Element<'a>,
    element: &Element<'a>,
    draft: &mut Draft<'a>,
) -> Result<(), Stop> {
    let names = ["of", "max", "first", "factor", "cap"];
    let [of, max, first, factor, cap] = attributes(cursor, element, names);
    if let Some(of) = of {
        let of = located(cursor, &of);
        draft.set_kind(cursor, KindText::Retry { of }, element);
        if max.or(first).or(factor).or(cap).is_some() {
            cursor.error(Problem::TwoKinds("action", "retry"), element.span);
        }
        return empty(cursor, element);
    }
    let mut retry = RetryText::default();
    if let Some(max) = max {
        let value = located(cursor, &max);
        match value.value.trim_ascii().parse() {
            Ok(number @ 1..) => retry.max = number,
            _ => bad_retry(cursor, "max", value),
        }
    }
    if let Some(factor) = factor {
        let value = located(cursor, &factor);
        match value.value.trim_ascii().parse::<f64>() {
            Ok(number) if number >= 1.0 && number.is_finite() => retry.factor = number,
            _ => bad_retry(cursor, "factor", value),
        }
    }
    if let Some(first) = first {
        let value = located(cursor, &first);
        retry.first = duration(cursor, &value).value;
    }
    if let Some(cap) = cap {
        let value = located(cursor, &cap);
        retry.cap = duration(cursor, &value).value;
    }
    draft.actions_only.push(*element);
    once(cursor, section, element, &mut draft.retry, Located::new(retry, element.span));
    empty(cursor, element)
}

fn bad_retry(cursor: &mut Cursor<'_>, attribute: &'static str, value: Located<String>) {
    cursor.error(Problem::BadRetry { attribute, value: shortened(&value.value) }, value.span);
}

fn duration(cursor: &mut Cursor<'_>, text: &Located<String>) -> Located<Duration> {
    let duration = parse_duration(&text.value);
    if duration.is_none() {
        cursor.error(Problem::BadDuration(shortened(&text.value)), text.span);
    }
    Located::new(duration.unwrap_or_default(), text.span)
}

fn located<'a>(cursor: &mut Cursor<'a>, attribute: &Attribute<'a>) -> Located<String> {
    Located::new(cursor.value(attribute).into_owned(), attribute.span)
}

fn required<'a>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    name: &'static str,
    attribute: Option<Attribute<'a>>,
) -> Located<String> {
    match attribute {
        Some(attribute) => located(cursor, &attribute),
        None => {
            let element_name = element.name.to_owned();
            let problem = Problem::MissingAttribute { element: element_name, attribute: name };
            cursor.error(problem, element.span);
            Located::default()
        }
    }
}

/// The text of an element without attributes, without the blanks around it.
fn trimmed<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Located<String>, Stop> {
    let [] = attributes(cursor, element, []);
    trimmed_text(cursor, element)
}

fn trimmed_text<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Located<String>, Stop> {
    let (text, span) = cursor.text(element)?;
    let trimmed = text.trim();
    let lead = text.len() - text.trim_start().len();
    let start = (span.start + lead).min(span.end);
    Ok(Located::new(trimmed.to_owned(), Span::new(start, (start + trimmed.len()).min(span.end))))
}

fn once<T>(
    cursor: &mut Cursor<'_>,
    parent: &Element<'_>,
    element: &Element<'_>,
    slot: &mut Option<T>,
    value: T,
) {
    if slot.is_some() {
        let (element_name, found) = (parent.name.to_owned(), element.name.to_owned());
        cursor.error(Problem::Repeated { element: element_name, found }, element.span);
    }
    *slot = Some(value);
}

/// Consumes an element that holds nothing.
fn empty<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<(), Stop> {
    while let Some(child) = cursor.child()? {
        unknown(cursor, element, &child, &[])?;
    }
    Ok(())
}

fn unknown<'a>(
    cursor: &mut Cursor<'a>,
    parent: &Element<'a>,
    child: &Element<'a>,
    known: &[&'static str],
) -> Result<(), Stop> {
    let problem = Problem::UnknownAnnotation {
        element: parent.name.to_owned(),
        found: shortened(child.name),
        similar: nearest(child.name, known.iter().copied()),
    };
    cursor.error(problem, child.span);
    cursor.skip(child)?;
    Ok(())
}

fn attributes<'a, const N: usize>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    names: [&'static str; N],
) -> [Option<Attribute<'a>>; N] {
    cursor.attributes(element, names, |cursor, attribute| {
        let problem = Problem::UnknownAnnotationAttribute {
            element: element.name.to_owned(),
            found: shortened(attribute.name),
            similar: nearest(attribute.name, names.iter().copied()),
        };
        cursor.error(problem, attribute.span);
    })
}
