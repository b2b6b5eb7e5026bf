//! The graph for Graphviz, in the DOT language (<https://graphviz.org/doc/info/lang.html>).

use super::{Drawing, Drawn, Mark};
use std::fmt::Write;

/// The graph as text.
pub(super) fn written(drawing: &Drawing) -> String {
    let mut out = String::new();
    compose(&mut out, drawing).expect("writing to a string succeeds");
    out
}

fn compose(out: &mut String, drawing: &Drawing) -> std::fmt::Result {
    writeln!(out, "digraph {} {{", quoted(&drawing.name))?;
    writeln!(out, "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=10];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=9];")?;
    for (number, node) in drawing.nodes.iter().enumerate() {
        writeln!(out, "  m{number} [{}];", attributes(node))?;
    }
    for edge in &drawing.edges {
        let label = quoted(&edge.steps.join("\n"));
        writeln!(out, "  m{} -> m{} [label={label}];", edge.from, edge.to)?;
    }
    writeln!(out, "}}")
}

fn attributes(node: &Drawn) -> String {
    let (inside, border) = node.colours();
    let label = match node.lines.is_empty() {
        true => "(no tokens)".to_owned(),
        false => node.lines.join("\n"),
    };
    let mut attributes = format!("label={}, fillcolor=\"{inside}\", color=\"{border}\"", quoted(&label));
    if node.is(Mark::Initial) {
        attributes.push_str(", penwidth=2.5");
    }
    if node.is(Mark::Dead) {
        attributes.push_str(", peripheries=2");
    }
    if !node.marks.is_empty() {
        let words: Vec<&str> = node.marks.iter().map(|mark| mark.word()).collect();
        attributes.push_str(&format!(", tooltip={}", quoted(&words.join(", "))));
    }
    attributes
}

/// A string of the language: its only special characters are the quote, the backslash and, as
/// written here, the end of a line.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
