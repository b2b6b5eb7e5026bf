//! Copy and paste: the clipboard holds PNML, so any window and any tool can take it.
//!
//! Pages are copied with everything on them and within them. What is pasted comes to stand on the
//! page that is shown; pages inside it come to lie inside that page.

use super::nodes::{next_arc, next_node};
use super::pages::{next_page, refers};
use super::{Change, Edit, Parts};
use crate::document::{ArcId, Document, Item, Names, Selection};
use pn_pnml::graphics::Point;
use pn_pnml::{DrawnArc, Node, NodeId, NodeKind, Note, Page, PageId};
use std::collections::BTreeMap;

/// What becomes of references to nodes that are not copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    /// They are left out: a file cannot hold them.
    LeftOut,
    /// They refer to the same node, as their copies will.
    Kept,
}

/// What is copied.
#[derive(Clone, PartialEq, Debug)]
pub struct Copied {
    /// As a document of its own.
    pub document: pn_pnml::Document,
    /// How many references are left out, as what they refer to is not copied.
    pub left_out: usize,
}

/// A part of a document.
struct Extract {
    copy: Copied,
    /// References of the copy that refer to nodes of the document.
    outside: BTreeMap<NodeId, NodeId>,
}

/// The selected nodes, notes and pages, and the arcs between them, as a document of its own; `None` if
/// nothing is left of it. References become what they stand for only where that is copied as well;
/// others are left out. O(size).
#[must_use]
pub fn copied(document: &Document, selection: &Selection) -> Option<Copied> {
    extract(document, selection, Outside::LeftOut).map(|extract| extract.copy)
}

fn extract(document: &Document, selection: &Selection, outside: Outside) -> Option<Extract> {
    let pnml = document.pnml();
    // The number that each copied page has in the copy; what is selected itself stands on page 0.
    let mut numbers: BTreeMap<PageId, PageId> = BTreeMap::new();
    for id in selection.pages().flat_map(|page| document.within(page)).map(PageId) {
        let next = PageId(1 + u32::try_from(numbers.len()).expect("there are fewer than 2^32 pages"));
        numbers.entry(id).or_insert(next);
    }
    let page = |id: PageId| numbers.get(&id).copied().unwrap_or(PageId(0));
    let is_copied =
        |id: NodeId| selection.contains(Item::Node(id)) || numbers.contains_key(&document.node(id).page);
    let is_reference = |id: NodeId| {
        matches!(
            document.node(id).kind,
            NodeKind::ReferencePlace { .. } | NodeKind::ReferenceTransition { .. }
        )
    };
    let is_kept =
        |id: &NodeId| outside == Outside::Kept || !is_reference(*id) || is_copied(document.behind(*id));
    let chosen = document.nodes().map(|(id, _)| id).filter(|id| is_copied(*id));
    let (mut kept, left_out): (Vec<NodeId>, Vec<NodeId>) = chosen.partition(is_kept);
    kept.sort_by_key(|id| page(document.node(*id).page));
    let notes: Vec<Note> = selection
        .notes()
        .filter(|id| !numbers.contains_key(&id.page))
        .filter_map(|id| document.note(id).cloned())
        .collect();
    if kept.is_empty() && numbers.is_empty() && notes.is_empty() {
        return None;
    }
    let nodes: BTreeMap<NodeId, NodeId> = kept.iter().copied().zip((0u32..).map(NodeId)).collect();
    let mut away = BTreeMap::new();
    let copies = kept.iter().map(|id| {
        let mut node = document.node(*id).clone();
        node.page = page(node.page);
        if is_reference(*id) {
            let (behind, own) = (document.behind(*id), nodes[id]);
            let to = nodes.get(&behind).copied().unwrap_or_else(|| {
                away.insert(own, behind);
                own
            });
            node.kind = refers(&node.kind, to);
        }
        node
    });
    let copies: Vec<Node> = copies.collect();
    let arcs = pnml.arcs.iter().filter_map(|arc| {
        let (source, target) = (*nodes.get(&arc.source)?, *nodes.get(&arc.target)?);
        Some(DrawnArc { page: page(arc.page), source, target, ..arc.clone() })
    });
    let mut arcs: Vec<DrawnArc> = arcs.collect();
    arcs.sort_by_key(|arc| arc.page);
    let root = Page { notes, ..Page::new("page", None) };
    let inner = numbers.keys().map(|id| Page {
        parent: Some(document.page(*id).parent.map_or(PageId(0), page)),
        ..document.page(*id).clone()
    });
    let copy = pn_pnml::Document {
        namespaces: pnml.namespaces.clone(),
        id: pnml.id.clone(),
        pages: std::iter::once(root).chain(inner).collect(),
        nodes: copies,
        arcs,
        ..Default::default()
    };
    Some(Extract { copy: Copied { document: copy, left_out: left_out.len() }, outside: away })
}

