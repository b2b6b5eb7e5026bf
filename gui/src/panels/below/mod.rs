//! The panel below the canvas: problems, verification, the trace, simulation, structure, the graph.

mod graph;
mod problems;
mod run;
mod simulation;
mod structure;
mod trace;
mod verification;

use crate::editor::{Bottom, Editor};
use egui::Ui;

/// Shows one of them.
pub(crate) fn below(editor: &mut Editor, ui: &mut Ui) {
    // The panel keeps its height, whatever it shows: the canvas must not move.
    ui.set_min_height(ui.available_height());
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let tab = editor.tab();
        let problems = tab.facts.remarks.len() + tab.warnings.len();
        let problems = if problems == 0 { "Problems".to_owned() } else { format!("Problems ({problems})") };
        for (bottom, title) in [
            (Bottom::Problems, problems.as_str()),
            (Bottom::Verify, "Verification"),
            (Bottom::Trace, "Trace"),
            (Bottom::Simulation, "Simulation"),
            (Bottom::Structure, "Structure"),
            (Bottom::Graph, "Graph"),
            (Bottom::Run, "Runs"),
        ] {
            if ui.selectable_label(editor.bottom == bottom, title).clicked() {
                editor.bottom = bottom;
            }
        }
    });
    ui.separator();
    match editor.bottom {
        Bottom::Problems => problems::problems(editor, ui),
        Bottom::Verify => verification::verification(editor, ui),
        Bottom::Trace => trace::trace(editor, ui),
        Bottom::Simulation => simulation::simulation(editor, ui),
        Bottom::Structure => structure::structure(editor, ui),
        Bottom::Graph => graph::graph(editor, ui),
        Bottom::Run => run::run(editor, ui),
    }
}
