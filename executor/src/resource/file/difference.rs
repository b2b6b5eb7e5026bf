//! In what the content of a file would change, for people: a unified diff, or sizes and hashes
//! where the content is no text or too long to show.
//!
//! A content that is a secret is not shown at all: neither the new one, nor the old one, which
//! may be last week's secret. Cost: Myers' algorithm, stopped after a quarter of a second.

use sha2::{Digest, Sha256};
use similar::TextDiff;
use std::fmt::Write as _;
use std::time::Duration;

/// Bytes of a content that is compared line by line.
const SHOWN: usize = 1 << 20;

/// Bytes of a content that is read at all.
pub(super) const LARGEST: u64 = 64 << 20;

/// Lines of a diff; what is left out is counted.
const LINES: usize = 400;

/// The change from one content to the other; `None` where they are the same. Without an old
/// content the file is new.
pub(super) fn difference(
    path: &str,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    secrets: &[String],
) -> Option<String> {
    if old == new {
        return None;
    }
    let (from, to) = (old.map_or("/dev/null", |_| path), new.map_or("/dev/null", |_| path));
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    if secrets.iter().any(|secret| holds(new, secret)) {
        return Some(format!("--- {from}\n+++ {to}\nthe content is secret, and not shown\n"));
    }
    match (text(old), text(new)) {
        (Some(old), Some(new)) => Some(by_line(from, to, old, new)),
        _ => Some(format!("--- {from}\t{}\n+++ {to}\t{}\n", in_figures(old), in_figures(new))),
    }
}

fn holds(content: &[u8], secret: &str) -> bool {
    !secret.is_empty() && content.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// The content as text, where it is text and short enough.
fn text(content: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(content).ok().filter(|_| content.len() <= SHOWN)?;
    (!text.contains('\0')).then_some(text)
}

fn by_line(from: &str, to: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(Duration::from_millis(250)).diff_lines(old, new);
    let unified = diff.unified_diff().header(from, to).to_string();
    let Some((end, _)) = unified.match_indices('\n').nth(LINES) else { return unified };
    let left = unified[end + 1..].lines().count();
    let mut shown = unified[..=end].to_owned();
    if left > 0 {
        let _ = writeln!(shown, "... and {left} more lines");
    }
    shown
}

fn in_figures(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let start: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{} bytes, sha256 {start}...", content.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(old: Option<&[u8]>, new: Option<&[u8]>, expected: &Expect) {
        expected.assert_eq(&difference("/etc/app", old, new, &["hunter2".into()]).unwrap_or_default());
    }

    #[test]
    fn a_text_is_compared_by_line() {
        check(
            Some(b"one\ntwo\n"),
            Some(b"one\n2\nthree"),
            &expect![[r#"
            --- /etc/app
            +++ /etc/app
            @@ -1,2 +1,3 @@
             one
            -two
            +2
            +three
            \ No newline at end of file
        "#]],
        );
        check(
            None,
            Some(b"one\n"),
            &expect![[r#"
            --- /dev/null
            +++ /etc/app
            @@ -0,0 +1 @@
            +one
        "#]],
        );
        check(Some(b"one\n"), Some(b"one\n"), &expect![[""]]);
    }

    #[test]
    fn bytes_that_are_no_text_are_told_by_size_and_hash() {
        check(
            Some(b"\0\x01"),
            Some(b"\0\x02\x03"),
            &expect![[r#"
            --- /etc/app	2 bytes, sha256 b413f47d13ee2fe6...
            +++ /etc/app	3 bytes, sha256 e9969bdc67747c37...
        "#]],
        );
    }

    #[test]
    fn a_secret_is_not_shown_and_neither_is_what_it_replaces() {
        check(
            Some(b"password=hunter1"),
            Some(b"password=hunter2"),
            &expect![[r#"
            --- /etc/app
            +++ /etc/app
            the content is secret, and not shown
        "#]],
        );
    }

    #[test]
    fn a_long_diff_is_cut_and_says_how_much_is_missing() {
        let long: String = (0..1000).map(|n| format!("{n}\n")).collect();
        let shown = difference("/f", None, Some(long.as_bytes()), &[]).unwrap();
        assert!(shown.ends_with("... and 602 more lines\n"), "{}", &shown[shown.len() - 80..]);
    }
}
