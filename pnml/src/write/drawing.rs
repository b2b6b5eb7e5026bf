//! Writing `graphics` elements.

use super::xml::Xml;
use crate::graphics::{
    ArcGraphics, Dimension, Fill, Font, LabelGraphics, Line, NodeGraphics, Point, coordinate, size,
};

pub(super) fn node(xml: &mut Xml, graphics: &NodeGraphics) {
    start(xml);
    point(xml, "position", graphics.position);
    if let Some(Dimension { x, y }) = graphics.dimension
        && let (Some(x), Some(y)) = (size(x), size(y))
    {
        xml.tag("dimension");
        xml.number("x", x);
        xml.number("y", y);
        xml.empty();
    }
    fill(xml, graphics.fill.as_ref());
    line(xml, graphics.line.as_ref());
    xml.end("graphics");
}

pub(super) fn arc(xml: &mut Xml, graphics: &ArcGraphics) {
    start(xml);
    for bend in &graphics.bends {
        point(xml, "position", *bend);
    }
    line(xml, graphics.line.as_ref());
    xml.end("graphics");
}

pub(super) fn label(xml: &mut Xml, graphics: &LabelGraphics) {
    xml.tag("graphics");
    xml.begin();
    point(xml, "offset", graphics.offset);
    fill(xml, graphics.fill.as_ref());
    line(xml, graphics.line.as_ref());
    font(xml, graphics.font.as_ref());
    xml.end("graphics");
}

fn start(xml: &mut Xml) {
    xml.line();
    xml.tag("graphics");
    xml.begin();
}

fn point(xml: &mut Xml, name: &str, point: Point) {
    xml.tag(name);
    xml.number("x", coordinate(point.x).unwrap_or_default());
    xml.number("y", coordinate(point.y).unwrap_or_default());
    xml.empty();
}

fn fill(xml: &mut Xml, fill: Option<&Fill>) {
    let Some(fill) = fill else { return };
    xml.tag("fill");
    xml.optional("color", fill.color.as_deref());
    xml.optional("gradient-color", fill.gradient_color.as_deref());
    xml.optional("gradient-rotation", fill.gradient_rotation.map(|rotation| rotation.word()));
    xml.optional("image", fill.image.as_deref());
    xml.empty();
}

fn line(xml: &mut Xml, line: Option<&Line>) {
    let Some(line) = line else { return };
    xml.tag("line");
    xml.optional("shape", line.shape.map(|shape| shape.word()));
    xml.optional("color", line.color.as_deref());
    if let Some(width) = line.width.and_then(size) {
        xml.number("width", width);
    }
    xml.optional("style", line.style.map(|style| style.word()));
    xml.empty();
}

fn font(xml: &mut Xml, font: Option<&Font>) {
    let Some(font) = font else { return };
    xml.tag("font");
    xml.optional("family", font.family.as_deref());
    xml.optional("style", font.style.as_deref());
    xml.optional("weight", font.weight.as_deref());
    xml.optional("size", font.size.as_deref());
    xml.optional("decoration", font.decoration.map(|decoration| decoration.word()));
    xml.optional("align", font.align.map(|align| align.word()));
    if let Some(rotation) = font.rotation.and_then(coordinate) {
        xml.number("rotation", rotation);
    }
    xml.empty();
}
