//! Choosing a file, with the keyboard as well as with the pointer.

use super::dialogs::Stays;
use super::{named_field, quiet};
use crate::canvas::{Highlights, Scene, Snap, Tool, photograph};
use crate::document::Selection;
use crate::editor::{Bottom, Editor, FileDialog, Picture, Purpose};
use crate::files::write_file;
use crate::game::Game;
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Button, Id, Key, ScrollArea, TextEdit, Ui};
use std::fs;
use std::path::Path;

/// The most entries of a folder that are listed.
const MOST: usize = 2_000;

/// The dialog.
pub(super) fn choose(editor: &mut Editor, ui: &mut Ui, dialog: &mut FileDialog) -> Stays {
    ui.set_width(560.0);
    let (title, action, ending) = match dialog.purpose {
        Purpose::Open => ("Open", "Open", "pnml"),
        Purpose::Save { .. } => ("Save as", "Save", "pnml"),
        Purpose::Picture(picture) => ("Export a picture", "Export", picture.ending()),
        Purpose::ImportTrace => ("Import a trace", "Import", "trace"),
        Purpose::ExportTrace => ("Export the trace", "Export", "trace"),
        Purpose::Course => ("Export the simulation", "Export", "csv"),
    };
    ui.heading(title);
    quiet(ui, dialog.folder.display().to_string());
    let mut chosen = None;
    let (folders, files) = entries(&dialog.folder, ending);
    ScrollArea::vertical().max_height(260.0).min_scrolled_height(260.0).auto_shrink([false, false]).show(
        ui,
        |ui| {
            if ui.add(Button::new("../").frame(false)).clicked()
                && let Some(parent) = dialog.folder.parent()
            {
                dialog.folder = parent.to_owned();
            }
            for folder in &folders {
                if ui.add(Button::new(format!("{folder}/")).frame(false)).clicked() {
                    dialog.folder.push(folder);
                }
            }
            for file in &files {
                let response = ui.selectable_label(*file == dialog.name, file);
                if response.clicked() {
                    dialog.name.clone_from(file);
                    dialog.problem = None;
                    dialog.replaces = None;
                }
                if response.double_clicked() {
                    chosen = Some(dialog.folder.join(file));
                }
            }
        },
    );
    let field = TextEdit::singleline(&mut dialog.name).desired_width(f32::INFINITY);
    let response = named_field(ui, "File name", field);
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if std::mem::take(&mut dialog.is_new) {
        response.request_focus();
        select_all(ui, response.id, &dialog.name);
    }
    if response.changed() {
        dialog.problem = None;
        dialog.replaces = None;
    }
    if let Some(problem) = &dialog.problem {
        ui.colored_label(ui.visuals().error_fg_color, problem);
    }
    let mut stays = Stays::Yes;
    ui.horizontal(|ui| {
        let action = if dialog.replaces.is_some() { "Replace it" } else { action };
        let button = Button::new(action);
        if (ui.add_enabled(!dialog.name.is_empty(), button).clicked() || is_entered)
            && !dialog.name.is_empty()
        {
            chosen = Some(dialog.folder.join(&dialog.name));
        }
        if ui.button("Cancel").clicked() {
            stays = Stays::No;
        }
    });
    if let Some(path) = chosen {
        if path.is_dir() {
            dialog.folder = path;
            dialog.name.clear();
        } else {
            stays = take(editor, dialog, &path);
        }
    }
    stays
}

/// Selects a whole field, so that typing replaces it.
fn select_all(ui: &Ui, id: Id, text: &str) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
    state.cursor.set_char_range(Some(all));
    state.store(ui.ctx(), id);
}

/// The folders and the files with this ending, by name; hidden ones are left out.
fn entries(folder: &Path, ending: &str) -> (Vec<String>, Vec<String>) {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(MOST) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            folders.push(name);
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending)) {
            files.push(name);
        }
    }
    folders.sort();
    files.sort();
    (folders, files)
}

