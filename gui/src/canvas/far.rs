//! The drawing from afar: a rectangle for each node, a hair for each arc, in one mesh.
//!
//! The mesh is kept as long as nothing that it shows changes, and moved along with the view: it
//! reaches beyond the screen, and is made anew when the view leaves it. Where nodes are smaller than
//! a point of the screen, those that share a tile are drawn as one.

use super::sheet::Shown;
use super::{Canvas, Scene};
use crate::document::{HALF_HEIGHT, HALF_WIDTH, Item, RADIUS, position};
use crate::theme::Palette;
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Vec2};
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, NodeKind};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Below this magnification the drawing is shown from afar.
pub(super) const BELOW: f32 = 0.16;
/// More nodes than these are shown from afar.
pub(super) const ABOVE: usize = 3_000;
/// The side of a tile on the screen.
const TILE: f32 = 2.0;
/// More arcs than these are left out where nodes are tiles.
const MOST_ARCS: usize = 60_000;
/// How far the mesh reaches beyond the screen on each side, as a share of it.
const BEYOND: f32 = 0.25;

/// The mesh of the last frame, and what it shows.
#[derive(Default)]
pub(super) struct Cache {
    key: u64,
    /// The middle of the view that it was made for.
    made_for: Point,
    /// The middle of the view that it has been moved to.
    moved_to: Point,
    mesh: Option<Arc<Mesh>>,
}

impl Cache {
    /// The mesh for this view, if it shows all of it.
    fn follow(&mut self, key: u64, rect: Rect, centre: Point, zoom: f32) -> Option<Arc<Mesh>> {
        let mut mesh = self.mesh.take().filter(|_| self.key == key)?;
        let way = |from: Point| Vec2::new((from.x - centre.x) as f32, (from.y - centre.y) as f32) * zoom;
        let (far, reach) = (way(self.made_for).abs(), rect.size() * BEYOND);
        if far.x > reach.x || far.y > reach.y {
            return None;
        }
        if self.moved_to != centre {
            Arc::make_mut(&mut mesh).translate(way(self.moved_to));
            self.moved_to = centre;
        }
        Some(mesh)
    }
}

pub(super) fn paint(
    canvas: &mut Canvas,
    painter: &Painter,
    rect: Rect,
    scene: &Scene<'_>,
    palette: &Palette,
) {
    let key = key(canvas, rect, scene, palette);
    let (centre, zoom) = (canvas.view.centre, canvas.view.zoom);
    let mesh = canvas.far.follow(key, rect, centre, zoom).unwrap_or_else(|| {
        let shown = canvas.sheet.visible(canvas.view.world(rect.expand2(rect.size() * BEYOND)));
        let mesh = Arc::new(mesh(canvas, rect, scene, palette, &shown));
        canvas.far = Cache { key, made_for: centre, moved_to: centre, mesh: None };
        mesh
    });
    canvas.far.mesh = Some(Arc::clone(&mesh));
    painter.add(Shape::Mesh(mesh));
}

/// Whatever changes the mesh changes the key, but for the middle of the view.
fn key(canvas: &Canvas, rect: Rect, scene: &Scene<'_>, palette: &Palette) -> u64 {
    let mut hasher = DefaultHasher::new();
    (scene.document.revision(), scene.page, palette.paper.to_array()).hash(&mut hasher);
    let by = canvas.dragged();
    let view = [f64::from(canvas.view.zoom), by.x, by.y];
    view.map(f64::to_bits).hash(&mut hasher);
    [rect.min.x, rect.min.y, rect.max.x, rect.max.y].map(f32::to_bits).hash(&mut hasher);
    scene.selection.iter().for_each(|item| item.hash(&mut hasher));
    scene.highlights.wrong.hash(&mut hasher);
    scene.highlights.found.hash(&mut hasher);
    if let Some(playing) = scene.playing {
        playing.tokens.hash(&mut hasher);
        playing.enabled.hash(&mut hasher);
        playing.fired.hash(&mut hasher);
    }
    hasher.finish()
}

