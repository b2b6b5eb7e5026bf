//! No file makes the reader panic, and whatever it accepts survives writing.

use pn_pnml::{Severity, Source, read, write};
use proptest::prelude::*;

const SEEDS: [&[u8]; 2] = [include_bytes!("files/everything.pnml"), include_bytes!("files/nupn.pnml")];

/// One change to a file, in positions that are taken modulo its length.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, u8),
    Delete(usize, usize),
    Copy(usize, usize, usize),
    Insert(usize, &'static str),
    Truncate(usize),
}

const PIECES: [&str; 18] = [
    "<",
    ">",
    "&",
    "'",
    "\"",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "&#0;",
    "&lt;",
    "<page id='z'>",
    "\u{e9}",
    "<toolspecific tool='pn' version='1'>",
    "xmlns:q='u'",
    "99999999999999999999",
];

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<usize>();
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (at(), 1..60usize).prop_map(|(at, length)| Change::Delete(at, length)),
        (at(), at(), 1..200usize).prop_map(|(from, to, length)| Change::Copy(from, to, length)),
        (at(), prop::sample::select(PIECES.to_vec())).prop_map(|(at, piece)| Change::Insert(at, piece)),
        at().prop_map(Change::Truncate),
    ]
}

/// A change that often leaves a file sound.
fn slight_change() -> impl Strategy<Value = Change> {
    const HARMLESS: [&str; 9] =
        ["&lt;", "&#13;", "<!-- -->", "<new a='&amp;'>x</new>", "\u{e9}", "\r\n", " ", "7", "<![CDATA[<]]>"];
    let letters = prop::sample::select(b"abcXYZ019.- ".to_vec());
    prop_oneof![
        (any::<usize>(), letters).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<usize>(), prop::sample::select(HARMLESS.to_vec()))
            .prop_map(|(at, piece)| Change::Insert(at, piece)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match *change {
        Change::Replace(at, byte) => bytes[at % length] = byte,
        Change::Delete(at, count) => {
            let start = at % length;
            bytes.drain(start..(start + count).min(length));
        }
        Change::Copy(from, to, count) => {
            let start = from % length;
            let part = bytes[start..(start + count).min(length)].to_vec();
            let to = to % length;
            bytes.splice(to..to, part);
        }
        Change::Insert(at, piece) => {
            let at = at % length;
            bytes.splice(at..at, piece.bytes());
        }
        Change::Truncate(at) => bytes.truncate(at % length),
    }
}

fn examine(bytes: &[u8]) -> Result<(), TestCaseError> {
    let reading = read(bytes);
    let source = Source::new(bytes);
    for diagnostic in &reading.diagnostics {
        prop_assert!(diagnostic.span.start <= diagnostic.span.end);
        prop_assert!(diagnostic.span.start <= source.text().len());
        let excerpt = source.excerpt(diagnostic.span);
        prop_assert!(excerpt.width >= 1);
        prop_assert!(!diagnostic.problem.to_string().is_empty());
    }
    let has_error = reading.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    prop_assert_eq!(reading.document.is_none(), has_error);
    let Some(document) = reading.document else { return Ok(()) };
    let net = document.net().map_err(|problem| TestCaseError::fail(problem.to_string()))?;
    let text = write(&document);
    let again = read(text.as_bytes());
    prop_assert_eq!(again.document.as_ref(), Some(&document), "{}\n{:?}", text, again.diagnostics);
    prop_assert_eq!(again.document.and_then(|document| document.net().ok()), Some(net));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn changed_files_are_read_or_refused(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let mut bytes = SEEDS[seed].to_vec();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        examine(&bytes)?;
    }

    #[test]
    fn slightly_changed_files_survive_writing(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec(slight_change(), 1..4),
    ) {
        let mut bytes = SEEDS[seed].to_vec();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        examine(&bytes)?;
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        examine(&bytes)?;
    }
}