/// Adds all nodes, arcs, notes and pages of `copy` to a page, moved by `by` and under free identifiers, and
/// says what they are then. Annotations among the copies keep meaning each other. O(size).
#[must_use]
pub fn paste(document: &Document, copy: &pn_pnml::Document, page: PageId, by: Point) -> (Edit, Selection) {
    add(document, copy, &BTreeMap::new(), page, by)
}

/// Copies what is selected to a page of the same document, moved by `by`, and says what the copies
/// are then. Copies of references refer to what the originals refer to, unless that is copied, too.
pub(super) fn doubled(
    document: &Document,
    selection: &Selection,
    page: PageId,
    by: Point,
) -> Option<(Edit, Selection)> {
    let Extract { copy, outside } = extract(document, selection, Outside::Kept)?;
    let (mut edit, selection) = add(document, &copy.document, &outside, page, by);
    edit.label = "duplicate".to_owned();
    Some((edit, selection))
}

/// The numbers of a copy's pages, nodes and arcs once they are in the document.
struct Places {
    pages: Vec<PageId>,
    nodes: Vec<NodeId>,
    arcs: Vec<ArcId>,
}

/// Where everything comes to stand. What stands on the outermost pages of the copy comes behind the
/// page's own, everything else behind what lies within the page.
fn places(document: &Document, copy: &pn_pnml::Document, page: PageId) -> Places {
    let mut next = next_page(document, page);
    let pages: Vec<PageId> = copy
        .pages
        .iter()
        .map(|own| match own.parent {
            None => page,
            Some(_) => {
                next.0 += 1;
                PageId(next.0 - 1)
            }
        })
        .collect();
    let last = PageId(next_page(document, page).0 - 1);
    let numbered = |stands: Vec<PageId>, on_page: u32, behind: u32| {
        let outer = stands.iter().filter(|stand| **stand == page).count();
        let mut outermost = on_page..;
        let mut inner = behind + u32::try_from(outer).expect("a file has fewer than 2^32 elements")..;
        // Those that stand on the page itself are spread over the copy's outermost pages.
        let number = |stand: PageId| if stand == page { outermost.next() } else { inner.next() };
        stands.into_iter().filter_map(number).collect::<Vec<u32>>()
    };
    let on = |own: PageId| pages[own.index()];
    let nodes = numbered(
        copy.nodes.iter().map(|node| on(node.page)).collect(),
        next_node(document, page).0,
        next_node(document, last).0,
    );
    let arcs = numbered(
        copy.arcs.iter().map(|arc| on(arc.page)).collect(),
        next_arc(document, page).0,
        next_arc(document, last).0,
    );
    Places {
        nodes: nodes.into_iter().map(NodeId).collect(),
        arcs: arcs.into_iter().map(ArcId).collect(),
        pages,
    }
}

