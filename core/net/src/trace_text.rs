//! The text form of a trace: one transition identifier a line.
//!
//! ```text
//! # pn trace 1
//! # net 5f0c…
//! take.left
//! think *3
//! ```
//!
//! Lines that start with `#` are comments, but for the net's hash, which a reader compares.
//! `*N` behind an identifier repeats it N times. In identifiers, `\\`, `\n`, `\r`, `\t`, `\s` (a
//! space) and a leading `\#` stand for the characters that the format uses itself, `\u{A0}` for
//! other white space and control characters; `\e` is the empty identifier.

use crate::{Net, NetHash, Trace, net_hash};
use std::fmt::Write;

/// The longest trace that is read, in firings: 400 MB of memory, however short its text.
pub const MAX_FIRINGS: usize = 100_000_000;

/// Why a text is not a trace of the net.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TraceTextError {
    /// The trace belongs to another net.
    #[error("line {line}: the trace belongs to the net with hash {found}, this net has {expected}")]
    OtherNet {
        /// Line number, from 1.
        line: usize,
        /// The hash in the text.
        found: String,
        /// The hash of the net at hand.
        expected: NetHash,
    },
    /// No transition has this identifier.
    #[error("line {line}: the net has no transition `{name}`")]
    UnknownTransition {
        /// Line number, from 1.
        line: usize,
        /// The identifier in the text.
        name: String,
    },
    /// The repetition is not a positive number, or the whole trace exceeds [`MAX_FIRINGS`].
    #[error("line {line}: `*` wants a number of repetitions, at most {MAX_FIRINGS} firings in all")]
    BadRepetition {
        /// Line number, from 1.
        line: usize,
    },
}

/// Writes a trace as text; runs of one transition are folded.
#[must_use]
pub fn write_trace(net: &Net, trace: &Trace) -> String {
    let mut text = format!("# pn trace 1\n# net {}\n", net_hash(net));
    for run in trace.firings.chunk_by(|a, b| a == b) {
        text.push_str(&escape(net.transition_name(run[0])));
        if run.len() > 1 {
            write!(text, " *{}", run.len()).expect("writing to a string succeeds");
        }
        text.push('\n');
    }
    text
}

/// Reads a trace of `net` from its text form.
///
/// # Errors
///
/// When the text names another net, an unknown transition or a bad repetition.
pub fn parse_trace(net: &Net, text: &str) -> Result<Trace, TraceTextError> {
    let expected = net_hash(net);
    let mut firings = Vec::new();
    for (index, content) in text.lines().enumerate() {
        let line = index + 1;
        let content = content.trim();
        if let Some(comment) = content.strip_prefix('#') {
            if let Some(found) = comment.trim().strip_prefix("net ")
                && found.trim() != expected.to_string()
            {
                return Err(TraceTextError::OtherNet { line, found: found.trim().to_owned(), expected });
            }
            continue;
        }
        if content.is_empty() {
            continue;
        }
        let (name, times) = match content.rsplit_once(" *") {
            Some((name, times)) => {
                (name.trim_end(), times.parse().map_err(|_| TraceTextError::BadRepetition { line })?)
            }
            None => (content, 1u32),
        };
        let name = unescape(name);
        let Some(transition) = net.find_transition(&name) else {
            return Err(TraceTextError::UnknownTransition { line, name });
        };
        if times == 0 || times as usize > MAX_FIRINGS - firings.len() {
            return Err(TraceTextError::BadRepetition { line });
        }
        firings.extend(std::iter::repeat_n(transition, times as usize));
    }
    Ok(Trace { firings })
}

fn escape(name: &str) -> String {
    if name.is_empty() {
        return "\\e".to_owned();
    }
    let mut text = String::with_capacity(name.len());
    for (index, c) in name.chars().enumerate() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            ' ' => text.push_str("\\s"),
            '#' if index == 0 => text.push_str("\\#"),
            _ if c.is_whitespace() || c.is_control() => {
                write!(text, "\\u{{{:X}}}", u32::from(c)).expect("writing to a string succeeds");
            }
            _ => text.push(c),
        }
    }
    text
}

fn unescape(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => name.push('\n'),
                Some('r') => name.push('\r'),
                Some('t') => name.push('\t'),
                Some('s') => name.push(' '),
                Some('e') => {}
                Some('u') => name.extend(code_point(&mut chars)),
                Some(other) => name.push(other),
                None => name.push('\\'),
            },
            _ => name.push(c),
        }
    }
    name
}

/// The character of `{A0}` behind `\u`; none when no character has that number.
fn code_point(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
    *chars = rest.chars();
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}
