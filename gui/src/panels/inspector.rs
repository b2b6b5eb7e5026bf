//! The inspector: everything about what is selected, or about the net.

use super::{annotation, counted, drawn, heading, named_field, note, page, quiet};
use crate::canvas::Act;
use crate::command::Command;
use crate::document::{ArcId, Item, Selection};
use crate::edit;
use crate::editor::Editor;
use egui::{DragValue, Id, ScrollArea, TextEdit, Ui};
use pn_deployment::annotation::{InvariantText, Located, NetAnnotation, Parameter};
use pn_logic::text::parse_formula;
use pn_net::MAX_TOKENS;
use pn_pnml::{NodeId, NodeKind};

/// Shows what is selected, or the net.
pub(crate) fn inspector(editor: &mut Editor, ui: &mut Ui) {
    ui.add_space(8.0);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let is_playing = editor.tab().game.is_some();
        if is_playing {
            quiet(ui, "The token game is on: nothing can be edited.");
        }
        // A page can be opened all the same.
        let single = editor.tab().selection.single();
        let is_enabled = !is_playing || matches!(single, Some(Item::Page(_)));
        ui.add_enabled_ui(is_enabled, |ui| match single {
            Some(Item::Node(id)) => node(editor, ui, id),
            Some(Item::Arc(id)) => arc(editor, ui, id),
            Some(Item::Note(id)) => note::note(editor, ui, id),
            Some(Item::Page(id)) => page::selected(editor, ui, id),
            None if editor.tab().selection.is_empty() => {
                page::shown(editor, ui);
                net(editor, ui);
            }
            None => several(editor, ui),
        });
    });
}

fn several(editor: &mut Editor, ui: &mut Ui) {
    let selection = &editor.tab().selection;
    let (nodes, arcs) = (selection.nodes().count(), selection.arcs().count());
    let more = [(selection.pages().count(), "page"), (selection.notes().count(), "note")];
    let mut words = format!("{} and {}", counted(nodes, "node"), counted(arcs, "arc"));
    for (count, noun) in more.into_iter().filter(|(count, _)| *count > 0) {
        words = format!("{words}, {}", counted(count, noun));
    }
    ui.heading(words);
    quiet(ui, "Drag one of them to move all; the arrow keys nudge.");
    for command in [Command::Duplicate, Command::Delete, Command::LayOut, Command::MoveToPage] {
        if ui.button(command.title()).clicked() {
            editor.ask_for(command);
        }
    }
}

fn node(editor: &mut Editor, ui: &mut Ui, id: NodeId) {
    let node = editor.tab().document.node(id).clone();
    let word = match node.kind {
        NodeKind::Place { .. } => "Place",
        NodeKind::Transition { .. } => "Transition",
        NodeKind::ReferencePlace { .. } => "Reference to a place",
        NodeKind::ReferenceTransition { .. } => "Reference to a transition",
    };
    ui.heading(word);
    heading(ui, "Name");
    let mut name = node.name.as_ref().map_or_else(String::new, |name| name.text.to_string());
    let hint = editor.tab().document.title(id).to_owned();
    let field = TextEdit::singleline(&mut name).hint_text(hint).desired_width(f32::INFINITY);
    let response = named_field(ui, "Name", field);
    if response.changed() {
        let tab = editor.tab_mut();
        let edit = edit::set_name(&tab.document, id, &name);
        tab.perform(edit);
    }
    if response.lost_focus() {
        editor.tab_mut().history.seal();
    }
    identifier(editor, ui, id, &node.id);
    match node.kind {
        NodeKind::Place { tokens, .. } => {
            heading(ui, "Tokens in the initial marking");
            let mut count = tokens;
            let response = ui.add(DragValue::new(&mut count).range(0..=MAX_TOKENS).speed(0.05));
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Tokens"));
            if count != tokens {
                let tab = editor.tab_mut();
                let edit = edit::set_tokens(&tab.document, id, count);
                edit.into_iter().for_each(|edit| tab.perform(edit));
            }
        }
        NodeKind::Transition { annotation } => {
            ui.separator();
            annotation::form(editor, ui, id, annotation.as_deref());
        }
        NodeKind::ReferencePlace { .. } | NodeKind::ReferenceTransition { .. } => {
            page::reference(editor, ui, id);
        }
    }
    colour(editor, ui, id);
    drawn::label(editor, ui, Item::Node(id));
    drawn::pin(editor, ui, id);
    arcs_of(editor, ui, id);
}

