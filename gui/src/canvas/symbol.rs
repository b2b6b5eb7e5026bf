//! The symbols of pages: a sheet on the page that holds the page, with its name and how many nodes
//! are inside.

use super::{Canvas, Scene, far, near};
use crate::document::{Item, SHEET_HALF_HEIGHT, SHEET_HALF_WIDTH, position};
use crate::theme::Palette;
use egui::{Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2};
use pn_pnml::graphics::Point;
use pn_pnml::pages::SHEET_FOLD;
use pn_pnml::{NodeId, PageId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How wide a name may become, in sizes of its font.
const NAME_WIDTH: f32 = 12.0;

/// Whether a point lies on the symbol around `centre`, or within `reach` of it.
pub(super) fn is_hit(centre: Point, at: Point, reach: f64) -> bool {
    (at.x - centre.x).abs() <= SHEET_HALF_WIDTH + reach
        && (at.y - centre.y).abs() <= SHEET_HALF_HEIGHT + reach
}

/// The part of the screen that a symbol takes.
pub(super) fn area(canvas: &Canvas, rect: Rect, centre: Point) -> Rect {
    let size = Vec2::new(2.0 * SHEET_HALF_WIDTH as f32, 2.0 * SHEET_HALF_HEIGHT as f32);
    Rect::from_center_size(canvas.view.screen(rect, centre), size * canvas.view.zoom)
}

/// Draws a dashed line between each symbol and the nodes beside it that its page has arcs at.
pub(super) fn links(canvas: &Canvas, painter: &Painter, rect: Rect, scene: &Scene<'_>, palette: &Palette) {
    let stroke = Stroke::new((0.9 * canvas.view.zoom).clamp(0.5, 1.5), palette.arc.gamma_multiply(0.6));
    let (dash, gap) = (4.0 * canvas.view.zoom.max(0.5), 4.0 * canvas.view.zoom.max(0.5));
    for (page, node) in canvas.sheet.links() {
        let symbols = canvas.sheet.pages();
        let Ok(index) = symbols.binary_search_by_key(page, |(id, _)| *id) else { continue };
        let at = symbols[index].1;
        let from = canvas.view.screen(rect, canvas.now(scene, Item::Page(*page), at));
        let to = canvas.now(scene, Item::Node(*node), position(scene.document.node(*node)));
        let to = canvas.view.screen(rect, to);
        if rect.intersects(Rect::from_two_pos(from, to)) {
            painter.extend(Shape::dashed_line(&[from, to], stroke, dash, gap));
        }
    }
}

/// Draws the symbols that are seen.
pub(super) fn paint(canvas: &Canvas, painter: &Painter, rect: Rect, scene: &Scene<'_>, palette: &Palette) {
    for (id, centre) in canvas.sheet.pages() {
        let sheet = area(canvas, rect, canvas.now(scene, Item::Page(*id), *centre));
        if rect.intersects(sheet.expand2(Vec2::new(20.0, 60.0))) {
            symbol(canvas.view.zoom, painter, sheet, scene, *id, palette);
        }
    }
}

fn symbol(zoom: f32, painter: &Painter, sheet: Rect, scene: &Scene<'_>, id: PageId, palette: &Palette) {
    let is_selected = scene.selection.contains(Item::Page(id));
    let ink = if is_selected { palette.accent } else { palette.ink };
    if zoom < far::BELOW {
        painter.rect_filled(sheet, 0.0, if is_selected { palette.accent } else { palette.arc });
        return;
    }
    if let Some(color) = shine(scene, id, palette) {
        let stroke = Stroke::new(2.0, color);
        painter.rect_stroke(sheet.expand(4.0), 5.0, stroke, StrokeKind::Middle);
    }
    let fold = sheet.height() * SHEET_FOLD as f32;
    let (top, side) = (sheet.right_top() - Vec2::new(fold, 0.0), sheet.right_top() + Vec2::new(0.0, fold));
    let outline = vec![sheet.left_top(), top, side, sheet.right_bottom(), sheet.left_bottom()];
    let width = if is_selected { 2.2 } else { (1.3 * zoom).clamp(0.8, 2.5) };
    let stroke = Stroke::new(width, ink);
    painter.add(Shape::convex_polygon(outline, palette.inside, stroke));
    painter.add(Shape::line(vec![top, top + Vec2::new(0.0, fold), side], stroke));
    if zoom >= near::NAMES_FROM {
        let count = crate::panels::counted(scene.document.population(id), "node");
        centred(painter, sheet.center(), &count, 9.5 * zoom, palette.arc);
        let name = near::wrapped(painter, zoom, scene.document.page_title(id), palette.text, NAME_WIDTH);
        near::backed(painter, palette, sheet.center_bottom() + Vec2::new(0.0, 2.0), name);
    }
}

/// What shines around a symbol because of what is inside.
fn shine(scene: &Scene<'_>, id: PageId, palette: &Palette) -> Option<Color32> {
    let inside = scene.document.nodes_on(&scene.document.within(id));
    let has = |nodes: &BTreeSet<NodeId>| !inside.is_empty() && nodes.range(inside.clone()).next().is_some();
    if has(&scene.highlights.found) {
        return Some(palette.warn);
    }
    if has(&scene.highlights.wrong) {
        return Some(palette.bad);
    }
    let enabled = scene.playing.is_some_and(|playing| is_any(&playing.enabled, &inside));
    enabled.then_some(palette.good)
}

fn is_any<T>(of: &BTreeMap<NodeId, T>, inside: &Range<NodeId>) -> bool {
    !inside.is_empty() && of.range(inside.clone()).next().is_some()
}

fn centred(painter: &Painter, at: Pos2, text: &str, size: f32, color: Color32) {
    let font = FontId::proportional(size.clamp(6.0, 40.0));
    painter.text(at, egui::Align2::CENTER_CENTER, text, font, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_hit_on_its_sheet_and_just_beside_it() {
        let centre = Point { x: 100.0, y: 50.0 };
        let at = |x, y| Point { x, y };
        assert!(is_hit(centre, at(129.0, 70.0), 0.0) && is_hit(centre, at(132.0, 50.0), 3.0));
        assert!(!is_hit(centre, at(132.0, 50.0), 0.0) && !is_hit(centre, at(100.0, 75.0), 3.0));
    }
}
