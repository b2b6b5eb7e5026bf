//! Edits: every change of a document is a value that applies and reverts.
//!
//! An [`Edit`] is a list of [`Change`]s with words for the menu. Applying a change gives the
//! change that takes it back, exactly: order of tables, foreign content and all.

mod change;
mod clipboard;
mod housing;
mod labels;
mod new_page;
mod nodes;
mod notes;
mod pages;
mod properties;
mod rename;

pub use change::{Change, NetFace, Parts, apply};
pub use clipboard::{Copied, copied, paste};
pub use housing::Housing;
pub use labels::{has_label, is_label_apart, move_labels, place_labels, put_labels_back};
pub use new_page::{Moved, move_to_new_page};
pub use nodes::{
    Illegal, Kind, add_node, bend, connect, delete, duplicate, grow, legality, move_nodes, move_selection,
    place_nodes, snapped,
};
pub use notes::{add_note, set_note_size, set_note_text};
pub use pages::{add_page, add_reference, delete_page, place_pages, room, set_page_name};
pub use properties::{
    Pin, set_annotation, set_arc_weight, set_fill, set_name, set_net_annotation, set_net_name, set_pin,
    set_tokens,
};
pub use rename::{RenameError, rename};

use crate::document::Item;

/// A change of the document with words for it.
#[derive(Clone, PartialEq, Debug)]
pub struct Edit {
    /// What it does, as in `Undo: move 3 nodes`.
    pub label: String,
    /// The changes, one after the other.
    pub changes: Vec<Change>,
    /// Edits of the same field in a row are one step of the history.
    pub field: Option<Field>,
}

impl Edit {
    /// An edit of one change.
    pub fn new(label: impl Into<String>, change: Change) -> Self {
        Self { label: label.into(), changes: vec![change], field: None }
    }

    /// The same as part of typing into a field.
    #[must_use]
    pub fn in_field(mut self, of: Option<Item>, name: &'static str) -> Self {
        self.field = Some(Field { of, name });
        self
    }
}

/// A field that somebody types into: letters in a row are one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// What the field is about; the net, if nothing.
    pub of: Option<Item>,
    /// Its name.
    pub name: &'static str,
}
