//! What lies under a point of the drawing.

use super::{Scene, Sheet, symbol};
use crate::document::{ArcId, HALF_HEIGHT, HALF_WIDTH, Item, NoteId, RADIUS, position};
use egui::{Pos2, Rect};
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, PageId};

/// What lies under a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Hit {
    /// A node.
    Node(NodeId),
    /// The handle beside a node, from which arcs are drawn.
    Handle(NodeId),
    /// A bend point of an arc, by its index.
    Bend(ArcId, usize),
    /// An arc, and the index of the bend point that a new one there gets.
    Arc(ArcId, usize),
    /// The name of a node or the weight of an arc.
    Label(Item),
    /// A note.
    Note(NoteId),
    /// The symbol of a page.
    Page(PageId),
}

impl Hit {
    /// The item that is hit.
    #[must_use]
    pub const fn item(self) -> Item {
        match self {
            Self::Node(node) | Self::Handle(node) => Item::Node(node),
            Self::Bend(arc, _) | Self::Arc(arc, _) => Item::Arc(arc),
            Self::Label(item) => item,
            Self::Note(note) => Item::Note(note),
            Self::Page(page) => Item::Page(page),
        }
    }
}

/// How far to the right of a node's edge its handle stands.
pub(super) const HANDLE: f64 = 11.0;

/// Where the handle of a node is.
pub(super) fn handle(scene: &Scene<'_>, node: NodeId) -> Point {
    let shape = scene.document.node(node);
    let half = if shape.kind.is_placelike() { RADIUS } else { HALF_WIDTH };
    let Point { x, y } = position(shape);
    Point { x: x + half + HANDLE, y }
}

/// What lies under a point, within `reach`. Pages cover nodes, nodes cover arcs, arcs cover notes. The
/// handle counts for `hovered` alone.
#[must_use]
pub fn hit(sheet: &Sheet, scene: &Scene<'_>, at: Point, reach: f64, hovered: Option<NodeId>) -> Option<Hit> {
    if let Some(node) = hovered.filter(|node| node.index() < scene.document.pnml().nodes.len()) {
        let handle = handle(scene, node);
        if (handle.x - at.x).hypot(handle.y - at.y) <= 6.0 + reach / 2.0 {
            return Some(Hit::Handle(node));
        }
    }
    // What is drawn last lies on top.
    let mut symbols = sheet.pages().iter().rev();
    if let Some((page, _)) = symbols.find(|(_, centre)| symbol::is_hit(*centre, at, reach)) {
        return Some(Hit::Page(*page));
    }
    let close = RADIUS.max(HALF_HEIGHT) + reach;
    let rough =
        Rect::from_center_size(Pos2::new(at.x as f32, at.y as f32), egui::Vec2::splat(2.0 * close as f32));
    let nodes = sheet.nodes().iter().rev().filter(|(_, centre)| rough.contains(*centre));
    for (id, _) in nodes {
        let node = scene.document.node(*id);
        let centre = position(node);
        let (dx, dy) = ((at.x - centre.x).abs(), (at.y - centre.y).abs());
        let is_inside = match node.kind.is_placelike() {
            true => dx.hypot(dy) <= RADIUS + reach,
            false => dx <= HALF_WIDTH + reach && dy <= HALF_HEIGHT + reach,
        };
        if is_inside {
            return Some(Hit::Node(*id));
        }
    }
    let near =
        sheet.arcs().iter().rev().filter(|(_, rect)| rect.expand(reach as f32 + 4.0).intersects(rough));
    let near: Vec<ArcId> = near.map(|(id, _)| *id).collect();
    let bend = near.iter().find_map(|arc| {
        let graphics = scene.document.arc(*arc).graphics.as_ref()?;
        let is_close = |bend: &Point| (bend.x - at.x).hypot(bend.y - at.y) <= 5.0 + reach;
        graphics.bends.iter().position(is_close).map(|index| Hit::Bend(*arc, index))
    });
    let arc = || {
        near.iter().find_map(|arc| {
            let mut segments = sheet.route(*arc).windows(2);
            let index = segments.position(|ends| distance(at, ends[0], ends[1]) <= 3.0 + reach)?;
            // A course that is bent only to be seen has no bend points of its own.
            let bends = scene.document.arc(*arc).graphics.as_ref().map_or(0, |graphics| graphics.bends.len());
            Some(Hit::Arc(*arc, index.min(bends)))
        })
    };
    let pointed = Pos2::new(at.x as f32, at.y as f32);
    let note = || sheet.notes().iter().rev().find(|(_, rect)| rect.contains(pointed));
    bend.or_else(arc).or_else(|| note().map(|(id, _)| Hit::Note(*id)))
}

/// The distance of a point from a segment.
fn distance(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let square = dx * dx + dy * dy;
    let along =
        if square == 0.0 { 0.0 } else { ((point.x - from.x) * dx + (point.y - from.y) * dy) / square };
    let along = along.clamp(0.0, 1.0);
    (point.x - from.x - along * dx).hypot(point.y - from.y - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_measured_to_the_segment_and_not_to_the_line() {
        let [a, b] = [(0.0, 0.0), (10.0, 0.0)].map(|(x, y)| Point { x, y });
        assert_eq!(distance(Point { x: 5.0, y: 3.0 }, a, b), 3.0);
        assert_eq!(distance(Point { x: 13.0, y: 4.0 }, a, b), 5.0);
    }
}
