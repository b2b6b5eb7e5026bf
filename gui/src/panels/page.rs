//! Pages and references in the inspector, and choosing what a reference is to refer to.

use super::dialogs::{Stays, closed_by};
use super::{counted, heading, named_field, quiet};
use crate::command::Command;
use crate::edit;
use crate::editor::Editor;
use egui::{Key, ScrollArea, TextEdit, Ui};
use pn_pnml::{NodeId, NodeKind, PageId};

/// The most nodes that are offered.
const OFFERED: usize = 200;

/// Everything about a page that is selected.
pub(super) fn selected(editor: &mut Editor, ui: &mut Ui, id: PageId) {
    ui.heading("Page");
    facts(editor, ui, id);
    if ui.button("Open").on_hover_text(Command::OpenPage.help()).clicked() {
        editor.ask_for(Command::OpenPage);
    }
    let delete = ui.add_enabled(editor.can(Command::Delete), egui::Button::new("Delete"));
    if delete.on_hover_text("Deletes it with everything on it.").clicked() {
        editor.ask_for(Command::Delete);
    }
}

/// About the page that is shown, while nothing is selected on it; nothing for a net of one page.
pub(super) fn shown(editor: &mut Editor, ui: &mut Ui) {
    if editor.tab().document.pnml().pages.len() < 2 {
        return;
    }
    let page = editor.tab().page();
    ui.heading("This page");
    facts(editor, ui, page);
    let command = Command::DeletePage;
    let button = ui.add_enabled(editor.can(command), egui::Button::new(command.title()));
    let button = button.on_disabled_hover_text(editor.why_not(command).unwrap_or_default());
    if button.on_hover_text(command.help()).clicked() {
        editor.ask_for(command);
    }
    ui.separator();
}

/// Its name, its identifier, what is on it.
fn facts(editor: &mut Editor, ui: &mut Ui, id: PageId) {
    let page = editor.tab().document.page(id);
    let (own, mut name) =
        (page.id.to_string(), page.name.as_ref().map_or_else(String::new, |name| name.text.to_string()));
    heading(ui, "Name");
    let field = TextEdit::singleline(&mut name)
        .hint_text(own.clone())
        .desired_width(f32::INFINITY)
        .interactive(editor.tab().game.is_none());
    let response = named_field(ui, "Page name", field);
    if response.changed() {
        let tab = editor.tab_mut();
        let edit = edit::set_page_name(&tab.document, id, &name);
        tab.perform(edit);
    }
    if response.lost_focus() {
        editor.tab_mut().history.seal();
    }
    quiet(ui, format!("Identifier: {own}"));
    let document = &editor.tab().document;
    let on_it = document.nodes_on(&(id.0..id.0 + 1));
    let nodes = on_it.end.index() - on_it.start.index();
    let arcs = document.arcs().filter(|(_, arc)| arc.page == id).count();
    let pages = document.pages_in(Some(id)).count();
    ui.label(format!(
        "On it: {}, {}, {}.",
        counted(nodes, "node"),
        counted(arcs, "arc"),
        counted(pages, "page")
    ));
    let within = document.population(id);
    if within > nodes {
        quiet(ui, format!("With the pages inside: {}.", counted(within, "node")));
    }
}

/// What a reference refers to.
pub(super) fn reference(editor: &mut Editor, ui: &mut Ui, id: NodeId) {
    let document = &editor.tab().document;
    let behind = document.behind(id);
    heading(ui, &format!("Refers to {}", described(editor, behind)));
    quiet(ui, "It is the same node, drawn once more: its arcs here are arcs of that node.");
    if ui.button("Go there").clicked() {
        editor.tab_mut().go_to(behind);
    }
}

/// `place ready on page web1`.
fn described(editor: &Editor, id: NodeId) -> String {
    let document = &editor.tab().document;
    let node = document.node(id);
    let word = if node.kind.is_placelike() { "place" } else { "transition" };
    let title = document.title(id);
    match document.pnml().pages.len() {
        1 => format!("{word} {title}"),
        _ => format!("{word} {title} on page {}", document.page_title(node.page)),
    }
}

/// The dialog that asks what a new reference is to refer to.
pub(super) fn choose(editor: &mut Editor, ui: &mut Ui, text: &mut String, is_new: &mut bool) -> Stays {
    ui.set_width(460.0);
    ui.heading("Add a reference");
    quiet(ui, "A place or transition is drawn once more on this page; it stays one node of the net.");
    let field = TextEdit::singleline(text).hint_text("Name or identifier").desired_width(f32::INFINITY);
    let response = named_field(ui, "Refer to", field);
    if std::mem::take(is_new) {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let wanted = text.trim().to_lowercase();
    let document = &editor.tab().document;
    let is_own = |kind: &NodeKind| matches!(kind, NodeKind::Place { .. } | NodeKind::Transition { .. });
    let mut found: Vec<NodeId> = document
        .nodes()
        .filter(|(id, node)| {
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            is_own(&node.kind) && (has(&node.id) || has(document.title(*id)))
        })
        .map(|(id, _)| id)
        .collect();
    // What stands on other pages comes first: that is what references are for.
    found.sort_by_key(|id| document.node(*id).page == editor.tab().page());
    let mut chosen = found.first().copied().filter(|_| is_entered);
    ScrollArea::vertical().max_height(320.0).auto_shrink([false, true]).show(ui, |ui| {
        for id in found.iter().take(OFFERED) {
            let button = egui::Button::new(described(editor, *id)).frame(false);
            if ui.add_sized([430.0, 22.0], button).clicked() {
                chosen = Some(*id);
            }
        }
        if found.is_empty() {
            quiet(ui, "No place and no transition is called so.");
        } else if found.len() > OFFERED {
            quiet(ui, format!("And {} more: write more of the name.", found.len() - OFFERED));
        }
    });
    match chosen {
        Some(id) => {
            editor.add_reference(id);
            Stays::No
        }
        None => closed_by(ui, "Cancel"),
    }
}
