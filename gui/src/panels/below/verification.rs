//! What is asked of the verifier, and its answers.

use super::super::{counted, named_field, quiet};
use crate::command::Command;
use crate::editor::Editor;
use crate::jobs::Word;
use crate::theme::Palette;
use egui::{Button, RichText, ScrollArea, TextEdit, Ui};

pub(super) fn verification(editor: &mut Editor, ui: &mut Ui) {
    let palette = Palette::of(ui.ctx().theme());
    ui.horizontal(|ui| {
        if editor.tab().is_verifying() {
            if ui.button("Stop").clicked() {
                editor.ask_for(Command::CancelVerify);
            }
            ui.spinner();
            if let Some(verification) = &editor.tab().verification {
                let progress = verification.progress;
                ui.label(format!("{} markings found, {} MiB", progress.states, progress.bytes >> 20));
            }
        } else {
            let button = Button::new("Ask the default questions");
            if ui.add_enabled(editor.can(Command::Verify), button).clicked() {
                editor.ask_for(Command::Verify);
            }
            ui.separator();
            property(editor, ui);
        }
    });
    if let Some(problem) = &editor.tab().property_error {
        ui.colored_label(palette.bad, problem);
    }
    let tab = editor.tab();
    if tab.verification.is_some() && tab.verified != tab.document.revision() {
        ui.colored_label(palette.warn, "The net has changed since; these answers are about how it was.");
    }
    let findings = tab.findings.clone();
    let is_running = tab.is_verifying();
    if findings.is_empty() {
        let why = match tab.makes_sense() {
            true => {
                "Can it get stuck? Can it always finish? Is it bounded? Can everything fire? Do the invariants hold?"
            }
            false => "The annotations have mistakes; see Problems. They come first.",
        };
        quiet(ui, why);
    }
    let mut shown = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for (index, finding) in findings.iter().enumerate() {
            ui.horizontal_top(|ui| {
                let (word, color) = match finding.word {
                    Word::Holds => ("holds", palette.good),
                    Word::Fails => ("fails", palette.bad),
                    Word::Unknown if is_running => ("…", palette.arc),
                    Word::Unknown => ("unknown", palette.warn),
                };
                ui.add_sized([60.0, 18.0], egui::Label::new(RichText::new(word).color(color).strong()));
                ui.vertical(|ui| {
                    ui.label(&finding.statement);
                    ui.horizontal(|ui| {
                        if !(is_running && finding.word == Word::Unknown) {
                            quiet(ui, finding.how.clone());
                        }
                        if let Some(trace) = &finding.trace {
                            let title = format!("Show the run: {}", counted(trace.firings.len(), "step"));
                            if ui.button(title).clicked() {
                                shown = Some(index);
                            }
                        }
                    });
                });
            });
        }
    });
    if let Some(index) = shown {
        editor.show_trace(index);
    }
}

fn property(editor: &mut Editor, ui: &mut Ui) {
    let tab = editor.tab_mut();
    let field = TextEdit::singleline(&mut tab.property)
        .hint_text("always tokens(a) + tokens(b) <= 1")
        .desired_width((ui.available_width() - 80.0).max(160.0))
        .font(egui::TextStyle::Monospace);
    let response = named_field(ui, "Property", field);
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let is_ready = !tab.property.trim().is_empty() && tab.facts.meaning.is_some();
    if (ui.add_enabled(is_ready, Button::new("Ask")).clicked() || is_entered) && is_ready {
        let context = ui.ctx().clone();
        editor.verify_property(&context);
    }
}
