//! The names that a templated text refers to, as in `./install.sh {{ release }}`.
//!
//! Only the plain case is read: an expression that begins with a name, maybe followed by
//! attributes or filters. Calls, literals and texts with statements (`{% … %}`), which can bring
//! names of their own, are left to the renderer, which refuses undefined names as well. O(text).

use std::ops::Range;

/// What was found at one `{{`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reference<'a> {
    /// A name, maybe dotted, at this byte range of the text.
    Name(&'a str, Range<usize>),
    /// No `}}` follows the `{{` at this byte range.
    Open(Range<usize>),
}

/// The references in `text`, in order.
pub(crate) fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    if text.contains("{%") {
        return found;
    }
    let mut at = 0;
    while let Some(offset) = text[at..].find('{') {
        let open = at + offset;
        if text[open..].starts_with("{#") {
            let Some(end) = text[open..].find("#}") else { break };
            at = open + end + 2;
        } else if text[open..].starts_with("{{") {
            let Some(length) = text[open + 2..].find("}}") else {
                found.push(Reference::Open(open..open + 2));
                break;
            };
            let inner = open + 2..open + 2 + length;
            if let Some(name) = leading_name(text, inner.clone()) {
                found.push(Reference::Name(&text[name.clone()], name));
            }
            at = inner.end + 2;
        } else {
            at = open + 1;
        }
    }
    found
}

/// Whether the text is a name that a template can refer to.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(starts_name) && text.chars().all(continues_name)
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The name at the start of the expression at `inner`, unless it is a literal, an operator or a call.
fn leading_name(text: &str, inner: Range<usize>) -> Option<Range<usize>> {
    let expression = text[inner.clone()].trim_start_matches('-').trim_start();
    if !expression.starts_with(starts_name) {
        return None;
    }
    let start = inner.end - expression.len();
    let length = expression.find(|c| !continues_name(c) && c != '.').unwrap_or(expression.len());
    let name = expression[..length].trim_end_matches('.');
    let called = expression[length..].trim_start().starts_with('(');
    let word = matches!(name, "true" | "false" | "none" | "True" | "False" | "None" | "not");
    (!called && !word).then(|| start..start + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let names = references(text).into_iter().map(|reference| match reference {
            Reference::Name(name, range) => {
                assert_eq!(&text[range], name);
                name
            }
            Reference::Open(_) => "<open>",
        });
        names.collect()
    }

    #[test]
    fn names_are_found_with_their_place() {
        assert_eq!(names("a {{ one }} b {{two}}{{- three -}}"), ["one", "two", "three"]);
    }

    #[test]
    fn filters_and_attributes_follow_a_name() {
        assert_eq!(
            names("{{ release | upper }} {{ db.port }} {{ list[0] }}"),
            ["release", "db.port", "list"]
        );
    }

    #[test]
    fn literals_calls_statements_and_comments_refer_to_nothing() {
        assert_eq!(names("{{ 'x' }} {{ 1 }} {{ true }} {{ range(3) }} {# {{ no }} #} { {x} }"), [""; 0]);
        assert_eq!(names("{% for x in range(3) %}{{ x }}{% endfor %}"), [""; 0]);
    }

    #[test]
    fn a_template_that_does_not_end_is_found() {
        assert_eq!(names("é {{ a }} {{ b"), ["a", "<open>"]);
        assert_eq!(names("{{}}"), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[{}%#é a.|(-]{0,40}") {
            for reference in references(&text) {
                if let Reference::Name(name, range) = reference {
                    assert_eq!(&text[range], name);
                }
            }
        }
    }
}
