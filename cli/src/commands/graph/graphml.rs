//! The graph for graph editors, in GraphML (<http://graphml.graphdrawing.org/specification.html>).

use super::{Drawing, Mark};
use quick_xml::escape::escape;
use std::fmt::Write;

/// The graph as text.
pub(super) fn written(drawing: &Drawing) -> String {
    let mut out = String::new();
    compose(&mut out, drawing).expect("writing to a string succeeds");
    out
}

/// The attribute that a mark becomes.
const fn key(mark: Mark) -> &'static str {
    match mark {
        Mark::Initial => "initial",
        Mark::Dead => "dead",
        Mark::Goal => "goal",
        Mark::Failure => "failure",
        Mark::NoReturn => "no_return",
    }
}

fn compose(out: &mut String, drawing: &Drawing) -> std::fmt::Result {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">"#)?;
    writeln!(out, r#"  <key id="marking" for="node" attr.name="marking" attr.type="string"/>"#)?;
    for mark in Mark::ALL {
        let name = key(mark);
        writeln!(out, r#"  <key id="{name}" for="node" attr.name="{name}" attr.type="boolean"/>"#)?;
    }
    writeln!(out, r#"  <key id="fires" for="edge" attr.name="fires" attr.type="string"/>"#)?;
    writeln!(out, r#"  <graph id="{}" edgedefault="directed">"#, escape(&*drawing.name))?;
    for (number, node) in drawing.nodes.iter().enumerate() {
        writeln!(out, r#"    <node id="m{number}">"#)?;
        writeln!(out, r#"      <data key="marking">{}</data>"#, escape(node.lines.join("\n")))?;
        for mark in &node.marks {
            writeln!(out, r#"      <data key="{}">true</data>"#, key(*mark))?;
        }
        writeln!(out, "    </node>")?;
    }
    for edge in &drawing.edges {
        let (from, to, fires) = (edge.from, edge.to, escape(edge.steps.join("\n")));
        writeln!(
            out,
            r#"    <edge source="m{from}" target="m{to}"><data key="fires">{fires}</data></edge>"#
        )?;
    }
    writeln!(out, "  </graph>")?;
    writeln!(out, "</graphml>")
}
