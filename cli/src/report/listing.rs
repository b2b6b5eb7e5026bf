//! Lists of names in running text: wrapped, and cut where they would fill the screen.

/// The most items of a list that a report names.
pub(crate) const MOST: usize = 24;

/// `a, b, c`: at most `most` items, then how many more there are.
pub(crate) fn joined(items: impl IntoIterator<Item = String>, most: usize) -> String {
    let mut items = items.into_iter();
    let mut text = items.by_ref().take(most).collect::<Vec<_>>().join(", ");
    let more = items.count();
    if more > 0 {
        text.push_str(&format!(" and {} more", super::figures::grouped(more)));
    }
    text
}

/// Breaks `text` at spaces into lines of at most `width` characters; the first line begins with
/// `first`, the others with as many spaces. A longer word stays whole.
pub(crate) fn wrapped(first: &str, text: &str, width: usize) -> String {
    let margin = first.chars().count();
    let mut lines = first.to_owned();
    let mut column = margin;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > margin && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(margin));
            column = margin;
        } else if column > margin {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let items = |count: usize| (0..count).map(|n| format!("p{n}"));
        assert_eq!(joined(items(2), 3), "p0, p1");
        assert_eq!(joined(items(5), 3), "p0, p1, p2 and 2 more");
        assert_eq!(joined(items(0), 3), "");
    }

    #[test]
    fn lines_break_at_spaces_and_keep_their_margin() {
        assert_eq!(wrapped("  - ", "one two three four", 12), "  - one two\n    three\n    four");
        assert_eq!(wrapped("", "unbreakable", 4), "unbreakable");
    }
}
