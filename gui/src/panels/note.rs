//! A note: in the inspector, and where it is written on the canvas.

use super::{heading, named_field, quiet};
use crate::command::Command;
use crate::document::NoteId;
use crate::edit;
use crate::editor::{Editor, Freshness, InPlace};
use egui::{DragValue, TextEdit, Ui};
use pn_pnml::graphics::Dimension;

/// The least and the greatest side that the fields offer.
const SIDES: std::ops::RangeInclusive<f64> = 30.0..=2000.0;

/// Its text and its size.
pub(super) fn note(editor: &mut Editor, ui: &mut Ui, id: NoteId) {
    let Some(note) = editor.tab().document.note(id).cloned() else { return };
    ui.heading("Note");
    quiet(ui, "Free text on the page. It means nothing to the net.");
    heading(ui, "Text");
    let mut text = note.text.clone();
    let field = TextEdit::multiline(&mut text).desired_rows(4).desired_width(f32::INFINITY);
    let response = named_field(ui, "Note text", field);
    if response.changed() {
        let tab = editor.tab_mut();
        edit::set_note_text(&tab.document, id, &text).into_iter().for_each(|edit| tab.perform(edit));
    }
    if response.lost_focus() {
        editor.tab_mut().history.seal();
    }
    heading(ui, "Size");
    let Dimension { mut x, mut y } = note.size;
    for (word, name, value) in [("Width", "Note width", &mut x), ("Height", "Note height", &mut y)] {
        ui.horizontal(|ui| {
            ui.label(word);
            let response = ui.add(DragValue::new(value).range(SIDES).speed(1.0).max_decimals(1));
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
        });
    }
    quiet(ui, "It is higher where its text needs it.");
    let size = Dimension { x, y };
    if size != note.size {
        let tab = editor.tab_mut();
        edit::set_note_size(&tab.document, id, size).into_iter().for_each(|edit| tab.perform(edit));
    }
    for command in [Command::Duplicate, Command::Delete] {
        if ui.button(command.title()).clicked() {
            editor.ask_for(command);
        }
    }
}

/// The field in which a note is written where it is drawn.
pub(super) fn field(ui: &mut Ui, fields: &mut InPlace) {
    let field = TextEdit::multiline(&mut fields.name).hint_text("What is worth saying?").desired_rows(3);
    let response = named_field(ui, "Note in place", field.desired_width(200.0));
    if fields.is_new == Freshness::New {
        response.request_focus();
    }
    quiet(ui, "Ctrl+Enter ends, Escape gives up.");
}

/// Takes over what was written.
pub(super) fn finish(editor: &mut Editor, id: NoteId, text: &str) {
    let tab = editor.tab_mut();
    if tab.document.note(id).is_some_and(|note| note.text != text) {
        edit::set_note_text(&tab.document, id, text).into_iter().for_each(|edit| tab.perform(edit));
    }
}
