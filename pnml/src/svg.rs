//! A net as an SVG picture, at the positions that its file gives.
//!
//! Places are circles with their tokens, transitions bars in the colour of their kind, arcs lines
//! through their bend points. Node names are wrapped, places' below and transitions' above.

use crate::graphics::Point;
use crate::{Document, DrawnArc, Node, NodeKind};
use pn_deployment::annotation::KindText;
use std::fmt::{self, Write};

const RADIUS: f64 = 15.0;
const HALF_WIDTH: f64 = 6.0;
const HALF_HEIGHT: f64 = 16.0;
const MARGIN: f64 = 55.0;
const LINE_HEIGHT: f64 = 10.0;
/// Names are broken into lines of at most this many characters, where they have a gap.
const LINE_LENGTH: usize = 15;

/// What a transition is drawn as: its colour and its word in the legend.
const KINDS: [(&str, &str); 10] = [
    ("#3d4450", "control"),
    ("#1f6feb", "action"),
    ("#2a9d8f", "outcome"),
    ("#8250df", "timer"),
    ("#e08600", "approval"),
    ("#57892b", "event"),
    ("#c93c37", "undo"),
    ("#9a6ee0", "retry"),
    ("#8b5a2b", "drift"),
    ("#1b8a9e", "refresh"),
];

/// Why a net cannot be drawn.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DrawError {
    /// A node without a position.
    #[error("`{0}` has no position")]
    NoPosition(String),
    /// Several pages, each with coordinates of its own.
    #[error("only nets of one page can be drawn")]
    SeveralPages,
}

/// The picture of the net in `document`. O(size).
///
/// # Errors
///
/// When a node has no position, or the net has several pages.
pub fn draw(document: &Document) -> Result<String, DrawError> {
    if document.pages.len() > 1 {
        return Err(DrawError::SeveralPages);
    }
    let centres = document.nodes.iter().map(centre).collect::<Result<Vec<_>, _>>()?;
    let mut picture = String::new();
    compose(&mut picture, document, &centres).expect("writing to a string succeeds");
    Ok(picture)
}

fn centre(node: &Node) -> Result<Point, DrawError> {
    let graphics = node.graphics.as_ref().ok_or_else(|| DrawError::NoPosition(node.id.to_string()))?;
    Ok(graphics.position)
}

fn compose(out: &mut String, document: &Document, centres: &[Point]) -> fmt::Result {
    let bends = document.arcs.iter().flat_map(bends);
    let points = || centres.iter().chain(bends.clone());
    let least = |of: fn(&Point) -> f64| points().map(of).fold(f64::INFINITY, f64::min) - MARGIN;
    let most = |of: fn(&Point) -> f64| points().map(of).fold(f64::NEG_INFINITY, f64::max) + MARGIN;
    let (left, top, right) = (least(|p| p.x), least(|p| p.y), most(|p| p.x).max(right_of_legend(document)));
    let bottom = most(|p| p.y);
    let (width, height) = (right - left, bottom - top + 20.0);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="9">"#
    )?;
    if let Some(name) = &document.name {
        writeln!(out, "<title>{}</title>", escaped(&name.text))?;
    }
    writeln!(
        out,
        r##"<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="#666"/></marker></defs>"##
    )?;
    writeln!(out, r#"<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="white"/>"#)?;
    for arc in &document.arcs {
        draw_arc(out, document, centres, arc)?;
    }
    for (node, centre) in document.nodes.iter().zip(centres) {
        draw_node(out, node, *centre)?;
    }
    legend(out, document, left + 20.0, bottom + 6.0)?;
    writeln!(out, "</svg>")
}

fn bends(arc: &DrawnArc) -> &[Point] {
    arc.graphics.as_ref().map_or(&[], |graphics| &graphics.bends)
}

