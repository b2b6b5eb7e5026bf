//! Menus, tabs, tools and the status line.

use super::counted;
use crate::canvas::{Snap, Tool};
use crate::command::{Command, Menu};
use crate::edit::Kind;
use crate::editor::{Editor, Tone};
use crate::theme::Palette;
use egui::{Button, MenuBar, RichText, Ui};
use std::path::PathBuf;

/// The menu bar.
pub(crate) fn menus(editor: &mut Editor, ui: &mut Ui) {
    MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(menu.title(), |ui| {
                ui.set_min_width(230.0);
                for command in Command::ALL.iter().filter(|command| command.menu() == menu) {
                    if begins_group(*command) {
                        ui.separator();
                    }
                    item(editor, ui, *command);
                }
                if menu == Menu::File {
                    recent(editor, ui);
                }
            });
        }
    });
}

/// Whether a line stands above it in its menu.
fn begins_group(command: Command) -> bool {
    matches!(
        command,
        Command::Save
            | Command::ExportSvg
            | Command::CloseTab
            | Command::Cut
            | Command::DeletePage
            | Command::SelectAll
            | Command::NewPage
            | Command::OpenPage
            | Command::EditInPlace
            | Command::LabelLeft
            | Command::Pin
            | Command::Snap
            | Command::Fit
            | Command::LargerText
            | Command::ThemeSystem
            | Command::NextTab
            | Command::StepBack
            | Command::RandomRun
            | Command::ImportTrace
            | Command::Simulate
            | Command::InterruptRun
            | Command::ShowStructure
    )
}

fn item(editor: &mut Editor, ui: &mut Ui, command: Command) {
    let title = match command {
        Command::Undo => with_label("Undo", editor.tab().history.undo_label()),
        Command::Redo => with_label("Redo", editor.tab().history.redo_label()),
        Command::Play if editor.tab().game.is_some() => "Back to editing".to_owned(),
        Command::Snap if editor.snap == Snap::Grid => "Snap to grid (on)".to_owned(),
        Command::Snap => "Snap to grid (off)".to_owned(),
        _ => command.title().to_owned(),
    };
    let keys = command.keys().map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys));
    let button = Button::new(title).shortcut_text(keys);
    let response = ui.add_enabled(editor.can(command), button).on_hover_text(command.help());
    let response = match editor.why_not(command) {
        Some(reason) => response.on_disabled_hover_text(reason),
        None => response,
    };
    if response.clicked() {
        editor.ask_for(command);
        ui.close();
    }
}

fn with_label(word: &str, label: Option<&str>) -> String {
    label.map_or_else(|| word.to_owned(), |label| format!("{word}: {label}"))
}

fn recent(editor: &mut Editor, ui: &mut Ui) {
    ui.separator();
    let mut wanted: Option<PathBuf> = None;
    ui.menu_button("Recent files", |ui| {
        if editor.recent.is_empty() {
            ui.label("None yet");
        }
        for path in &editor.recent {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            if ui.button(name).on_hover_text(path.display().to_string()).clicked() {
                wanted = Some(path.clone());
                ui.close();
            }
        }
    });
    if let Some(path) = wanted {
        editor.open_path(&path);
    }
}

/// The open files.
pub(crate) fn tabs(editor: &mut Editor, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let mut closed = None;
        for index in 0..editor.tabs.len() {
            let tab = &editor.tabs[index];
            let mark = if tab.is_dirty() { " •" } else { "" };
            let title = format!("{}{mark}", tab.title());
            let hint =
                tab.path.as_ref().map_or("Not saved yet".to_owned(), |path| path.display().to_string());
            if ui.selectable_label(index == editor.active, title).on_hover_text(hint).clicked() {
                editor.active = index;
            }
            let close = Button::new(RichText::new("×").weak()).frame(false);
            let close = ui.add(close);
            ui.ctx().accesskit_node_builder(close.id, |node| {
                node.set_label(format!("Close {}", editor.tabs[index].title()));
            });
            if close.on_hover_text("Close").clicked() {
                closed = Some(index);
            }
            ui.add_space(6.0);
        }
        if let Some(index) = closed {
            editor.leave(index, crate::editor::Then::Close);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| mode(editor, ui));
    });
}

fn mode(editor: &mut Editor, ui: &mut Ui) {
    let is_playing = editor.tab().game.is_some();
    let verify = ui.add_enabled(editor.can(Command::Verify), Button::new("Verify"));
    if verify.on_hover_text("Asks the questions that every deployment answers (F9).").clicked() {
        editor.ask_for(Command::Verify);
    }
    let title = if is_playing { "Back to editing" } else { "Play" };
    let play = ui.add_enabled(editor.can(Command::Play), Button::new(title).selected(is_playing));
    if play.on_hover_text("The token game: click what is enabled (F5).").clicked() {
        editor.ask_for(Command::Play);
    }
}

