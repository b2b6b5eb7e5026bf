//! Which part of the drawing is seen, and how large.

use crate::document::Bounds;
use egui::{Pos2, Rect, Response, Ui, Vec2};
use pn_pnml::graphics::Point;

/// The smallest and the greatest magnification.
const ZOOMS: std::ops::RangeInclusive<f32> = 0.002..=8.0;

/// A part of the drawing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct View {
    /// What lies in the middle of the canvas.
    pub centre: Point,
    /// Points of the screen for one of the drawing.
    pub zoom: f32,
}

impl Default for View {
    fn default() -> Self {
        Self { centre: Point::default(), zoom: 1.0 }
    }
}

impl View {
    /// All of these bounds, not magnified; the origin if there is nothing.
    #[must_use]
    pub fn around(bounds: Option<Bounds>, rect: Rect) -> Self {
        let Some(bounds) = bounds else { return Self::default() };
        let bounds = bounds.grown(60.0);
        let (width, height) = (bounds.most.x - bounds.least.x, bounds.most.y - bounds.least.y);
        let zoom = (f64::from(rect.width()) / width).min(f64::from(rect.height()) / height);
        Self { centre: bounds.centre(), zoom: (zoom as f32).clamp(*ZOOMS.start(), 1.25) }
    }

    /// Where a point of the drawing is on the screen.
    #[must_use]
    pub fn screen(&self, rect: Rect, point: Point) -> Pos2 {
        let (dx, dy) = ((point.x - self.centre.x) as f32, (point.y - self.centre.y) as f32);
        rect.center() + Vec2::new(dx, dy) * self.zoom
    }

    /// The point of the drawing that is there on the screen.
    #[must_use]
    pub fn point(&self, rect: Rect, at: Pos2) -> Point {
        let from_centre = (at - rect.center()) / self.zoom;
        Point { x: self.centre.x + f64::from(from_centre.x), y: self.centre.y + f64::from(from_centre.y) }
    }

    /// The part of the drawing that is on the screen, in its coordinates.
    #[must_use]
    pub fn world(&self, rect: Rect) -> Rect {
        let corner = |at: Pos2| {
            let point = self.point(rect, at);
            Pos2::new(point.x as f32, point.y as f32)
        };
        Rect::from_min_max(corner(rect.min), corner(rect.max))
    }

    /// Changes the magnification so that the point under `at` stays.
    pub fn zoom_at(&mut self, rect: Rect, at: Pos2, factor: f32) {
        let before = self.point(rect, at);
        self.zoom = (self.zoom * factor).clamp(*ZOOMS.start(), *ZOOMS.end());
        let after = self.point(rect, at);
        self.centre.x += before.x - after.x;
        self.centre.y += before.y - after.y;
    }

    /// Moves the drawing by so much on the screen.
    pub fn pan(&mut self, by: Vec2) {
        self.centre.x -= f64::from(by.x / self.zoom);
        self.centre.y -= f64::from(by.y / self.zoom);
    }

    /// The wheel moves the drawing, with Ctrl or on a pinch it magnifies.
    pub(super) fn follow_wheel(&mut self, ui: &Ui, response: &Response) {
        let Some(at) = response.hover_pos() else { return };
        let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
        if zoom != 1.0 {
            self.zoom_at(response.rect, at, zoom);
        } else if scroll != Vec2::ZERO {
            self.pan(scroll);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect { min: Pos2 { x: 10.0, y: 20.0 }, max: Pos2 { x: 810.0, y: 620.0 } };

    #[test]
    fn there_and_back_is_the_same_point() {
        let view = View { centre: Point { x: 123.0, y: -45.0 }, zoom: 0.5 };
        let point = view.point(RECT, view.screen(RECT, Point { x: 7.0, y: 9.0 }));
        assert!((point.x - 7.0).abs() < 1e-3 && (point.y - 9.0).abs() < 1e-3);
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut view = View::default();
        let at = Pos2::new(300.0, 400.0);
        let before = view.point(RECT, at);
        view.zoom_at(RECT, at, 3.0);
        let after = view.point(RECT, at);
        assert!((before.x - after.x).abs() < 1e-3 && (before.y - after.y).abs() < 1e-3);
        assert_eq!(view.zoom, 3.0);
    }

    #[test]
    fn a_fitted_drawing_is_seen_whole() {
        let corners = [(0.0, 0.0), (5000.0, 100.0)].map(|(x, y)| Point { x, y });
        let view = View::around(Bounds::around(corners), RECT);
        assert!(corners.into_iter().all(|corner| RECT.contains(view.screen(RECT, corner))));
    }
}
