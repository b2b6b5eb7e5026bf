//! A net as a PDF page of its own size ([`crate::drawing`]).
//!
//! The subset of PDF 1.4 (ISO 32000-1) that lines, circles and a line of text need: one page, one
//! stream, Helvetica, which every reader has. Circles are four Bézier curves each. Characters
//! beyond Latin-1 become question marks.

use crate::drawing::{DrawError, Drawing, EDGE, PAPER, RADIUS, Shape, TOKEN, drawing, only_page};
use crate::graphics::Point;
use crate::note::FONT;
use crate::tikz::channels;
use crate::{Document, PageId};
use std::fmt::{self, Write};

/// The widths of the printable characters of ASCII in Helvetica, in thousandths of its size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// The file with the picture of the net in `document`. O(size).
///
/// # Errors
///
/// When a node has no position, or the net has several pages.
pub fn draw(document: &Document) -> Result<String, DrawError> {
    draw_page(document, only_page(document)?)
}

/// The file with the picture of a page. O(size).
///
/// # Errors
///
/// When a node on the page has no position.
pub fn draw_page(document: &Document, page: PageId) -> Result<String, DrawError> {
    let drawing = drawing(document, page)?;
    let mut stream = String::new();
    compose(&mut stream, &drawing).expect("writing to a string succeeds");
    let Drawing { width, height, .. } = drawing;
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.1} {height:.1}] /Contents 4 0 R \
             /Resources << /Font << /F 5 0 R >> >> >>"
        ),
        format!("<< /Length {} >>\nstream\n{stream}endstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    Ok(file(&objects))
}

/// The objects, numbered from 1, with the table that says where each begins.
fn file(objects: &[String]) -> String {
    let mut text = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = text.len();
    let trailer =
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    text + &table + &trailer
}

fn compose(out: &mut String, drawing: &Drawing) -> fmt::Result {
    // The page's origin is its lower left corner.
    let flipped = |Point { x, y }: &Point| Point { x: x - drawing.left, y: drawing.top + drawing.height - y };
    writeln!(out, "1 w 1 J 1 j")?;
    for shape in &drawing.shapes {
        match shape {
            Shape::Arc(points) => {
                let points: Vec<Point> = points.iter().map(flipped).collect();
                arc(out, &points)?;
            }
            Shape::Weight(at, weight) => {
                let at = flipped(at);
                text(out, Point { x: at.x, y: at.y - 3.0 }, &weight.to_string(), 9.0, Align::Centre)?;
            }
            Shape::Place(at) => circle(out, flipped(at), RADIUS, "1 g 0.13 G", "b")?,
            Shape::ReferencePlace(at) => {
                writeln!(out, "[3] 0 d")?;
                circle(out, flipped(at), RADIUS, "1 g 0.13 G", "b")?;
                writeln!(out, "[] 0 d")?;
            }
            Shape::Token(at) => circle(out, flipped(at), TOKEN, "0.13 g", "f")?,
            Shape::Count(at, many) => text(out, flipped(at), &many.to_string(), 11.0, Align::Centre)?,
            Shape::Bar { corner, width, height, color } | Shape::Swatch { corner, width, height, color } => {
                let Point { x, y } = flipped(corner);
                let color = self::color(color);
                writeln!(out, "{color} rg {x:.2} {:.2} {width} {height} re f", y - height)?;
            }
            Shape::Name(at, line) => text(out, flipped(at), line, 9.0, Align::Centre)?,
            Shape::Word(at, word) => text(out, flipped(at), word, 9.0, Align::Left)?,
            Shape::Paper { corner, width, height } => {
                let Point { x, y } = flipped(corner);
                let [inside, edge] = [PAPER, EDGE].map(color);
                writeln!(out, "{inside} rg {edge} RG {x:.2} {:.2} {width} {height} re B", y - height)?;
            }
            Shape::Sheet { outline, fold } => {
                let path = |points: &[Point]| {
                    let operators = std::iter::once("m").chain(std::iter::repeat("l"));
                    let steps = points.iter().map(flipped).zip(operators);
                    let steps = steps.map(|(Point { x, y }, operator)| format!("{x:.2} {y:.2} {operator}"));
                    steps.collect::<Vec<_>>().join(" ")
                };
                writeln!(out, "1 g 0.13 G {} b", path(outline))?;
                writeln!(out, "{} S", path(fold))?;
            }
            Shape::Text(at, line) => text(out, flipped(at), line, FONT, Align::Left)?,
        }
    }
    Ok(())
}

/// Red, green and blue, each between 0 and 1.
fn color(color: &str) -> String {
    let [r, g, b] = channels(color).map(|channel| f64::from(channel) / 255.0);
    format!("{r:.3} {g:.3} {b:.3}")
}

