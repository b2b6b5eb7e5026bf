//! Runs: the one that the tab shows, or those that can be shown.

use super::super::{heading, quiet};
use crate::command::Command;
use crate::editor::{Editor, RunView, Tab};
use crate::theme::Palette;
use egui::{Button, RichText, ScrollArea, Ui};
use pn_deployment::{Outcome, Role};
use pn_executor::{RunState, Standing, Why};
use pn_net::TransitionId;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How many transitions deep it is told what a transition waits for.
const DEPTH: usize = 5;

pub(super) fn run(editor: &mut Editor, ui: &mut Ui) {
    if editor.tab().run_view.is_some() {
        shown(editor, ui);
    } else {
        choice(editor, ui);
    }
}

/// `running`, `interrupted`, or how it ended.
fn state(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Interrupted => "interrupted",
        RunState::Ended(end) => end.word(),
    }
}

fn choice(editor: &mut Editor, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let button = Button::new("Run this file");
        if ui
            .add_enabled(editor.can(Command::RunFile), button)
            .on_hover_text(Command::RunFile.help())
            .clicked()
        {
            editor.ask_for(Command::RunFile);
        }
        if ui.button("Look for runs").clicked() {
            editor.look_for_runs();
        }
        if let Some(why) = why_not(editor) {
            quiet(ui, why);
        }
    });
    let mut chosen: Option<PathBuf> = None;
    ui.columns(2, |columns| {
        ScrollArea::vertical().id_salt("runs").auto_shrink([false, false]).show(&mut columns[0], |ui| {
            if editor.runs.known.is_empty() {
                quiet(ui, "No runs are known.");
            }
            for run in editor.runs.known.iter().rev() {
                let words =
                    format!("{}  {}  {}, {} firings", run.run, state(run.state), run.source, run.firings);
                if ui.link(words).on_hover_text("Shows it, and follows it while it goes on.").clicked() {
                    chosen = Some(run.path.clone());
                }
            }
        });
        said(editor, &mut columns[1]);
    });
    if let Some(journal) = chosen {
        let context = ui.ctx().clone();
        editor.attach(&journal, &context);
    }
}

/// Why the file cannot be run now.
fn why_not(editor: &Editor) -> Option<&'static str> {
    let tab = editor.tab();
    match () {
        () if editor.settings.program.is_none() => {
            Some("The program `pn` is neither beside the editor nor on the PATH.")
        }
        () if tab.path.is_none() || tab.is_dirty() => Some("Save the net first: the file is what runs."),
        () if !tab.makes_sense() => Some("The annotations have mistakes; see Problems."),
        () => None,
    }
}

/// What the program says that was started.
fn said(editor: &Editor, ui: &mut Ui) {
    let Some(program) = &editor.runs.program else { return };
    ScrollArea::vertical().id_salt("said").auto_shrink([false, false]).stick_to_bottom(true).show(ui, |ui| {
        for line in program.lines() {
            ui.label(RichText::new(line).monospace());
        }
        if let Some(status) = program.status() {
            quiet(ui, status);
        }
    });
}

fn shown(editor: &mut Editor, ui: &mut Ui) {
    let palette = Palette::of(ui.ctx().theme());
    let Some(RunView { status: Some(status), file, problem, .. }) = &editor.tab().run_view else {
        ui.spinner();
        return;
    };
    let (words, problem) =
        (format!("Run {} of {file}: {}", status.summary.run, state(status.summary.state)), problem.clone());
    let waiting = status.waiting.clone();
    let is_over = status.summary.state != RunState::Running;
    let is_ours = editor.runs.program.as_ref().is_some_and(|program| program.status().is_none());
    let mut approved = None;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(words).strong());
        for (transition, by) in &waiting {
            let button = Button::new(format!("Approve {transition}"));
            if ui.add(button).on_hover_text(format!("For {by} to approve.")).clicked() {
                approved = Some(transition.clone());
            }
        }
        if is_ours
            && !is_over
            && ui
                .button("Interrupt")
                .on_hover_text("Nothing new starts; a second time, what runs is cancelled.")
                .clicked()
        {
            editor.ask_for(Command::InterruptRun);
        }
        if is_over
            && ui
                .add_enabled(editor.can(Command::RollBack), Button::new("Roll back"))
                .on_hover_text(Command::RollBack.help())
                .clicked()
        {
            editor.ask_for(Command::RollBack);
        }
    });
    if let Some(problem) = problem {
        ui.colored_label(palette.bad, problem);
    }
    if let Some(transition) = approved {
        editor.approve(&transition);
    }
    let tab = editor.tab();
    ui.columns(3, |columns| {
        attempts(tab, &mut columns[0]);
        log(tab, &mut columns[1]);
        columns[2].vertical(|ui| {
            waits(tab, ui);
            said(editor, ui);
        });
    });
}

