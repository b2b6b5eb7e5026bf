//! An event log as XES: IEEE 1849-2023, "Standard for eXtensible Event Stream (XES)".
//!
//! The order of the elements is that of its schema: extensions, globals, classifiers, attributes,
//! traces. Keys without a prefix are our own.

use super::Event;
use crate::live::printable;
use quick_xml::escape::escape;
use std::fmt::Write;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <string key="lifecycle:transition" value="complete"/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>
  </global>
  <classifier name="Activity" scope="event" keys="concept:name"/>
  <classifier name="Stage" scope="event" keys="concept:name lifecycle:transition"/>
  <string key="lifecycle:model" value="standard"/>
  <string key="generator" value="pn"/>
"#;

/// The log of these cases.
pub(super) fn document(cases: &[(String, Vec<Event>)]) -> String {
    let mut text = HEAD.to_owned();
    for (case, events) in cases {
        text.push_str("  <trace>\n");
        attribute(&mut text, 4, "string", "concept:name", case);
        for event in events {
            text.push_str("    <event>\n");
            write_event(&mut text, event);
            text.push_str("    </event>\n");
        }
        text.push_str("  </trace>\n");
    }
    text.push_str("</log>\n");
    text
}

fn write_event(text: &mut String, event: &Event) {
    let mut put = |kind: &str, key: &str, value: &str| attribute(text, 6, kind, key, value);
    put("string", "concept:name", &event.activity);
    put("string", "lifecycle:transition", event.lifecycle);
    put("date", "time:timestamp", &event.time);
    if let Some(resource) = &event.resource {
        put("string", "org:resource", resource);
    }
    put("string", "transition", &event.transition);
    put("string", "cause", &event.cause);
    if let Some(attempt) = event.attempt {
        put("string", "concept:instance", &attempt.to_string());
    }
    if let Some(result) = &event.result {
        put("string", "result", result);
    }
}

fn attribute(text: &mut String, indent: usize, kind: &str, key: &str, value: &str) {
    // What XML has no characters for is replaced.
    let value = printable(value).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    writeln!(text, "{:indent$}<{kind} key=\"{key}\" value=\"{}\"/>", "", escape(value.as_str()))
        .expect("writing to a text does not fail");
}
