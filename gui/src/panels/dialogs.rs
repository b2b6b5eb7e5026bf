//! What is asked of the user before anything else goes on.

use super::{files, named_field, page, quiet, words};
use crate::command::Command;
use crate::editor::{Dialog, Editor, Then};
use crate::files::Excerpt;
use egui::{Color32, Id, Key, Modal, RichText, ScrollArea, TextEdit, Ui};

/// Shows the dialog, if there is one.
pub(crate) fn dialogs(editor: &mut Editor, ui: &mut Ui) {
    let Some(mut dialog) = editor.dialog.take() else { return };
    let mut stays = Stays::Yes;
    let response = Modal::new(Id::unique("dialog")).show(ui.ctx(), |ui| {
        stays = content(editor, ui, &mut dialog);
    });
    // Whoever must decide is not let go by a key.
    let may_leave = !matches!(dialog, Dialog::Recovered(_) | Dialog::Changed { .. });
    if response.should_close() && may_leave {
        stays = Stays::No;
    }
    // What was decided may have asked something else.
    if stays == Stays::Yes && editor.dialog.is_none() {
        editor.dialog = Some(dialog);
    }
}

/// Whether a dialog stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stays {
    Yes,
    No,
}

fn content(editor: &mut Editor, ui: &mut Ui, dialog: &mut Dialog) -> Stays {
    match dialog {
        Dialog::Unsaved { tab, then } => unsaved(editor, ui, *tab, *then),
        Dialog::File(file) => files::choose(editor, ui, file),
        Dialog::Refused(refusal) => {
            ui.set_max_width(720.0);
            ui.heading("Not opened");
            ui.label(&refusal.message);
            quiet(ui, refusal.path.display().to_string());
            let color = ui.visuals().error_fg_color;
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                for found in &refusal.excerpts {
                    excerpt(ui, found, color);
                }
            });
            closed_by(ui, "Close")
        }
        Dialog::Recovered(left) => {
            ui.heading("Work that was not saved");
            ui.label("The editor ended without asking. It kept this; the files themselves are as they were.");
            for work in left.iter() {
                let name = work
                    .original
                    .as_ref()
                    .map_or("a net that was never saved".to_owned(), |path| path.display().to_string());
                ui.label(format!("• {name}"));
            }
            let mut stays = Stays::Yes;
            ui.horizontal(|ui| {
                let is_restored = ui.button("Restore").clicked();
                if is_restored {
                    editor.restore(left);
                }
                if is_restored || ui.button("Throw away").clicked() {
                    left.iter().for_each(crate::files::Recovered::discard);
                    stays = Stays::No;
                }
            });
            stays
        }
        Dialog::Changed { tab } => changed(editor, ui, *tab),
        Dialog::Commands { text, is_new } => commands(editor, ui, text, is_new),
        Dialog::Reference { text, is_new } => page::choose(editor, ui, text, is_new),
        Dialog::Keys => keys(ui),
        Dialog::Words => words::words(ui),
    }
}

/// A button that ends a dialog.
pub(super) fn closed_by(ui: &mut Ui, title: &str) -> Stays {
    ui.add_space(6.0);
    match ui.button(title).clicked() {
        true => Stays::No,
        false => Stays::Yes,
    }
}

fn unsaved(editor: &mut Editor, ui: &mut Ui, tab: usize, then: Then) -> Stays {
    let Some(title) = editor.tabs.get(tab).map(crate::editor::Tab::title) else { return Stays::No };
    ui.heading("Not saved");
    ui.label(match then {
        Then::Close => format!("{title} has changes that no file has. Save them before it is closed?"),
        Then::Quit => format!("{title} has changes that no file has. Save them before the editor ends?"),
        Then::Reload => format!("{title} has changes that no file has. Reading it again drops them."),
    });
    let mut stays = Stays::Yes;
    ui.horizontal(|ui| {
        if then != Then::Reload && ui.button("Save").clicked() {
            editor.active = tab;
            editor.save(Some(then));
            stays = Stays::No;
        }
        if ui.button("Drop the changes").clicked() {
            editor.finish(tab, then);
            stays = Stays::No;
        }
        if ui.button("Cancel").clicked() {
            stays = Stays::No;
        }
    });
    stays
}

