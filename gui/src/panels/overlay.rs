//! What stands over the canvas: fields where they are drawn, choices, the search.

use super::{named_field, note};
use crate::command::Command;
use crate::document::{Item, position};
use crate::edit;
use crate::editor::{Editor, Freshness, InPlace};
use egui::{Align2, Area, Frame, Id, Key, Order, Pos2, TextEdit, Ui, Vec2};
use pn_deployment::annotation::KindText;
use pn_pnml::graphics::Point;
use pn_pnml::{Node, NodeId, NodeKind};

/// Everything that stands over the canvas.
pub(crate) fn over_the_canvas(editor: &mut Editor, ui: &mut Ui) {
    in_place(editor, ui);
    choice(editor, ui);
    search(editor, ui);
    welcome(editor, ui);
    super::tour::tour(editor, ui);
}

fn anchored(ui: &Ui, id: &str, at: Pos2, content: impl FnOnce(&mut Ui)) {
    Area::new(Id::unique(id)).order(Order::Foreground).fixed_pos(at).constrain(true).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, content);
    });
}

fn on_screen(editor: &Editor, point: Point) -> Option<Pos2> {
    let canvas = &editor.tab().canvas;
    canvas.rect.map(|rect| canvas.view.screen(rect, point))
}

/// The fields of a node or an arc, where it is drawn.
fn in_place(editor: &mut Editor, ui: &mut Ui) {
    let Some(mut fields) = editor.tab_mut().in_place.take() else { return };
    let tab = editor.tab();
    let at = match fields.item {
        Item::Node(id) => position(tab.document.node(id)),
        Item::Arc(id) => {
            let arc = tab.document.arc(id);
            let (a, b) = (position(tab.document.node(arc.source)), position(tab.document.node(arc.target)));
            Point { x: f64::midpoint(a.x, b.x), y: f64::midpoint(a.y, b.y) }
        }
        Item::Note(id) => {
            let Some(note) = tab.document.note(id) else { return };
            note.corner
        }
        Item::Page(id) => tab.document.symbol(id),
    };
    let Some(at) = on_screen(editor, at) else { return };
    // In a note, Enter begins a line.
    let is_note = matches!(fields.item, Item::Note(_));
    let mut is_done =
        ui.input(|input| input.key_pressed(Key::Enter) && (!is_note || input.modifiers.command));
    let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
    anchored(ui, "in place", at + Vec2::new(18.0, 14.0), |ui| {
        if is_note {
            note::field(ui, &mut fields);
        }
        if let Item::Node(_) | Item::Page(_) = fields.item {
            let field = TextEdit::singleline(&mut fields.name).hint_text("Name").desired_width(150.0);
            let response = named_field(ui, "Name in place", field);
            if fields.is_new == Freshness::New {
                response.request_focus();
            }
        }
        if !fields.number.is_empty() || matches!(fields.item, Item::Arc(_)) {
            let (name, hint) = match fields.item {
                Item::Node(_) | Item::Note(_) | Item::Page(_) => ("Tokens in place", "Tokens"),
                Item::Arc(_) => ("Weight in place", "Weight"),
            };
            ui.horizontal(|ui| {
                ui.label(hint);
                let field = TextEdit::singleline(&mut fields.number).desired_width(80.0);
                let response = named_field(ui, name, field);
                if fields.is_new == Freshness::New && matches!(fields.item, Item::Arc(_)) {
                    response.request_focus();
                }
            });
        }
        if ui.button("Done").clicked() {
            is_done = true;
        }
    });
    fields.is_new = Freshness::Seen;
    if is_given_up {
        return;
    }
    match is_done {
        true => finish(editor, &fields),
        false => editor.tab_mut().in_place = Some(fields),
    }
}

/// Takes over what stands in the fields.
fn finish(editor: &mut Editor, fields: &InPlace) {
    let number = fields.number.trim().parse::<u64>();
    let tab = editor.tab_mut();
    tab.history.seal();
    match fields.item {
        Item::Node(id) => {
            let node = tab.document.node(id).clone();
            if node.name.as_ref().map_or("", |name| name.text.as_str()) != fields.name {
                let edit = edit::set_name(&tab.document, id, fields.name.trim());
                tab.perform(edit);
            }
            let NodeKind::Place { tokens, .. } = node.kind else { return };
            match number {
                Ok(count) if count != tokens => {
                    let edit = edit::set_tokens(&tab.document, id, count);
                    edit.into_iter().for_each(|edit| tab.perform(edit));
                }
                Ok(_) => {}
                Err(_) => editor.complain(format!("`{}` is no number of tokens.", fields.number)),
            }
        }
        Item::Note(id) => note::finish(editor, id, &fields.name),
        Item::Page(id) => {
            let now = tab.document.page(id).name.as_ref().map_or("", |name| name.text.as_str());
            if now != fields.name {
                let edit = edit::set_page_name(&tab.document, id, fields.name.trim());
                tab.perform(edit);
            }
        }
        Item::Arc(id) => match number {
            Ok(weight) if weight >= 1 => {
                let edit = edit::set_arc_weight(&tab.document, id, weight);
                tab.perform(edit);
            }
            _ => editor.complain(format!("`{}` is no weight: an arc weighs at least 1.", fields.number)),
        },
    }
    editor.tab_mut().history.seal();
}

