//! From bytes to text: byte order marks, the XML declaration, and what encoding_rs knows.

use crate::diagnostic::Problem;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use pn_logic::Span;
use std::borrow::Cow;

/// A text, and why it is not wholly what the file says.
pub(crate) struct Decoded<'a> {
    /// The text without a byte order mark; bytes that mean nothing are U+FFFD.
    pub(crate) text: Cow<'a, str>,
    /// The file cannot be used.
    pub(crate) error: Option<(Problem, Span)>,
    /// The file can be used.
    pub(crate) warning: Option<(Problem, Span)>,
}

impl<'a> Decoded<'a> {
    fn clean(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), error: None, warning: None }
    }
}

/// Decodes a file. UTF-8 is borrowed, anything else is converted. O(length).
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(&bytes[mark..], encoding);
    }
    if bytes.starts_with(b"<\0") {
        return decode_as(bytes, UTF_16LE);
    }
    if bytes.starts_with(b"\0<") {
        return decode_as(bytes, UTF_16BE);
    }
    let Some((label, span)) = declared(bytes) else { return decode_as(bytes, UTF_8) };
    let encoding = Encoding::for_label(label.as_bytes());
    match encoding {
        Some(encoding) if encoding == UTF_8 => decode_as(bytes, UTF_8),
        // A declaration that can be read byte by byte is not written in UTF-16.
        Some(encoding) if encoding != UTF_16LE && encoding != UTF_16BE => decode_as(bytes, encoding),
        _ => match (std::str::from_utf8(bytes), encoding) {
            (Ok(text), Some(_)) => {
                Decoded { warning: Some((Problem::OtherEncoding(label), span)), ..Decoded::clean(text) }
            }
            (Ok(text), None) if text.is_ascii() => {
                Decoded { warning: Some((Problem::UnknownEncoding(label), span)), ..Decoded::clean(text) }
            }
            _ => Decoded {
                error: Some((Problem::UnknownEncoding(label), span)),
                ..Decoded::clean(String::from_utf8_lossy(bytes))
            },
        },
    }
}

fn decode_as<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Decoded::clean(text),
            Err(error) => {
                let start = error.valid_up_to();
                let span = Span::new(start, start + '\u{FFFD}'.len_utf8());
                Decoded {
                    error: Some((Problem::BadBytes("UTF-8"), span)),
                    ..Decoded::clean(String::from_utf8_lossy(bytes))
                }
            }
        };
    }
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    let error = malformed.then(|| {
        let start = text.find('\u{FFFD}').unwrap_or(0);
        (Problem::BadBytes(encoding.name()), Span::new(start, start + '\u{FFFD}'.len_utf8()))
    });
    Decoded { error, ..Decoded::clean(text) }
}

/// The encoding that the XML declaration names, and where it does so.
fn declared(bytes: &[u8]) -> Option<(String, Span)> {
    if !bytes.starts_with(b"<?xml") {
        return None;
    }
    let head = &bytes[..bytes.len().min(512)];
    let head = &head[..head.windows(2).position(|pair| pair == b"?>")?];
    let name = head.windows(8).position(|window| window == b"encoding")? + 8;
    let open = name + head[name..].iter().position(|byte| matches!(byte, b'"' | b'\''))? + 1;
    let close = open + head[open..].iter().position(|byte| *byte == head[open - 1])?;
    Some((String::from_utf8_lossy(&head[open..close]).into_owned(), Span::new(open, close)))
}

/// The first character that XML 1.0 forbids (section 2.2), with its offset. O(length).
pub(crate) fn forbidden_character(text: &str) -> Option<(usize, char)> {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    // A fold without early exit is vectorised; almost every block is clean.
    let dirty = |block: &[u8]| block.iter().fold(false, |dirty, byte| dirty | control(*byte));
    let blocks = text.as_bytes().chunks(4096).enumerate();
    let low = blocks.filter(|(_, block)| dirty(block)).find_map(|(index, block)| {
        let offset = block.iter().position(|byte| control(*byte))?;
        Some((index * 4096 + offset, char::from(block[offset])))
    });
    let high = if text.is_ascii() { None } else { text.find(['\u{FFFE}', '\u{FFFF}']) };
    let high = high.and_then(|offset| Some((offset, text[offset..].chars().next()?)));
    [low, high].into_iter().flatten().min()
}