fn add(
    document: &Document,
    copy: &pn_pnml::Document,
    outside: &BTreeMap<NodeId, NodeId>,
    page: PageId,
    by: Point,
) -> (Edit, Selection) {
    let mut names = Names::of(document.pnml());
    let places = places(document, copy, page);
    let inserted = copy.pages.iter().zip(&places.pages).filter_map(|(own, id)| {
        let parent = places.pages[own.parent?.index()];
        let mut own = Page { id: names.like(&own.id).as_str().into(), parent: Some(parent), ..own.clone() };
        if let Some(graphics) = own.graphics.as_mut().filter(|_| parent == page) {
            graphics.position = shifted(graphics.position, by);
        }
        Some((*id, own))
    });
    let inserted: Vec<(PageId, Page)> = inserted.collect();
    let renamed: BTreeMap<&str, String> =
        copy.nodes.iter().map(|node| (node.id.as_str(), names.like(&node.id))).collect();
    let mut indices: Vec<u32> = places.nodes.iter().map(|id| id.0).collect();
    indices.sort_unstable();
    let numbers = super::change::numbers_after(document.pnml().nodes.len(), indices.into_iter());
    let nodes = (0u32..).map(NodeId).zip(&copy.nodes).map(|(own, node)| {
        let mut node = node.clone();
        node.id = renamed[node.id.as_str()].as_str().into();
        node.page = places.pages[node.page.index()];
        let mut graphics = node.graphics.take().unwrap_or_default();
        if node.page == page {
            graphics.position = shifted(graphics.position, by);
        }
        node.graphics = Some(graphics);
        match &mut node.kind {
            NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => {
                *to = match outside.get(&own) {
                    Some(original) => NodeId(numbers[original.index()]),
                    None => places.nodes[to.index()],
                };
            }
            NodeKind::Transition { annotation: Some(annotation) } => {
                super::rename::in_annotation(annotation, |id| renamed.get(id).cloned());
            }
            NodeKind::Transition { annotation: None } | NodeKind::Place { .. } => {}
        }
        (places.nodes[own.index()], node)
    });
    let mut nodes: Vec<(NodeId, Node)> = nodes.collect();
    let arcs = places.arcs.iter().zip(&copy.arcs).map(|(id, arc)| {
        let mut arc = arc.clone();
        arc.id = names.like(&arc.id).as_str().into();
        arc.page = places.pages[arc.page.index()];
        arc.source = places.nodes[arc.source.index()];
        arc.target = places.nodes[arc.target.index()];
        if arc.page == page {
            let bends = arc.graphics.iter_mut().flat_map(|graphics| &mut graphics.bends);
            bends.for_each(|bend| *bend = shifted(*bend, by));
        }
        (*id, arc)
    });
    let mut arcs: Vec<(ArcId, DrawnArc)> = arcs.collect();
    nodes.sort_by_key(|(id, _)| *id);
    arcs.sort_by_key(|(id, _)| *id);
    // What stands on the page itself is what was pasted; the rest lies within it.
    let on_page = nodes.iter().filter(|(_, node)| node.page == page).map(|(id, _)| Item::Node(*id));
    let between = arcs.iter().filter(|(_, arc)| arc.page == page).map(|(id, _)| Item::Arc(*id));
    let symbols = inserted.iter().filter(|(_, own)| own.parent == Some(page)).map(|(id, _)| Item::Page(*id));
    let mut selection: Selection = on_page.chain(between).chain(symbols).collect();
    let mut edit = Edit::new("paste", Change::Insert(Parts { nodes, arcs }));
    if !inserted.is_empty() {
        edit.changes.insert(0, Change::InsertPages(inserted));
    }
    let outermost = copy.pages.iter().filter(|own| own.parent.is_none()).flat_map(|own| &own.notes);
    let notes: Vec<Note> =
        outermost.map(|note| Note { corner: shifted(note.corner, by), ..note.clone() }).collect();
    if !notes.is_empty() {
        let (change, added) = super::notes::added(document, page, notes);
        added.into_iter().for_each(|id| selection.add(Item::Note(id)));
        edit.changes.push(change);
    }
    (edit, selection)
}

fn shifted(point: Point, by: Point) -> Point {
    Point { x: point.x + by.x, y: point.y + by.y }
}