/// What the pointer does.
pub(crate) fn tools(editor: &mut Editor, ui: &mut Ui) {
    ui.add_space(8.0);
    let is_playing = editor.tab().game.is_some();
    if is_playing {
        for command in [
            Command::StepBack,
            Command::StepForward,
            Command::Restart,
            Command::ToEnd,
            Command::RandomRun,
            Command::Animate,
        ] {
            tool(editor, ui, command, command.title(), Pressed::No);
        }
        return;
    }
    let now = editor.tab().tool;
    for (command, own) in [
        (Command::ToolSelect, Tool::Select),
        (Command::ToolPlace, Tool::Add(Kind::Place)),
        (Command::ToolTransition, Tool::Add(Kind::Transition)),
        (Command::ToolArc, Tool::Connect),
        (Command::ToolNote, Tool::Note),
    ] {
        let pressed = if now == own { Pressed::Yes } else { Pressed::No };
        tool(editor, ui, command, command.title(), pressed);
    }
    ui.separator();
    for (command, title) in [
        (Command::Undo, "Undo"),
        (Command::Redo, "Redo"),
        (Command::Duplicate, "Duplicate"),
        (Command::Delete, "Delete"),
        (Command::LayOut, "Lay out"),
        (Command::Fit, "Fit"),
        (Command::Find, "Find"),
    ] {
        tool(editor, ui, command, title, Pressed::No);
    }
    ui.separator();
    // Whoever uses no pointer adds nodes in the middle of what is seen.
    for (title, kind) in [("Add place", Kind::Place), ("Add transition", Kind::Transition)] {
        let button = Button::new(RichText::new(title).small()).min_size(egui::vec2(100.0, 22.0));
        if ui.add(button).on_hover_text("Adds it in the middle of what is seen.").clicked() {
            editor.add_in_the_middle(kind);
        }
    }
    let button = Button::new(RichText::new("Add note").small()).min_size(egui::vec2(100.0, 22.0));
    if ui.add(button).on_hover_text("Adds it in the middle of what is seen.").clicked() {
        let at = editor.tab().canvas.view.centre;
        editor.add_note(crate::edit::snapped(at));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pressed {
    Yes,
    No,
}

fn tool(editor: &mut Editor, ui: &mut Ui, command: Command, title: &str, pressed: Pressed) {
    let keys =
        command.keys().map_or_else(String::new, |keys| format!(" ({})", ui.ctx().format_shortcut(&keys)));
    let button = Button::new(title).selected(pressed == Pressed::Yes).min_size(egui::vec2(100.0, 26.0));
    let response = ui.add_enabled(editor.can(command), button);
    if response.on_hover_text(format!("{}{keys}", command.help())).clicked() {
        editor.ask_for(command);
    }
}

/// What was said last, what is selected, how large the net is.
pub(crate) fn status(editor: &mut Editor, ui: &mut Ui) {
    let palette = Palette::of(ui.ctx().theme());
    ui.horizontal(|ui| {
        let tab = editor.tab();
        match &editor.message {
            Some(message) if message.tone == Tone::Bad => ui.colored_label(palette.bad, &message.text),
            Some(message) => ui.label(&message.text),
            None => ui.label(RichText::new(hint(editor)).weak()),
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(format!("{:.0} %", tab.canvas.view.zoom * 100.0)).weak());
            ui.separator();
            let size = format!(
                "{}, {}, {}",
                counted(tab.facts.places, "place"),
                counted(tab.facts.transitions, "transition"),
                counted(tab.document.pnml().arcs.len(), "arc")
            );
            ui.label(RichText::new(size).weak());
            if !tab.selection.is_empty() {
                ui.separator();
                ui.label(RichText::new(format!("{} selected", tab.selection.len())).weak());
            }
        });
    });
}

/// What can be done here.
fn hint(editor: &Editor) -> &'static str {
    let tab = editor.tab();
    match (tab.game.is_some(), tab.tool) {
        (true, _) => "Click a transition that shines green to fire it. Drag to move the view.",
        (false, Tool::Select) if tab.document.pnml().nodes.is_empty() => {
            "Choose Place or Transition and click on the canvas."
        }
        (false, Tool::Select) => {
            "Drag to move, drag the + beside a node to draw an arc, double-click to edit in place."
        }
        (false, Tool::Add(_)) => "Click on the canvas; hold Shift to add several.",
        (false, Tool::Connect) => "Drag from one node to another.",
        (false, Tool::Note) => "Click on the canvas; a note is free text, without meaning for the net.",
    }
}
