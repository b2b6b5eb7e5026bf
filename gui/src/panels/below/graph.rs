//! The reachability graph: every marking, what leads from one to the next, and where the game is.
//!
//! A click on a marking puts the token game into it; the marking that the game is in shines.

use super::super::{counted, quiet};
use crate::editor::{Editor, GraphOf, GraphView};
use crate::jobs::{Drawn, Edge, Graph, MOST_MARKINGS, Node};
use crate::theme::Palette;
use egui::epaint::CubicBezierShape;
use egui::{
    Align2, Color32, FontId, Id, Painter, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo,
};
use pn_verify::graph::{Course, Mark, course, foremost};

/// What is left free around the graph, and to the right of it for what is bent aside.
const MARGIN: f32 = 24.0;
/// The magnifications that can be chosen.
const ZOOMS: std::ops::RangeInclusive<f32> = 0.2..=3.0;
/// Text is left out below this magnification.
const TEXT_FROM: f32 = 0.45;
/// The most names on an edge that are written out.
const MOST_STEPS: usize = 3;

pub(super) fn graph(editor: &mut Editor, ui: &mut Ui) {
    if editor.tab().facts.meaning.is_none() {
        quiet(ui, "The net has mistakes; see Problems. They come first.");
        return;
    }
    if editor.tab().graph.is_none() {
        editor.draw_graph(None, ui.ctx());
    }
    let Some(mut view) = editor.tab_mut().graph.take() else { return };
    view.drawing.poll();
    head(editor, ui, &mut view);
    let chosen = match view.drawing.result() {
        None => {
            ui.horizontal(|ui| {
                ui.spinner();
                if ui.button("Stop drawing").clicked() {
                    view.drawing.cancel();
                }
            });
            None
        }
        Some(Drawn::Whole(graph)) => {
            let now = editor.marking_in(&view, graph);
            let moved = std::mem::replace(&mut view.shown, now) != now;
            picture(ui, graph, view.zoom, now, if moved { now } else { None })
        }
        Some(Drawn::TooLarge(least)) => {
            ui.label(format!(
                "The net is too large to be drawn: it has at least {least} reachable markings."
            ));
            quiet(ui, format!("At most {MOST_MARKINGS} are drawn. What they have in common, Verify tells."));
            None
        }
        Some(Drawn::Failed(reason)) => {
            ui.label(format!("The graph cannot be drawn: {reason}."));
            None
        }
    };
    // Another drawing may have been asked for meanwhile.
    let tab = editor.tab_mut();
    if tab.graph.is_none() {
        tab.graph = Some(view);
    }
    if let Some(number) = chosen {
        editor.enter_marking(number);
    }
}

/// What it is the graph of, how large it is shown, what the colours mean.
fn head(editor: &mut Editor, ui: &mut Ui, view: &mut GraphView) {
    let mut wanted = None;
    ui.horizontal_wrapped(|ui| {
        let can_run = editor.tab().makes_sense();
        for (of, title, can) in
            [(GraphOf::Drawn, "As drawn", true), (GraphOf::Running, "As it runs", can_run)]
        {
            let radio = ui.add_enabled(can, egui::RadioButton::new(view.of == of, title));
            if radio.clicked() && view.of != of {
                wanted = Some(of);
            }
        }
        if !editor.is_current(view) {
            ui.colored_label(ui.visuals().warn_fg_color, "Out of date: the net has changed since.");
            if ui.button("Draw again").clicked() {
                wanted = Some(view.of);
            }
        }
        ui.separator();
        for (title, factor) in [("Smaller", 0.8), ("Larger", 1.25)] {
            if ui.button(title).clicked() {
                view.zoom = (view.zoom * factor).clamp(*ZOOMS.start(), *ZOOMS.end());
            }
        }
        if let Some(Drawn::Whole(graph)) = view.drawing.result() {
            ui.separator();
            ui.label(counted(graph.nodes.len(), "marking"));
            legend(ui, graph);
        }
    });
    if ui.rect_contains_pointer(ui.max_rect()) {
        let factor = ui.input(|input| input.zoom_delta());
        view.zoom = (view.zoom * factor).clamp(*ZOOMS.start(), *ZOOMS.end());
    }
    if let Some(of) = wanted {
        editor.draw_graph(Some(of), ui.ctx());
    }
}

