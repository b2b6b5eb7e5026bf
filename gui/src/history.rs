//! Undo and redo without limit.
//!
//! The history alone applies edits to a document. A step keeps the changes that take it back;
//! typing into one field is one step. States are numbered, so that it is known whether a document
//! is as it was saved, also after undo and redo.

use crate::document::Document;
use crate::edit::{Change, Edit, Field, apply};

/// The steps of a document, done and undone.
#[derive(Clone, Debug, Default)]
pub struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// The number of the present state.
    state: u64,
    /// The last number that was given.
    last: u64,
    saved: u64,
    /// Whether the next edit is a step of its own, whatever its field.
    is_sealed: bool,
}

#[derive(Clone, Debug)]
struct Step {
    label: String,
    /// What takes it back, or does it again; to be applied in this order.
    changes: Vec<Change>,
    field: Option<Field>,
    /// The state on the other side.
    state: u64,
}

impl History {
    /// Applies an edit.
    pub fn perform(&mut self, document: &mut Document, edit: Edit) {
        let goes_on = !self.is_sealed
            && edit.field.is_some()
            && self.done.last().is_some_and(|step| step.field == edit.field)
            && self.undone.is_empty();
        self.undone.clear();
        self.is_sealed = false;
        let changes = carried_out(document, edit.changes);
        let before = self.state;
        self.last += 1;
        self.state = self.last;
        // The step before knows how it was before all typing.
        if !goes_on {
            self.done.push(Step { label: edit.label, changes, field: edit.field, state: before });
        }
    }

    /// Ends the typing into a field: what follows is another step.
    pub fn seal(&mut self) {
        self.is_sealed = true;
    }

    /// Takes the last step back. Says whether there was one.
    pub fn undo(&mut self, document: &mut Document) -> bool {
        let Some(step) = self.done.pop() else { return false };
        let turned = self.turned(document, step);
        self.undone.push(turned);
        true
    }

    /// Does the step again that was taken back last. Says whether there was one.
    pub fn redo(&mut self, document: &mut Document) -> bool {
        let Some(step) = self.undone.pop() else { return false };
        let turned = self.turned(document, step);
        self.done.push(turned);
        true
    }

    fn turned(&mut self, document: &mut Document, step: Step) -> Step {
        self.is_sealed = true;
        let changes = carried_out(document, step.changes);
        let state = std::mem::replace(&mut self.state, step.state);
        Step { changes, state, ..step }
    }

    /// What would be undone.
    #[must_use]
    pub fn undo_label(&self) -> Option<&str> {
        self.done.last().map(|step| step.label.as_str())
    }

    /// What would be redone.
    #[must_use]
    pub fn redo_label(&self) -> Option<&str> {
        self.undone.last().map(|step| step.label.as_str())
    }

    /// The number of the present state: equal numbers, equal documents.
    #[must_use]
    pub fn state(&self) -> u64 {
        self.state
    }

    /// Whether the document differs from what was saved.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.state != self.saved
    }

    /// The document is saved as it is.
    pub fn mark_saved(&mut self) {
        self.saved = self.state;
        self.is_sealed = true;
    }

    /// The document is in no file, such as one that was recovered.
    pub fn mark_unsaved(&mut self) {
        self.saved = u64::MAX;
    }
}

/// Applies changes and returns those that take them back, in their order.
fn carried_out(document: &mut Document, changes: Vec<Change>) -> Vec<Change> {
    let mut back: Vec<Change> = changes.into_iter().map(|change| apply(document, change)).collect();
    back.reverse();
    back
}
