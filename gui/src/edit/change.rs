//! The changes that edits are made of, and how they are applied.
//!
//! Tables refer to each other by index, so nodes that come or go renumber what stays: O(nodes +
//! arcs) for a whole batch. Everything else is O(what it touches).

use super::housing::{self, Housing};
use crate::document::{ArcId, Document};
use pn_deployment::annotation::NetAnnotation;
use pn_pnml::graphics::{ArcGraphics, NodeGraphics};
use pn_pnml::{DrawnArc, Label, Node, NodeId, NodeKind, Note, Page, PageId};

/// One change of a document.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Nodes and arcs appear.
    Insert(Parts),
    /// These nodes and arcs vanish; ascending. Arcs at the nodes must be among them.
    Remove(Vec<NodeId>, Vec<ArcId>),
    /// A node gets other content. Its page and kind stay.
    Node(NodeId, Box<Node>),
    /// An arc gets other content, maybe other ends. Its page stays.
    Arc(ArcId, Box<DrawnArc>),
    /// Nodes are drawn elsewhere or otherwise.
    NodeGraphics(Vec<(NodeId, Option<Box<NodeGraphics>>)>),
    /// Arcs run otherwise.
    ArcGraphics(Vec<(ArcId, Option<Box<ArcGraphics>>)>),
    /// Pages get other notes.
    Notes(Vec<(PageId, Vec<Note>)>),
    /// What is said of the net as a whole.
    Net(Box<NetFace>),
    /// Pages appear, with nothing on them; ascending. They count pages as they are then.
    InsertPages(Vec<(PageId, Page)>),
    /// These pages vanish; ascending. Nothing may stand on them, and pages inside them must be among
    /// them.
    RemovePages(Vec<PageId>),
    /// A page gets other content. The page that holds it stays.
    Page(PageId, Box<Page>),
    /// Nodes, arcs and pages stand on other pages.
    House(Box<Housing>),
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
        Change::InsertPages(pages) => housing::insert_pages(pnml, pages),
        Change::RemovePages(pages) => housing::remove_pages(pnml, pages),
        Change::Page(id, mut page) => {
            std::mem::swap(&mut pnml.pages[id.index()], &mut page);
            Change::Page(id, page)
        }
        Change::House(housing) => housing::house(pnml, *housing),
    }
}

fn insert(pnml: &mut pn_pnml::Document, parts: Parts) -> Change {
    let nodes: Vec<NodeId> = parts.nodes.iter().map(|(id, _)| *id).collect();
    let arcs: Vec<ArcId> = parts.arcs.iter().map(|(id, _)| *id).collect();
    if !nodes.is_empty() {
        let renumbered = numbers_after(pnml.nodes.len(), nodes.iter().map(|id| id.0));
        renumber(pnml, |id| NodeId(renumbered[id.index()]));
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
        let renumbered = numbers_without(pnml.nodes.len(), nodes.iter().map(|id| id.0));
        let mut kept = Vec::with_capacity(pnml.nodes.len());
        let mut gone = nodes.into_iter().peekable();
        for (id, node) in (0u32..).map(NodeId).zip(std::mem::take(&mut pnml.nodes)) {
            match gone.next_if_eq(&id) {
                Some(id) => parts.nodes.push((id, node)),
                None => kept.push(node),
            }
        }
        pnml.nodes = kept;
        renumber(pnml, |id| NodeId(renumbered[id.index()]));
    }
    Change::Insert(parts)
}

/// The numbers that so many elements get when others come to stand at these numbers, ascending.
pub(super) fn numbers_after(count: usize, inserted: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut inserted = inserted.peekable();
    let mut numbers = Vec::with_capacity(count);
    let mut next = 0u32;
    while numbers.len() < count {
        while inserted.next_if_eq(&next).is_some() {
            next += 1;
        }
        numbers.push(next);
        next += 1;
    }
    numbers
}

/// The numbers that so many elements get when those at these numbers, ascending, go.
pub(super) fn numbers_without(count: usize, removed: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut removed = removed.peekable();
    let mut next = 0u32;
    let numbers = (0u32..).take(count).map(|number| {
        let own = next;
        if removed.next_if_eq(&number).is_none() {
            next += 1;
        }
        own
    });
    numbers.collect()
}

/// Everything that refers to a node refers to it by its new number.
pub(super) fn renumber(pnml: &mut pn_pnml::Document, new: impl Fn(NodeId) -> NodeId) {
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
pub(super) fn merged<I: Copy, T>(old: Vec<T>, new: Vec<(I, T)>, index: impl Fn(I) -> usize) -> Vec<T> {
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
