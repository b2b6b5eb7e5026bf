//! The geometry of the page that is shown, in flat arrays: what is where, and what is seen.
//!
//! Made anew when the document or the page changes, O(nodes + arcs). Which nodes and arcs are seen
//! is found by comparing each one's box with the window: a few nanoseconds each, so that a hundred
//! thousand nodes need no index.

use super::Scene;
use crate::document::{
    ArcId, Bounds, HALF_HEIGHT, NoteId, RADIUS, SHEET_HALF_HEIGHT, SHEET_HALF_WIDTH, position, route,
};
use egui::{Pos2, Rect, Vec2};
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, PageId, placement};

/// Where the nodes and arcs of a page are, in the drawing.
#[derive(Default)]
pub struct Sheet {
    /// The revision and the page that it was made for.
    made_for: Option<(u64, PageId)>,
    nodes: Vec<(NodeId, Pos2)>,
    /// Where names stand that do not stand at their nodes.
    names: Vec<Pos2>,
    arcs: Vec<(ArcId, Rect)>,
    notes: Vec<(NoteId, Rect)>,
    /// The lines of each note, in the same order.
    lines: Vec<Vec<String>>,
    /// The points of each arc, by [`ArcId`]; empty for arcs of other pages.
    routes: Vec<Vec<Point>>,
    pages: Vec<(PageId, Point)>,
    /// Which pages hang together with which nodes.
    links: Vec<(PageId, NodeId)>,
}

/// What is seen.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) nodes: Vec<NodeId>,
    pub(super) arcs: Vec<ArcId>,
    pub(super) notes: Vec<(NoteId, Rect)>,
}

impl Sheet {
    /// Makes sure that the sheet is that of the scene.
    pub fn follow(&mut self, scene: &Scene<'_>) {
        let wanted = (scene.document.revision(), scene.page);
        if self.made_for == Some(wanted) {
            return;
        }
        self.made_for = Some(wanted);
        let document = scene.document;
        let on_page = document.nodes().filter(|(_, node)| node.page == scene.page);
        self.nodes = on_page.map(|(id, node)| (id, rounded(position(node)))).collect();
        let apart = self.nodes.iter().filter_map(|(id, at)| {
            let name = document.node(*id).name.as_ref()?;
            let offset = placement::offset(name.decoration.as_deref())?;
            Some(*at + Vec2::new(offset.x as f32, offset.y as f32))
        });
        self.names = apart.collect();
        self.notes.clear();
        self.lines.clear();
        for (id, note) in document.notes(scene.page) {
            let lines = note.lines();
            let extent = Vec2::new(note.size.x as f32, note.height_of(&lines) as f32);
            self.notes.push((id, Rect::from_min_size(rounded(note.corner), extent)));
            self.lines.push(lines);
        }
        self.arcs.clear();
        self.routes = vec![Vec::new(); document.pnml().arcs.len()];
        for (id, arc) in document.arcs().filter(|(_, arc)| arc.page == scene.page) {
            let at = |node| position(document.node(node));
            let points = route(document, arc, scene.facts.has_partner(id), at);
            let mut rect = Rect::NOTHING;
            points.iter().for_each(|point| rect.extend_with(rounded(*point)));
            self.arcs.push((id, rect));
            self.routes[id.index()] = points;
        }
        self.pages = document.symbols(scene.page);
        self.links = document.links(scene.page).into_iter().map(|link| (link.page, link.node)).collect();
        self.links.dedup();
    }

    /// The smallest rectangle around all of it.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        let exact = |at: Pos2| Point { x: f64::from(at.x), y: f64::from(at.y) };
        let arcs = self.arcs.iter().map(|(_, rect)| rect);
        let corners =
            arcs.chain(self.notes.iter().map(|(_, rect)| rect)).flat_map(|rect| [rect.min, rect.max]);
        let middles = self.nodes.iter().map(|(_, at)| *at).chain(self.names.iter().copied());
        let symbols = self.pages.iter().flat_map(|(_, Point { x, y })| {
            [-1.0, 1.0].map(|side| Point { x: x + side * SHEET_HALF_WIDTH, y: y + side * SHEET_HALF_HEIGHT })
        });
        Bounds::around(middles.chain(corners).map(exact).chain(symbols))
    }

    /// The points of an arc.
    #[must_use]
    pub fn route(&self, arc: ArcId) -> &[Point] {
        self.routes.get(arc.index()).map_or(&[], Vec::as_slice)
    }

    /// All nodes of the page with their centres.
    pub fn nodes(&self) -> &[(NodeId, Pos2)] {
        &self.nodes
    }

    /// All arcs of the page with their boxes.
    pub fn arcs(&self) -> &[(ArcId, Rect)] {
        &self.arcs
    }

    /// All pages inside the page with the centres of their symbols.
    pub fn pages(&self) -> &[(PageId, Point)] {
        &self.pages
    }

    /// Which pages hang together with which nodes beside their symbols.
    pub(super) fn links(&self) -> &[(PageId, NodeId)] {
        &self.links
    }

    /// All notes of the page with their papers.
    pub fn notes(&self) -> &[(NoteId, Rect)] {
        &self.notes
    }

    /// The lines of a note of the page.
    pub(super) fn lines(&self, note: NoteId) -> &[String] {
        self.lines.get(note.index as usize).map_or(&[], Vec::as_slice)
    }

    /// The nodes, arcs and notes of which something lies in this part of the drawing.
    pub(super) fn visible(&self, world: Rect) -> Shown {
        let around = world.expand((RADIUS + HALF_HEIGHT) as f32 + 60.0);
        Shown {
            nodes: self.nodes.iter().filter(|(_, at)| around.contains(*at)).map(|(id, _)| *id).collect(),
            arcs: self.arcs.iter().filter(|(_, rect)| around.intersects(*rect)).map(|(id, _)| *id).collect(),
            notes: self.notes.iter().filter(|(_, rect)| around.intersects(*rect)).copied().collect(),
        }
    }
}

fn rounded(point: Point) -> Pos2 {
    Pos2::ZERO + Vec2::new(point.x as f32, point.y as f32)
}
