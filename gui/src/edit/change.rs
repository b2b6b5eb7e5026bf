//! The changes that edits are made of, and how they are applied.
//!
//! Tables refer to each other by index, so nodes that come or go renumber what stays: O(nodes +
//! arcs) for a whole batch. Everything else is O(what it touches).

use crate::document::{ArcId, Document};
use pn_deployment::annotation::NetAnnotation;
use pn_pnml::graphics::{ArcGraphics, NodeGraphics};
use pn_pnml::{DrawnArc, Label, Node, NodeId, NodeKind, Note, PageId};

/// One change of a document.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Nodes and arcs appear.
    Insert(Parts),
    /// These nodes and arcs vanish; ascending. Arcs at the nodes must be among them.
    Remove(Vec<NodeId>, Vec<ArcId>),
    /// A node gets other content. Its page and kind stay.
    Node(NodeId, Box<Node>),
    /// An arc gets other content. Its ends stay.
    Arc(ArcId, Box<DrawnArc>),
    /// Nodes are drawn elsewhere or otherwise.
    NodeGraphics(Vec<(NodeId, Option<Box<NodeGraphics>>)>),
    /// Arcs run otherwise.
    ArcGraphics(Vec<(ArcId, Option<Box<ArcGraphics>>)>),
    /// Pages get other notes.
    Notes(Vec<(PageId, Vec<Note>)>),
    /// What is said of the net as a whole.
    Net(Box<NetFace>),
}

/// Nodes and arcs with the indices that they have once they are there; ascending. Arcs and
/// references count nodes as they are then.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parts {
    /// The nodes.
    pub nodes: Vec<(NodeId, Node)>,
    /// The arcs.
    pub arcs: Vec<(ArcId, DrawnArc)>,
}

/// What is said of the net as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct NetFace {
    /// Its name.
    pub name: Option<Label>,
    /// Its annotation.
    pub annotation: NetAnnotation,
}

/// Applies a change and returns the one that takes it back.
pub fn apply(document: &mut Document, change: Change) -> Change {
    let pnml = document.pnml_mut();
    match change {
        Change::Insert(parts) => insert(pnml, parts),
        Change::Remove(nodes, arcs) => remove(pnml, nodes, arcs),
        Change::Node(id, mut node) => {
            std::mem::swap(&mut pnml.nodes[id.index()], &mut node);
            Change::Node(id, node)
        }
        Change::Arc(id, mut arc) => {
            std::mem::swap(&mut pnml.arcs[id.index()], &mut arc);
            Change::Arc(id, arc)
        }
        Change::NodeGraphics(mut all) => {
            for (id, graphics) in &mut all {
                std::mem::swap(&mut pnml.nodes[id.index()].graphics, graphics);
            }
            // What stands twice in the list is taken back from its end.
            all.reverse();
            Change::NodeGraphics(all)
        }
        Change::ArcGraphics(mut all) => {
            for (id, graphics) in &mut all {
                std::mem::swap(&mut pnml.arcs[id.index()].graphics, graphics);
            }
            all.reverse();
            Change::ArcGraphics(all)
        }
        Change::Notes(mut all) => {
            for (page, notes) in &mut all {
                std::mem::swap(&mut pnml.pages[page.index()].notes, notes);
            }
            all.reverse();
            Change::Notes(all)
        }
        Change::Net(mut face) => {
            std::mem::swap(&mut pnml.name, &mut face.name);
            std::mem::swap(&mut pnml.annotation, &mut face.annotation);
            Change::Net(face)
        }
    }
}

fn insert(pnml: &mut pn_pnml::Document, parts: Parts) -> Change {
    let nodes: Vec<NodeId> = parts.nodes.iter().map(|(id, _)| *id).collect();
    let arcs: Vec<ArcId> = parts.arcs.iter().map(|(id, _)| *id).collect();
    if !nodes.is_empty() {
        // The new number of each old node.
        let mut renumbered = Vec::with_capacity(pnml.nodes.len());
        let mut new = nodes.iter().peekable();
        let mut next = 0u32;
        while renumbered.len() < pnml.nodes.len() {
            while new.next_if(|id| id.0 == next).is_some() {
                next += 1;
            }
            renumbered.push(NodeId(next));
            next += 1;
        }
        renumber(pnml, |id| renumbered[id.index()]);
        pnml.nodes = merged(std::mem::take(&mut pnml.nodes), parts.nodes, |id| id.index());
    }
    pnml.arcs = merged(std::mem::take(&mut pnml.arcs), parts.arcs, |id| id.index());
    Change::Remove(nodes, arcs)
}

fn remove(pnml: &mut pn_pnml::Document, nodes: Vec<NodeId>, arcs: Vec<ArcId>) -> Change {
    let mut parts = Parts::default();
    let mut gone = arcs.into_iter().peekable();
    let mut kept = Vec::with_capacity(pnml.arcs.len());
    for (id, arc) in (0u32..).map(ArcId).zip(std::mem::take(&mut pnml.arcs)) {
        match gone.next_if_eq(&id) {
            Some(id) => parts.arcs.push((id, arc)),
            None => kept.push(arc),
        }
    }
    pnml.arcs = kept;
    if !nodes.is_empty() {
        let mut renumbered = Vec::with_capacity(pnml.nodes.len());
        let mut kept = Vec::with_capacity(pnml.nodes.len());
        let mut gone = nodes.into_iter().peekable();
        for (id, node) in (0u32..).map(NodeId).zip(std::mem::take(&mut pnml.nodes)) {
            renumbered.push(NodeId(u32::try_from(kept.len()).expect("there were fewer than 2^32 nodes")));
            match gone.next_if_eq(&id) {
                Some(id) => parts.nodes.push((id, node)),
                None => kept.push(node),
            }
        }
        pnml.nodes = kept;
        renumber(pnml, |id| renumbered[id.index()]);
    }
    Change::Insert(parts)
}

/// Everything that refers to a node refers to it by its new number.
fn renumber(pnml: &mut pn_pnml::Document, new: impl Fn(NodeId) -> NodeId) {
    for arc in &mut pnml.arcs {
        arc.source = new(arc.source);
        arc.target = new(arc.target);
    }
    for node in &mut pnml.nodes {
        match &mut node.kind {
            NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => *to = new(*to),
            NodeKind::Place { .. } | NodeKind::Transition { .. } => {}
        }
    }
}

/// The old elements with the new ones at their indices.
fn merged<I: Copy, T>(old: Vec<T>, new: Vec<(I, T)>, index: impl Fn(I) -> usize) -> Vec<T> {
    if new.is_empty() {
        return old;
    }
    let mut all = Vec::with_capacity(old.len() + new.len());
    let mut old = old.into_iter();
    for (id, element) in new {
        let before = index(id).saturating_sub(all.len());
        all.extend(old.by_ref().take(before));
        all.push(element);
    }
    all.extend(old);
    all
}
