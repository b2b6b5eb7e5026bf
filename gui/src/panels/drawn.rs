//! How something is drawn, in the inspector: where its label stands.

use super::{heading, quiet};
use crate::command::Command;
use crate::document::Item;
use crate::edit;
use crate::editor::Editor;
use egui::Ui;

/// Where the label of a node or an arc stands.
pub(super) fn label(editor: &mut Editor, ui: &mut Ui, item: Item) {
    if !edit::has_label(&editor.tab().document, item) {
        return;
    }
    heading(ui, "Label");
    quiet(ui, "Drag the text to move it; with Alt, the arrow keys do.");
    let back = egui::Button::new(Command::PutLabelBack.title());
    if ui.add_enabled(editor.can(Command::PutLabelBack), back).clicked() {
        editor.ask_for(Command::PutLabelBack);
    }
}
