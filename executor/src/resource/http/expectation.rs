//! What is expected of an answer: its status, a text in it, values in its JSON.

use super::exchange::{Answer, LARGEST};
use serde_json::Value;
use std::ops::RangeInclusive;

/// Characters of an answer that a complaint quotes.
const QUOTED: usize = 120;

/// What is expected.
#[derive(Debug)]
pub(super) struct Expectation {
    pub(super) statuses: Statuses,
    pub(super) contains: Option<String>,
    /// Dotted paths and the values that are there.
    pub(super) json: Vec<(String, String)>,
}

/// A set of status codes.
#[derive(Debug)]
pub(super) struct Statuses(Vec<RangeInclusive<u16>>);

impl Statuses {
    pub(super) fn success() -> Self {
        Self(vec![200..=299])
    }

    /// Reads codes and ranges with commas between them.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let code = |text: &str| {
            let code = text.trim().parse().ok().filter(|code| (100..=599).contains(code));
            code.ok_or_else(|| {
                format!("`{}` is not a status from 100 to 599, or two with a `-`", text.trim())
            })
        };
        let range = |text: &str| {
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            let (low, high): (u16, u16) = (code(low)?, code(high)?);
            (low <= high).then_some(low..=high).ok_or_else(|| format!("`{text}` is empty: from high to low"))
        };
        text.split(',').map(range).collect::<Result<_, _>>().map(Self)
    }

    fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    /// Whether an answer that points elsewhere is expected, and so not followed.
    pub(super) fn has_redirection(&self) -> bool {
        (300..=399).any(|status| self.contains(status))
    }
}

impl std::fmt::Display for Statuses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            match range.start() == range.end() {
                true => write!(f, "{comma}{}", range.start())?,
                false => write!(f, "{comma}{}-{}", range.start(), range.end())?,
            }
        }
        Ok(())
    }
}

impl Expectation {
    /// Whether the body of the answer matters.
    pub(super) fn needs_body(&self) -> bool {
        self.contains.is_some() || !self.json.is_empty()
    }

    /// In what the answer is not as expected.
    pub(super) fn complaint(&self, answer: &Answer) -> Option<String> {
        if !self.statuses.contains(answer.status) {
            return Some(format!("answers {}, not {}", answer.status, self.statuses));
        }
        if !self.needs_body() {
            return None;
        }
        if answer.body.len() > LARGEST {
            return Some("answers with over 1 MiB, which is not searched".to_owned());
        }
        let text = String::from_utf8_lossy(&answer.body);
        if let Some(wanted) = self.contains.as_ref().filter(|wanted| !text.contains(wanted.as_str())) {
            return Some(format!("answers without `{wanted}`: {}", quoted(&text)));
        }
        if self.json.is_empty() {
            return None;
        }
        let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else {
            return Some(format!("answers with no JSON: {}", quoted(&text)));
        };
        self.json.iter().find_map(|(path, wanted)| match at(&value, path) {
            None => Some(format!("answers with nothing at `{path}`: {}", quoted(&text))),
            Some(found) if is(found, wanted) => None,
            Some(found) => {
                Some(format!("answers with {} at `{path}`, not `{wanted}`", quoted(&found.to_string())))
            }
        })
    }
}

/// The value at a dotted path of keys and indices.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| match value {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Whether the value is the one that the text says: a text as it is, anything else as JSON.
fn is(value: &Value, text: &str) -> bool {
    match value {
        Value::String(value) => value == text,
        _ => serde_json::from_str::<Value>(text).is_ok_and(|wanted| wanted == *value),
    }
}

fn quoted(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED + 1).collect();
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("`{}...`", &line[..end]),
        None => format!("`{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(
        expect: &str,
        contains: Option<&str>,
        json: &[(&str, &str)],
        answer: (u16, &str),
        said: &Expect,
    ) {
        let expectation = Expectation {
            statuses: Statuses::parse(expect).unwrap(),
            contains: contains.map(str::to_owned),
            json: json.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect(),
        };
        let answer = Answer { status: answer.0, body: answer.1.into() };
        said.assert_eq(&expectation.complaint(&answer).unwrap_or_default());
    }

    #[test]
    fn a_status_is_one_of_those_that_are_listed() {
        check("200-204,301", None, &[], (301, ""), &expect![[""]]);
        check("200-204,301", None, &[], (302, ""), &expect!["answers 302, not 200-204,301"]);
        assert!(Statuses::parse("2xx").is_err());
        assert!(Statuses::parse("299-200").is_err());
        assert!(Statuses::parse("200,").is_err());
    }

    #[test]
    fn the_body_is_searched_for_texts_and_values() {
        let body = r#"{"nodes": [{"state": "ready", "load": 2}], "up": true}"#;
        let json = [("nodes.0.state", "ready"), ("nodes.0.load", "2"), ("up", "true")];
        check("200", Some("nodes"), &json, (200, body), &expect![[""]]);
        check(
            "200",
            Some("sesam"),
            &[],
            (200, body),
            &expect![[
                r#"answers without `sesam`: `{"nodes": [{"state": "ready", "load": 2}], "up": true}`"#
            ]],
        );
        check(
            "200",
            None,
            &[("up", "false")],
            (200, body),
            &expect!["answers with `true` at `up`, not `false`"],
        );
        check(
            "200",
            None,
            &[("nodes.1.state", "ready")],
            (200, body),
            &expect![[
                r#"answers with nothing at `nodes.1.state`: `{"nodes": [{"state": "ready", "load": 2}], "up": true}`"#
            ]],
        );
        check(
            "200",
            None,
            &[("up", "true")],
            (200, "<html>\nno"),
            &expect!["answers with no JSON: `<html> no`"],
        );
    }
}
