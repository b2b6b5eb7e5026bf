//! What is what, in plain words.

use super::dialogs::{Stays, closed_by};
use egui::{RichText, ScrollArea, Ui};

const WORDS: [(&str, &str); 15] = [
    (
        "Place",
        "A circle. Its tokens say what is so: three hosts are up, the lock is free, the release is installed.",
    ),
    (
        "Transition",
        "A bar. Something that happens: it takes a token along each arc that leads to it, and puts one along each that leaves it. It is enabled when every place before it has enough.",
    ),
    ("Arc", "Joins a place and a transition. Its weight says how many tokens move at once."),
    ("Marking", "All tokens at one moment. The one that is drawn is where a run begins."),
    (
        "control",
        "A transition that we fire at once; nothing is done. Forks, joins and choices are made of them.",
    ),
    (
        "action",
        "A transition that does something to a resource: a command, a file, a service, a package. Checks, failures, retries and timeouts are written out when it is verified and run.",
    ),
    ("outcome", "The result of an action, where you draw the results yourself."),
    ("approval", "A person lets it fire."),
    ("timer", "The clock lets it fire, after it has stayed enabled so long."),
    ("event", "A watcher lets it fire: something has changed outside."),
    ("undo", "Reverses an action when a run is rolled back."),
    ("Note", "Free text on the page, for people. It means nothing to the net."),
    (
        "Page",
        "A sheet of the drawing. It has no meaning of its own: a net is the same on one page or on many. Double-click its symbol to see what is on it.",
    ),
    (
        "Reference",
        "A place with two circles, or a hollow bar: a node that stands elsewhere, drawn once more. Its tokens and arcs are those of that node.",
    ),
    (
        "Deadlock",
        "A marking in which nothing is enabled, and which is neither the goal nor a declared failure. Verification looks for the shortest way there.",
    ),
];

/// The dialog.
pub(super) fn words(ui: &mut Ui) -> Stays {
    ui.set_max_width(560.0);
    ui.heading("What is what");
    ScrollArea::vertical().max_height(440.0).show(ui, |ui| {
        for (word, meaning) in WORDS {
            ui.add_space(6.0);
            ui.label(RichText::new(word).strong());
            ui.label(meaning);
        }
    });
    closed_by(ui, "Close")
}