/// The identifier is changed once it is whole: everything that names it follows.
fn identifier(editor: &mut Editor, ui: &mut Ui, id: NodeId, now: &str) {
    heading(ui, "Identifier");
    let slot = Id::unique(("identifier", editor.tab().slot, id));
    let mut text = ui.data(|data| data.get_temp::<String>(slot)).unwrap_or_else(|| now.to_owned());
    let response =
        named_field(ui, "Identifier", TextEdit::singleline(&mut text).desired_width(f32::INFINITY));
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(slot, text.clone()));
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(slot));
        if text != now {
            let tab = editor.tab_mut();
            match edit::rename(&tab.document, id, &text) {
                Ok(edit) => tab.perform(edit),
                Err(problem) => editor.complain(problem.to_string()),
            }
        }
    }
    quiet(ui, "Formulas and other tools use the identifier.");
}

fn colour(editor: &mut Editor, ui: &mut Ui, id: NodeId) {
    heading(ui, "Colour");
    ui.horizontal(|ui| {
        let swatches = [
            ("Own", None),
            ("Yellow", Some("#f4d35e")),
            ("Green", Some("#8fc98f")),
            ("Blue", Some("#8fb8ee")),
            ("Red", Some("#ee9a94")),
        ];
        for (name, color) in swatches {
            let mut button = egui::Button::new(egui::RichText::new(name).small());
            if let Some(fill) = color.and_then(crate::theme::css_color) {
                button = egui::Button::new(egui::RichText::new(name).small().color(egui::Color32::BLACK))
                    .fill(fill);
            }
            if ui.add(button).clicked() {
                let tab = editor.tab_mut();
                let edit = edit::set_fill(&tab.document, id, color);
                tab.perform(edit);
            }
        }
    });
}

/// The arcs at a node, to go along them.
fn arcs_of(editor: &mut Editor, ui: &mut Ui, id: NodeId) {
    let tab = editor.tab();
    let describe = |arc: &pn_pnml::DrawnArc| match arc.source == id {
        true => format!("to {}", tab.document.title(arc.target)),
        false => format!("from {}", tab.document.title(arc.source)),
    };
    let arcs: Vec<(ArcId, String)> = tab
        .document
        .arcs()
        .filter(|(_, arc)| arc.source == id || arc.target == id)
        .map(|(arc, drawn)| (arc, describe(drawn)))
        .collect();
    if arcs.is_empty() {
        return;
    }
    heading(ui, &counted(arcs.len(), "arc"));
    let mut chosen = None;
    for (arc, words) in arcs.iter().take(50) {
        if ui.link(words).clicked() {
            chosen = Some(*arc);
        }
    }
    if let Some(arc) = chosen {
        let context = ui.ctx().clone();
        editor.act(Act::Select(Selection::only(Item::Arc(arc))), &context);
    }
}

