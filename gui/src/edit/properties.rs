//! Edits of what nodes, arcs and the net say: names, markings, weights, annotations.

use super::{Change, Edit, NetFace};
use crate::document::{ArcId, Document, Item};
use pn_deployment::annotation::{NetAnnotation, TransitionAnnotation};
use pn_net::MAX_TOKENS;
use pn_pnml::graphics::Fill;
use pn_pnml::{Label, NodeId, NodeKind};

/// A label with another text; its decoration stays. No text is no label, unless it is decorated.
pub(super) fn label(old: Option<Label>, text: &str) -> Option<Label> {
    let decoration = old.and_then(|label| label.decoration);
    (!text.is_empty() || decoration.is_some()).then(|| Label { text: text.into(), decoration })
}

/// Names a node.
#[must_use]
pub fn set_name(document: &Document, id: NodeId, text: &str) -> Edit {
    let mut node = document.node(id).clone();
    node.name = label(node.name, text);
    Edit::new("name a node", Change::Node(id, Box::new(node))).in_field(Some(Item::Node(id)), "name")
}

/// Puts so many tokens on a place in the initial marking; `None` if it is no place.
#[must_use]
pub fn set_tokens(document: &Document, id: NodeId, count: u64) -> Option<Edit> {
    let mut node = document.node(id).clone();
    let NodeKind::Place { tokens, .. } = &mut node.kind else { return None };
    *tokens = count.min(MAX_TOKENS);
    let edit = Edit::new("change the marking", Change::Node(id, Box::new(node)));
    Some(edit.in_field(Some(Item::Node(id)), "tokens"))
}

/// Says what a transition stands for; `None` if it is no transition.
#[must_use]
pub fn set_annotation(
    document: &Document,
    id: NodeId,
    to: Option<TransitionAnnotation>,
    field: &'static str,
) -> Option<Edit> {
    let mut node = document.node(id).clone();
    let NodeKind::Transition { annotation } = &mut node.kind else { return None };
    *annotation = to.map(Box::new);
    let edit = Edit::new("change what a transition does", Change::Node(id, Box::new(node)));
    Some(edit.in_field(Some(Item::Node(id)), field))
}

/// Gives an arc a weight of at least 1.
#[must_use]
pub fn set_arc_weight(document: &Document, id: ArcId, weight: u64) -> Edit {
    let mut arc = document.arc(id).clone();
    arc.weight = weight.clamp(1, MAX_TOKENS);
    Edit::new("weigh an arc", Change::Arc(id, Box::new(arc))).in_field(Some(Item::Arc(id)), "weight")
}

/// Colours a node, or takes its colour away.
#[must_use]
pub fn set_fill(document: &Document, id: NodeId, color: Option<&str>) -> Edit {
    let mut graphics = document.node(id).graphics.clone().unwrap_or_default();
    let old = graphics.fill.take().unwrap_or_default();
    let fill = Fill { color: color.map(Into::into), ..old };
    graphics.fill = (fill != Fill::default()).then_some(fill);
    Edit::new("colour a node", Change::NodeGraphics(vec![(id, Some(graphics))]))
}

/// Whether layouts leave nodes where they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pin {
    /// They do.
    Pinned,
    /// They move them.
    Free,
}

/// Pins nodes, or frees them. `None` if that changes nothing.
#[must_use]
pub fn set_pin(document: &Document, nodes: impl IntoIterator<Item = NodeId>, pin: Pin) -> Option<Edit> {
    let is_pinned = pin == Pin::Pinned;
    let nodes = nodes.into_iter().filter(|id| document.node(*id).is_pinned != is_pinned);
    let changes = nodes.map(|id| {
        let node = pn_pnml::Node { is_pinned, ..document.node(id).clone() };
        Change::Node(id, Box::new(node))
    });
    let changes: Vec<Change> = changes.collect();
    let word = if is_pinned { "pin" } else { "free" };
    let label = match changes.len() {
        0 => return None,
        1 => format!("{word} a node"),
        count => format!("{word} {count} nodes"),
    };
    Some(Edit { label, changes, field: None })
}

/// Names the net.
#[must_use]
pub fn set_net_name(document: &Document, text: &str) -> Edit {
    let pnml = document.pnml();
    let face = NetFace { name: label(pnml.name.clone(), text), annotation: pnml.annotation.clone() };
    Edit::new("name the net", Change::Net(Box::new(face))).in_field(None, "net name")
}

/// Says what the net promises.
#[must_use]
pub fn set_net_annotation(document: &Document, annotation: NetAnnotation, field: &'static str) -> Edit {
    let face = NetFace { name: document.pnml().name.clone(), annotation };
    Edit::new("change what the net promises", Change::Net(Box::new(face))).in_field(None, field)
}
