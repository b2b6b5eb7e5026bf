//! Edits of nodes and arcs: adding, connecting, deleting, moving, bending, duplicating.

use super::{Change, Edit, Parts, clipboard, notes, pages};
use crate::document::{ArcId, Document, Names, Selection, position};
use pn_pnml::graphics::{ArcGraphics, NodeGraphics, Point};
use pn_pnml::{DrawnArc, Node, NodeId, NodeKind, PageId};
use std::collections::BTreeSet;

/// The distance of the lines that things snap to.
const GRID: f64 = 10.0;

/// What can be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A place without tokens.
    Place,
    /// A transition without an annotation.
    Transition,
}

/// Why an arc cannot be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Illegal {
    /// It would join two places.
    #[error("An arc joins a place and a transition, not two places.")]
    Places,
    /// It would join two transitions.
    #[error("An arc joins a place and a transition, not two transitions.")]
    Transitions,
    /// It is there.
    #[error("This arc is there already; give it a weight instead.")]
    Exists(ArcId),
    /// The nodes are drawn on different pages.
    #[error("The two nodes stand on different pages; put a reference on one of them.")]
    Pages,
    /// It would end at the symbol of a page.
    #[error("An arc ends at a node, not at a page; open the page and put a reference on it.")]
    Sheet,
}

/// The nearest point of the grid.
#[must_use]
pub fn snapped(point: Point) -> Point {
    Point { x: (point.x / GRID).round() * GRID, y: (point.y / GRID).round() * GRID }
}

/// Adds a node at a point of a page, and says which one it is then.
#[must_use]
pub fn add_node(document: &Document, page: PageId, kind: Kind, at: Point) -> (Edit, NodeId) {
    let (stem, word) = match kind {
        Kind::Place => ("p", "add a place"),
        Kind::Transition => ("t", "add a transition"),
    };
    let id = Names::of(document.pnml()).fresh(stem);
    let node = Node {
        id: id.as_str().into(),
        page,
        kind: match kind {
            Kind::Place => NodeKind::Place { tokens: 0, marking: None },
            Kind::Transition => NodeKind::Transition { annotation: None },
        },
        name: None,
        graphics: Some(Box::new(NodeGraphics { position: at, ..Default::default() })),
        is_pinned: false,
        foreign: Vec::new(),
    };
    let index = next_node(document, page);
    (Edit::new(word, Change::Insert(Parts { nodes: vec![(index, node)], arcs: Vec::new() })), index)
}

/// The index of a node that is added to a page: behind the others of the page.
pub(super) fn next_node(document: &Document, page: PageId) -> NodeId {
    let count = document.pnml().nodes.partition_point(|node| node.page <= page);
    NodeId(u32::try_from(count).expect("a document has fewer than 2^32 nodes"))
}

/// The index of an arc that is added to a page.
pub(super) fn next_arc(document: &Document, page: PageId) -> ArcId {
    let count = document.pnml().arcs.partition_point(|arc| arc.page <= page);
    ArcId(u32::try_from(count).expect("a document has fewer than 2^32 arcs"))
}

/// Whether an arc may lead from one node to another. O(arcs).
///
/// # Errors
///
/// Why it may not.
pub fn legality(document: &Document, source: NodeId, target: NodeId) -> Result<(), Illegal> {
    let (from, to) = (document.node(source), document.node(target));
    match (from.kind.is_placelike(), to.kind.is_placelike()) {
        (true, true) => return Err(Illegal::Places),
        (false, false) => return Err(Illegal::Transitions),
        _ if from.page != to.page => return Err(Illegal::Pages),
        _ => {}
    }
    match document.arcs().find(|(_, arc)| (arc.source, arc.target) == (source, target)) {
        Some((arc, _)) => Err(Illegal::Exists(arc)),
        None => Ok(()),
    }
}

