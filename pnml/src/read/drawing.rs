//! Reading `graphics` elements. What PNML does not know is dropped with a warning.

use super::attributes::Attribute;
use super::cursor::{Cursor, Element, Stop, shortened};
use crate::diagnostic::Problem;
use crate::graphics::{
    ArcGraphics, Dimension, Fill, Font, LabelGraphics, Line, NodeGraphics, Point, coordinate, size,
};
use compact_str::CompactString;

/// The graphics of a node or a page; `None` without a position.
pub(super) fn node(
    cursor: &mut Cursor<'_>,
    element: &Element<'_>,
) -> Result<Option<Box<NodeGraphics>>, Stop> {
    let mut position = None;
    let mut graphics = NodeGraphics::default();
    while let Some(child) = cursor.child()? {
        match child.name {
            "position" => position = position.or(point(cursor, &child)),
            "dimension" => graphics.dimension = dimension(cursor, &child),
            "fill" => graphics.fill = Some(fill(cursor, &child)),
            "line" => graphics.line = Some(line(cursor, &child)),
            _ => dropped(cursor, element, &child),
        }
        cursor.skip(&child)?;
    }
    let Some(position) = position else {
        if graphics != NodeGraphics::default() {
            cursor.warning_once(Problem::NoPosition, element.span);
        }
        return Ok(None);
    };
    graphics.position = position;
    Ok(Some(Box::new(graphics)))
}

/// The graphics of an arc; `None` if they say nothing.
pub(super) fn arc(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Option<Box<ArcGraphics>>, Stop> {
    let mut graphics = ArcGraphics::default();
    while let Some(child) = cursor.child()? {
        match child.name {
            "position" => graphics.bends.extend(point(cursor, &child)),
            "line" => graphics.line = Some(line(cursor, &child)),
            _ => dropped(cursor, element, &child),
        }
        cursor.skip(&child)?;
    }
    Ok((graphics != ArcGraphics::default()).then(|| Box::new(graphics)))
}

/// The graphics of a label; `None` if they say nothing.
pub(super) fn label(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Option<LabelGraphics>, Stop> {
    let mut offset = None;
    let mut graphics = LabelGraphics::default();
    while let Some(child) = cursor.child()? {
        match child.name {
            "offset" => offset = offset.or(point(cursor, &child)),
            "fill" => graphics.fill = Some(fill(cursor, &child)),
            "line" => graphics.line = Some(line(cursor, &child)),
            "font" => graphics.font = Some(font(cursor, &child)),
            _ => dropped(cursor, element, &child),
        }
        cursor.skip(&child)?;
    }
    graphics.offset = offset.unwrap_or_default();
    Ok((offset.is_some() || graphics != LabelGraphics::default()).then_some(graphics))
}

fn dropped(cursor: &mut Cursor<'_>, element: &Element<'_>, child: &Element<'_>) {
    let problem = Problem::DroppedElement { element: element.name.to_owned(), found: shortened(child.name) };
    cursor.warning_once(problem, child.span);
}

fn attributes<'a, const N: usize>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    names: [&str; N],
) -> [Option<Attribute<'a>>; N] {
    cursor.attributes(element, names, |cursor, attribute| {
        let problem = Problem::UnknownAttribute {
            element: element.name.to_owned(),
            attribute: shortened(attribute.name),
        };
        cursor.warning_once(problem, attribute.span);
    })
}

/// The standard asks for both coordinates; some tools leave out the one that is 0.
fn point<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Option<Point> {
    let [x, y] = attributes(cursor, element, ["x", "y"]);
    if x.is_none() && y.is_none() {
        return None;
    }
    let mut given = |attribute: Option<Attribute<'a>>| match attribute {
        Some(attribute) => number(cursor, &attribute, coordinate),
        None => Some(0.0),
    };
    Some(Point { x: given(x)?, y: given(y)? })
}

fn dimension<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Option<Dimension> {
    let [x, y] = attributes(cursor, element, ["x", "y"]);
    let (x, y) = (x?, y?);
    Some(Dimension { x: number(cursor, &x, size)?, y: number(cursor, &y, size)? })
}

fn number(cursor: &mut Cursor<'_>, attribute: &Attribute<'_>, fit: fn(f64) -> Option<f64>) -> Option<f64> {
    let number = attribute.raw.trim_ascii().parse().ok().and_then(fit);
    if number.is_none() {
        bad(cursor, attribute);
    }
    number
}

fn word<T>(
    cursor: &mut Cursor<'_>,
    attribute: Option<Attribute<'_>>,
    known: fn(&str) -> Option<T>,
) -> Option<T> {
    let attribute = attribute?;
    let word = known(attribute.raw.trim_ascii());
    if word.is_none() {
        bad(cursor, &attribute);
    }
    word
}

fn bad(cursor: &mut Cursor<'_>, attribute: &Attribute<'_>) {
    let problem =
        Problem::BadGraphics { attribute: attribute.name.to_owned(), value: shortened(attribute.raw) };
    cursor.warning_once(problem, attribute.span);
}

fn text<'a>(cursor: &mut Cursor<'a>, attribute: Option<Attribute<'a>>) -> Option<CompactString> {
    attribute.map(|attribute| CompactString::from(cursor.value(&attribute)))
}

fn fill<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Fill {
    let names = ["color", "gradient-color", "gradient-rotation", "image"];
    let [color, gradient_color, rotation, image] = attributes(cursor, element, names);
    Fill {
        color: text(cursor, color),
        gradient_color: text(cursor, gradient_color),
        gradient_rotation: word(cursor, rotation, crate::graphics::GradientRotation::from_word),
        image: text(cursor, image),
    }
}

fn line<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Line {
    let [shape, color, width, style] = attributes(cursor, element, ["shape", "color", "width", "style"]);
    Line {
        shape: word(cursor, shape, crate::graphics::LineShape::from_word),
        color: text(cursor, color),
        width: width.and_then(|width| number(cursor, &width, size)),
        style: word(cursor, style, crate::graphics::LineStyle::from_word),
    }
}

fn font<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Font {
    let names = ["family", "style", "weight", "size", "decoration", "align", "rotation"];
    let [family, style, weight, size, decoration, align, rotation] = attributes(cursor, element, names);
    Font {
        family: text(cursor, family),
        style: text(cursor, style),
        weight: text(cursor, weight),
        size: text(cursor, size),
        decoration: word(cursor, decoration, crate::graphics::FontDecoration::from_word),
        align: word(cursor, align, crate::graphics::FontAlign::from_word),
        rotation: rotation.and_then(|rotation| number(cursor, &rotation, coordinate)),
    }
}