fn changed(editor: &mut Editor, ui: &mut Ui, tab: usize) -> Stays {
    let Some(title) = editor.tabs.get(tab).map(crate::editor::Tab::title) else { return Stays::No };
    ui.heading("Changed on the disk");
    ui.label(format!("Somebody else has changed {title}, and you have, too."));
    let mut stays = Stays::Yes;
    ui.horizontal(|ui| {
        if ui.button("Keep mine").on_hover_text("The next save replaces the file.").clicked() {
            editor.keep_mine(tab);
            stays = Stays::No;
        }
        if ui.button("Take theirs").on_hover_text("Your changes are dropped.").clicked() {
            editor.finish(tab, Then::Reload);
            stays = Stays::No;
        }
        if ui.button("Save mine elsewhere…").clicked() {
            editor.active = tab;
            editor.keep_mine(tab);
            editor.ask_where_to_save(None);
            stays = Stays::No;
        }
    });
    stays
}

/// The command palette: every command by its name.
fn commands(editor: &mut Editor, ui: &mut Ui, text: &mut String, is_new: &mut bool) -> Stays {
    ui.set_width(460.0);
    let field = TextEdit::singleline(text).hint_text("What is to be done?").desired_width(f32::INFINITY);
    let response = named_field(ui, "Command", field);
    if std::mem::take(is_new) {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let wanted = text.to_lowercase();
    let fits = |command: &&Command| {
        command.title().to_lowercase().contains(&wanted) || command.help().to_lowercase().contains(&wanted)
    };
    let mut found: Vec<Command> =
        Command::ALL.iter().filter(fits).copied().filter(|command| editor.can(*command)).collect();
    found.sort_by_key(|command| !command.title().to_lowercase().starts_with(&wanted));
    let mut chosen = found.first().copied().filter(|_| is_entered);
    ScrollArea::vertical().max_height(320.0).auto_shrink([false, true]).show(ui, |ui| {
        for command in found {
            let keys = command.keys().map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys));
            let button = egui::Button::new(command.title()).shortcut_text(keys).frame(false);
            if ui.add_sized([430.0, 22.0], button).on_hover_text(command.help()).clicked() {
                chosen = Some(command);
            }
        }
    });
    match chosen {
        Some(command) => {
            editor.ask_for(command);
            Stays::No
        }
        None => Stays::Yes,
    }
}

fn keys(ui: &mut Ui) -> Stays {
    ui.heading("Keys");
    ScrollArea::vertical().max_height(440.0).show(ui, |ui| {
        egui::Grid::new("keys").num_columns(3).striped(true).spacing([18.0, 5.0]).show(ui, |ui| {
            for command in Command::ALL {
                let Some(keys) = command.keys() else { continue };
                ui.label(RichText::new(ui.ctx().format_shortcut(&keys)).strong());
                ui.label(command.title());
                quiet(ui, command.help());
                ui.end_row();
            }
            for (keys, what, help) in [
                ("Wheel", "Move the view", "With Ctrl: zoom. Middle or right button: drag the view."),
                ("Shift+click", "Add to the selection", "On a box, too."),
                ("Alt+drag", "Lasso", "Selects the nodes that the line surrounds."),
                ("Tab", "Next node or field", "Enter selects or fires what has the focus."),
                ("Double click", "Edit in place", "On a bend point: removes it. On a page: opens it."),
            ] {
                ui.label(RichText::new(keys).strong());
                ui.label(what);
                quiet(ui, help);
                ui.end_row();
            }
        });
    });
    closed_by(ui, "Close")
}

/// A finding in a file, with its line.
pub(super) fn excerpt(ui: &mut Ui, found: &Excerpt, color: Color32) {
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("line {}, column {}", found.line, found.column)).weak());
        ui.colored_label(color, &found.message);
    });
    ui.label(RichText::new(found.text.trim_end()).monospace());
    ui.label(RichText::new(&found.marker).monospace().color(color));
    if let Some(advice) = &found.advice {
        quiet(ui, advice.clone());
    }
}