/// The marks that occur, each with its look.
fn legend(ui: &mut Ui, graph: &Graph) {
    let palette = Palette::of(ui.ctx().theme());
    for mark in Mark::ALL {
        if graph.nodes.iter().any(|node| node.marks.contains(&mark)) {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 13.0), Sense::hover());
            frame(ui.painter(), rect, &[mark], 1.0, &palette);
            ui.label(mark.word());
        }
    }
}

/// The inside and the border of a marking.
fn colours(marks: &[Mark], palette: &Palette) -> (Color32, Color32) {
    let color = match foremost(marks) {
        Some(Mark::NoReturn) => palette.bad,
        Some(Mark::Goal) => palette.good,
        Some(Mark::Failure) => palette.warn,
        Some(Mark::Dead) => palette.arc,
        Some(Mark::Initial) | None => return (palette.inside, palette.ink),
    };
    (color.gamma_multiply(0.22), color)
}

/// The box of a marking: a thick border if it is the initial one, a second one if it is dead.
fn frame(painter: &Painter, rect: Rect, marks: &[Mark], zoom: f32, palette: &Palette) {
    let (inside, border) = colours(marks, palette);
    let width = if marks.contains(&Mark::Initial) { 2.5 } else { 1.0 };
    painter.rect_filled(rect, 4.0, palette.paper);
    painter.rect(rect, 4.0, inside, Stroke::new(width, border), StrokeKind::Inside);
    if marks.contains(&Mark::Dead) {
        painter.rect_stroke(rect.shrink(3.0 * zoom), 3.0, Stroke::new(1.0, border), StrokeKind::Inside);
    }
}

/// The graph. Says which marking was chosen.
fn picture(
    ui: &mut Ui,
    graph: &Graph,
    zoom: f32,
    now: Option<usize>,
    goes_to: Option<usize>,
) -> Option<usize> {
    let palette = Palette::of(ui.ctx().theme());
    let mut chosen = None;
    ScrollArea::both().id_salt("graph").auto_shrink([false, false]).show(ui, |ui| {
        let (size, _) = ui.allocate_exact_size(extent(graph) * zoom, Sense::hover());
        let seen = ui.clip_rect();
        let painter = ui.painter().with_clip_rect(seen);
        let at = |(x, y): (f64, f64)| size.min + (Vec2::new(x as f32, y as f32) + Vec2::splat(MARGIN)) * zoom;
        let area = |node: &Node| {
            let place = &node.place;
            let extent = Vec2::new(place.width as f32, place.height as f32) * zoom;
            Rect::from_center_size(at((place.x, place.y)), extent)
        };
        for edge in &graph.edges {
            firing(&painter, graph, edge, zoom, &at, &palette);
        }
        for (number, node) in graph.nodes.iter().enumerate() {
            let rect = area(node);
            let response = ui.interact(rect, Id::unique(("marking", number)), Sense::click());
            let is_now = now == Some(number);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name(number, node, is_now)));
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if goes_to == Some(number) {
                ui.scroll_to_rect(rect.expand(20.0), None);
            }
            if response.clicked() {
                chosen = Some(number);
            }
            if seen.intersects(rect) {
                marking(&painter, node, rect, zoom, &palette);
                if is_now {
                    painter.rect_stroke(
                        rect.expand(3.0),
                        6.0,
                        Stroke::new(3.0, palette.accent),
                        StrokeKind::Outside,
                    );
                }
                if response.hovered() || response.has_focus() {
                    painter.rect_stroke(
                        rect.expand(1.0),
                        5.0,
                        Stroke::new(1.0, palette.accent),
                        StrokeKind::Outside,
                    );
                }
            }
            response.on_hover_text(node.words.join("\n"));
        }
    });
    chosen
}

