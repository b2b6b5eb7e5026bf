//! Everything around the canvas. Panels read the editor and hand in edits and commands.

mod annotation;
mod below;
mod breadcrumbs;
mod dialogs;
mod drawn;
mod files;
mod frame;
mod inspector;
mod note;
mod overlay;
mod page;
mod tour;
mod words;

pub(crate) use below::below;
pub(crate) use breadcrumbs::breadcrumbs;
pub(crate) use dialogs::dialogs;
pub(crate) use frame::{menus, status, tabs, tools};
pub(crate) use inspector::inspector;
pub(crate) use overlay::over_the_canvas;

/// `1 node`, `3 nodes`.
#[must_use]
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// A text field with a name of its own for screen readers and tests.
pub(crate) fn named_field(ui: &mut egui::Ui, name: &str, field: egui::TextEdit<'_>) -> egui::Response {
    let response = ui.add(field);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

/// A small heading over a group of fields.
pub(crate) fn heading(ui: &mut egui::Ui, text: &str) {
    ui.add_space(6.0);
    ui.label(egui::RichText::new(text).strong());
}

/// A quiet sentence.
pub(crate) fn quiet(ui: &mut egui::Ui, text: impl Into<String>) {
    ui.label(egui::RichText::new(text).weak().small());
}
