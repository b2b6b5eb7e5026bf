//! Copy and paste: the clipboard holds PNML, so any window and any tool can take it.

use super::nodes::{next_arc, next_node};
use super::{Change, Edit, Parts};
use crate::document::{ArcId, Document, Item, Names, Selection};
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, NodeKind, Note, Page, PageId};
use std::collections::BTreeMap;

/// The selected nodes and notes and the arcs between the nodes as a document of one page; `None` if
/// there are none. References become what they stand for only where that is copied as well; others are
/// left out. O(size).
#[must_use]
pub fn copied(document: &Document, selection: &Selection) -> Option<pn_pnml::Document> {
    let pnml = document.pnml();
    let is_copied = |id: NodeId| selection.contains(Item::Node(id));
    let kept = |id: NodeId| {
        is_copied(id)
            && match document.node(id).kind {
                NodeKind::ReferencePlace { .. } | NodeKind::ReferenceTransition { .. } => {
                    is_copied(document.behind(id))
                }
                NodeKind::Place { .. } | NodeKind::Transition { .. } => true,
            }
    };
    let numbers: BTreeMap<NodeId, NodeId> =
        selection.nodes().filter(|id| kept(*id)).zip((0u32..).map(NodeId)).collect();
    let notes: Vec<Note> = selection.notes().filter_map(|id| document.note(id)).cloned().collect();
    if numbers.is_empty() && notes.is_empty() {
        return None;
    }
    let nodes = numbers.keys().map(|id| {
        let mut node = document.node(*id).clone();
        node.page = PageId(0);
        if let NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } = &mut node.kind {
            *to = numbers[&document.behind(*id)];
        }
        node
    });
    let arcs = pnml.arcs.iter().filter_map(|arc| {
        let (source, target) = (*numbers.get(&arc.source)?, *numbers.get(&arc.target)?);
        Some(pn_pnml::DrawnArc { page: PageId(0), source, target, ..arc.clone() })
    });
    let page = Page { notes, ..Page::new("page", None) };
    Some(pn_pnml::Document {
        namespaces: pnml.namespaces.clone(),
        id: pnml.id.clone(),
        pages: vec![page],
        nodes: nodes.collect(),
        arcs: arcs.collect(),
        ..Default::default()
    })
}

/// Adds all nodes, arcs and notes of `copy` to a page, moved by `by` and under free identifiers, and says
/// what they are then. Annotations among the copies keep meaning each other. O(size).
#[must_use]
pub fn paste(document: &Document, copy: &pn_pnml::Document, page: PageId, by: Point) -> (Edit, Selection) {
    let mut names = Names::of(document.pnml());
    let renamed: BTreeMap<&str, String> =
        copy.nodes.iter().map(|node| (node.id.as_str(), names.like(&node.id))).collect();
    let (first_node, first_arc) = (next_node(document, page), next_arc(document, page));
    let number = |id: NodeId| NodeId(first_node.0 + id.0);
    let nodes = (0u32..).map(NodeId).zip(&copy.nodes).map(|(id, node)| {
        let mut node = node.clone();
        node.id = renamed[node.id.as_str()].as_str().into();
        node.page = page;
        let mut graphics = node.graphics.take().unwrap_or_default();
        graphics.position.x += by.x;
        graphics.position.y += by.y;
        node.graphics = Some(graphics);
        match &mut node.kind {
            NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => *to = number(*to),
            NodeKind::Transition { annotation: Some(annotation) } => {
                super::rename::in_annotation(annotation, |id| renamed.get(id).cloned());
            }
            NodeKind::Transition { annotation: None } | NodeKind::Place { .. } => {}
        }
        (number(id), node)
    });
    let nodes: Vec<_> = nodes.collect();
    let arcs = (first_arc.0..).map(ArcId).zip(&copy.arcs).map(|(id, arc)| {
        let mut arc = arc.clone();
        arc.id = names.like(&arc.id).as_str().into();
        arc.page = page;
        arc.source = number(arc.source);
        arc.target = number(arc.target);
        for bend in arc.graphics.iter_mut().flat_map(|graphics| &mut graphics.bends) {
            bend.x += by.x;
            bend.y += by.y;
        }
        (id, arc)
    });
    let arcs: Vec<_> = arcs.collect();
    let items = nodes.iter().map(|(id, _)| Item::Node(*id)).chain(arcs.iter().map(|(id, _)| Item::Arc(*id)));
    let mut selection: Selection = items.collect();
    let mut edit = Edit::new("paste", Change::Insert(Parts { nodes, arcs }));
    let notes = copy.pages.iter().flat_map(|page| &page.notes).map(|note| Note {
        corner: Point { x: note.corner.x + by.x, y: note.corner.y + by.y },
        ..note.clone()
    });
    let notes: Vec<Note> = notes.collect();
    if !notes.is_empty() {
        let (change, added) = super::notes::added(document, page, notes);
        added.into_iter().for_each(|id| selection.add(Item::Note(id)));
        edit.changes.push(change);
    }
    (edit, selection)
}