/// Does with the file what it was chosen for.
fn take(editor: &mut Editor, dialog: &mut FileDialog, path: &Path) -> Stays {
    let is_written = !matches!(dialog.purpose, Purpose::Open | Purpose::ImportTrace);
    let is_own = editor.tab().path.as_deref() == Some(path);
    if is_written && path.exists() && !is_own && dialog.replaces.as_deref() != Some(path) {
        dialog.problem = Some("A file of this name is there already.".to_owned());
        dialog.replaces = Some(path.to_owned());
        return Stays::Yes;
    }
    let done = match dialog.purpose {
        Purpose::Open => {
            editor.open_path(path);
            Ok(())
        }
        Purpose::Save { then } => {
            editor.save_to(path, then);
            Ok(())
        }
        Purpose::Picture(picture) => export_picture(editor, path, picture),
        Purpose::ExportTrace => export_trace(editor, path),
        Purpose::Course => export_course(editor, path),
        Purpose::ImportTrace => import_trace(editor, path),
    };
    match done {
        Ok(()) => Stays::No,
        Err(problem) => {
            dialog.problem = Some(problem);
            Stays::Yes
        }
    }
}

fn written(editor: &mut Editor, path: &Path, bytes: &[u8]) -> Result<(), String> {
    write_file(path, bytes).map_err(|error| format!("It cannot be written: {error}."))?;
    editor.say(format!("Wrote {}.", path.display()));
    Ok(())
}

fn export_picture(editor: &mut Editor, path: &Path, picture: Picture) -> Result<(), String> {
    let tab = editor.tab();
    let pnml = tab.document().pnml();
    let drawn = match picture {
        Picture::Svg => pn_pnml::svg::draw_page(pnml, tab.page),
        Picture::Pdf => pn_pnml::pdf::draw_page(pnml, tab.page),
        Picture::Tikz => pn_pnml::tikz::draw_page(pnml, tab.page),
        Picture::Dot => Ok(pn_pnml::dot::draw(pnml)),
        Picture::Png => {
            let scene = Scene {
                document: &tab.document,
                facts: &tab.facts,
                page: tab.page,
                selection: &Selection::default(),
                tool: Tool::Select,
                snap: Snap::Free,
                playing: tab.playing.as_ref(),
                highlights: &Highlights::default(),
            };
            let bytes = photograph(&scene).ok_or("The page is empty.")?;
            return written(editor, path, &bytes);
        }
    };
    let drawn = drawn.map_err(|error| format!("It cannot be drawn: {error}."))?;
    written(editor, path, drawn.as_bytes())
}

fn export_trace(editor: &mut Editor, path: &Path) -> Result<(), String> {
    let Some(game) = editor.tab().game() else { return Ok(()) };
    let text = pn_net::write_trace(game.subject().net(), &game.trace());
    written(editor, path, text.as_bytes())
}

fn export_course(editor: &mut Editor, path: &Path) -> Result<(), String> {
    let tab = editor.tab_mut();
    let result = tab.simulation.as_mut().and_then(crate::jobs::Simulation::result);
    let (Some(result), Some(net)) = (result, &tab.simulated) else {
        return Err("The simulation has not ended yet.".to_owned());
    };
    let text = result.csv(net);
    written(editor, path, text.as_bytes())
}

fn import_trace(editor: &mut Editor, path: &Path) -> Result<(), String> {
    let Some(game) = editor.tab().game() else { return Ok(()) };
    let subject = game.subject().clone();
    let text = fs::read_to_string(path).map_err(|error| format!("It cannot be read: {error}."))?;
    let trace = pn_net::parse_trace(subject.net(), &text).map_err(|error| format!("{error}."))?;
    let game = Game::of_trace(subject, &trace).map_err(|error| format!("{error}."))?;
    editor.tab_mut().play(game);
    editor.bottom = Bottom::Trace;
    Ok(())
}
