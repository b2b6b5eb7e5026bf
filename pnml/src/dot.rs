//! A net for Graphviz: its nodes at the positions of the file, where they have some.
//!
//! `neato -n` keeps the positions, `dot` makes its own.

use crate::{Document, Node, NodeKind};
use std::fmt::{self, Write};

/// The net in `document` in the language of Graphviz. O(size).
#[must_use]
pub fn draw(document: &Document) -> String {
    let mut text = String::new();
    compose(&mut text, document).expect("writing to a string succeeds");
    text
}

fn compose(out: &mut String, document: &Document) -> fmt::Result {
    writeln!(out, "digraph \"{}\" {{", escaped(&document.id))?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [fontname=\"sans-serif\", fontsize=9];")?;
    for node in &document.nodes {
        write!(out, "  \"{}\" [{}", escaped(&node.id), look(node))?;
        if let Some(graphics) = &node.graphics {
            // Graphviz counts upwards.
            write!(out, ", pos=\"{},{}\"", graphics.position.x, 0.0 - graphics.position.y)?;
        }
        writeln!(out, "];")?;
    }
    for arc in &document.arcs {
        let [source, target] = [arc.source, arc.target].map(|node| escaped(&document.nodes[node.index()].id));
        let weight = if arc.weight > 1 { format!(" [label=\"{}\"]", arc.weight) } else { String::new() };
        writeln!(out, "  \"{source}\" -> \"{target}\"{weight};")?;
    }
    writeln!(out, "}}")
}

fn look(node: &Node) -> String {
    let name = node.name.as_ref().map_or(node.id.as_str(), |name| name.text.as_str());
    let name = escaped(name);
    match &node.kind {
        NodeKind::Place { tokens, .. } => {
            let tokens = match tokens {
                0 => String::new(),
                few @ 1..=4 => "●".repeat(usize::try_from(*few).unwrap_or(0)),
                many => many.to_string(),
            };
            format!("shape=circle, width=0.42, fixedsize=true, label=\"{tokens}\", xlabel=\"{name}\"")
        }
        NodeKind::ReferencePlace { .. } => {
            format!("shape=circle, style=dashed, width=0.42, fixedsize=true, label=\"\", xlabel=\"{name}\"")
        }
        NodeKind::Transition { .. } | NodeKind::ReferenceTransition { .. } => format!(
            "shape=box, style=filled, fillcolor=\"#3d4450\", width=0.17, height=0.44, fixedsize=true, label=\"\", xlabel=\"{name}\""
        ),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::Point;

    #[test]
    fn a_place_stands_where_it_is_with_its_tokens() {
        let text = draw(&crate::drawing::tests::document(Some(Point { x: 10.0, y: 20.0 })));
        assert!(text.contains("\"a<b\" [shape=circle"), "{text}");
        assert!(text.contains("label=\"●●\"") && text.contains("pos=\"10,-20\""), "{text}");
    }

    #[test]
    fn a_node_without_a_position_has_none() {
        assert!(!draw(&crate::drawing::tests::document(None)).contains("pos="));
    }
}