/// Which of several firings that are drawn as one transition.
fn choice(editor: &mut Editor, ui: &mut Ui) {
    let tab = editor.tab();
    let (Some(game), Some(first)) = (&tab.game, tab.choice.first()) else { return };
    let node =
        tab.facts.meaning.as_ref().and_then(|meaning| {
            meaning.transition_nodes.get(game.subject().shown_at(*first).index()).copied()
        });
    let Some(at) = node.and_then(|node| on_screen(editor, position(editor.tab().document.node(node)))) else {
        return;
    };
    let steps: Vec<_> =
        tab.choice.iter().map(|transition| (*transition, game.subject().step(*transition))).collect();
    let mut chosen = None;
    anchored(ui, "choice", at + Vec2::new(18.0, 14.0), |ui| {
        ui.label("What happens?");
        for (transition, words) in &steps {
            if ui.button(words).clicked() {
                chosen = Some(*transition);
            }
        }
    });
    if let Some(transition) = chosen
        && let Err(problem) = editor.tab_mut().fire(&[transition])
    {
        editor.complain(problem);
    }
}

/// Finds nodes; Enter goes from one to the next.
fn search(editor: &mut Editor, ui: &mut Ui) {
    let Some(mut search) = editor.search.take() else { return };
    let Some(rect) = editor.tab().canvas.rect else { return };
    let wanted = search.text.trim().to_lowercase();
    let found: Vec<NodeId> = match wanted.is_empty() {
        true => Vec::new(),
        false => {
            let nodes = editor.tab().document.nodes();
            nodes.filter(|(_, node)| is_found(node, &wanted)).map(|(id, _)| id).collect()
        }
    };
    let mut is_closed = ui.input(|input| input.key_pressed(Key::Escape));
    let (mut is_entered, mut is_changed) = (false, false);
    Area::new(Id::unique("search"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_TOP)
        .fixed_pos(rect.right_top() + Vec2::new(-12.0, 12.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.horizontal(|ui| {
                    let hint = "Name, identifier, kind, host";
                    let field = TextEdit::singleline(&mut search.text).hint_text(hint).desired_width(210.0);
                    let response = named_field(ui, "Find", field);
                    if std::mem::take(&mut search.is_new) {
                        response.request_focus();
                    }
                    is_changed = response.changed();
                    is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                    if is_entered {
                        response.request_focus();
                    }
                    ui.label(match found.len() {
                        0 => "none".to_owned(),
                        count => format!("{} of {count}", search.at % count + 1),
                    });
                    is_closed |= ui.button("Close").clicked();
                });
            });
        });
    if is_changed {
        search.at = 0;
    }
    if is_entered && !found.is_empty() {
        editor.tab_mut().go_to(found[search.at % found.len()]);
        search.at += 1;
    }
    let highlights = &mut editor.tab_mut().highlights;
    highlights.found = if is_closed { Default::default() } else { found.into_iter().collect() };
    if !is_closed {
        editor.search = Some(search);
    }
}

/// Whether a node is meant: by its name, identifier, kind, host or a parameter.
fn is_found(node: &Node, wanted: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(wanted);
    if has(&node.id) || node.name.as_ref().is_some_and(|name| has(&name.text)) {
        return true;
    }
    let NodeKind::Transition { annotation: Some(annotation) } = &node.kind else { return false };
    let action = match &annotation.kind {
        KindText::Action(action) | KindText::Event(action) => action,
        KindText::Undo { action: Some(action), .. } => action,
        KindText::Approval { by } => return has("approval") || has(&by.value),
        KindText::Timer { .. } => return has("timer"),
        _ => return false,
    };
    has(&action.kind.value)
        || action.host.as_ref().is_some_and(|host| has(&host.value))
        || action.params.iter().any(|(_, value)| has(&value.value))
}

/// An empty canvas says how to begin.
fn welcome(editor: &mut Editor, ui: &mut Ui) {
    let tab = editor.tab();
    let is_blank =
        tab.document.pnml().nodes.is_empty() && tab.document.pnml().pages.len() == 1 && tab.game.is_none();
    let Some(rect) = tab.canvas.rect.filter(|_| is_blank) else { return };
    let palette = crate::theme::Palette::of(ui.ctx().theme());
    let lines = [
        ("An empty net", 20.0, palette.text),
        ("Press P and click to add a place, T to add a transition.", 14.0, palette.arc),
        ("Drag the + beside a node to draw an arc.", 14.0, palette.arc),
        ("Ctrl+O opens a file; dropping one here does, too.", 14.0, palette.arc),
    ];
    let mut at = rect.center() - Vec2::new(0.0, 40.0);
    for (text, size, color) in lines {
        let drawn =
            ui.painter().text(at, Align2::CENTER_CENTER, text, egui::FontId::proportional(size), color);
        at.y = drawn.bottom() + 14.0;
    }
    let area = Area::new(Id::unique("welcome")).pivot(Align2::CENTER_TOP).fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        if ui.button("Take the tour").clicked() {
            editor.ask_for(Command::Tour);
        }
    });
}
