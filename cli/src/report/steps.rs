//! Runs and markings in words: numbered steps in the author's names, long runs cut in the middle.

use super::figures::{counted, grouped};
use super::listing::{MOST, joined, wrapped};
use crate::subject::Subject;
use pn_net::{Marking, Trace};

/// Steps at either end of a long run that are shown.
const SHOWN: usize = 15;

/// The steps of a run, one a line, numbered from `first`.
pub(crate) fn numbered(subject: &Subject, run: &Trace, first: usize, margin: &str) -> String {
    let count = run.firings.len();
    let digits = grouped(first + count).len();
    let mut text = String::new();
    for (index, transition) in run.firings.iter().enumerate() {
        if count > 2 * SHOWN + 1 && index >= SHOWN && index < count - SHOWN {
            if index == SHOWN {
                let skipped = counted(count - 2 * SHOWN, "step");
                text.push_str(&format!("{margin}{:digits$}  … {skipped} …\n", ""));
            }
            continue;
        }
        let number = grouped(first + index);
        text.push_str(&format!("{margin}{number:>digits$}. {}\n", subject.step(*transition)));
    }
    text
}

/// `Then marked: …`, wrapped.
pub(crate) fn marked(subject: &Subject, lead: &str, marking: &Marking, width: usize) -> String {
    let places = subject.marked(marking);
    let list = if places.is_empty() { "nothing".to_owned() } else { joined(places, MOST) };
    wrapped(lead, &list, width)
}