/// Draws an arc, and says which one it is then.
///
/// # Errors
///
/// Why it cannot be drawn.
pub fn connect(document: &Document, source: NodeId, target: NodeId) -> Result<(Edit, ArcId), Illegal> {
    legality(document, source, target)?;
    let page = document.node(source).page;
    let index = next_arc(document, page);
    let arc = DrawnArc {
        id: Names::of(document.pnml()).fresh("a").as_str().into(),
        page,
        source,
        target,
        weight: 1,
        inscription: None,
        name: None,
        graphics: None,
        foreign: Vec::new(),
    };
    let parts = Parts { nodes: Vec::new(), arcs: vec![(index, arc)] };
    Ok((Edit::new("draw an arc", Change::Insert(parts)), index))
}

/// Deletes what is selected, with what stands on selected pages, and with the arcs and references
/// that cannot be without it; `None` if there is nothing to delete, or if no page would be left.
/// O(size).
#[must_use]
pub fn delete(document: &Document, selection: &Selection) -> Option<Edit> {
    let pages: BTreeSet<PageId> =
        selection.pages().flat_map(|page| document.within(page)).map(PageId).collect();
    if pages.len() == document.pnml().pages.len() {
        return None;
    }
    let own = selection.nodes().count();
    let on_pages = document.nodes().filter(|(_, node)| pages.contains(&node.page)).map(|(id, _)| id);
    let mut nodes: BTreeSet<NodeId> = selection.nodes().chain(on_pages).collect();
    // References to what is gone go too, and references to those.
    loop {
        let before = nodes.len();
        nodes.extend(
            document
                .nodes()
                .filter_map(|(id, node)| match &node.kind {
                    NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => {
                        nodes.contains(to).then_some(id)
                    }
                    NodeKind::Place { .. } | NodeKind::Transition { .. } => None,
                })
                .collect::<Vec<_>>(),
        );
        if nodes.len() == before {
            break;
        }
    }
    let mut arcs: BTreeSet<ArcId> = selection.arcs().collect();
    if !nodes.is_empty() || !pages.is_empty() {
        let touching = document.arcs().filter(|(_, arc)| {
            nodes.contains(&arc.source) || nodes.contains(&arc.target) || pages.contains(&arc.page)
        });
        arcs.extend(touching.map(|(id, _)| id));
    }
    let notes = selection.notes().count();
    let label = match (pages.len(), own, nodes.len(), arcs.len(), notes) {
        (0, _, 0, 0, 0) => return None,
        (1, 0, ..) => "delete a page".to_owned(),
        (2.., 0, ..) => format!("delete {} pages", pages.len()),
        (1.., ..) => "delete nodes and pages".to_owned(),
        (0, _, 0, 0, 1) => "delete a note".to_owned(),
        (0, _, 0, 0, notes) => format!("delete {notes} notes"),
        (0, _, 0, 1, _) => "delete an arc".to_owned(),
        (0, _, 0, arcs, _) => format!("delete {arcs} arcs"),
        (0, _, 1, ..) => "delete a node".to_owned(),
        (0, _, nodes, ..) => format!("delete {nodes} nodes"),
    };
    let mut changes: Vec<Change> = notes::deleted(document, selection).into_iter().collect();
    if !nodes.is_empty() || !arcs.is_empty() {
        changes.push(Change::Remove(nodes.into_iter().collect(), arcs.into_iter().collect()));
    }
    if !pages.is_empty() {
        changes.push(Change::RemovePages(pages.into_iter().collect()));
    }
    Some(Edit { label, changes, field: None })
}

