//! The way to the page that is shown: net › page › page, and where one can go from there.

use super::quiet;
use crate::command::Command;
use crate::editor::Editor;
use egui::{Button, Panel, RichText, ScrollArea, Ui};
use pn_pnml::PageId;

/// The way to the page, above the canvas; nothing for a net of one page.
pub(crate) fn breadcrumbs(editor: &mut Editor, ui: &mut Ui) {
    if editor.tab().document.pnml().pages.len() < 2 {
        return;
    }
    Panel::top("way").show(ui, |ui| {
        ui.horizontal_wrapped(|ui| way(editor, ui));
    });
}

fn way(editor: &mut Editor, ui: &mut Ui) {
    let document = &editor.tab().document;
    let page = editor.tab().page;
    let net = document.net_title().to_owned();
    let trail: Vec<(PageId, String)> =
        document.trail(page).into_iter().map(|id| (id, document.page_title(id).to_owned())).collect();
    let mut chosen = None;
    if ui.button(net).on_hover_text("Shows the first page of the net.").clicked() {
        chosen = Some(document.first_page());
    }
    for (id, title) in trail {
        ui.label(RichText::new("›").weak());
        if ui.add(Button::new(title).selected(id == page)).clicked() {
            chosen = Some(id);
        }
    }
    ui.label(RichText::new("›").weak());
    let response = ui.menu_button("Pages", |ui| {
        ui.set_min_width(200.0);
        ScrollArea::vertical().max_height(400.0).show(ui, |ui| {
            chosen = near(editor, ui, page).or(chosen);
        });
    });
    response.response.on_hover_text("The pages inside this one, and those beside it.");
    let up = Command::UpPage;
    let keys = up.keys().map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys));
    let button = ui.add_enabled(editor.can(up), Button::new(up.title()).shortcut_text(keys));
    let button = button.on_disabled_hover_text(editor.why_not(up).unwrap_or_default());
    if button.clicked() {
        editor.ask_for(up);
    }
    if let Some(page) = chosen {
        editor.tab_mut().show_page(page);
    }
}

/// The pages inside a page and those beside it. Says which one was chosen.
fn near(editor: &Editor, ui: &mut Ui, page: PageId) -> Option<PageId> {
    let document = &editor.tab().document;
    let inside: Vec<PageId> = document.pages_in(Some(page)).collect();
    let beside: Vec<PageId> =
        document.pages_in(document.page(page).parent).filter(|other| *other != page).collect();
    let mut chosen = None;
    for (words, pages) in [("Inside", inside), ("Beside", beside)] {
        if pages.is_empty() {
            continue;
        }
        quiet(ui, format!("{words} {}", document.page_title(page)));
        for id in pages {
            if ui.button(document.page_title(id)).clicked() {
                chosen = Some(id);
                ui.close();
            }
        }
    }
    if document.pages_in(Some(page)).next().is_none()
        && document.pages_in(document.page(page).parent).count() == 1
    {
        quiet(ui, "No page lies inside this one or beside it.");
    }
    chosen
}
