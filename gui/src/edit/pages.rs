//! Edits of pages: adding, naming, moving their symbols, references to nodes of other pages.

use super::nodes::next_node;
use super::properties::label;
use super::{Change, Edit, Parts};
use crate::document::{Document, Item, Names, SHEET_HALF_HEIGHT, SHEET_HALF_WIDTH, Selection, position};
use pn_pnml::graphics::{NodeGraphics, Point};
use pn_pnml::{Node, NodeId, NodeKind, Page, PageId};

/// How far the middle of a symbol stays away from the middles of other things.
const ROOM: Point = Point { x: SHEET_HALF_WIDTH + 30.0, y: SHEET_HALF_HEIGHT + 35.0 };

/// Adds an empty page inside another, with its symbol at a point, and says which one it is then.
#[must_use]
pub fn add_page(document: &Document, inside: PageId, at: Point) -> (Edit, PageId) {
    let index = next_page(document, inside);
    let page = Page {
        graphics: Some(Box::new(NodeGraphics { position: at, ..Default::default() })),
        ..Page::new(Names::of(document.pnml()).fresh("page"), Some(inside))
    };
    (Edit::new("add a page", Change::InsertPages(vec![(index, page)])), index)
}

/// The index of a page that is added inside another: behind everything within it.
pub(super) fn next_page(document: &Document, inside: PageId) -> PageId {
    PageId(document.within(inside).end)
}

/// Names a page.
#[must_use]
pub fn set_page_name(document: &Document, id: PageId, text: &str) -> Edit {
    let mut page = document.page(id).clone();
    page.name = label(page.name, text);
    Edit::new("name a page", Change::Page(id, Box::new(page))).in_field(Some(Item::Page(id)), "name")
}

/// The changes that move the symbols of selected pages.
pub(super) fn moved(document: &Document, selection: &Selection, by: Point) -> impl Iterator<Item = Change> {
    let moved = selection.pages().map(move |id| {
        let Point { x, y } = document.symbol(id);
        (id, Point { x: x + by.x, y: y + by.y })
    });
    place_pages(document, moved)
}

/// Puts symbols of pages at these places.
pub fn place_pages(
    document: &Document,
    positions: impl IntoIterator<Item = (PageId, Point)>,
) -> impl Iterator<Item = Change> {
    positions.into_iter().map(|(id, position)| {
        let mut page = document.page(id).clone();
        page.graphics.get_or_insert_default().position = position;
        Change::Page(id, Box::new(page))
    })
}

/// Deletes a page with everything on it and within it, and the references to what was there;
/// `None` for the last page of the net itself.
#[must_use]
pub fn delete_page(document: &Document, page: PageId) -> Option<Edit> {
    super::delete(document, &Selection::only(Item::Page(page)))
}

/// Draws what stands behind a node once more, at a point of a page, and says which node that is.
#[must_use]
pub fn add_reference(document: &Document, page: PageId, to: NodeId, at: Point) -> (Edit, NodeId) {
    let index = next_node(document, page);
    let id = Names::of(document.pnml()).fresh("r");
    let behind = document.behind(to);
    let node = reference(document, &id, behind, page, at);
    // Nodes behind the new one are renumbered by it.
    let then = if behind < index { behind } else { NodeId(behind.0 + 1) };
    let node = Node { kind: refers(&node.kind, then), ..node };
    let parts = Parts { nodes: vec![(index, node)], arcs: Vec::new() };
    (Edit::new("add a reference", Change::Insert(parts)), index)
}

/// A reference to a node, without a name: it is called like what it refers to.
pub(super) fn reference(document: &Document, id: &str, to: NodeId, page: PageId, at: Point) -> Node {
    Node {
        id: id.into(),
        page,
        kind: match document.node(to).kind.is_placelike() {
            true => NodeKind::ReferencePlace { to },
            false => NodeKind::ReferenceTransition { to },
        },
        name: None,
        graphics: Some(Box::new(NodeGraphics { position: at, ..Default::default() })),
        is_pinned: false,
        foreign: Vec::new(),
    }
}

/// The same kind of reference to another node; what is no reference stays.
pub(super) fn refers(kind: &NodeKind, to: NodeId) -> NodeKind {
    match kind {
        NodeKind::ReferencePlace { .. } => NodeKind::ReferencePlace { to },
        NodeKind::ReferenceTransition { .. } => NodeKind::ReferenceTransition { to },
        other => other.clone(),
    }
}

/// The first point at or below this one where a symbol has room on a page.
#[must_use]
pub fn room(document: &Document, page: PageId, at: Point) -> Point {
    let nodes = document.nodes().filter(|(_, node)| node.page == page).map(|(_, node)| position(node));
    let symbols = document.symbols(page).into_iter().map(|(_, at)| at);
    room_among(&nodes.chain(symbols).collect::<Vec<_>>(), at)
}

/// The first point at or below this one that is far enough from all of these.
pub(super) fn room_among(taken: &[Point], at: Point) -> Point {
    let near = |a: f64, b: f64, room: f64| (a - b).abs() < room;
    let mut column: Vec<f64> =
        taken.iter().filter(|other| near(other.x, at.x, ROOM.x)).map(|other| other.y).collect();
    column.sort_by(f64::total_cmp);
    // From the top down: what is above can no longer be met.
    let y = column.into_iter().fold(at.y, |y, other| if near(other, y, ROOM.y) { other + ROOM.y } else { y });
    Point { x: at.x, y: (y / 10.0).ceil() * 10.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_finds_room_below_what_stands_there() {
        let at = |x, y| Point { x, y };
        assert_eq!(room_among(&[], at(10.0, 20.0)), at(10.0, 20.0));
        let taken = [at(0.0, 90.0), at(0.0, 20.0), at(20.0, 60.0), at(500.0, 200.0)];
        let free = room_among(&taken, at(10.0, 20.0));
        assert!(free.x == 10.0 && free.y >= 90.0 + ROOM.y, "{free:?}");
        assert_eq!(room_among(&[at(10.0, -500.0)], at(10.0, 20.0)), at(10.0, 20.0));
    }
}