/// Moves nodes, and the bend points of arcs between them. O(nodes + arcs).
#[must_use]
pub fn move_nodes(document: &Document, nodes: &BTreeSet<NodeId>, by: Point) -> Option<Edit> {
    if nodes.is_empty() || by == Point::default() {
        return None;
    }
    let shifted = |point: Point| Point { x: point.x + by.x, y: point.y + by.y };
    let positions = nodes.iter().map(|id| (*id, shifted(position(document.node(*id)))));
    let mut edit = place_nodes(document, positions);
    edit.label = match nodes.len() {
        1 => "move a node".to_owned(),
        count => format!("move {count} nodes"),
    };
    let bent = document.arcs().filter_map(|(id, arc)| {
        let mut graphics = arc.graphics.clone().filter(|graphics| !graphics.bends.is_empty())?;
        (nodes.contains(&arc.source) && nodes.contains(&arc.target)).then(|| {
            graphics.bends.iter_mut().for_each(|bend| *bend = shifted(*bend));
            (id, Some(graphics))
        })
    });
    let bent: Vec<_> = bent.collect();
    if !bent.is_empty() {
        edit.changes.push(Change::ArcGraphics(bent));
    }
    Some(edit)
}

/// Moves nodes and notes that are selected. O(nodes + arcs).
#[must_use]
pub fn move_selection(document: &Document, selection: &Selection, by: Point) -> Option<Edit> {
    let nodes = move_nodes(document, &selection.nodes().collect(), by);
    // Pages come first: they are moved with the notes that they have.
    let mut moved: Vec<Change> = pages::moved(document, selection, by).collect();
    moved.extend(notes::moved(document, selection, by));
    if moved.is_empty() || by == Point::default() {
        return nodes;
    }
    let label = match (selection.notes().count(), selection.pages().count()) {
        (1, 0) => "move a note".to_owned(),
        (notes, 0) => format!("move {notes} notes"),
        (0, 1) => "move a page".to_owned(),
        (0, pages) => format!("move {pages} pages"),
        _ => "move pages and notes".to_owned(),
    };
    let mut edit = nodes.unwrap_or(Edit { label, changes: Vec::new(), field: None });
    edit.changes.extend(moved);
    Some(edit)
}

/// Puts nodes at these places.
#[must_use]
pub fn place_nodes(document: &Document, positions: impl IntoIterator<Item = (NodeId, Point)>) -> Edit {
    let placed = positions.into_iter().map(|(id, position)| {
        let graphics = document.node(id).graphics.clone().unwrap_or_default();
        (id, Some(Box::new(NodeGraphics { position, ..*graphics })))
    });
    Edit::new("arrange nodes", Change::NodeGraphics(placed.collect()))
}

/// Gives an arc these bend points.
#[must_use]
pub fn bend(document: &Document, arc: ArcId, bends: Vec<Point>) -> Edit {
    let line = document.arc(arc).graphics.as_ref().and_then(|graphics| graphics.line.clone());
    let graphics = ArcGraphics { bends, line };
    let graphics = (graphics != ArcGraphics::default()).then(|| Box::new(graphics));
    Edit::new("bend an arc", Change::ArcGraphics(vec![(arc, graphics)]))
}

/// Copies what is selected beside itself, and says what the copies are then.
#[must_use]
pub fn duplicate(document: &Document, selection: &Selection, page: PageId) -> Option<(Edit, Selection)> {
    clipboard::doubled(document, selection, page, Point { x: 30.0, y: 30.0 })
}

/// Adds a node of the other kind at a point, with an arc to it, in one step; says which node it is
/// then.
#[must_use]
pub fn grow(document: &Document, source: NodeId, at: Point) -> (Edit, NodeId) {
    let from = document.node(source);
    let (kind, label) = match from.kind.is_placelike() {
        true => (Kind::Transition, "add a transition and an arc"),
        false => (Kind::Place, "add a place and an arc"),
    };
    let page = from.page;
    let (mut edit, id) = add_node(document, page, kind, at);
    let arc = DrawnArc {
        id: Names::of(document.pnml()).fresh("a").as_str().into(),
        page,
        // Nodes behind the new one are renumbered by it.
        source: if source < id { source } else { NodeId(source.0 + 1) },
        target: id,
        weight: 1,
        inscription: None,
        name: None,
        graphics: None,
        foreign: Vec::new(),
    };
    if let [Change::Insert(parts)] = &mut edit.changes[..] {
        parts.arcs.push((next_arc(document, page), arc));
    }
    edit.label = label.to_owned();
    (edit, id)
}
