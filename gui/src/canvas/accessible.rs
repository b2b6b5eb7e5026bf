//! What is drawn, for screen readers, the keyboard and tests: every node and arc that is seen has
//! a name, can be focused, and can be pressed.

use super::far;
use super::sheet::Shown;
use super::{Act, Canvas, Scene, symbol};
use crate::document::{ArcId, Item, RADIUS, Selection, position};
use egui::accesskit::Action;
use egui::{Id, Key, Rect, Role, Sense, Ui, Vec2, WidgetInfo};
use pn_pnml::{NodeId, NodeKind, Note};

/// More nodes than these are told of only once the view is closer.
const MOST: usize = 800;

/// Tells of what is seen.
pub(super) fn nodes(
    canvas: &Canvas,
    ui: &Ui,
    rect: Rect,
    scene: &Scene<'_>,
    shown: &Shown,
    acts: &mut Vec<Act>,
) {
    if canvas.view.zoom < far::BELOW || shown.nodes.len() > MOST {
        return;
    }
    for id in &shown.nodes {
        let at = canvas.view.screen(rect, position(scene.document.node(*id)));
        let size = Vec2::splat(2.0 * RADIUS as f32 * canvas.view.zoom);
        let area = Rect::from_center_size(at, size);
        if item(ui, area, Item::Node(*id), || node_name(scene, *id)) {
            acts.push(pressed(scene, *id));
        }
    }
    for (id, paper) in &shown.notes {
        let area = super::notes::on_screen(canvas, rect, scene, *id, *paper);
        let name = || scene.document.note(*id).map_or_else(String::new, note_name);
        if item(ui, area, Item::Note(*id), name) && scene.playing.is_none() {
            acts.push(Act::Select(Selection::only(Item::Note(*id))));
        }
    }
    for id in &shown.arcs {
        let route = canvas.sheet.route(*id);
        let Some(middle) = route.get(route.len() / 2).zip(route.get((route.len().max(1) - 1) / 2)) else {
            continue;
        };
        let (a, b) = (canvas.view.screen(rect, *middle.0), canvas.view.screen(rect, *middle.1));
        let area = Rect::from_center_size(a + (b - a) * 0.5, Vec2::splat(10.0));
        if item(ui, area, Item::Arc(*id), || arc_name(scene, *id)) && scene.playing.is_none() {
            acts.push(Act::Select(Selection::only(Item::Arc(*id))));
        }
    }
}

/// Tells of the pages that are seen.
pub(super) fn pages(canvas: &Canvas, ui: &Ui, rect: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
    if canvas.view.zoom < far::BELOW {
        return;
    }
    let areas = canvas.sheet.pages().iter().map(|(id, at)| (*id, symbol::area(canvas, rect, *at)));
    for (id, area) in areas.filter(|(_, area)| rect.intersects(*area)).take(MOST) {
        if item(ui, area, Item::Page(id), || format!("Page {}", scene.document.page_title(id))) {
            acts.push(Act::Select(Selection::only(Item::Page(id))));
        }
    }
}

/// One item. Says whether it was pressed.
fn item(ui: &Ui, area: Rect, item: Item, name: impl Fn() -> String) -> bool {
    let id = Id::unique(("drawn", item));
    let response = ui.interact(area, id, Sense::focusable_noninteractive());
    response.widget_info(|| WidgetInfo::labeled(Role::GraphicsSymbol, true, name()));
    ui.ctx().accesskit_node_builder(id, |node| node.add_action(Action::Click));
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(area.expand(5.0), 4.0, stroke, egui::StrokeKind::Outside);
    }
    let is_entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    is_entered || ui.input(|input| input.has_accesskit_action_request(id, Action::Click))
}

fn pressed(scene: &Scene<'_>, id: NodeId) -> Act {
    let enabled = scene.playing.and_then(|playing| playing.enabled.get(&scene.document.behind(id)));
    match enabled {
        Some(enabled) => Act::Fire(enabled.clone()),
        None => Act::Select(Selection::only(Item::Node(id))),
    }
}

/// `Place ready, 1 token`, `Transition install, enabled`, `Place lock, pinned`, `Reference to place lock`.
fn node_name(scene: &Scene<'_>, id: NodeId) -> String {
    let name = node_state(scene, id);
    if scene.document.node(id).is_pinned { format!("{name}, pinned") } else { name }
}

fn node_state(scene: &Scene<'_>, id: NodeId) -> String {
    let title = scene.document.title(id);
    let behind = scene.document.behind(id);
    let (place, transition) = match behind == id {
        true => ("Place", "Transition"),
        false => ("Reference to place", "Reference to transition"),
    };
    match (&scene.document.node(behind).kind, scene.playing) {
        (NodeKind::Place { tokens, .. }, playing) => {
            let tokens = match playing {
                Some(playing) => playing.tokens.get(&behind).copied().unwrap_or(0),
                None => *tokens,
            };
            match tokens {
                0 => format!("{place} {title}"),
                1 => format!("{place} {title}, 1 token"),
                many => format!("{place} {title}, {many} tokens"),
            }
        }
        (_, Some(playing)) if playing.enabled.contains_key(&behind) => {
            format!("{transition} {title}, enabled")
        }
        _ => format!("{transition} {title}"),
    }
}

/// `Note: ask ops first`.
fn note_name(note: &Note) -> String {
    match note.first_words() {
        words if words.is_empty() => "Note without text".to_owned(),
        words => format!("Note: {words}"),
    }
}

/// `Arc from ready to install, weight 2`.
fn arc_name(scene: &Scene<'_>, id: ArcId) -> String {
    let arc = scene.document.arc(id);
    let (from, to) = (scene.document.title(arc.source), scene.document.title(arc.target));
    match arc.weight {
        1 => format!("Arc from {from} to {to}"),
        weight => format!("Arc from {from} to {to}, weight {weight}"),
    }
}