fn arc(editor: &mut Editor, ui: &mut Ui, id: ArcId) {
    let tab = editor.tab_mut();
    let arc = tab.document.arc(id).clone();
    ui.heading("Arc");
    ui.label(format!("from {}", tab.document.title(arc.source)));
    ui.label(format!("to {}", tab.document.title(arc.target)));
    heading(ui, "Weight");
    let mut weight = arc.weight;
    let response = ui.add(DragValue::new(&mut weight).range(1..=MAX_TOKENS).speed(0.05));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Weight"));
    quiet(ui, "So many tokens it takes or gives at once.");
    if weight != arc.weight {
        let edit = edit::set_arc_weight(&tab.document, id, weight);
        tab.perform(edit);
    }
    let bends = arc.graphics.as_ref().map_or(0, |graphics| graphics.bends.len());
    heading(ui, &counted(bends, "bend point"));
    quiet(ui, "Drag the arc to add one, double-click one to remove it.");
    if bends > 0 && ui.button("Straighten").clicked() {
        let edit = edit::bend(&tab.document, id, Vec::new());
        tab.perform(edit);
    }
    drawn::label(editor, ui, Item::Arc(id));
    if ui.button("Delete").clicked() {
        editor.ask_for(Command::Delete);
    }
}

fn net(editor: &mut Editor, ui: &mut Ui) {
    let pnml = editor.tab().document.pnml();
    let mut name = pnml.name.as_ref().map_or_else(String::new, |name| name.text.to_string());
    let annotation = pnml.annotation.clone();
    ui.heading("Net");
    heading(ui, "Name");
    let field = TextEdit::singleline(&mut name).hint_text("What is it for?").desired_width(f32::INFINITY);
    let response = named_field(ui, "Net name", field);
    if response.changed() {
        let tab = editor.tab_mut();
        let edit = edit::set_net_name(&tab.document, &name);
        tab.perform(edit);
    }
    if response.lost_focus() {
        editor.tab_mut().history.seal();
    }
    promises(editor, ui, annotation);
}

fn promises(editor: &mut Editor, ui: &mut Ui, old: NetAnnotation) {
    let mut new = old.clone();
    let mut field = "";
    ui.separator();
    heading(ui, "Goal");
    quiet(ui, "Where this holds, the deployment is complete.");
    if formula(editor, ui, "Goal", &mut new.goal) {
        field = "goal";
    }
    heading(ui, "Declared failure");
    quiet(ui, "Ending where this holds is a failure that you foresaw.");
    if formula(editor, ui, "Declared failure", &mut new.failure) {
        field = "failure";
    }
    heading(ui, "Invariants");
    quiet(ui, "They hold in every marking: proved before the run, enforced during it.");
    let mut gone = None;
    for (index, invariant) in new.invariants.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let name = TextEdit::singleline(&mut invariant.name.value).desired_width(170.0);
            if named_field(ui, &format!("Invariant {} name", index + 1), name).changed() {
                field = "invariant name";
            }
            if ui.button("Remove").clicked() {
                gone = Some(index);
            }
        });
        let mut text = Some(invariant.formula.clone());
        if formula(editor, ui, &format!("Invariant {}", index + 1), &mut text) {
            field = "invariant";
            invariant.formula = text.unwrap_or_default();
        }
    }
    if let Some(index) = gone {
        new.invariants.remove(index);
        field = "invariants";
    }
    if ui.button("Add invariant").clicked() {
        let name = Located { value: format!("invariant{}", new.invariants.len() + 1), ..Located::default() };
        let formula = Located { value: "true".to_owned(), ..Located::default() };
        new.invariants.push(InvariantText { name, formula });
        field = "invariants";
    }
    heading(ui, "Parameters");
    quiet(ui, "Values that are given for a run: {{ name }} stands for them.");
    parameters(ui, &mut new, &mut field);
    heading(ui, "Drift that the proofs cover");
    let mut faults = new.faults.as_ref().map_or_else(String::new, |faults| faults.value.clone());
    let hint =
        TextEdit::singleline(&mut faults).hint_text("none, 1 drifts, any").desired_width(f32::INFINITY);
    if named_field(ui, "Faults", hint).changed() {
        new.faults = (!faults.trim().is_empty()).then(|| Located { value: faults, ..Located::default() });
        field = "faults";
    }
    if new != old {
        let tab = editor.tab_mut();
        let edit = edit::set_net_annotation(&tab.document, new, field);
        tab.perform(edit);
    }
}

