//! What the pointer does: clicks, drags, boxes, arcs in the making.
//!
//! A drag changes nothing before it ends, and is one act then.

use super::hit::{Hit, handle, hit};
use super::near::bar;
use super::{Act, Canvas, Scene, Sheet, Snap, Tool, labels};
use crate::document::{ArcId, Item, RADIUS, Selection, position};
use crate::edit::{Illegal, legality, snapped};
use crate::theme::Palette;
use egui::{
    Align2, CornerRadius, CursorIcon, FontId, Key, Painter, PointerButton, Rect, Response, Stroke,
    StrokeKind, Ui, Vec2,
};
use pn_pnml::NodeId;
use pn_pnml::graphics::Point;
use pn_pnml::placement::allowed;

/// A drag on its way.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) enum Gesture {
    /// None.
    #[default]
    Rest,
    /// The drawing is moved.
    Pan,
    /// A box is drawn around what is to be selected.
    Box { from: Point, to: Point },
    /// A line is drawn around what is to be selected.
    Lasso(Vec<Point>),
    /// The selection is moved by what was grabbed.
    Move { grabbed: Item, from: Point, by: Point, guides: Vec<(Point, Point)> },
    /// An arc is drawn.
    Connect { from: NodeId, to: Point, target: Option<NodeId> },
    /// A bend point is moved.
    Bend { arc: ArcId, index: usize, bends: Vec<Point> },
    /// A label is moved: from where the pointer took it, and where it stood then and stands now.
    Label { item: Item, from: Point, before: Point, now: Point },
}

impl Gesture {
    /// The bend points of an arc while one of them is moved.
    pub(super) fn bends_of(&self, wanted: ArcId) -> Option<&[Point]> {
        match self {
            Self::Bend { arc, bends, .. } if *arc == wanted => Some(bends),
            _ => None,
        }
    }

    /// The offset of a label while it is moved.
    pub(super) fn offset_of(&self, wanted: Item) -> Option<Point> {
        match self {
            Self::Label { item, now, .. } if *item == wanted => Some(*now),
            _ => None,
        }
    }
}

/// How near the pointer must come, on the screen.
const REACH: f32 = 3.0;

/// How near to a line with another node a node must come to be drawn onto it, on the screen.
const ALIGNED: f32 = 5.0;

/// Takes in what the pointer has done since the last frame.
pub(super) fn follow(
    canvas: &mut Canvas,
    ui: &Ui,
    response: &Response,
    scene: &Scene<'_>,
    acts: &mut Vec<Act>,
) {
    let rect = response.rect;
    let view = canvas.view;
    let at = response.interact_pointer_pos().or(response.hover_pos()).map(|at| view.point(rect, at));
    let hovered_before = canvas.hovered;
    canvas.pointer = at;
    canvas.hovered = None;
    let reach = f64::from(REACH / view.zoom);
    if let Some(at) = at {
        let offered = hovered_before.filter(|_| scene.playing.is_none() && scene.tool == Tool::Select);
        let under = under(canvas, scene, at, reach, offered);
        canvas.hovered = match under {
            Some(Hit::Node(node) | Hit::Handle(node)) => Some(node),
            _ => None,
        };
        show_cursor(ui, scene, under);
    }
    let is_panning = response.drag_started_by(PointerButton::Middle)
        || response.drag_started_by(PointerButton::Secondary)
        || (response.drag_started()
            && (scene.playing.is_some() || ui.input(|input| input.key_down(Key::Space))));
    if is_panning {
        canvas.gesture = Gesture::Pan;
    } else if response.drag_started_by(PointerButton::Primary)
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        canvas.gesture =
            start(canvas, scene, view.point(rect, from), reach, acts, hovered_before, is_adding(ui));
    }
    // With Alt, a box becomes a line around whatever it surrounds; it may begin on a label.
    let begun = match &canvas.gesture {
        Gesture::Box { from, to } if from == to => Some(*from),
        Gesture::Label { from, .. } if response.drag_started() => Some(*from),
        _ => None,
    };
    if let Some(from) = begun.filter(|_| ui.input(|input| input.modifiers.alt)) {
        canvas.gesture = Gesture::Lasso(vec![from]);
    }
    if let Some(at) = at {
        go_on(canvas, response, scene, at, reach);
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        canvas.gesture = Gesture::Rest;
    }
    if response.drag_stopped() {
        finish(canvas, scene, acts, is_adding(ui));
    }
    let opened = at.filter(|_| response.double_clicked());
    if let Some(Hit::Page(page)) = opened.and_then(|at| hit(&canvas.sheet, scene, at, reach, None)) {
        acts.push(Act::OpenPage(page));
    } else if let Some(at) = opened.filter(|_| scene.playing.is_none()) {
        double_click(canvas, scene, at, reach, acts);
    } else if let Some(at) = at.filter(|_| response.clicked()) {
        click(canvas, scene, at, reach, acts, is_adding(ui));
    }
}

