//! The graph as an SVG picture.
//!
//! Edges to the next layer are straight, others are bent aside; the names on them stand beside
//! their middle. What a mark looks like the legend says. A marking's full text is its tooltip.

use super::{Drawing, Drawn, Edge, Mark};
use pn_verify::graph::{Course, Rectangle, course, placed, room, shortened, written as lines};
use quick_xml::escape::escape;
use std::fmt::{self, Write};

const LINE_HEIGHT: f64 = 12.0;
/// About the mean width of a letter of the legend.
const LETTER: f64 = 5.6;
const MARGIN: f64 = 30.0;
const LEGEND: f64 = 34.0;
/// The most lines of a marking that are written out, and the most letters of a line.
/// The most names on an edge that are written out.
const MOST_STEPS: usize = 3;

/// The picture of `drawing`, whose markings lie at these distances from the initial one.
pub(super) fn written(drawing: &Drawing, depths: &[usize]) -> String {
    let labels: Vec<Vec<String>> = drawing.nodes.iter().map(|node| lines(&node.lines)).collect();
    let sizes: Vec<(f64, f64)> = labels.iter().map(|lines| room(lines)).collect();
    let edges: Vec<(usize, usize)> = drawing.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let rectangles = placed(&sizes, depths, &edges);
    let mut out = String::new();
    compose(&mut out, drawing, &labels, &rectangles).expect("writing to a string succeeds");
    out
}

#[expect(clippy::cast_precision_loss, reason = "labels are short")]
const fn length(count: usize) -> f64 {
    count as f64
}

fn compose(
    out: &mut String,
    drawing: &Drawing,
    labels: &[Vec<String>],
    rectangles: &[Rectangle],
) -> fmt::Result {
    let right = rectangles.iter().map(|r| r.x + r.width / 2.0).fold(0.0, f64::max).max(420.0);
    let bottom = rectangles.iter().map(|r| r.y + r.height / 2.0).fold(0.0, f64::max);
    let (width, height) = (right + 2.0 * MARGIN, bottom + 2.0 * MARGIN + LEGEND);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="{:.0} {:.0} {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" font-family="sans-serif" font-size="10">"#,
        -MARGIN, -MARGIN
    )?;
    writeln!(out, "<title>{}</title>", escape(&*drawing.name))?;
    writeln!(
        out,
        r##"<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 1 L10 5 L0 9 z" fill="#57606a"/></marker></defs>"##
    )?;
    writeln!(
        out,
        r##"<rect x="{:.0}" y="{:.0}" width="{width:.0}" height="{height:.0}" fill="#ffffff"/>"##,
        -MARGIN, -MARGIN
    )?;
    drawing.edges.iter().try_for_each(|edge| line(out, edge, rectangles))?;
    for ((node, lines), place) in drawing.nodes.iter().zip(labels).zip(rectangles) {
        marking(out, node, lines, place)?;
    }
    legend(out, &drawing.legend(), bottom + MARGIN)?;
    writeln!(out, "</svg>")
}

fn marking(out: &mut String, node: &Drawn, lines: &[String], place: &Rectangle) -> fmt::Result {
    let mut words = vec![node.lines.join("\n")];
    words.extend(node.marks.iter().map(|mark| format!("({})", mark.word())));
    writeln!(out, "<g><title>{}</title>", escape(words.join("\n")))?;
    frame(out, node, place)?;
    let top = place.y - length(lines.len()) * LINE_HEIGHT / 2.0 + 9.0;
    for (number, line) in lines.iter().enumerate() {
        let y = top + length(number) * LINE_HEIGHT;
        writeln!(
            out,
            r#"<text x="{:.1}" y="{y:.1}" text-anchor="middle">{}</text>"#,
            place.x,
            escape(&**line)
        )?;
    }
    writeln!(out, "</g>")
}

/// The box of a marking; a second one inside if it is dead.
fn frame(out: &mut String, node: &Drawn, place: &Rectangle) -> fmt::Result {
    let (inside, border) = node.colours();
    let thickness = if node.is(Mark::Initial) { 2.5 } else { 1.0 };
    rectangle(out, place, 0.0, &format!(r#"fill="{inside}" stroke="{border}" stroke-width="{thickness}""#))?;
    match node.is(Mark::Dead) {
        true => rectangle(out, place, 3.0, &format!(r#"fill="none" stroke="{border}""#)),
        false => Ok(()),
    }
}

fn rectangle(out: &mut String, place: &Rectangle, inset: f64, style: &str) -> fmt::Result {
    let Rectangle { x, y, width, height } = place;
    writeln!(
        out,
        r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="5" {style}/>"#,
        x - width / 2.0 + inset,
        y - height / 2.0 + inset,
        width - 2.0 * inset,
        height - 2.0 * inset
    )
}

fn line(out: &mut String, edge: &Edge, rectangles: &[Rectangle]) -> fmt::Result {
    let (from, to) = (&rectangles[edge.from], &rectangles[edge.to]);
    let (path, (x, y)) = match course(from, to) {
        Course::Straight { ends: [start, end], names } => (format!("M{} L{}", pair(start), pair(end)), names),
        Course::Curve { points: [start, out, back, end], names } => {
            let (start, end) = (pair(start), pair(end));
            (format!("M{start} C{} {} {end}", pair(out), pair(back)), names)
        }
    };
    writeln!(
        out,
        r##"<g><title>{}</title><path d="{path}" fill="none" stroke="#57606a" marker-end="url(#head)"/>"##,
        escape(edge.steps.join("\n"))
    )?;
    let mut names: Vec<String> = edge.steps.iter().take(MOST_STEPS).map(|step| shortened(step)).collect();
    if edge.steps.len() > MOST_STEPS {
        names.push(format!("… {} more", edge.steps.len() - MOST_STEPS));
    }
    for (number, name) in names.iter().enumerate() {
        let y = y + length(number) * (LINE_HEIGHT - 2.0);
        writeln!(
            out,
            r##"<text x="{:.1}" y="{y:.1}" font-size="8.5" fill="#57606a" stroke="#ffffff" stroke-width="2" paint-order="stroke">{}</text>"##,
            x + 3.0,
            escape(&**name)
        )?;
    }
    writeln!(out, "</g>")
}

/// A point as paths have it.
fn pair((x, y): (f64, f64)) -> String {
    format!("{x:.1} {y:.1}")
}

fn legend(out: &mut String, marks: &[Mark], top: f64) -> fmt::Result {
    let mut left = 0.0;
    for mark in marks {
        let node = Drawn { lines: Vec::new(), marks: vec![*mark] };
        let place = Rectangle { x: left + 11.0, y: top, width: 22.0, height: 16.0 };
        frame(out, &node, &place)?;
        writeln!(out, r#"<text x="{:.1}" y="{:.1}">{}</text>"#, left + 28.0, top + 4.0, mark.word())?;
        left += 28.0 + length(mark.word().len()) * LETTER + 24.0;
    }
    Ok(())
}
