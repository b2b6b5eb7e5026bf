//! Notes: free text on a page, without meaning for the net (N37).
//!
//! A note wraps its text by the widths of Helvetica, whatever font it is shown in, so that it is as
//! high in every picture as on the canvas. O(length).

use crate::graphics::{Dimension, Point};
use crate::pdf::width;

/// The size of the font of a note.
pub const FONT: f64 = 10.0;
/// The distance of its base lines.
pub const LINE: f64 = 13.0;
/// What is left free between its edge and its text.
pub const PADDING: f64 = 7.0;

/// Free text on a page.
#[derive(Clone, PartialEq, Debug)]
pub struct Note {
    /// Its upper left corner.
    pub corner: Point,
    /// Its width, and its least height: it is as high as its text needs.
    pub size: Dimension,
    /// What it says; lines end in `\n`.
    pub text: String,
}

impl Note {
    /// A note without text, of a usual size.
    #[must_use]
    pub fn new(corner: Point) -> Self {
        Self { corner, size: Dimension { x: 140.0, y: 60.0 }, text: String::new() }
    }

    /// The lines of its text, wrapped where they are too long.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        if self.text.is_empty() {
            return Vec::new();
        }
        let room = (self.size.x - 2.0 * PADDING) / FONT;
        self.text.split('\n').flat_map(|line| wrapped(line, room)).collect()
    }

    /// How high it is drawn.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.height_of(&self.lines())
    }

    /// The same, for who has its lines.
    #[must_use]
    pub fn height_of(&self, lines: &[String]) -> f64 {
        self.size.y.max(lines.len() as f64 * LINE + 2.0 * PADDING)
    }

    /// Its first words, on one line.
    #[must_use]
    pub fn first_words(&self) -> String {
        const MOST: usize = 40;
        let mut line = String::new();
        for word in self.text.split_whitespace() {
            if line.chars().count() > MOST {
                break;
            }
            let gap = if line.is_empty() { "" } else { " " };
            line.push_str(gap);
            line.push_str(word);
        }
        match line.char_indices().nth(MOST) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line,
        }
    }
}

/// A line in pieces of at most this width, in sizes of the font: broken at gaps, and within words
/// that have no room in one line.
fn wrapped(line: &str, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    for word in line.split_inclusive(' ') {
        let wide = width(word.trim_end_matches(' '));
        if used > 0.0 && used + wide > room {
            lines.push(String::new());
            used = 0.0;
        }
        for character in word.chars() {
            let step = width(character.encode_utf8(&mut [0; 4]));
            if used > 0.0 && used + step > room && character != ' ' {
                lines.push(String::new());
                used = 0.0;
            }
            let last = lines.last_mut().expect("there is one line to begin with");
            last.push(character);
            used += step;
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str, width: f64) -> Note {
        let size = Dimension { x: width, y: 20.0 };
        Note { corner: Point::default(), size, text: text.to_owned() }
    }

    #[test]
    fn text_is_broken_at_gaps_and_long_words_anywhere() {
        assert_eq!(note("the lock is free", 60.0).lines(), ["the lock is", "free"]);
        assert_eq!(note("one\n\ntwo", 100.0).lines(), ["one", "", "two"]);
        assert_eq!(note("aaaaaaaaaaaa", 14.0 + 5.6 * 5.0).lines(), ["aaaaa", "aaaaa", "aa"]);
        assert_eq!(note("  in", 100.0).lines(), ["  in"]);
        assert!(note("", 100.0).lines().is_empty());
        // Not even one letter has room.
        assert_eq!(note("ab", 1.0).lines(), ["a", "b"]);
    }

    #[test]
    fn a_note_is_as_high_as_its_text_needs() {
        assert_eq!(note("one", 100.0).height(), 27.0);
        assert_eq!(note("one\ntwo\nthree", 100.0).height(), 53.0);
        assert_eq!(Note::new(Point::default()).height(), 60.0);
    }

    #[test]
    fn first_words_stand_on_one_line() {
        assert_eq!(note("Ask  ops\nfirst", 100.0).first_words(), "Ask ops first");
        assert_eq!(
            note(&"word ".repeat(20), 100.0).first_words(),
            "word word word word word word word word…"
        );
    }
}