/// How large the picture is.
fn extent(graph: &Graph) -> Vec2 {
    let (mut right, mut bottom) = (0.0_f64, 0.0_f64);
    for node in &graph.nodes {
        right = right.max(node.place.x + node.place.width / 2.0);
        bottom = bottom.max(node.place.y + node.place.height / 2.0);
    }
    for edge in &graph.edges {
        if let Course::Curve { names, .. } = course_of(graph, edge) {
            right = right.max(names.0 + 60.0);
        }
    }
    Vec2::new(right as f32, bottom as f32) + Vec2::splat(2.0 * MARGIN)
}

fn course_of(graph: &Graph, edge: &Edge) -> Course {
    course(&graph.nodes[edge.from].place, &graph.nodes[edge.to].place)
}

/// `Marking 3: ready, lock; dead, no return; the game is here`.
fn name(number: usize, node: &Node, is_now: bool) -> String {
    let mut name = format!("Marking {number}: {}", node.words.join(", "));
    if node.words.is_empty() {
        name.push_str("no tokens");
    }
    if !node.marks.is_empty() {
        let words: Vec<&str> = node.marks.iter().map(|mark| mark.word()).collect();
        name.push_str(&format!("; {}", words.join(", ")));
    }
    if is_now {
        name.push_str("; the game is here");
    }
    name
}

fn marking(painter: &Painter, node: &Node, rect: Rect, zoom: f32, palette: &Palette) {
    frame(painter, rect, &node.marks, zoom, palette);
    if zoom < TEXT_FROM {
        return;
    }
    let font = FontId::proportional(10.0 * zoom);
    let first = rect.center().y - 12.0 * zoom * (node.lines.len() as f32 - 1.0) / 2.0;
    for (index, line) in node.lines.iter().enumerate() {
        let at = Pos2::new(rect.center().x, first + 12.0 * zoom * index as f32);
        painter.text(at, Align2::CENTER_CENTER, line, font.clone(), palette.text);
    }
}

fn firing(
    painter: &Painter,
    graph: &Graph,
    edge: &Edge,
    zoom: f32,
    at: &impl Fn((f64, f64)) -> Pos2,
    palette: &Palette,
) {
    let stroke = Stroke::new(1.0, palette.arc);
    let (before, end, names) = match course_of(graph, edge) {
        Course::Straight { ends, names } => {
            let [start, end] = ends.map(at);
            painter.line_segment([start, end], stroke);
            (start, end, names)
        }
        Course::Curve { points, names } => {
            let points = points.map(at);
            painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
            (points[2], points[3], names)
        }
    };
    let along = (end - before).normalized();
    let (back, side) = (end - along * 7.0 * zoom, along.rot90() * 3.0 * zoom);
    painter.add(Shape::convex_polygon(vec![end, back + side, back - side], palette.arc, Stroke::NONE));
    if zoom < TEXT_FROM || !painter.clip_rect().expand(200.0).contains(at(names)) {
        return;
    }
    let font = FontId::proportional(8.5 * zoom);
    let mut lines: Vec<String> = edge.steps.iter().take(MOST_STEPS).cloned().collect();
    if edge.steps.len() > MOST_STEPS {
        lines.push(format!("… {} more", edge.steps.len() - MOST_STEPS));
    }
    let mut place = at(names) + Vec2::new(3.0 * zoom, -4.0 * zoom);
    for line in lines {
        let galley = painter.layout_no_wrap(line, font.clone(), palette.arc);
        painter.rect_filled(
            Rect::from_min_size(place, galley.size()),
            2.0,
            palette.paper.gamma_multiply(0.8),
        );
        painter.galley(place, galley, palette.arc);
        place.y += 10.0 * zoom;
    }
}
