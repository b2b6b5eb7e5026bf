//! What a plugin answers: one JSON object with `result`, `message`, `values` and
//! `before`.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest answer that is read.
const LONGEST: usize = 1 << 20;

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) message: String,
    pub(super) values: BTreeMap<String, String>,
    /// In what state it found things, for the program's own undo.
    pub(super) before: Option<Value>,
}

/// Its result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Same,
    Diff,
    Ok,
    Failed,
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    result: Verdict,
    #[serde(default)]
    message: String,
    #[serde(default)]
    values: BTreeMap<String, Value>,
    #[serde(default)]
    before: Option<Value>,
}

impl Answer {
    /// Reads an answer, or says what is wrong with it.
    pub(super) fn parse(said: &[u8]) -> Result<Self, String> {
        if said.len() > LONGEST {
            return Err("answers with over 1 MiB".to_owned());
        }
        if said.iter().all(u8::is_ascii_whitespace) {
            return Err("answers nothing; it is to write one JSON object to its standard output".to_owned());
        }
        let form: Form =
            serde_json::from_slice(said).map_err(|error| format!("answers what cannot be read: {error}"))?;
        let mut values = BTreeMap::new();
        for (name, value) in form.values {
            let text = match value {
                Value::String(text) => text,
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(format!("puts `{name}`, which is no text, number, true or false")),
            };
            values.insert(name, text);
        }
        let message = if form.message.is_empty() {
            format!("it answers `{}`", format!("{:?}", form.result).to_lowercase())
        } else {
            form.message
        };
        Ok(Self { verdict: form.result, message, values, before: form.before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(said: &str, read: &Expect) {
        read.assert_eq(&match Answer::parse(said.as_bytes()) {
            Ok(answer) => format!("{answer:?}"),
            Err(complaint) => complaint,
        });
    }

    #[test]
    fn answers_are_read_and_others_are_explained() {
        check(
            r#"{"result": "ok", "message": "done", "values": {"n": 2, "t": "x"}}"#,
            &expect![[
                r#"Answer { verdict: Ok, message: "done", values: {"n": "2", "t": "x"}, before: None }"#
            ]],
        );
        check(
            r#"{"result": "same"}"#,
            &expect![[r#"Answer { verdict: Same, message: "it answers `same`", values: {}, before: None }"#]],
        );
        check("", &expect!["answers nothing; it is to write one JSON object to its standard output"]);
        check("done", &expect!["answers what cannot be read: expected value at line 1 column 1"]);
        check(
            r#"{"result": "fine"}"#,
            &expect![
                "answers what cannot be read: unknown variant `fine`, expected one of `same`, `diff`, `ok`, `failed`, `unknown` at line 1 column 17"
            ],
        );
        check(
            r#"{"result": "ok", "vlaues": {}}"#,
            &expect![
                "answers what cannot be read: unknown field `vlaues`, expected one of `result`, `message`, `values`, `before` at line 1 column 25"
            ],
        );
        check(
            r#"{"result": "ok", "values": {"n": [1]}}"#,
            &expect!["puts `n`, which is no text, number, true or false"],
        );
        check(
            r#"{"result": "ok"} {"result": "ok"}"#,
            &expect!["answers what cannot be read: trailing characters at line 1 column 18"],
        );
    }
}
