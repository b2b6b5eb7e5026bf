//! The drawing from near: shapes, tokens, arrowheads, names.

use super::labels::{self, Painted};
use super::sheet::Shown;
use super::{Canvas, Scene, View, notes};
use crate::document::{ArcId, HALF_HEIGHT, HALF_WIDTH, Item, RADIUS, position, route};
use crate::theme::Palette;
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align, Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2,
};
use pn_pnml::graphics::Point;
use pn_pnml::{Node, NodeId, NodeKind};
use std::sync::Arc;

/// Names are left out below this magnification.
pub(super) const NAMES_FROM: f32 = 0.42;
/// How wide the name of a node may become, in sizes of its font.
const NAME_WIDTH: f32 = 10.5;
/// The distance of the points of the grid.
const GRID: f64 = 20.0;

/// The points of the grid.
pub(super) fn grid(view: &View, painter: &Painter, rect: Rect, palette: &Palette) {
    if view.zoom < 0.6 {
        return;
    }
    let world = view.world(rect);
    let first = |least: f32| (f64::from(least) / GRID).floor() * GRID;
    let steps = |from: f64, to: f32| {
        std::iter::successors(Some(from), |at| Some(at + GRID)).take_while(move |at| *at <= f64::from(to))
    };
    let mut mesh = egui::Mesh::default();
    for x in steps(first(world.min.x), world.max.x) {
        for y in steps(first(world.min.y), world.max.y) {
            let at = view.screen(rect, Point { x, y });
            mesh.add_colored_rect(Rect::from_center_size(at, Vec2::splat(1.5)), palette.grid);
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// The arcs, then the nodes over them. Tells where their labels are.
pub(super) fn paint(
    canvas: &Canvas,
    painter: &Painter,
    rect: Rect,
    scene: &Scene<'_>,
    palette: &Palette,
    shown: &Shown,
    labels: &mut Vec<Painted>,
) {
    notes::paint(canvas, painter, rect, scene, palette, &shown.notes);
    let brush = Brush { canvas, painter, rect, scene, palette };
    labels.extend(shown.arcs.iter().filter_map(|arc| brush.arc(*arc)));
    labels.extend(shown.nodes.iter().filter_map(|node| brush.node(*node)));
}

struct Brush<'a> {
    canvas: &'a Canvas,
    painter: &'a Painter,
    rect: Rect,
    scene: &'a Scene<'a>,
    palette: &'a Palette,
}

impl Brush<'_> {
    fn zoom(&self) -> f32 {
        self.canvas.view.zoom
    }

    fn screen(&self, point: Point) -> Pos2 {
        self.canvas.view.screen(self.rect, point)
    }

    /// Where a node is, while it is being dragged too.
    fn centre(&self, id: NodeId) -> Point {
        self.canvas.now(self.scene, Item::Node(id), position(self.scene.document.node(id)))
    }

    /// An arc. Tells where its weight is, if it shows one.
    fn arc(&self, id: ArcId) -> Option<Painted> {
        let arc = self.scene.document.arc(id);
        let is_selected = self.scene.selection.contains(Item::Arc(id));
        let is_moving = self.canvas.dragged() != Point::default();
        let bending = self.canvas.gesture.bends_of(id);
        let points = match (is_moving, bending) {
            (false, None) => self.canvas.sheet.route(id).iter().map(|at| self.screen(*at)).collect(),
            _ => self.moved_route(id, bending),
        };
        let points: Vec<Pos2> = points;
        let (end, before) = (points.last().copied()?, points.iter().rev().nth(1).copied()?);
        let color = if is_selected { self.palette.accent } else { self.palette.arc };
        let width = (1.2 * self.zoom()).clamp(0.7, 2.2) * if is_selected { 1.6 } else { 1.0 };
        self.painter.add(Shape::line(points.clone(), Stroke::new(width, color)));
        self.head(before, end, color);
        if is_selected && self.scene.playing.is_none() {
            let bends = arc.graphics.as_ref().map_or(0, |graphics| graphics.bends.len());
            for bend in points.iter().skip(1).take(bends) {
                self.painter.circle(*bend, 4.0, self.palette.paper, Stroke::new(1.5, self.palette.accent));
            }
        }
        (arc.weight > 1).then(|| self.weight(id, &points))
    }

    /// The course of an arc while its ends or bends are being dragged.
    fn moved_route(&self, id: ArcId, bending: Option<&[Point]>) -> Vec<Pos2> {
        let mut arc = self.scene.document.arc(id).clone();
        if let Some(bends) = bending {
            arc.graphics.get_or_insert_default().bends = bends.to_vec();
        } else if let Some(graphics) = &mut arc.graphics {
            let is_moved = |node| self.scene.selection.contains(Item::Node(node));
            if is_moved(arc.source) && is_moved(arc.target) {
                let by = self.canvas.dragged();
                graphics
                    .bends
                    .iter_mut()
                    .for_each(|bend| *bend = Point { x: bend.x + by.x, y: bend.y + by.y });
            }
        }
        let has_partner = self.scene.facts.has_partner(id);
        let points = route(self.scene.document, &arc, has_partner, |node| self.centre(node));
        points.into_iter().map(|at| self.screen(at)).collect()
    }

    fn head(&self, from: Pos2, to: Pos2, color: Color32) {
        let along = (to - from).normalized();
        let size = (8.0 * self.zoom()).clamp(3.0, 14.0);
        let (back, side) = (to - along * size, along.rot90() * size * 0.42);
        self.painter.add(Shape::convex_polygon(vec![to, back + side, back - side], color, Stroke::NONE));
    }

    fn weight(&self, id: ArcId, points: &[Pos2]) -> Painted {
        let (item, arc) = (Item::Arc(id), self.scene.document.arc(id));
        let (before, after) = (points[(points.len() - 1) / 2], points[points.len() / 2]);
        let offset = labels::weight(arc, self.canvas.gesture.offset_of(item));
        let at = before + (after - before) * 0.5 + Vec2::new(offset.x as f32, offset.y as f32) * self.zoom();
        let font = FontId::proportional((11.0 * self.zoom()).clamp(7.0, 22.0));
        let galley = self.painter.layout_no_wrap(arc.weight.to_string(), font, self.palette.text);
        let rect = Rect::from_center_size(at, galley.size() + Vec2::new(6.0, 1.0));
        self.painter.rect_filled(rect, 3.0, self.palette.paper);
        self.painter.galley(at - galley.size() / 2.0, galley, self.palette.text);
        Painted { item, rect, offset }
    }

    /// A node. Tells where its name is, if it shows one.
    fn node(&self, id: NodeId) -> Option<Painted> {
        let node = self.scene.document.node(id);
        let at = self.screen(self.centre(id));
        let is_selected = self.scene.selection.contains(Item::Node(id));
        self.halo(id, node, at);
        let ink = if is_selected { self.palette.accent } else { self.palette.ink };
        let width = if is_selected { 2.2 } else { (1.3 * self.zoom()).clamp(0.8, 2.5) };
        let stroke = Stroke::new(width, ink);
        let fill = self.palette.fill(node);
        match &node.kind {
            NodeKind::Place { .. } | NodeKind::ReferencePlace { .. } => {
                let radius = RADIUS as f32 * self.zoom();
                self.painter.circle(at, radius, fill, stroke);
                if matches!(node.kind, NodeKind::ReferencePlace { .. }) {
                    self.painter.circle_stroke(at, radius * 0.78, Stroke::new(0.8, ink));
                }
                self.tokens(at, self.tokens_of(id));
            }
            NodeKind::Transition { .. } | NodeKind::ReferenceTransition { .. } => {
                let bar = bar(at, self.zoom());
                self.painter.rect_filled(bar, self.zoom() * 1.5, fill);
                if is_selected {
                    self.painter.rect_stroke(
                        bar.expand(2.0),
                        CornerRadius::same(3),
                        stroke,
                        StrokeKind::Outside,
                    );
                }
                if matches!(node.kind, NodeKind::ReferenceTransition { .. }) {
                    let inner = bar.shrink(self.zoom() * 3.0);
                    self.painter.rect_filled(inner, 1.0, self.palette.paper);
                }
            }
        }
        if node.is_pinned {
            self.pin(node, at);
        }
        (self.zoom() >= NAMES_FROM).then(|| self.name(id, node, at))
    }

    /// A pin, stuck into the upper left of a node.
    fn pin(&self, node: &Node, at: Pos2) {
        let zoom = self.zoom();
        let half = if node.kind.is_placelike() { RADIUS as f32 * 0.7 } else { HALF_WIDTH as f32 };
        let point = at - Vec2::splat(half) * zoom;
        let head = point - Vec2::new(5.0, 6.0) * zoom;
        self.painter.line_segment([point, head], Stroke::new((1.4 * zoom).max(0.8), self.palette.ink));
        let edge = Stroke::new(0.8, self.palette.paper);
        self.painter.circle(head, (3.2 * zoom).max(1.5), self.palette.accent, edge);
    }

    fn tokens_of(&self, id: NodeId) -> u64 {
        let behind = self.scene.document.behind(id);
        match (self.scene.playing, &self.scene.document.node(behind).kind) {
            (Some(playing), _) => playing.tokens.get(&behind).copied().unwrap_or(0),
            (None, NodeKind::Place { tokens, .. }) => *tokens,
            (None, _) => 0,
        }
    }

    /// What is remarkable about a node shines around it.
    fn halo(&self, id: NodeId, node: &Node, at: Pos2) {
        let behind = self.scene.document.behind(id);
        let ring = |gap: f32, width: f32, color: Color32| {
            let stroke = Stroke::new(width, color);
            if node.kind.is_placelike() {
                self.painter.circle_stroke(at, RADIUS as f32 * self.zoom() + gap, stroke);
            } else {
                let bar = bar(at, self.zoom()).expand(gap);
                self.painter.rect_stroke(bar, CornerRadius::same(5), stroke, StrokeKind::Middle);
            }
        };
        if let Some(playing) = self.scene.playing {
            if playing.enabled.contains_key(&behind) {
                ring(5.0, 5.0, self.palette.good.gamma_multiply(0.25));
                ring(4.0, 2.0, self.palette.good);
            }
            if playing.fired == Some(behind) {
                ring(8.0, 2.0, self.palette.accent.gamma_multiply(0.7));
            }
        }
        let highlights = self.scene.highlights;
        if self.scene.playing.is_none() {
            if highlights.hinted.contains(&behind) {
                ring(4.0, 1.2, self.palette.warn.gamma_multiply(0.8));
            }
            if highlights.ready.contains(&behind) {
                let corner = bar(at, self.zoom()).right_top();
                self.painter.circle_filled(corner, (3.2 * self.zoom()).max(1.5), self.palette.good);
            }
        }
        if highlights.wrong.contains(&behind) {
            ring(6.0, 5.0, self.palette.bad.gamma_multiply(0.25));
            ring(5.0, 1.8, self.palette.bad);
        }
        if highlights.found.contains(&id) || highlights.found.contains(&behind) {
            ring(9.0, 2.5, self.palette.warn);
        }
    }

    fn tokens(&self, at: Pos2, tokens: u64) {
        let zoom = self.zoom();
        let offsets: &[(f32, f32)] = match tokens {
            0 => &[],
            1 => &[(0.0, 0.0)],
            2 => &[(-5.0, 0.0), (5.0, 0.0)],
            3 => &[(0.0, -5.0), (-5.0, 4.0), (5.0, 4.0)],
            4 => &[(-5.0, -5.0), (5.0, -5.0), (-5.0, 5.0), (5.0, 5.0)],
            _ => &[],
        };
        for (dx, dy) in offsets {
            let radius = if tokens == 1 { 4.2 } else { 3.4 };
            self.painter.circle_filled(at + Vec2::new(*dx, *dy) * zoom, radius * zoom, self.palette.ink);
        }
        if tokens > 4 {
            let text = tokens.to_string();
            let size = if text.len() > 3 { 8.0 } else { 11.5 };
            let text = if text.len() > 6 { format!("{}…", &text[..5]) } else { text };
            let font = FontId::proportional((size * zoom).clamp(4.0, 40.0));
            self.painter.text(at, egui::Align2::CENTER_CENTER, text, font, self.palette.ink);
        }
    }

    /// The name where its offset leads, else below a place and above a transition; what goes on
    /// inside below a transition.
    fn name(&self, id: NodeId, node: &Node, at: Pos2) -> Painted {
        let (zoom, item) = (self.zoom(), Item::Node(id));
        let galley = self.wrapped(self.scene.document.title(id), self.palette.text);
        let away = labels::name(node, self.canvas.gesture.offset_of(item), galley.size(), zoom);
        let rect = self.backed(at + away - Vec2::new(0.0, galley.size().y / 2.0), galley);
        let inside =
            self.scene.playing.and_then(|playing| playing.inside.get(&self.scene.document.behind(id)));
        if let Some(inside) = inside {
            let galley = self.wrapped(inside, self.palette.accent);
            self.backed(at + Vec2::new(0.0, HALF_HEIGHT as f32 * zoom + 4.0), galley);
        }
        let offset = Point { x: f64::from(away.x / zoom), y: f64::from(away.y / zoom) };
        Painted { item, rect, offset }
    }

    fn wrapped(&self, text: &str, color: Color32) -> Arc<Galley> {
        wrapped(self.painter, self.zoom(), text, color, NAME_WIDTH)
    }

    fn backed(&self, top: Pos2, galley: Arc<Galley>) -> Rect {
        backed(self.painter, self.palette, top, galley)
    }
}

/// A name in at most three lines, at most so many sizes of its font wide.
pub(super) fn wrapped(painter: &Painter, zoom: f32, text: &str, color: Color32, width: f32) -> Arc<Galley> {
    // Sizes in steps, so that zooming finds most names laid out already.
    let size = ((10.5 * zoom).clamp(8.0, 40.0) * 4.0).round() / 4.0;
    let format = TextFormat::simple(FontId::proportional(size), color);
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.halign = Align::Center;
    job.wrap.max_width = size * width;
    job.wrap.max_rows = 3;
    painter.layout_job(job)
}

/// A text with a little paper behind it, so that it can be read over arcs. Tells where it is.
pub(super) fn backed(painter: &Painter, palette: &Palette, top: Pos2, galley: Arc<Galley>) -> Rect {
    let around = galley.rect.translate(top.to_vec2());
    painter.rect_filled(around.expand2(Vec2::new(1.0, 0.0)), 2.0, palette.paper.gamma_multiply(0.8));
    painter.galley(top, galley, palette.text);
    around
}

/// The bar of a transition.
pub(super) fn bar(at: Pos2, zoom: f32) -> Rect {
    Rect::from_center_size(at, Vec2::new(2.0 * HALF_WIDTH as f32, 2.0 * HALF_HEIGHT as f32) * zoom)
}