fn mesh(canvas: &Canvas, rect: Rect, scene: &Scene<'_>, palette: &Palette, shown: &Shown) -> Mesh {
    let zoom = canvas.view.zoom;
    let by = canvas.dragged();
    let screen = |id: NodeId| {
        let at = position(scene.document.node(id));
        let is_moved = by != Point::default() && scene.selection.contains(Item::Node(id));
        let at = if is_moved { Point { x: at.x + by.x, y: at.y + by.y } } else { at };
        canvas.view.screen(rect, at)
    };
    let is_tiled = (RADIUS as f32) * zoom < 0.6;
    let mut mesh = Mesh::default();
    for (id, paper) in &shown.notes {
        let is_selected = scene.selection.contains(Item::Note(*id));
        let color = if is_selected { palette.accent } else { palette.note };
        mesh.add_colored_rect(super::notes::on_screen(canvas, rect, scene, *id, *paper), color);
    }
    if !is_tiled || shown.arcs.len() <= MOST_ARCS {
        mesh.reserve_vertices(4 * (shown.arcs.len() + shown.nodes.len()));
        mesh.reserve_triangles(2 * (shown.arcs.len() + shown.nodes.len()));
        for id in &shown.arcs {
            let arc = scene.document.arc(*id);
            let is_selected = scene.selection.contains(Item::Arc(*id));
            let color = if is_selected { palette.accent } else { palette.arc.gamma_multiply(0.55) };
            let width = if is_selected { 1.0 } else { 0.4 };
            let bends = arc.graphics.as_ref().map_or(&[][..], |graphics| &graphics.bends);
            let mut from = screen(arc.source);
            for bend in bends {
                let to = canvas.view.screen(rect, *bend);
                hair(&mut mesh, from, to, width, color);
                from = to;
            }
            hair(&mut mesh, from, screen(arc.target), width, color);
        }
    }
    let mut tiles = HashSet::new();
    for id in &shown.nodes {
        let at = screen(*id);
        let (color, is_remarkable) = look(scene, palette, *id);
        if is_tiled {
            let tile = ((at.x / TILE).floor() as i32, (at.y / TILE).floor() as i32, color);
            if !is_remarkable && !tiles.insert(tile) {
                continue;
            }
        }
        let node = scene.document.node(*id);
        let half = match node.kind.is_placelike() {
            true => Vec2::splat(RADIUS as f32),
            false => Vec2::new(HALF_WIDTH as f32, HALF_HEIGHT as f32),
        };
        let least = if is_remarkable { 2.5 } else { TILE / 2.0 };
        let half = (half * zoom).max(Vec2::splat(least));
        mesh.add_colored_rect(Rect::from_center_size(at, half * 2.0), color);
    }
    mesh
}

/// The colour of a node, and whether it must be seen at any size.
fn look(scene: &Scene<'_>, palette: &Palette, id: NodeId) -> (Color32, bool) {
    if scene.selection.contains(Item::Node(id)) {
        return (palette.accent, true);
    }
    let behind = scene.document.behind(id);
    if scene.highlights.found.contains(&id) || scene.highlights.found.contains(&behind) {
        return (palette.warn, true);
    }
    if scene.highlights.wrong.contains(&behind) {
        return (palette.bad, true);
    }
    let node = scene.document.node(id);
    if let Some(playing) = scene.playing {
        if playing.enabled.contains_key(&behind) {
            return (palette.good, true);
        }
        if playing.tokens.contains_key(&behind) {
            return (palette.ink, true);
        }
    }
    match &node.kind {
        NodeKind::Place { tokens, .. } if *tokens > 0 && scene.playing.is_none() => (palette.ink, true),
        NodeKind::Place { .. } | NodeKind::ReferencePlace { .. } => (palette.arc, false),
        NodeKind::Transition { .. } | NodeKind::ReferenceTransition { .. } => (palette.fill(node), false),
    }
}

/// A thin line.
fn hair(mesh: &mut Mesh, from: Pos2, to: Pos2, half: f32, color: Color32) {
    let along = to - from;
    let length = along.length();
    if length < 0.5 {
        return;
    }
    let side = along.rot90() * (half / length);
    let first = mesh.vertices.len() as u32;
    for corner in [from + side, from - side, to - side, to + side] {
        mesh.colored_vertex(corner, color);
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first, first + 2, first + 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mesh_moves_with_the_view_until_the_view_leaves_it() {
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(400.0, 200.0));
        let mut mesh = Mesh::default();
        mesh.add_colored_rect(Rect::from_min_size(Pos2::new(10.0, 20.0), Vec2::splat(2.0)), Color32::RED);
        let at = |x, y| Point { x, y };
        let mut cache = Cache { key: 7, mesh: Some(Arc::new(mesh)), ..Cache::default() };
        for (centre, corner) in
            [(at(8.0, 0.0), (6.0, 20.0)), (at(8.0, -16.0), (6.0, 28.0)), (at(0.0, 0.0), (10.0, 20.0))]
        {
            let moved = cache.follow(7, rect, centre, 0.5).expect("the view is near");
            assert_eq!(moved.vertices[0].pos, Pos2::new(corner.0, corner.1));
            cache.mesh = Some(moved);
        }
        let mesh = cache.mesh.clone();
        assert!(cache.follow(8, rect, at(0.0, 0.0), 0.5).is_none(), "something else has changed");
        cache.mesh = mesh;
        assert!(cache.follow(7, rect, at(201.0, 0.0), 0.5).is_none(), "the view is too far away");
    }
}
