//! Edits of notes: adding, moving, writing, sizing, deleting.

use super::{Change, Edit};
use crate::document::{Document, Item, NoteId, Selection};
use pn_pnml::graphics::{Dimension, Point, size};
use pn_pnml::{Note, PageId};
use std::collections::BTreeSet;

/// The least width and height that a note is given.
const LEAST: f64 = 30.0;

/// Adds a note with its corner at a point of a page, and says which one it is then.
#[must_use]
pub fn add_note(document: &Document, page: PageId, at: Point) -> (Edit, NoteId) {
    let (change, mut added) = added(document, page, [Note::new(at)]);
    let id = added.pop().expect("one note was added");
    (Edit::new("add a note", change), id)
}

/// Writes what a note says.
#[must_use]
pub fn set_note_text(document: &Document, id: NoteId, text: &str) -> Option<Edit> {
    // A line ends alike everywhere, so that the file gives back what was written.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let change = changed(document, id, |note| note.text.clone_from(&text))?;
    Some(Edit::new("write a note", change).in_field(Some(Item::Note(id)), "text"))
}

/// Gives a note a width and a least height.
#[must_use]
pub fn set_note_size(document: &Document, id: NoteId, to: Dimension) -> Option<Edit> {
    let fitted = |value: f64| size(value.max(LEAST)).unwrap_or(LEAST);
    let change = changed(document, id, |note| note.size = Dimension { x: fitted(to.x), y: fitted(to.y) })?;
    Some(Edit::new("size a note", change).in_field(Some(Item::Note(id)), "size"))
}

/// The change that moves the selected notes; `None` if there are none.
pub(super) fn moved(document: &Document, selection: &Selection, by: Point) -> Option<Change> {
    on_pages(document, selection, |notes, chosen| {
        for (note, _) in notes.iter_mut().zip(0u32..).filter(|(_, index)| chosen.contains(index)) {
            note.corner = Point { x: note.corner.x + by.x, y: note.corner.y + by.y };
        }
    })
}

/// The change that deletes the selected notes; `None` if there are none.
pub(super) fn deleted(document: &Document, selection: &Selection) -> Option<Change> {
    on_pages(document, selection, |notes, chosen| {
        let mut index = 0u32..;
        notes.retain(|_| index.next().is_some_and(|index| !chosen.contains(&index)));
    })
}

/// The change that adds notes to a page, in front of those that are there, and which they are then.
pub(super) fn added(
    document: &Document,
    page: PageId,
    new: impl IntoIterator<Item = Note>,
) -> (Change, Vec<NoteId>) {
    let mut notes = document.pnml().pages[page.index()].notes.clone();
    let first = notes.len();
    notes.extend(new);
    let ids = (0u32..).zip(&notes).skip(first).map(|(index, _)| NoteId { page, index });
    let ids = ids.collect();
    (Change::Notes(vec![(page, notes)]), ids)
}

fn changed(document: &Document, id: NoteId, change: impl FnOnce(&mut Note)) -> Option<Change> {
    let mut notes = document.pnml().pages.get(id.page.index())?.notes.clone();
    change(notes.get_mut(id.index as usize)?);
    Some(Change::Notes(vec![(id.page, notes)]))
}

/// The change that treats the notes of each page that has selected ones, given their indices.
fn on_pages(
    document: &Document,
    selection: &Selection,
    treat: impl Fn(&mut Vec<Note>, &BTreeSet<u32>),
) -> Option<Change> {
    let pages: BTreeSet<PageId> = selection.notes().map(|id| id.page).collect();
    let treated = pages.into_iter().map(|page| {
        let chosen = selection.notes().filter(|id| id.page == page).map(|id| id.index).collect();
        let mut notes = document.pnml().pages[page.index()].notes.clone();
        treat(&mut notes, &chosen);
        (page, notes)
    });
    let treated: Vec<_> = treated.collect();
    (!treated.is_empty()).then_some(Change::Notes(treated))
}