/// Whether a click adds to the selection.
fn is_adding(ui: &Ui) -> Adding {
    match ui.input(|input| input.modifiers.shift || input.modifiers.command) {
        true => Adding::Yes,
        false => Adding::No,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Adding {
    Yes,
    No,
}

fn show_cursor(ui: &Ui, scene: &Scene<'_>, under: Option<Hit>) {
    let icon = match (scene.playing, scene.tool, under) {
        (Some(playing), _, Some(Hit::Node(node)))
            if playing.enabled.contains_key(&scene.document.behind(node)) =>
        {
            CursorIcon::PointingHand
        }
        (Some(_), ..) => CursorIcon::Grab,
        (None, Tool::Select, Some(Hit::Node(_) | Hit::Note(_) | Hit::Page(_))) => CursorIcon::Move,
        (None, Tool::Select, Some(Hit::Label(_))) => CursorIcon::Grab,
        (None, Tool::Select, Some(Hit::Arc(..) | Hit::Bend(..))) => CursorIcon::PointingHand,
        (None, Tool::Select, None) => CursorIcon::Default,
        (None, Tool::Add(_) | Tool::Connect | Tool::Note, _) | (None, Tool::Select, Some(Hit::Handle(_))) => {
            CursorIcon::Crosshair
        }
    };
    ui.ctx().set_cursor_icon(icon);
}

/// What lies under a point. Labels can be taken with the tool that selects: a weight before the arc
/// that it lies on, a name behind everything else but notes.
fn under(canvas: &Canvas, scene: &Scene<'_>, at: Point, reach: f64, offered: Option<NodeId>) -> Option<Hit> {
    let under = hit(&canvas.sheet, scene, at, reach, offered);
    if scene.tool != Tool::Select {
        // Notes are but the ground.
        return under.filter(|under| !matches!(under, Hit::Note(_)));
    }
    if matches!(under, Some(Hit::Node(_) | Hit::Handle(_) | Hit::Bend(..) | Hit::Page(_))) {
        return under;
    }
    let label = labels::under(&canvas.labels, canvas.view.screen(canvas.rect?, at)).map(|label| label.item);
    match (under, label) {
        (Some(Hit::Arc(arc, _)), Some(item)) if item == Item::Arc(arc) => Some(Hit::Label(item)),
        (None | Some(Hit::Note(_)), Some(item)) => Some(Hit::Label(item)),
        _ => under,
    }
}

fn start(
    canvas: &Canvas,
    scene: &Scene<'_>,
    from: Point,
    reach: f64,
    acts: &mut Vec<Act>,
    hovered: Option<NodeId>,
    adding: Adding,
) -> Gesture {
    let offered = hovered.filter(|_| scene.tool == Tool::Select);
    let under = under(canvas, scene, from, reach, offered);
    match (scene.tool, under) {
        (Tool::Select, Some(Hit::Handle(node))) | (Tool::Connect, Some(Hit::Node(node))) => {
            Gesture::Connect { from: node, to: from, target: None }
        }
        (Tool::Select, Some(hit @ (Hit::Node(_) | Hit::Note(_) | Hit::Page(_)))) => {
            let item = hit.item();
            if !scene.selection.contains(item) {
                let mut selection = match adding {
                    Adding::Yes => scene.selection.clone(),
                    Adding::No => Selection::default(),
                };
                selection.add(item);
                acts.push(Act::Select(selection));
            }
            Gesture::Move { grabbed: item, from, by: Point::default(), guides: Vec::new() }
        }
        (Tool::Select, Some(Hit::Bend(arc, index))) => {
            acts.push(Act::Select(Selection::only(Item::Arc(arc))));
            Gesture::Bend { arc, index, bends: bends(scene, arc) }
        }
        (Tool::Select, Some(Hit::Arc(arc, index))) => {
            acts.push(Act::Select(Selection::only(Item::Arc(arc))));
            let mut bends = bends(scene, arc);
            bends.insert(index, from);
            Gesture::Bend { arc, index, bends }
        }
        (Tool::Select, Some(Hit::Label(item))) => {
            let label = canvas.labels.iter().find(|label| label.item == item);
            acts.push(Act::Select(Selection::only(item)));
            let before = label.map(|label| label.offset).unwrap_or_default();
            Gesture::Label { item, from, before, now: before }
        }
        (Tool::Add(_) | Tool::Connect | Tool::Note, Some(_)) => Gesture::Rest,
        (_, None) => Gesture::Box { from, to: from },
    }
}

/// Where something stands; `None` for an arc, which runs.
fn standing(scene: &Scene<'_>, item: Item) -> Option<Point> {
    match item {
        Item::Node(node) => Some(position(scene.document.node(node))),
        Item::Page(page) => Some(scene.document.symbol(page)),
        Item::Note(note) => Some(scene.document.note(note)?.corner),
        Item::Arc(_) => None,
    }
}

fn bends(scene: &Scene<'_>, arc: ArcId) -> Vec<Point> {
    scene.document.arc(arc).graphics.as_ref().map_or_else(Vec::new, |graphics| graphics.bends.clone())
}

fn go_on(canvas: &mut Canvas, response: &Response, scene: &Scene<'_>, at: Point, reach: f64) {
    let fitted = |point: Point| match scene.snap {
        Snap::Grid => snapped(point),
        Snap::Free => point,
    };
    match &mut canvas.gesture {
        Gesture::Rest => {}
        Gesture::Pan => canvas.view.pan(response.drag_delta()),
        Gesture::Box { to, .. } => *to = at,
        Gesture::Lasso(line) => {
            if line.last() != Some(&at) {
                line.push(at);
            }
        }
        Gesture::Move { grabbed, from, by, guides } => {
            let old = standing(scene, *grabbed).unwrap_or(*from);
            let mut new = fitted(Point { x: old.x + at.x - from.x, y: old.y + at.y - from.y });
            if !matches!(grabbed, Item::Note(_)) {
                let reach = match scene.snap {
                    Snap::Grid => 0.01,
                    Snap::Free => f64::from(ALIGNED / canvas.view.zoom),
                };
                *guides = aligned(&canvas.sheet, canvas.view.world(response.rect), scene, &mut new, reach);
            }
            *by = Point { x: new.x - old.x, y: new.y - old.y };
        }
        Gesture::Connect { to, target, .. } => {
            *to = at;
            *target = match hit(&canvas.sheet, scene, at, reach, None) {
                Some(Hit::Node(node)) => Some(node),
                _ => None,
            };
        }
        Gesture::Bend { index, bends, .. } => bends[*index] = fitted(at),
        Gesture::Label { from, before, now, .. } => {
            *now = allowed(Point { x: before.x + at.x - from.x, y: before.y + at.y - from.y });
        }
    }
}

/// Lines from nodes that are seen and stay to a point that is moved, where they are at its height
/// or straight above or below it. What is nearly so is made so.
fn aligned(sheet: &Sheet, world: Rect, scene: &Scene<'_>, at: &mut Point, reach: f64) -> Vec<(Point, Point)> {
    let stays = |id: &NodeId| !scene.selection.contains(Item::Node(*id));
    let seen = sheet.nodes().iter().filter(|(id, centre)| world.contains(*centre) && stays(id));
    let (mut column, mut row): (Option<Point>, Option<Point>) = (None, None);
    let nearer = |best: Option<Point>, other: Point, distance: fn(Point, Point) -> f64, at: Point| match best
    {
        Some(best) if distance(best, at) <= distance(other, at) => Some(best),
        _ => Some(other),
    };
    for (id, _) in seen {
        let other = position(scene.document.node(*id));
        if (other.x - at.x).abs() <= reach {
            column = nearer(column, other, |a, b| (a.y - b.y).abs(), *at);
        }
        if (other.y - at.y).abs() <= reach {
            row = nearer(row, other, |a, b| (a.x - b.x).abs(), *at);
        }
    }
    at.x = column.map_or(at.x, |other| other.x);
    at.y = row.map_or(at.y, |other| other.y);
    column.into_iter().chain(row).map(|other| (other, *at)).collect()
}

fn finish(canvas: &mut Canvas, scene: &Scene<'_>, acts: &mut Vec<Act>, adding: Adding) {
    match std::mem::take(&mut canvas.gesture) {
        Gesture::Rest | Gesture::Pan => {}
        Gesture::Box { from, to } => {
            let mut selection = match adding {
                Adding::Yes => scene.selection.clone(),
                Adding::No => Selection::default(),
            };
            boxed(canvas, from, to).for_each(|item| selection.add(item));
            acts.push(Act::Select(selection));
        }
        Gesture::Lasso(line) => {
            let mut selection = match adding {
                Adding::Yes => scene.selection.clone(),
                Adding::No => Selection::default(),
            };
            let nodes = canvas
                .sheet
                .nodes()
                .iter()
                .map(|(id, _)| (Item::Node(*id), position(scene.document.node(*id))));
            let pages = canvas.sheet.pages().iter().map(|(id, at)| (Item::Page(*id), *at));
            let middle = |paper: &Rect| Point { x: paper.center().x.into(), y: paper.center().y.into() };
            let notes = canvas.sheet.notes().iter().map(|(id, paper)| (Item::Note(*id), middle(paper)));
            let inside = nodes.chain(pages).chain(notes).filter(|(_, at)| surrounds(&line, *at));
            inside.for_each(|(item, _)| selection.add(item));
            acts.push(Act::Select(selection));
        }
        Gesture::Move { by, .. } => acts.extend((by != Point::default()).then_some(Act::Move(by))),
        Gesture::Connect { from, to, target } => match target {
            Some(target) if target == from => {}
            Some(target) => acts.push(Act::Connect(from, target)),
            None if is_on_page(canvas, to) => acts.push(Act::Refuse(Illegal::Sheet)),
            None => {
                let at = position(scene.document.node(from));
                let is_away = (to.x - at.x).hypot(to.y - at.y) > 2.0 * RADIUS;
                acts.extend(is_away.then_some(Act::Grow(from, to)));
            }
        },
        Gesture::Bend { arc, bends, .. } => acts.push(Act::Bend(arc, bends)),
        Gesture::Label { item, before, now, .. } => {
            acts.extend((now != before).then_some(Act::PlaceLabel(item, now)));
        }
    }
}

fn is_on_page(canvas: &Canvas, at: Point) -> bool {
    canvas.sheet.pages().iter().any(|(_, centre)| super::symbol::is_hit(*centre, at, 0.0))
}

/// Whether a closed line surrounds a point: a ray from it crosses the line an odd number of times.
fn surrounds(line: &[Point], at: Point) -> bool {
    let ends = line.iter().zip(line.iter().cycle().skip(1));
    let crossings = ends.filter(|(a, b)| {
        let is_between = (a.y > at.y) != (b.y > at.y);
        is_between && at.x < a.x + (b.x - a.x) * (at.y - a.y) / (b.y - a.y)
    });
    crossings.count() % 2 == 1
}

/// Everything that lies in a box: nodes and pages by their centres, arcs and notes whole.
fn boxed(canvas: &Canvas, from: Point, to: Point) -> impl Iterator<Item = Item> {
    let corner = |point: Point| egui::Pos2::new(point.x as f32, point.y as f32);
    let frame = Rect::from_two_pos(corner(from), corner(to));
    let nodes = canvas.sheet.nodes().iter().filter(move |(_, at)| frame.contains(*at));
    let arcs = canvas.sheet.arcs().iter().filter(move |(_, rect)| frame.contains_rect(*rect));
    let notes = canvas.sheet.notes().iter().filter(move |(_, paper)| frame.contains_rect(*paper));
    let pages = canvas.sheet.pages().iter().filter(move |(_, at)| frame.contains(corner(*at)));
    let drawn = nodes.map(|(id, _)| Item::Node(*id)).chain(arcs.map(|(id, _)| Item::Arc(*id)));
    drawn.chain(notes.map(|(id, _)| Item::Note(*id))).chain(pages.map(|(id, _)| Item::Page(*id)))
}

fn click(canvas: &Canvas, scene: &Scene<'_>, at: Point, reach: f64, acts: &mut Vec<Act>, adding: Adding) {
    let under = under(canvas, scene, at, reach, None);
    if let Some(playing) = scene.playing {
        if let Some(Hit::Node(node)) = under
            && let Some(enabled) = playing.enabled.get(&scene.document.behind(node))
        {
            acts.push(Act::Fire(enabled.clone()));
        } else {
            acts.push(Act::Select(under.map_or_else(Selection::default, |hit| Selection::only(hit.item()))));
        }
        return;
    }
    let fitted = match scene.snap {
        Snap::Grid => snapped(at),
        Snap::Free => at,
    };
    let added = match (scene.tool, under) {
        (Tool::Add(kind), None) => Some(Act::Add(kind, fitted)),
        (Tool::Note, None) => Some(Act::AddNote(fitted)),
        _ => None,
    };
    if let Some(act) = added {
        acts.push(act);
        if adding == Adding::No {
            acts.push(Act::PutToolAway);
        }
        return;
    }
    let selection = match (under, adding) {
        (Some(hit), Adding::Yes) => {
            let mut selection = scene.selection.clone();
            selection.toggle(hit.item());
            selection
        }
        (Some(hit), Adding::No) => Selection::only(hit.item()),
        (None, Adding::Yes) => return,
        (None, Adding::No) => Selection::default(),
    };
    acts.push(Act::Select(selection));
}

fn double_click(canvas: &Canvas, scene: &Scene<'_>, at: Point, reach: f64, acts: &mut Vec<Act>) {
    match under(canvas, scene, at, reach, None) {
        Some(Hit::Bend(arc, index)) => {
            let mut bends = bends(scene, arc);
            bends.remove(index);
            acts.push(Act::Bend(arc, bends));
        }
        Some(hit) => acts.push(Act::Open(hit.item())),
        None => {}
    }
}

/// What is in the making, and what a node under the pointer offers.
pub(super) fn paint(canvas: &Canvas, painter: &Painter, scene: &Scene<'_>, palette: &Palette) {
    let Some(rect) = canvas.rect else { return };
    let screen = |point| canvas.view.screen(rect, point);
    match &canvas.gesture {
        Gesture::Box { from, to } => {
            let frame = Rect::from_two_pos(screen(*from), screen(*to));
            painter.rect_filled(frame, 2.0, palette.accent.gamma_multiply(0.10));
            painter.rect_stroke(frame, 2.0, Stroke::new(1.0, palette.accent), StrokeKind::Middle);
        }
        Gesture::Lasso(line) => {
            let points: Vec<_> = line.iter().map(|point| screen(*point)).collect();
            painter.add(egui::Shape::closed_line(points, Stroke::new(1.0, palette.accent)));
        }
        Gesture::Connect { from, to, target } => {
            let verdict =
                target.filter(|target| target != from).map(|target| legality(scene.document, *from, target));
            let color = match verdict {
                Some(Err(_)) => palette.bad,
                Some(Ok(())) => palette.good,
                None => palette.accent,
            };
            let from = screen(position(scene.document.node(*from)));
            let stroke = Stroke::new(2.0, color);
            match target {
                Some(target) => {
                    let end = screen(position(scene.document.node(*target)));
                    painter.line_segment([from, end], stroke);
                    painter.circle_stroke(end, (RADIUS as f32 + 8.0) * canvas.view.zoom, stroke);
                }
                None => painter.arrow(from, screen(*to) - from, stroke),
            }
            if let Some(Err(problem)) = verdict {
                tell(painter, screen(*to), problem, palette);
            }
        }
        Gesture::Rest => offer(canvas, painter, rect, scene, palette),
        Gesture::Move { guides, .. } => {
            for (from, to) in guides {
                let ends = [screen(*from), screen(*to)];
                painter.line_segment(ends, Stroke::new(1.0, palette.accent.gamma_multiply(0.7)));
            }
        }
        Gesture::Pan | Gesture::Bend { .. } => {}
        Gesture::Label { item, .. } => lead(canvas, painter, *item, palette),
    }
}

/// A line from a label that is moved to what it belongs to.
fn lead(canvas: &Canvas, painter: &Painter, item: Item, palette: &Palette) {
    let Some(label) = canvas.labels.iter().find(|label| label.item == item) else { return };
    let (at, zoom) = (label.rect.center(), canvas.view.zoom);
    let stroke = Stroke::new(1.0, palette.accent.gamma_multiply(0.7));
    let home = at - Vec2::new(label.offset.x as f32, label.offset.y as f32) * zoom;
    painter.line_segment([home, at], stroke);
    painter.rect_stroke(label.rect.expand(2.0), 3.0, stroke, StrokeKind::Outside);
}

fn tell(painter: &Painter, at: egui::Pos2, problem: Illegal, palette: &Palette) {
    let text = problem.to_string();
    let galley = painter.layout_no_wrap(text, FontId::proportional(12.5), palette.bad);
    let around = Rect::from_min_size(at + Vec2::new(14.0, 10.0), galley.size()).expand(5.0);
    painter.rect(around, 4.0, palette.paper, Stroke::new(1.0, palette.bad), StrokeKind::Middle);
    painter.galley(around.min + Vec2::splat(5.0), galley, palette.bad);
}

/// The node under the pointer shows itself and, while editing, its handle.
fn offer(canvas: &Canvas, painter: &Painter, rect: Rect, scene: &Scene<'_>, palette: &Palette) {
    let Some(node) = canvas.hovered.filter(|node| node.index() < scene.document.pnml().nodes.len()) else {
        return;
    };
    if canvas.view.zoom < super::far::BELOW {
        return;
    }
    let shape = scene.document.node(node);
    let at = canvas.view.screen(rect, position(shape));
    let stroke = Stroke::new(1.5, palette.accent.gamma_multiply(0.6));
    if shape.kind.is_placelike() {
        painter.circle_stroke(at, RADIUS as f32 * canvas.view.zoom + 3.0, stroke);
    } else {
        let around = bar(at, canvas.view.zoom).expand(3.0);
        painter.rect_stroke(around, CornerRadius::same(4), stroke, StrokeKind::Middle);
    }
    if scene.playing.is_none() && scene.tool == Tool::Select {
        let at = canvas.view.screen(rect, handle(scene, node));
        painter.circle_filled(at, 6.0, palette.accent);
        painter.text(at, Align2::CENTER_CENTER, "+", FontId::proportional(12.0), palette.paper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_surrounds_what_lies_within_its_bends() {
        let line =
            [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (5.0, 2.0), (0.0, 10.0)].map(|(x, y)| Point { x, y });
        assert!(surrounds(&line, Point { x: 1.0, y: 5.0 }) && surrounds(&line, Point { x: 5.0, y: 1.0 }));
        assert!(!surrounds(&line, Point { x: 5.0, y: 5.0 }) && !surrounds(&line, Point { x: 11.0, y: 5.0 }));
        assert!(!surrounds(&[], Point { x: 0.0, y: 0.0 }));
    }
}
