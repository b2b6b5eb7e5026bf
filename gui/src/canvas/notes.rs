//! Notes on the canvas: soft papers behind the net, with their text.

use super::{Canvas, Scene};
use crate::document::{Item, NoteId};
use crate::theme::Palette;
use egui::{FontId, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2};
use pn_pnml::graphics::Point;
use pn_pnml::note::{FONT, LINE, PADDING};

/// Below this magnification the text is left out.
const TEXT_FROM: f32 = 0.35;

/// Where a note is on the screen, while it is being dragged too.
pub(super) fn on_screen(canvas: &Canvas, rect: Rect, scene: &Scene<'_>, id: NoteId, paper: Rect) -> Rect {
    let corner = |at: Pos2| {
        let at = Point { x: at.x.into(), y: at.y.into() };
        canvas.view.screen(rect, canvas.now(scene, Item::Note(id), at))
    };
    Rect::from_min_max(corner(paper.min), corner(paper.max))
}

/// Paints notes.
pub(super) fn paint(
    canvas: &Canvas,
    painter: &Painter,
    rect: Rect,
    scene: &Scene<'_>,
    palette: &Palette,
    shown: &[(NoteId, Rect)],
) {
    let zoom = canvas.view.zoom;
    for (id, paper) in shown {
        let paper = on_screen(canvas, rect, scene, *id, *paper);
        let stroke = match scene.selection.contains(Item::Note(*id)) {
            true => Stroke::new(2.0, palette.accent),
            false => Stroke::new(1.0, palette.note_edge),
        };
        let shadow = paper.translate(Vec2::splat(1.5 * zoom));
        painter.rect_filled(shadow, 3.0, palette.note_edge.gamma_multiply(0.35));
        painter.rect(paper, 3.0, palette.note, stroke, StrokeKind::Middle);
        if zoom < TEXT_FROM {
            continue;
        }
        // Sizes in steps, as for names.
        let font = FontId::proportional((FONT as f32 * zoom * 4.0).round() / 4.0);
        let (first, step) = (paper.min + Vec2::splat(PADDING as f32 * zoom), LINE as f32 * zoom);
        // However long a text is, only what is seen of it is painted.
        let above = ((rect.top() - first.y) / step - 1.0).max(0.0) as usize;
        let seen = (rect.height() / step) as usize + 3;
        for (index, line) in canvas.sheet.lines(*id).iter().enumerate().skip(above).take(seen) {
            let at = first + Vec2::new(0.0, step * index as f32);
            painter.text(at, egui::Align2::LEFT_TOP, line, font.clone(), palette.text);
        }
    }
}
