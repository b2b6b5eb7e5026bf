//! Simulation: tokens over time in one run, and how all runs end.

use super::super::quiet;
use crate::command::Command;
use crate::document::Item;
use crate::editor::{Editor, Tab};
use crate::jobs::{Simulated, histogram};
use egui::{Button, DragValue, Ui};
use egui_plot::{Bar, BarChart, Legend, Line, Plot, PlotPoints};
use pn_net::{Net, PlaceId};

/// The most lines of a plot, where nothing is selected.
const LINES: usize = 8;
/// The most bars of a histogram.
const BARS: u64 = 40;

pub(super) fn simulation(editor: &mut Editor, ui: &mut Ui) {
    form(editor, ui);
    let tab = editor.tab_mut();
    let Some(result) = tab.simulation.as_mut().and_then(|simulation| simulation.result().cloned()) else {
        quiet(ui, "Fires the net as drawn at random, many times: tokens over time, and how the runs end.");
        return;
    };
    let tab = editor.tab();
    let Some(net) = tab.simulated.as_ref() else { return };
    ui.label(in_words(&result));
    let shown = shown(tab, net, &result);
    ui.columns(2, |columns| {
        course(&mut columns[0], net, &result, &shown);
        ends(&mut columns[1], net, &result, &shown);
    });
}

fn form(editor: &mut Editor, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let tab = editor.tab_mut();
        let number = |ui: &mut Ui, name: &str, value: DragValue<'_>| {
            ui.label(name);
            let response = ui.add(value);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
        };
        number(ui, "Runs", DragValue::new(&mut tab.plan.runs).range(1..=1_000_000));
        number(ui, "Steps at most", DragValue::new(&mut tab.plan.steps).range(1..=1_000_000));
        number(ui, "Seed of the runs", DragValue::new(&mut tab.plan.seed));
        let at_work = tab.simulation.as_mut().and_then(|simulation| match simulation.result() {
            Some(_) => None,
            None => Some(&*simulation),
        });
        match at_work {
            Some(simulation) => {
                if ui.button("Stop").clicked() {
                    simulation.cancel();
                }
                ui.spinner();
                ui.label(format!("{} of {} runs", simulation.done(), simulation.plan.runs));
            }
            None => {
                if ui.add_enabled(editor.can(Command::Simulate), Button::new("Simulate")).clicked() {
                    editor.ask_for(Command::Simulate);
                }
                if editor.can(Command::ExportCourse) && ui.button("Export…").clicked() {
                    editor.ask_for(Command::ExportCourse);
                }
            }
        }
    });
}

/// How many runs there were and how they ended.
fn in_words(result: &Simulated) -> String {
    let Simulated { plan, summary, .. } = result;
    let mut words = format!(
        "{} with seed {}, {:.1} steps on average ({} to {})",
        super::super::counted(usize::try_from(summary.runs).unwrap_or(usize::MAX), "run"),
        plan.seed,
        summary.mean_steps(),
        summary.shortest,
        summary.longest
    );
    for (count, what) in [
        (summary.dead, "ended because nothing was enabled"),
        (summary.steps, "ended after all steps"),
        (summary.overflow, "ended in an overflow"),
        (summary.cancelled, "were stopped"),
    ] {
        if count > 0 {
            words.push_str(&format!("; {count} {what}"));
        }
    }
    words + "."
}

/// The places that are shown: those that are selected, or the first that change.
fn shown(tab: &Tab, net: &Net, result: &Simulated) -> Vec<PlaceId> {
    let selected = tab.selection.iter().filter_map(|item| match item {
        Item::Node(id) => net.find_place(&tab.document.node(tab.document.behind(id)).id),
        Item::Arc(_) | Item::Note(_) | Item::Page(_) => None,
    });
    let selected: Vec<PlaceId> = selected.collect();
    if !selected.is_empty() {
        return selected;
    }
    let first = net.initial();
    let changes = |place: &PlaceId| {
        result.course.iter().any(|(_, marking)| marking.tokens(*place) != first.tokens(*place))
    };
    net.places().filter(changes).take(LINES).collect()
}

fn course(ui: &mut Ui, net: &Net, result: &Simulated, shown: &[PlaceId]) {
    quiet(ui, "Tokens over the steps of the first run. Select places to see them alone.");
    let plot = Plot::new("course").legend(Legend::default()).allow_scroll(false).include_y(0.0);
    plot.show(ui, |plot| {
        for place in shown {
            let points =
                result.course.iter().map(|(step, marking)| [*step as f64, marking.tokens(*place) as f64]);
            plot.line(Line::new(net.place_label(*place), points.collect::<PlotPoints<'_>>()));
        }
    });
}

fn ends(ui: &mut Ui, net: &Net, result: &Simulated, shown: &[PlaceId]) {
    let (title, values) = match shown {
        [only] => (
            format!("How many tokens {} has at the end, over all runs.", net.place_label(*only)),
            result.ends[only.index()].clone(),
        ),
        _ => {
            let mut lengths = std::collections::BTreeMap::new();
            result.lengths.iter().for_each(|length| *lengths.entry(*length).or_default() += 1);
            ("How long the runs are. Select one place to see its tokens at the end.".to_owned(), lengths)
        }
    };
    quiet(ui, title);
    let bars = histogram(&values, BARS).into_iter().map(|(least, width, count)| {
        Bar::new(least as f64 + (width - 1) as f64 / 2.0, f64::from(count)).width(width as f64 * 0.9)
    });
    let chart = BarChart::new("runs", bars.collect());
    Plot::new("ends").allow_scroll(false).include_y(0.0).show(ui, |plot| plot.bar_chart(chart));
}