fn draw_arc(out: &mut String, document: &Document, centres: &[Point], arc: &DrawnArc) -> fmt::Result {
    let (source, target) = (centres[arc.source.index()], centres[arc.target.index()]);
    let bends = bends(arc);
    let start = edge(&document.nodes[arc.source.index()], source, *bends.first().unwrap_or(&target));
    let end = edge(&document.nodes[arc.target.index()], target, *bends.last().unwrap_or(&source));
    write!(out, r##"<polyline fill="none" stroke="#666" marker-end="url(#head)" points=""##)?;
    let points: Vec<Point> =
        std::iter::once(start).chain(bends.iter().copied()).chain(std::iter::once(end)).collect();
    for (index, point) in points.iter().enumerate() {
        let gap = if index == 0 { "" } else { " " };
        write!(out, "{gap}{:.1},{:.1}", point.x, point.y)?;
    }
    writeln!(out, r#""/>"#)?;
    if arc.weight > 1 {
        let (before, after) = (points[(points.len() - 1) / 2], points[points.len() / 2]);
        let (x, y) = (f64::midpoint(before.x, after.x), f64::midpoint(before.y, after.y));
        let weight = arc.weight;
        writeln!(
            out,
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle" stroke="white" stroke-width="3" paint-order="stroke">{weight}</text>"#
        )?;
    }
    Ok(())
}

/// Where the line from the centre of `node` towards `other` leaves the node.
fn edge(node: &Node, centre: Point, other: Point) -> Point {
    let (dx, dy) = (other.x - centre.x, other.y - centre.y);
    let distance = dx.hypot(dy);
    if distance == 0.0 {
        return centre;
    }
    let part = if node.kind.is_placelike() {
        RADIUS / distance
    } else {
        (HALF_WIDTH / dx.abs()).min(HALF_HEIGHT / dy.abs())
    };
    Point { x: centre.x + dx * part, y: centre.y + dy * part }
}

fn draw_node(out: &mut String, node: &Node, centre: Point) -> fmt::Result {
    let Point { x, y } = centre;
    let name = node.name.as_ref().map_or(node.id.as_str(), |name| name.text.as_str());
    let lines = wrapped(name);
    let below = y + RADIUS + LINE_HEIGHT;
    match &node.kind {
        NodeKind::Place { tokens, .. } => {
            writeln!(out, r##"<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="white" stroke="#222"/>"##)?;
            draw_tokens(out, centre, *tokens)?;
            draw_name(out, &lines, x, below)
        }
        NodeKind::ReferencePlace { .. } => {
            writeln!(
                out,
                r##"<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="white" stroke="#222" stroke-dasharray="3"/>"##
            )?;
            draw_name(out, &lines, x, below)
        }
        NodeKind::Transition { .. } | NodeKind::ReferenceTransition { .. } => {
            let (color, _) = KINDS[kind(node)];
            let (left, top) = (x - HALF_WIDTH, y - HALF_HEIGHT);
            let (width, height) = (2.0 * HALF_WIDTH, 2.0 * HALF_HEIGHT);
            writeln!(
                out,
                r#"<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="1" fill="{color}"/>"#
            )?;
            draw_name(out, &lines, x, top - 4.0 - LINE_HEIGHT * (lines.len() - 1) as f64)
        }
    }
}

fn draw_tokens(out: &mut String, centre: Point, tokens: u64) -> fmt::Result {
    let offsets: &[(f64, f64)] = match tokens {
        0 => &[],
        1 => &[(0.0, 0.0)],
        2 => &[(-5.0, 0.0), (5.0, 0.0)],
        3 => &[(0.0, -5.0), (-5.0, 4.0), (5.0, 4.0)],
        4 => &[(-5.0, -5.0), (5.0, -5.0), (-5.0, 5.0), (5.0, 5.0)],
        many => {
            let (x, y) = (centre.x, centre.y + 4.0);
            return writeln!(
                out,
                r#"<text x="{x}" y="{y}" font-size="11" text-anchor="middle">{many}</text>"#
            );
        }
    };
    for (dx, dy) in offsets {
        let (x, y) = (centre.x + dx, centre.y + dy);
        writeln!(out, r##"<circle cx="{x}" cy="{y}" r="3.5" fill="#222"/>"##)?;
    }
    Ok(())
}

fn draw_name(out: &mut String, lines: &[String], x: f64, top: f64) -> fmt::Result {
    for (index, line) in lines.iter().enumerate() {
        let (y, line) = (top + LINE_HEIGHT * index as f64, escaped(line));
        writeln!(
            out,
            r##"<text x="{x}" y="{y}" text-anchor="middle" fill="#222" stroke="white" stroke-width="3" paint-order="stroke">{line}</text>"##
        )?;
    }
    Ok(())
}

/// The lines of a name: broken at spaces, and behind dots in identifiers.
fn wrapped(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_inclusive([' ', '.']) {
        let last = lines.last_mut().expect("there is one line to begin with");
        if last.is_empty() || last.chars().count() + word.trim_end().chars().count() <= LINE_LENGTH {
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Index into [`KINDS`].
fn kind(node: &Node) -> usize {
    let NodeKind::Transition { annotation: Some(annotation) } = &node.kind else { return 0 };
    match annotation.kind {
        KindText::Control => 0,
        KindText::Action(_) => 1,
        KindText::Outcome { .. } => 2,
        KindText::Timer { .. } => 3,
        KindText::Approval { .. } => 4,
        KindText::Event(_) => 5,
        KindText::Undo { .. } => 6,
        KindText::Retry { .. } => 7,
        KindText::Drift { .. } => 8,
        KindText::Refresh { .. } => 9,
    }
}

/// The kinds of transition that the net has; none for a net of plain transitions only.
fn legend_entries(document: &Document) -> Vec<(&'static str, &'static str)> {
    let transitions = document.nodes.iter().filter(|node| !node.kind.is_placelike());
    let mut used: Vec<usize> = transitions.map(kind).collect();
    used.sort_unstable();
    used.dedup();
    if used == [0] { Vec::new() } else { used.into_iter().map(|kind| KINDS[kind]).collect() }
}

fn right_of_legend(document: &Document) -> f64 {
    40.0 + 70.0 * legend_entries(document).len() as f64
}

fn legend(out: &mut String, document: &Document, left: f64, y: f64) -> fmt::Result {
    for (index, (color, word)) in legend_entries(document).into_iter().enumerate() {
        let x = left + 70.0 * index as f64;
        writeln!(out, r#"<rect x="{x}" y="{}" width="6" height="12" fill="{color}"/>"#, y - 9.0)?;
        writeln!(out, r##"<text x="{}" y="{y}" fill="#222">{word}</text>"##, x + 10.0)?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::NodeGraphics;
    use crate::{Page, PageId};

    fn document(position: Option<Point>) -> Document {
        let place = NodeKind::Place { tokens: 2, marking: None };
        let graphics =
            position.map(|position| Box::new(NodeGraphics { position, ..NodeGraphics::default() }));
        let node = Node {
            id: "a<b".into(),
            page: PageId(0),
            kind: place,
            name: None,
            graphics,
            foreign: Vec::new(),
        };
        let page = Page { id: "page".into(), parent: None, name: None, graphics: None, foreign: Vec::new() };
        Document { pages: vec![page], nodes: vec![node], ..Document::default() }
    }

    #[test]
    fn a_marked_place_is_a_circle_with_its_tokens_and_its_name() {
        let picture = draw(&document(Some(Point { x: 10.0, y: 20.0 }))).unwrap();
        assert_eq!(picture.matches("<circle").count(), 3);
        assert!(picture.contains(">a&lt;b</text>"));
    }

    #[test]
    fn a_node_without_a_position_is_named() {
        assert_eq!(draw(&document(None)), Err(DrawError::NoPosition("a<b".to_owned())));
    }

    #[test]
    fn long_names_are_wrapped_at_their_gaps() {
        assert_eq!(wrapped("web1 in the balancer"), ["web1 in the", "balancer"]);
        assert_eq!(wrapped("migrate.lock-database"), ["migrate.", "lock-database"]);
        assert_eq!(wrapped("web1.drain"), ["web1.drain"]);
    }

    #[test]
    fn an_arc_ends_at_the_edge_of_its_node() {
        let node = &document(None).nodes[0];
        let end = edge(node, Point { x: 0.0, y: 0.0 }, Point { x: 30.0, y: 40.0 });
        assert_eq!((end.x, end.y), (9.0, 12.0));
    }
}
