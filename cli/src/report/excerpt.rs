//! Diagnostics with the line that they are about, a caret under the place, and advice.

use crate::terminal::{BAD, OPEN, STRONG, painted};
use pn_logic::Span;
use pn_pnml::Source;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Grade {
    /// The command cannot go on.
    Error,
    /// It can, and the user ought to know.
    Warning,
}

/// One finding about a text.
pub(crate) struct Remark {
    pub(crate) grade: Grade,
    pub(crate) message: String,
    /// Where; `None` when it concerns no particular place.
    pub(crate) span: Option<Span>,
    pub(crate) hint: Option<String>,
}

/// The remark with an excerpt of `source`, which is called `name`.
pub(crate) fn rendered(name: &str, source: &Source<'_>, remark: &Remark) -> String {
    let (style, word) = match remark.grade {
        Grade::Error => (BAD, "error"),
        Grade::Warning => (OPEN, "warning"),
    };
    let mut text = format!("{} {}", painted(style, format_args!("{word}:")), remark.message);
    let mut gutter = String::from("   ");
    if let Some(span) = remark.span {
        let excerpt = source.excerpt(span);
        let number = excerpt.line.to_string();
        gutter = " ".repeat(number.len() + 1);
        let carets = painted(style, "^".repeat(excerpt.width));
        text.push_str(&format!(
            "\n{gutter}--> {name}:{}:{}\n{gutter} |\n {number} | {}\n{gutter} | {}{carets}",
            excerpt.line,
            excerpt.column,
            excerpt.text.trim_end(),
            " ".repeat(excerpt.caret),
        ));
    } else {
        text.push_str(&format!("\n{gutter}--> {name}"));
    }
    if let Some(hint) = &remark.hint {
        text.push_str(&format!("\n{gutter} = {} {hint}", painted(STRONG, "hint:")));
    }
    text
}
