//! Keeps the beginning and the end of a stream, in bounded memory.

use crate::report::Captured;
use crate::secret;
use std::collections::VecDeque;

/// Bytes kept of the beginning, and as many of the end.
pub(super) const KEPT: usize = 32 * 1024;

/// What is kept of a stream.
#[derive(Debug, Default)]
pub(super) struct Ends {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Ends {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = (KEPT - self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..excess);
        self.dropped += excess as u64;
    }

    /// As text, without the secrets.
    pub(super) fn captured(&self, secrets: &[String]) -> Captured {
        let (mut head, mut tail) = (self.head.clone(), Vec::from(self.tail.clone()));
        secret::strike_cut(&mut head, &mut tail, self.dropped, secrets);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if self.dropped == 0 {
            // A character may stand across the border.
            head.append(&mut tail);
        }
        Captured { head: text(&head), tail: text(&tail), dropped: self.dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_keeps_its_beginning_and_its_end() {
        let mut ends = Ends::default();
        for number in 0..100_000 {
            ends.push(format!("{number}\n").as_bytes());
        }
        let captured = ends.captured(&[]);
        assert!(captured.head.starts_with("0\n1\n"));
        assert!(captured.tail.ends_with("99998\n99999\n"));
        assert_eq!((captured.head.len(), captured.tail.len()), (KEPT, KEPT));
        assert_eq!(captured.dropped, 588_890 - 2 * KEPT as u64);
        assert_eq!(captured.last_lines(2), ["99998", "99999"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut ends = Ends::default();
        ends.push(b"a\xff\x00b");
        assert_eq!(ends.captured(&[]).head, "a\u{fffd}\0b");
    }
}