/// `1m30s`, to the tenth of a second.
fn lasting(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn attempts(tab: &Tab, ui: &mut Ui) {
    let palette = Palette::of(ui.ctx().theme());
    let Some(status) = tab.run_view.as_ref().and_then(|view| view.status.as_ref()) else { return };
    heading(ui, "Actions");
    ScrollArea::vertical().id_salt("attempts").auto_shrink([false, false]).stick_to_bottom(true).show(
        ui,
        |ui| {
            for attempt in &status.attempts {
                let (words, color) = match (&attempt.ended, &attempt.frozen) {
                    (_, Some(why)) => (format!("frozen: {why}"), palette.bad),
                    (None, None) => ("running".to_owned(), palette.accent),
                    (Some((at, outcome)), None) => {
                        let took = lasting(at.saturating_sub(attempt.started));
                        let color = if matches!(outcome, Outcome::Ok | Outcome::Same) {
                            palette.good
                        } else {
                            palette.bad
                        };
                        (format!("{} after {took}", outcome.word()), color)
                    }
                };
                ui.horizontal_wrapped(|ui| {
                    ui.label(&attempt.action);
                    ui.colored_label(color, words);
                    for more in attempt.message.iter().chain(&attempt.exit) {
                        quiet(ui, more.as_str());
                    }
                });
            }
        },
    );
}

/// The log; that of the selected transition, if one is.
fn log(tab: &Tab, ui: &mut Ui) {
    let Some(view) = &tab.run_view else { return };
    let selected = selected(tab).map(|(_, name)| name);
    heading(ui, selected.as_deref().map_or("Log".to_owned(), |name| format!("Log of {name}")).as_str());
    ScrollArea::vertical().id_salt("log").auto_shrink([false, false]).stick_to_bottom(true).show(ui, |ui| {
        let is_meant = |transition: &Option<String>| match (&selected, transition) {
            (None, _) => true,
            (Some(name), Some(own)) => {
                own == name || own.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            (Some(_), None) => false,
        };
        for entry in view.log.iter().filter(|entry| is_meant(&entry.transition)) {
            let mut words = format!("{}  {}", lasting(entry.at), entry.word);
            for more in entry.transition.iter().chain(&entry.text) {
                words.push_str("  ");
                words.push_str(more);
            }
            ui.label(RichText::new(words).small());
        }
    });
}

/// The transition that is selected: in the net that runs, and its name.
fn selected(tab: &Tab) -> Option<(TransitionId, String)> {
    let crate::document::Item::Node(node) = tab.selection.single()? else { return None };
    let name = tab.document.node(tab.document.behind(node)).id.to_string();
    let transition = tab.game.as_ref()?.subject().net().find_transition(&name)?;
    Some((transition, name))
}

/// What the selected transition waits for, at this position of the run.
fn waits(tab: &Tab, ui: &mut Ui) {
    let (Some(game), Some((transition, name))) = (&tab.game, selected(tab)) else {
        quiet(ui, "Select a transition to see what it waits for.");
        return;
    };
    heading(ui, &format!("Why {name}?"));
    let deployment = game.subject().deployment();
    let mut in_flight = BTreeMap::new();
    if let Some(status) = tab.run_view.as_ref().and_then(|view| view.status.as_ref())
        && game.position() == game.firings().len()
    {
        for action in
            status.in_flight().filter_map(|attempt| game.subject().net().find_transition(&attempt.action))
        {
            *in_flight.entry(action).or_insert(0) += 1;
        }
    }
    let why = pn_executor::why(deployment, game.marking(), &in_flight, transition, DEPTH);
    let mut lines = Vec::new();
    told(tab, &why, 0, &mut lines);
    for (depth, line) in lines {
        ui.horizontal_wrapped(|ui| {
            ui.add_space(14.0 * depth as f32);
            ui.label(RichText::new(line).small());
        });
    }
}

fn told(tab: &Tab, why: &Why, depth: usize, lines: &mut Vec<(usize, String)>) {
    let Some(game) = &tab.game else { return };
    let subject = game.subject();
    let stands = match why.standing {
        Standing::Enabled => match subject.deployment().role(why.transition) {
            Role::Approval { .. } => "can fire once it is approved",
            Role::Timer { .. } | Role::Retry { .. } => "can fire when its time has come",
            Role::Event { .. } | Role::Drift { .. } => "can fire when it is observed",
            Role::Outcome { .. } => "fires on its result",
            _ => "can fire now",
        },
        Standing::InFlight => "its action is running",
        Standing::Disabled => "has to wait",
        Standing::ToldBefore => "see above",
        Standing::TooDeep => "has to wait",
    };
    lines.push((depth, format!("{}: {stands}", subject.step(why.transition))));
    for missing in &why.missing {
        let short = match missing.needs {
            1 => format!("{} is empty", subject.place(missing.place)),
            needs => format!("{} has {} of {needs} tokens", subject.place(missing.place), missing.holds),
        };
        let ending = if missing.producers.is_empty() { ", and nothing ever fills it" } else { "" };
        lines.push((depth + 1, format!("{short}{ending}")));
        for producer in &missing.producers {
            told(tab, producer, depth + 2, lines);
        }
    }
}
