//! Writing our own sections.

use super::xml::Xml;
use crate::duration::format_duration;
use crate::graphics::{coordinate, size};
use crate::note::Note;
use pn_deployment::annotation::{
    ActionText, KindText, Located, NetAnnotation, RetryText, TransitionAnnotation,
};

pub(super) fn net(xml: &mut Xml, annotation: &NetAnnotation) {
    if annotation.is_empty() {
        return;
    }
    start(xml);
    for (name, text) in [("goal", &annotation.goal), ("failure", &annotation.failure)] {
        if let Some(text) = text {
            xml.text_line(name, &text.value);
        }
    }
    for invariant in &annotation.invariants {
        xml.line();
        xml.tag("invariant");
        xml.attribute("name", &invariant.name.value);
        xml.begin();
        xml.text(&invariant.formula.value);
        xml.end("invariant");
    }
    for parameter in &annotation.parameters {
        xml.line();
        xml.tag("parameter");
        xml.attribute("name", &parameter.name.value);
        xml.optional("default", parameter.default.as_deref());
        xml.empty();
    }
    if let Some(faults) = &annotation.faults {
        xml.text_line("faults", &faults.value);
    }
    xml.close("toolspecific");
}

pub(super) fn page(xml: &mut Xml, notes: &[Note]) {
    if notes.is_empty() {
        return;
    }
    start(xml);
    for note in notes {
        xml.line();
        xml.tag("note");
        xml.number("x", coordinate(note.corner.x).unwrap_or_default());
        xml.number("y", coordinate(note.corner.y).unwrap_or_default());
        xml.number("width", size(note.size.x).unwrap_or(1.0));
        xml.number("height", size(note.size.y).unwrap_or(1.0));
        xml.begin();
        xml.text(&note.text);
        xml.end("note");
    }
    xml.close("toolspecific");
}

/// The section of a node: that it is pinned, and what a transition does.
pub(super) fn node(xml: &mut Xml, is_pinned: bool, annotation: Option<&TransitionAnnotation>) {
    if !is_pinned && annotation.is_none() {
        return;
    }
    start(xml);
    if is_pinned {
        single(xml, "pinned", &[]);
    }
    if let Some(annotation) = annotation {
        transition(xml, annotation);
    }
    xml.close("toolspecific");
}

fn transition(xml: &mut Xml, annotation: &TransitionAnnotation) {
    match &annotation.kind {
        KindText::Control => single(xml, "control", &[]),
        KindText::Action(text) => action(xml, "action", text),
        KindText::Outcome { of, is } => single(xml, "outcome", &[("of", of), ("is", is)]),
        KindText::Event(text) => action(xml, "event", text),
        KindText::Timer { after } => {
            let after = Located::new(format_duration(after.value), after.span);
            single(xml, "timer", &[("after", &after)]);
        }
        KindText::Retry { of } => single(xml, "retry", &[("of", of)]),
        KindText::Drift { of } => single(xml, "drift", &[("of", of)]),
        KindText::Refresh { of } => single(xml, "refresh", &[("of", of)]),
        KindText::Approval { by } => single(xml, "approval", &[("by", by)]),
        KindText::Undo { of, action: text } => {
            single(xml, "undo", &[("of", of)]);
            if let Some(text) = text {
                action(xml, "action", text);
            }
        }
    }
    if let Some(timeout) = &annotation.timeout {
        xml.text_line("timeout", &format_duration(timeout.value));
    }
    if let Some(Located { value: RetryText { max, first, factor, cap }, .. }) = &annotation.retry {
        xml.line();
        xml.tag("retry");
        xml.number("max", max);
        xml.number("first", format_duration(*first));
        xml.number("factor", factor);
        xml.number("cap", format_duration(*cap));
        xml.empty();
    }
    if let Some(undo) = &annotation.undo {
        single(xml, "undo", &[("ref", undo)]);
    }
    for place in &annotation.reads {
        single(xml, "reads", &[("ref", place)]);
    }
    for told in &annotation.refreshes {
        single(xml, "refresh", &[("ref", told)]);
    }
}

fn start(xml: &mut Xml) {
    xml.line();
    xml.tag("toolspecific");
    xml.attribute("tool", "pn");
    xml.attribute("version", "1");
    xml.open();
}

fn single(xml: &mut Xml, name: &str, attributes: &[(&str, &Located<String>)]) {
    xml.line();
    xml.tag(name);
    for (name, value) in attributes {
        xml.attribute(name, &value.value);
    }
    xml.empty();
}

fn action(xml: &mut Xml, name: &str, action: &ActionText) {
    xml.line();
    xml.tag(name);
    xml.attribute("kind", &action.kind.value);
    xml.optional("host", action.host.as_ref().map(|host| host.value.as_str()));
    if action.params.is_empty() {
        xml.empty();
        return;
    }
    xml.open();
    for (param, value) in &action.params {
        xml.line();
        xml.tag("param");
        xml.attribute("name", &param.value);
        xml.begin();
        xml.text(&value.value);
        xml.end("param");
    }
    xml.close(name);
}