fn parameters(ui: &mut Ui, new: &mut NetAnnotation, field: &mut &'static str) {
    let mut gone = None;
    for (index, parameter) in new.parameters.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let name = TextEdit::singleline(&mut parameter.name.value).desired_width(90.0);
            if named_field(ui, &format!("Parameter {} name", index + 1), name).changed() {
                *field = "parameter name";
            }
            let mut default = parameter.default.clone().unwrap_or_default();
            let value = TextEdit::singleline(&mut default).hint_text("must be set").desired_width(80.0);
            if named_field(ui, &format!("Parameter {} default", index + 1), value).changed() {
                parameter.default = (!default.is_empty()).then_some(default);
                *field = "parameter default";
            }
            if ui.button("Remove").clicked() {
                gone = Some(index);
            }
        });
    }
    if let Some(index) = gone {
        new.parameters.remove(index);
        *field = "parameters";
    }
    if ui.button("Add parameter").clicked() {
        let name = Located { value: format!("parameter{}", new.parameters.len() + 1), ..Located::default() };
        new.parameters.push(Parameter { name, default: None });
        *field = "parameters";
    }
}

/// A formula with its mistakes below it. Says whether it was changed.
fn formula(editor: &Editor, ui: &mut Ui, name: &str, text: &mut Option<Located<String>>) -> bool {
    let mut value = text.as_ref().map_or_else(String::new, |text| text.value.clone());
    let hint = "tokens(place) >= 1 and not fireable(transition)";
    let field = TextEdit::multiline(&mut value)
        .hint_text(hint)
        .desired_rows(1)
        .desired_width(f32::INFINITY)
        .font(egui::TextStyle::Monospace);
    let mut is_changed = named_field(ui, name, field).changed();
    is_changed |= mistakes(editor, ui, &mut value);
    if is_changed {
        *text = (!value.trim().is_empty()).then(|| Located { value: value.clone(), ..Located::default() });
    }
    is_changed
}

/// The most names that are offered for one that is not known.
const OFFERED: usize = 6;

/// What is wrong with a formula, and for names that are not known those that may be meant: by the
/// beginning of the identifier, or by a part of the name. Says whether one was chosen.
fn mistakes(editor: &Editor, ui: &mut Ui, value: &mut String) -> bool {
    let document = &editor.tab().document;
    let Some(meaning) = editor.tab().facts.meaning.as_ref().filter(|_| !value.trim().is_empty()) else {
        return false;
    };
    let Err(errors) = parse_formula(meaning.net(), value) else { return false };
    let mut chosen = None;
    for error in errors.iter().take(2) {
        let at = value.get(error.span.start..error.span.end).unwrap_or_default();
        let place = if at.is_empty() { String::new() } else { format!("at `{at}`: ") };
        ui.colored_label(ui.visuals().error_fg_color, format!("{place}{error}"));
        let wanted = at.to_lowercase();
        if wanted.is_empty() {
            continue;
        }
        let is_meant = |node: &&pn_pnml::Node| {
            let is_named = node.name.as_ref().is_some_and(|name| name.text.to_lowercase().contains(&wanted));
            node.id.to_lowercase().starts_with(&wanted) || is_named
        };
        ui.horizontal_wrapped(|ui| {
            for node in document.nodes().map(|(_, node)| node).filter(is_meant).take(OFFERED) {
                let title = crate::document::title(node);
                let words =
                    if title == node.id { title.to_owned() } else { format!("{} ({title})", node.id) };
                if ui.small_button(words).on_hover_text("Puts its identifier there.").clicked() {
                    chosen = Some((error.span.start..error.span.end, node.id.to_string()));
                }
            }
        });
    }
    let Some((span, id)) = chosen else { return false };
    value.replace_range(span, &id);
    true
}