fn arc(out: &mut String, points: &[Point]) -> fmt::Result {
    write!(out, "0.4 G")?;
    for (index, Point { x, y }) in points.iter().enumerate() {
        let operator = if index == 0 { "m" } else { "l" };
        write!(out, " {x:.2} {y:.2} {operator}")?;
    }
    writeln!(out, " S")?;
    let [.., from, to] = points else { return Ok(()) };
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy);
    if length == 0.0 {
        return Ok(());
    }
    let (dx, dy) = (dx / length, dy / length);
    let (back_x, back_y) = (to.x - 7.0 * dx, to.y - 7.0 * dy);
    writeln!(
        out,
        "0.4 g {:.2} {:.2} m {:.2} {:.2} l {:.2} {:.2} l f",
        to.x,
        to.y,
        back_x - 3.0 * dy,
        back_y + 3.0 * dx,
        back_x + 3.0 * dy,
        back_y - 3.0 * dx
    )
}

/// Four Bézier curves, which differ from the circle by 0.03 % of its radius.
fn circle(out: &mut String, Point { x, y }: Point, radius: f64, colors: &str, operator: &str) -> fmt::Result {
    let control = radius * 0.552_285;
    writeln!(out, "{colors} {:.2} {y:.2} m", x + radius)?;
    for (from, to) in [
        ((1.0, 0.0), (0.0, 1.0)),
        ((0.0, 1.0), (-1.0, 0.0)),
        ((-1.0, 0.0), (0.0, -1.0)),
        ((0.0, -1.0), (1.0, 0.0)),
    ] {
        let (a, b) = (
            (x + radius * from.0 + control * to.0, y + radius * from.1 + control * to.1),
            (x + radius * to.0 + control * from.0, y + radius * to.1 + control * from.1),
        );
        let end = (x + radius * to.0, y + radius * to.1);
        writeln!(out, "{:.2} {:.2} {:.2} {:.2} {:.2} {:.2} c", a.0, a.1, b.0, b.1, end.0, end.1)?;
    }
    writeln!(out, "{operator}")
}

/// Where a line of text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Centre,
}

fn text(out: &mut String, at: Point, line: &str, size: f64, align: Align) -> fmt::Result {
    let left = match align {
        Align::Left => at.x,
        Align::Centre => at.x - width(line) * size / 2.0,
    };
    writeln!(out, "0.13 g BT /F {size} Tf {left:.2} {:.2} Td ({}) Tj ET", at.y, escaped(line))
}

/// The width of a line, in sizes of the font.
pub(crate) fn width(line: &str) -> f64 {
    let of = |character: char| {
        let index = (character as usize).checked_sub(32);
        index.and_then(|index| WIDTHS.get(index)).copied().unwrap_or(556)
    };
    line.chars().map(|character| f64::from(of(character)) / 1000.0).sum()
}

/// A string of the page's encoding, in ASCII.
fn escaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '(' | ')' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            ' '..='~' => text.push(character),
            '\u{a0}'..='\u{ff}' => text.push_str(&format!("\\{:03o}", character as u32)),
            _ => text.push('?'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_begins_where_the_table_says() {
        let text = draw(&crate::drawing::tests::document(Some(Point { x: 10.0, y: 20.0 }))).unwrap();
        let (_, table) = text.split_once("xref\n").unwrap();
        let entries: Vec<usize> = table
            .lines()
            .filter(|line| line.ends_with(" n "))
            .map(|line| line[..10].parse().unwrap())
            .collect();
        assert_eq!(entries.len(), 5);
        for (index, at) in entries.into_iter().enumerate() {
            assert!(text[at..].starts_with(&format!("{} 0 obj", index + 1)));
        }
        let start: usize = text.lines().rev().nth(1).unwrap().parse().unwrap();
        assert!(text[start..].starts_with("xref"));
        let length =
            text.split_once("/Length ").unwrap().1.split_once(' ').unwrap().0.parse::<usize>().unwrap();
        let stream = text.split_once("stream\n").unwrap().1.split_once("endstream").unwrap().0;
        assert_eq!(stream.len(), length);
        assert!(stream.contains("(a<b) Tj"));
    }

    #[test]
    fn text_is_centred_and_escaped() {
        assert_eq!(escaped("a(b)\\ é→"), "a\\(b\\)\\\\ \\351?");
        assert!((width("iii") - 0.666).abs() < 1e-9 && (width("W") - 0.944).abs() < 1e-9);
    }

    #[test]
    fn a_note_is_a_framed_text() {
        let text = draw(&crate::drawing::tests::noted()).unwrap();
        assert!(text.contains("140 60 re B") && text.contains("(50%) Tj"), "{text}");
    }
}
