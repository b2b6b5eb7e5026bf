//! A net as an SVG picture, at the positions that its file gives ([`crate::drawing`]).

use crate::drawing::{DrawError, Drawing, EDGE, PAPER, RADIUS, Shape, TOKEN, drawing, only_page};
use crate::graphics::Point;
use crate::note::FONT;
use crate::{Document, PageId};
use std::fmt::{self, Write};

/// The picture of the net in `document`. O(size).
///
/// # Errors
///
/// When a node has no position, or the net has several pages.
pub fn draw(document: &Document) -> Result<String, DrawError> {
    draw_page(document, only_page(document)?)
}

/// The picture of a page. O(size).
///
/// # Errors
///
/// When a node on the page has no position.
pub fn draw_page(document: &Document, page: PageId) -> Result<String, DrawError> {
    let drawing = drawing(document, page)?;
    let mut picture = String::new();
    compose(&mut picture, document, &drawing).expect("writing to a string succeeds");
    Ok(picture)
}

fn compose(out: &mut String, document: &Document, drawing: &Drawing) -> fmt::Result {
    let Drawing { left, top, width, height, shapes } = drawing;
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
    for shape in shapes {
        draw_shape(out, shape)?;
    }
    writeln!(out, "</svg>")
}

fn draw_shape(out: &mut String, shape: &Shape) -> fmt::Result {
    match shape {
        Shape::Arc(points) => draw_arc(out, points),
        Shape::Weight(Point { x, y }, weight) => writeln!(
            out,
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle" stroke="white" stroke-width="3" paint-order="stroke">{weight}</text>"#
        ),
        Shape::Place(Point { x, y }) => {
            writeln!(out, r##"<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="white" stroke="#222"/>"##)
        }
        Shape::ReferencePlace(Point { x, y }) => writeln!(
            out,
            r##"<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="white" stroke="#222" stroke-dasharray="3"/>"##
        ),
        Shape::Token(Point { x, y }) => {
            writeln!(out, r##"<circle cx="{x}" cy="{y}" r="{TOKEN}" fill="#222"/>"##)
        }
        Shape::Count(Point { x, y }, many) => {
            writeln!(out, r#"<text x="{x}" y="{y}" font-size="11" text-anchor="middle">{many}</text>"#)
        }
        Shape::Bar { corner: Point { x, y }, width, height, color } => writeln!(
            out,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="1" fill="{color}"/>"#
        ),
        Shape::Name(Point { x, y }, line) => {
            let line = escaped(line);
            writeln!(
                out,
                r##"<text x="{x}" y="{y}" text-anchor="middle" fill="#222" stroke="white" stroke-width="3" paint-order="stroke">{line}</text>"##
            )
        }
        Shape::Swatch { corner: Point { x, y }, width, height, color } => {
            writeln!(out, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{color}"/>"#)
        }
        Shape::Word(Point { x, y }, word) => {
            writeln!(out, r##"<text x="{x}" y="{y}" fill="#222">{word}</text>"##)
        }
        Shape::Paper { corner: Point { x, y }, width, height } => writeln!(
            out,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="2" fill="{PAPER}" stroke="{EDGE}"/>"#
        ),
        Shape::Sheet { outline, fold } => {
            let points = |points: &[Point]| {
                points.iter().map(|Point { x, y }| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
            };
            writeln!(out, r##"<polygon points="{}" fill="white" stroke="#222"/>"##, points(outline))?;
            writeln!(out, r##"<polyline points="{}" fill="none" stroke="#222"/>"##, points(fold))
        }
        Shape::Text(Point { x, y }, line) => {
            let line = escaped(line);
            writeln!(
                out,
                r##"<text x="{x}" y="{y}" font-size="{FONT}" fill="#222" xml:space="preserve">{line}</text>"##
            )
        }
    }
}

fn draw_arc(out: &mut String, points: &[Point]) -> fmt::Result {
    write!(out, r##"<polyline fill="none" stroke="#666" marker-end="url(#head)" points=""##)?;
    for (index, point) in points.iter().enumerate() {
        let gap = if index == 0 { "" } else { " " };
        write!(out, "{gap}{:.1},{:.1}", point.x, point.y)?;
    }
    writeln!(out, r#""/>"#)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_place_is_a_circle_with_its_tokens_and_its_name() {
        let picture = draw(&crate::drawing::tests::document(Some(Point { x: 10.0, y: 20.0 }))).unwrap();
        assert_eq!(picture.matches("<circle").count(), 3);
        assert!(picture.contains(">a&lt;b</text>"));
    }

    #[test]
    fn a_note_is_a_framed_text() {
        let picture = draw(&crate::drawing::tests::noted()).unwrap();
        assert!(
            picture.contains(r##"x="100" y="-200" width="140" height="60" rx="2" fill="#fff8d6""##),
            "{picture}"
        );
        assert!(picture.contains(">a&lt;b</text>\n<text") && picture.contains(">50%</text>"), "{picture}");
    }
}
