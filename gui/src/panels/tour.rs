//! The tour: what can be done, shown with the example of a rollout.

use crate::command::Command;
use crate::editor::Editor;
use egui::{Align2, Area, Frame, Id, Order, RichText, Ui, Vec2};

/// The example that the tour is given with.
const ROLLOUT: &str = include_str!("../../../examples/nets/rollout.pnml");

/// What is said, and the command that a button offers meanwhile.
const STEPS: [(&str, &str, Option<Command>); 6] = [
    (
        "A rollout over three hosts",
        "Circles are places: a token in one says that it is so. Bars are transitions: blue ones act on a host, the orange one waits for a person. A transition fires when every place before it has a token; it takes those, and puts one into every place behind it.",
        None,
    ),
    (
        "Play it",
        "What can happen shines green: click it. Comma takes a step back, R goes on at random. Nothing can be edited meanwhile; F5 again ends the game.",
        Some(Command::Play),
    ),
    (
        "Verify it",
        "Can it get stuck? Can it always finish? Do at least two hosts stay in the balancer? Every answer says how it was found, and one that fails has a run that shows it.",
        Some(Command::Verify),
    ),
    (
        "What a transition does",
        "Click a bar: the panel at the right says what it stands for, with a field for everything that its kind of resource knows. With nothing selected, the panel is about the net: goal, invariants, parameters.",
        None,
    ),
    (
        "Draw",
        "P and T add places and transitions. Drag the + beside a node to draw an arc, or into the empty to grow the net. F2 edits in place, Ctrl+Z takes back whatever you did.",
        None,
    ),
    (
        "And then",
        "Ctrl+S saves. Runs shows what a deployment does while it runs. F1 lists all keys, Ctrl+Shift+P all commands, and the Help menu says what is what.",
        None,
    ),
];

impl Editor {
    /// Opens the example in a tab of its own and begins.
    pub(crate) fn start_tour(&mut self) {
        if let (Some(document), _) = crate::files::read_document(ROLLOUT.as_bytes()) {
            self.add_tab(document);
            self.tour = Some(0);
        }
    }
}

/// The present step, over the canvas.
pub(super) fn tour(editor: &mut Editor, ui: &Ui) {
    let (Some(step), Some(rect)) = (editor.tour, editor.tab().canvas.rect) else { return };
    let Some((title, text, command)) = STEPS.get(step) else { return };
    let mut next = Some(step);
    Area::new(Id::unique("tour"))
        .order(Order::Foreground)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(rect.left_bottom() + Vec2::new(14.0, -14.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(360.0);
                ui.label(RichText::new(*title).strong());
                ui.label(*text);
                ui.horizontal(|ui| {
                    if let Some(command) = command
                        && ui
                            .button(format!("{} it", command.title().split(' ').next().unwrap_or_default()))
                            .clicked()
                    {
                        editor.ask_for(*command);
                    }
                    let is_last = step + 1 == STEPS.len();
                    if step > 0 && ui.button("Back").clicked() {
                        next = Some(step - 1);
                    }
                    if !is_last && ui.button("Next").clicked() {
                        next = Some(step + 1);
                    }
                    if ui.button("End the tour").clicked() {
                        next = None;
                    }
                    ui.label(RichText::new(format!("{} of {}", step + 1, STEPS.len())).weak());
                });
            });
        });
    editor.tour = next;
}
