//! A net as a TikZ picture, for LaTeX ([`crate::drawing`]).
//!
//! One unit is a point of the drawing scaled to 0.75 pt; y grows upwards in TikZ.

use crate::drawing::{DrawError, EDGE, PAPER, RADIUS, Shape, TOKEN, drawing, only_page};
use crate::graphics::Point;
use crate::{Document, PageId};
use std::fmt::{self, Write};

/// The picture of the net in `document`, to be put into a document that uses `tikz`. O(size).
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
    compose(&mut picture, &drawing.shapes).expect("writing to a string succeeds");
    Ok(picture)
}

fn compose(out: &mut String, shapes: &[Shape]) -> fmt::Result {
    writeln!(out, "% \\usepackage{{tikz}}")?;
    writeln!(out, "\\begin{{tikzpicture}}[x=0.75pt,y=-0.75pt,>=latex,font=\\sffamily\\tiny]")?;
    for shape in shapes {
        draw_shape(out, shape)?;
    }
    writeln!(out, "\\end{{tikzpicture}}")
}

fn draw_shape(out: &mut String, shape: &Shape) -> fmt::Result {
    match shape {
        Shape::Arc(points) => {
            let points: Vec<String> =
                points.iter().map(|Point { x, y }| format!("({x:.1},{y:.1})")).collect();
            writeln!(out, "\\draw[->,black!60] {};", points.join(" -- "))
        }
        Shape::Weight(Point { x, y }, weight) => {
            writeln!(out, "\\node[fill=white,inner sep=1pt] at ({x:.1},{y:.1}) {{{weight}}};")
        }
        Shape::Place(Point { x, y }) => {
            writeln!(out, "\\filldraw[fill=white] ({x},{y}) circle[radius={RADIUS}];")
        }
        Shape::ReferencePlace(Point { x, y }) => {
            writeln!(out, "\\filldraw[fill=white,dashed] ({x},{y}) circle[radius={RADIUS}];")
        }
        Shape::Token(Point { x, y }) => writeln!(out, "\\fill ({x},{y}) circle[radius={TOKEN}];"),
        Shape::Count(Point { x, y }, many) => {
            writeln!(out, "\\node[anchor=base,inner sep=0pt] at ({x},{y}) {{{many}}};")
        }
        Shape::Bar { corner, width, height, color } | Shape::Swatch { corner, width, height, color } => {
            let Point { x, y } = corner;
            writeln!(
                out,
                "\\fill[fill={}] ({x},{y}) rectangle ({},{});",
                self::color(color),
                x + width,
                y + height
            )
        }
        Shape::Name(Point { x, y }, line) => {
            writeln!(out, "\\node[anchor=base,inner sep=0pt] at ({x},{y}) {{{}}};", escaped(line))
        }
        Shape::Paper { corner: Point { x, y }, width, height } => {
            let [inside, edge] = [PAPER, EDGE].map(color);
            writeln!(
                out,
                "\\filldraw[fill={inside},draw={edge}] ({x},{y}) rectangle ({},{});",
                x + width,
                y + height
            )
        }
        Shape::Sheet { outline, fold } => {
            let points = |points: &[Point]| {
                points
                    .iter()
                    .map(|Point { x, y }| format!("({x:.1},{y:.1})"))
                    .collect::<Vec<_>>()
                    .join(" -- ")
            };
            writeln!(out, "\\filldraw[fill=white] {} -- cycle;", points(outline))?;
            writeln!(out, "\\draw {};", points(fold))
        }
        Shape::Text(_, line) if line.is_empty() => Ok(()),
        Shape::Text(Point { x, y }, line) => {
            writeln!(out, "\\node[anchor=base west,inner sep=0pt] at ({x},{y}) {{{}}};", escaped(line))
        }
        Shape::Word(Point { x, y }, word) => {
            writeln!(out, "\\node[anchor=base west,inner sep=0pt] at ({x},{y}) {{{word}}};")
        }
    }
}

/// A colour as TikZ writes it.
fn color(color: &str) -> String {
    let [r, g, b] = channels(color);
    format!("{{rgb,255:red,{r};green,{g};blue,{b}}}")
}

/// Red, green and blue of `#rrggbb`.
pub(crate) fn channels(color: &str) -> [u8; 3] {
    std::array::from_fn(|index| {
        let digits = color.get(1 + 2 * index..3 + 2 * index).unwrap_or_default();
        u8::from_str_radix(digits, 16).unwrap_or(0)
    })
}

/// A text in which nothing is a command.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\textbackslash{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '#' | '$' | '%' | '&' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_place_is_a_circle_with_its_tokens_and_its_name() {
        let picture = draw(&crate::drawing::tests::document(Some(Point { x: 10.0, y: 20.0 }))).unwrap();
        assert_eq!(picture.matches("circle[").count(), 3);
        assert!(picture.contains("(10,20) circle[radius=15]"), "{picture}");
        assert!(picture.contains("{a<b}"), "{picture}");
    }

    #[test]
    fn names_give_no_commands() {
        assert_eq!(escaped("a_b & 50% {\\x}"), "a\\_b \\& 50\\% \\{\\textbackslash{}x\\}");
        assert_eq!(channels("#1f6feb"), [0x1f, 0x6f, 0xeb]);
    }

    #[test]
    fn a_note_is_a_framed_text() {
        let picture = draw(&crate::drawing::tests::noted()).unwrap();
        assert!(picture.contains("(100,-200) rectangle (240,-140);"), "{picture}");
        assert!(picture.contains("{50\\%}"), "{picture}");
    }
}
