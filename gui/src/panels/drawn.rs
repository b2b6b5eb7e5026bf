//! How something is drawn, in the inspector: where its label stands, whether it is pinned.

use super::{heading, quiet};
use crate::command::Command;
use crate::document::Item;
use crate::edit::{self, Pin};
use crate::editor::Editor;
use egui::Ui;
use pn_pnml::NodeId;

/// Whether layouts leave a node where it is.
pub(super) fn pin(editor: &mut Editor, ui: &mut Ui, id: NodeId) {
    let tab = editor.tab_mut();
    let mut is_pinned = tab.document.node(id).is_pinned;
    let pinned = ui.checkbox(&mut is_pinned, "Pinned").on_hover_text("Lay out leaves it where it is (K).");
    if pinned.changed() {
        let pin = if is_pinned { Pin::Pinned } else { Pin::Free };
        edit::set_pin(&tab.document, [id], pin).into_iter().for_each(|edit| tab.perform(edit));
    }
}

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
