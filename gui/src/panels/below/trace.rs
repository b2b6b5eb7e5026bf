//! The firings so far, the marking here, and how it goes on.

use super::super::{named_field, quiet};
use crate::command::Command;
use crate::editor::{Editor, Motion};
use crate::theme::Palette;
use egui::{Button, DragValue, RichText, ScrollArea, Slider, TextEdit, Ui};

pub(super) fn trace(editor: &mut Editor, ui: &mut Ui) {
    let Some(game) = &editor.tab().game else {
        quiet(ui, "Play the net to fire transitions one by one, or show the run of a finding.");
        ui.horizontal(|ui| {
            for command in [Command::Play, Command::PlayExpanded] {
                if ui.add_enabled(editor.can(command), Button::new(command.title())).clicked() {
                    editor.ask_for(command);
                }
            }
        });
        return;
    };
    let (count, mut position) = (game.firings().len(), game.position());
    ui.horizontal(|ui| {
        for (command, sign) in [
            (Command::Restart, "|<"),
            (Command::StepBack, "<"),
            (Command::StepForward, ">"),
            (Command::ToEnd, ">|"),
        ] {
            let response = ui.add_enabled(editor.can(command), Button::new(sign));
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(command.title()));
            if response.on_hover_text(command.help()).clicked() {
                editor.ask_for(command);
            }
        }
        let title = if editor.tab().run.is_running == Motion::Running { "Stop" } else { "Run through" };
        if ui.add_enabled(editor.can(Command::Animate), Button::new(title)).clicked() {
            editor.ask_for(Command::Animate);
        }
        ui.spacing_mut().slider_width = 180.0;
        let slider = ui.add(Slider::new(&mut position, 0..=count).show_value(false));
        ui.ctx().accesskit_node_builder(slider.id, |node| node.set_label("Position in the trace"));
        ui.label(format!("step {position} of {count}"));
        ui.add(
            Slider::new(&mut editor.tab_mut().run.speed, 0.5..=60.0)
                .logarithmic(true)
                .suffix(" /s")
                .text("speed"),
        );
    });
    if position != editor.tab().game.as_ref().map_or(0, crate::game::Game::position) {
        let tab = editor.tab_mut();
        if let Some(game) = &mut tab.game {
            game.seek(position);
        }
        tab.look_at_game();
    }
    at_random(editor, ui);
    ui.separator();
    ui.columns(2, |columns| {
        steps(editor, &mut columns[0]);
        marking(editor, &mut columns[1]);
    });
}

fn at_random(editor: &mut Editor, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let run = &mut editor.tab_mut().run;
        ui.label("Random run: seed");
        let seed = ui.add(DragValue::new(&mut run.seed));
        ui.ctx().accesskit_node_builder(seed.id, |node| node.set_label("Seed"));
        ui.label("at most");
        let steps = ui.add(DragValue::new(&mut run.steps).range(1..=10_000_000).suffix(" steps"));
        ui.ctx().accesskit_node_builder(steps.id, |node| node.set_label("Steps"));
        ui.label("until");
        let until = TextEdit::singleline(&mut run.until).hint_text("tokens(place) >= 1").desired_width(180.0);
        named_field(ui, "Until", until);
        let problem = run.problem.clone();
        if ui.button("Go").clicked() {
            editor.ask_for(Command::RandomRun);
        }
        for (command, title) in [(Command::ImportTrace, "Import…"), (Command::ExportTrace, "Export…")] {
            if ui.button(title).clicked() {
                editor.ask_for(command);
            }
        }
        if let Some(problem) = problem {
            ui.colored_label(ui.visuals().error_fg_color, problem);
        }
    });
}

/// The firings, of which only those that are seen are laid out.
fn steps(editor: &mut Editor, ui: &mut Ui) {
    let Some(game) = &editor.tab().game else { return };
    let count = game.firings().len();
    let mut chosen = None;
    let height = ui.text_style_height(&egui::TextStyle::Body).max(ui.spacing().interact_size.y);
    ScrollArea::vertical().id_salt("steps").auto_shrink([false, false]).show_rows(
        ui,
        height,
        count + 1,
        |ui, rows| {
            for row in rows {
                let text = match row {
                    0 => "start".to_owned(),
                    _ => format!("{row}  {}", game.subject().step(game.firings()[row - 1])),
                };
                if ui.selectable_label(row == game.position(), text).clicked() {
                    chosen = Some(row);
                }
            }
        },
    );
    if let Some(position) = chosen {
        let tab = editor.tab_mut();
        if let Some(game) = &mut tab.game {
            game.seek(position);
        }
        tab.look_at_game();
    }
}

fn marking(editor: &mut Editor, ui: &mut Ui) {
    let Some(game) = &editor.tab().game else { return };
    let subject = game.subject();
    let palette = Palette::of(ui.ctx().theme());
    ScrollArea::vertical().id_salt("marking").auto_shrink([false, false]).show(ui, |ui| {
        let deployment = subject.deployment();
        let holds = |formula| pn_logic::holds_in(subject.net(), game.marking(), formula);
        if deployment.goal.as_ref().is_some_and(holds) {
            ui.colored_label(palette.good, "The goal is reached.");
        } else if holds(&deployment.failure) {
            ui.colored_label(palette.warn, "This is a declared failure.");
        } else if game.enabled().is_empty() {
            ui.colored_label(palette.bad, "Nothing can happen any more.");
        }
        for invariant in deployment.invariants.iter().filter(|invariant| !holds(&invariant.formula)) {
            ui.colored_label(palette.bad, format!("Invariant {} does not hold.", invariant.name));
        }
        let marked = subject.marked(game.marking());
        ui.label(RichText::new(format!("Marked: {}", marked.join(", "))));
        let enabled: Vec<String> = game.enabled().iter().take(40).map(|t| subject.step(*t)).collect();
        if !enabled.is_empty() {
            ui.label(RichText::new(format!("Enabled: {}", enabled.join(", "))).color(palette.good));
        }
    });
}
