//! From the document to the net: pages and references vanish, nodes and arcs remain.
//!
//! Places and transitions are numbered in the order of the document. A reference stands for what
//! it refers to, through any number of steps; the arcs of all appearances of a node are its arcs.

use crate::diagnostic::Problem;
use crate::document::{Document, Label, NodeId, NodeKind};
use crate::nupn;
use pn_deployment::annotation::{NetAnnotation, TransitionAnnotation};
use pn_net::{Net, NetBuilder, PlaceId, TransitionId};

/// What a node of the document is in the net.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flat {
    Place(PlaceId),
    Transition(TransitionId),
}

/// Why references do not end at a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Followed {
    /// This reference leads back to itself.
    Cycle(NodeId),
}

/// Where each node's references end; a node that is no reference is its own end. O(nodes).
pub(crate) fn follow_references(document: &Document) -> Result<Vec<NodeId>, Followed> {
    let mut ends: Vec<NodeId> = (0u32..).map(NodeId).take(document.nodes.len()).collect();
    let mut known: Vec<bool> = Vec::new();
    let mut path = Vec::new();
    for (start, node) in (0u32..).zip(&document.nodes) {
        if reference(&node.kind).is_none() {
            continue;
        }
        known.resize(document.nodes.len(), false);
        let mut at = NodeId(start);
        while let Some(to) = reference(&document.nodes[at.index()].kind)
            && !known[at.index()]
        {
            if path.len() > document.nodes.len() {
                return Err(Followed::Cycle(NodeId(start)));
            }
            path.push(at);
            at = to;
        }
        let end = ends[at.index()];
        for step in path.drain(..) {
            ends[step.index()] = end;
            known[step.index()] = true;
        }
    }
    Ok(ends)
}

fn reference(kind: &NodeKind) -> Option<NodeId> {
    match kind {
        NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => Some(*to),
        NodeKind::Place { .. } | NodeKind::Transition { .. } => None,
    }
}

impl Document {
    /// The net that the document draws. O(nodes + arcs).
    ///
    /// # Errors
    ///
    /// When the document was edited into something that is no net: references that lead back to
    /// themselves, arcs between two places or two transitions, repeated identifiers, too many
    /// tokens. A document just read has none of these.
    pub fn net(&self) -> Result<Net, Problem> {
        let mut builder = NetBuilder::new(self.id.as_str());
        let places = self.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Place { .. })).count();
        builder.reserve(places, self.nodes.len() - places, self.arcs.len());
        let mut flat = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let label = node.name.as_ref().map(|Label { text, .. }| text.as_str());
            let label = label.filter(|label| !label.is_empty());
            flat.push(match &node.kind {
                NodeKind::Place { tokens, .. } => Some(Flat::Place(builder.place(&node.id, label, *tokens)?)),
                NodeKind::Transition { .. } => Some(Flat::Transition(builder.transition(&node.id, label)?)),
                NodeKind::ReferencePlace { .. } | NodeKind::ReferenceTransition { .. } => None,
            });
        }
        let ends = follow_references(self).map_err(|Followed::Cycle(node)| {
            Problem::ReferenceCycle(self.nodes[node.index()].id.to_string())
        })?;
        let resolve = |node: NodeId| flat[ends[node.index()].index()];
        for arc in &self.arcs {
            match (resolve(arc.source), resolve(arc.target)) {
                (Some(Flat::Place(place)), Some(Flat::Transition(transition))) => {
                    builder.input(place, transition, arc.weight)?;
                }
                (Some(Flat::Transition(transition)), Some(Flat::Place(place))) => {
                    builder.output(transition, place, arc.weight)?;
                }
                (source, _) => {
                    return Err(Problem::SameKind {
                        source_id: self.nodes[arc.source.index()].id.to_string(),
                        target_id: self.nodes[arc.target.index()].id.to_string(),
                        kind: if matches!(source, Some(Flat::Place(_))) { "places" } else { "transitions" },
                    });
                }
            }
        }
        if let Ok(Some(nupn)) = nupn::find(self, |id| builder.find_place(id)) {
            builder.nupn(nupn);
        }
        Ok(builder.build()?)
    }

    /// The annotations of the net and of its transitions, by the ids that [`Document::net`] gives.
    #[must_use]
    pub fn annotations(&self) -> (NetAnnotation, Vec<(TransitionId, TransitionAnnotation)>) {
        let annotations = self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Transition { annotation } => Some(annotation),
            _ => None,
        });
        let numbered = annotations.enumerate();
        let annotated = numbered.filter_map(|(index, annotation)| {
            Some((TransitionId::new(index), annotation.as_deref()?.clone()))
        });
        (self.annotation.clone(), annotated.collect())
    }
}
