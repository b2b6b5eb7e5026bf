//! What stands on which page, and pages that come and go.
//!
//! Pages stand before the pages inside them, in the order in which a file opens them; nodes and
//! arcs stand in the order of their pages. A page that comes, goes or moves therefore renumbers what
//! stands behind it, and moves the nodes and arcs on it: O(pages + nodes + arcs).

use super::change::{Change, merged, numbers_after, numbers_without, renumber};
use crate::document::{ArcId, Document};
use pn_pnml::{NodeId, Page, PageId};

/// Where everything is to stand: for each place in the tables, which element comes there, by its
/// number as it is, and the page on which it stands then, by its number then.
#[derive(Clone, PartialEq, Debug)]
pub struct Housing {
    /// The pages, each with the page that holds it.
    pub pages: Vec<(PageId, Option<PageId>)>,
    /// The nodes.
    pub nodes: Vec<(NodeId, PageId)>,
    /// The arcs.
    pub arcs: Vec<(ArcId, PageId)>,
}

/// The numbers that pages, nodes and arcs get, by the numbers that they have.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Numbers {
    pub(super) pages: Vec<PageId>,
    pub(super) nodes: Vec<NodeId>,
    pub(super) arcs: Vec<ArcId>,
}

impl Housing {
    /// The housing in which pages lie inside these pages, and nodes and arcs stand on these; all by
    /// their numbers as they are. No page may come to lie within itself. What has no reason to
    /// change its place among the others keeps it.
    pub(super) fn of(
        document: &Document,
        parent: impl Fn(PageId) -> Option<PageId>,
        node: impl Fn(NodeId) -> PageId,
        arc: impl Fn(ArcId) -> PageId,
    ) -> Self {
        let order = opened(document, &parent);
        let numbers: Vec<PageId> = inverse(order.iter().map(|id| id.index())).map(PageId).collect();
        let then = |id: PageId| numbers[id.index()];
        let mut nodes: Vec<(NodeId, PageId)> = document.nodes().map(|(id, _)| (id, then(node(id)))).collect();
        nodes.sort_by_key(|(_, page)| *page);
        let mut arcs: Vec<(ArcId, PageId)> = document.arcs().map(|(id, _)| (id, then(arc(id)))).collect();
        arcs.sort_by_key(|(_, page)| *page);
        Self { pages: order.into_iter().map(|id| (id, parent(id).map(then))).collect(), nodes, arcs }
    }

    /// The numbers that everything gets.
    pub(super) fn numbers(&self) -> Numbers {
        Numbers {
            pages: inverse(self.pages.iter().map(|(id, _)| id.index())).map(PageId).collect(),
            nodes: inverse(self.nodes.iter().map(|(id, _)| id.index())).map(NodeId).collect(),
            arcs: inverse(self.arcs.iter().map(|(id, _)| id.index())).map(ArcId).collect(),
        }
    }
}

/// The pages in the order in which a file opens them.
fn opened(document: &Document, parent: impl Fn(PageId) -> Option<PageId>) -> Vec<PageId> {
    let mut inner = vec![Vec::new(); document.pnml().pages.len()];
    let mut open = Vec::new();
    // From the last to the first, because the stack turns the order round.
    let ids: Vec<PageId> = document.pages().map(|(id, _)| id).collect();
    for id in ids.into_iter().rev() {
        match parent(id) {
            Some(parent) => inner[parent.index()].push(id),
            None => open.push(id),
        }
    }
    let mut order = Vec::with_capacity(inner.len());
    while let Some(id) = open.pop() {
        order.push(id);
        open.append(&mut inner[id.index()]);
    }
    order
}

/// Where each index stands in an order of all indices.
fn inverse(order: impl ExactSizeIterator<Item = usize>) -> impl ExactSizeIterator<Item = u32> {
    let mut inverse = vec![0; order.len()];
    for (to, from) in (0u32..).zip(order) {
        inverse[from] = to;
    }
    inverse.into_iter()
}

/// Houses everything otherwise.
pub(super) fn house(pnml: &mut pn_pnml::Document, housing: Housing) -> Change {
    let numbers = housing.numbers();
    let back = Housing {
        pages: numbers.pages.iter().zip(&pnml.pages).map(|(to, page)| (*to, page.parent)).collect(),
        nodes: numbers.nodes.iter().zip(&pnml.nodes).map(|(to, node)| (*to, node.page)).collect(),
        arcs: numbers.arcs.iter().zip(&pnml.arcs).map(|(to, arc)| (*to, arc.page)).collect(),
    };
    permute(&mut pnml.pages, housing.pages.iter().map(|(from, _)| from.index()));
    permute(&mut pnml.nodes, housing.nodes.iter().map(|(from, _)| from.index()));
    permute(&mut pnml.arcs, housing.arcs.iter().map(|(from, _)| from.index()));
    for (page, (_, parent)) in pnml.pages.iter_mut().zip(housing.pages) {
        page.parent = parent;
    }
    for (node, (_, page)) in pnml.nodes.iter_mut().zip(housing.nodes) {
        node.page = page;
    }
    for (arc, (_, page)) in pnml.arcs.iter_mut().zip(housing.arcs) {
        arc.page = page;
    }
    renumber(pnml, |id| numbers.nodes[id.index()]);
    Change::House(Box::new(back))
}

/// Brings a table into an order of all its indices.
fn permute<T>(table: &mut Vec<T>, order: impl Iterator<Item = usize>) {
    let mut old: Vec<Option<T>> = std::mem::take(table).into_iter().map(Some).collect();
    table.extend(order.map(|from| old[from].take().expect("an index stands once in an order")));
}

/// Pages appear, with nothing on them yet.
pub(super) fn insert_pages(pnml: &mut pn_pnml::Document, pages: Vec<(PageId, Page)>) -> Change {
    let ids: Vec<PageId> = pages.iter().map(|(id, _)| *id).collect();
    let numbers = numbers_after(pnml.pages.len(), ids.iter().map(|id| id.0));
    renumber_pages(pnml, |id| PageId(numbers[id.index()]));
    pnml.pages = merged(std::mem::take(&mut pnml.pages), pages, |id| id.index());
    Change::RemovePages(ids)
}

/// Pages vanish on which nothing stands.
pub(super) fn remove_pages(pnml: &mut pn_pnml::Document, pages: Vec<PageId>) -> Change {
    let numbers = numbers_without(pnml.pages.len(), pages.iter().map(|id| id.0));
    let mut gone = pages.into_iter().peekable();
    let (mut removed, mut kept) = (Vec::new(), Vec::with_capacity(pnml.pages.len()));
    for (id, page) in (0u32..).map(PageId).zip(std::mem::take(&mut pnml.pages)) {
        match gone.next_if_eq(&id) {
            Some(id) => removed.push((id, page)),
            None => kept.push(page),
        }
    }
    pnml.pages = kept;
    renumber_pages(pnml, |id| PageId(numbers[id.index()]));
    Change::InsertPages(removed)
}

/// Everything that names a page names it by its new number.
fn renumber_pages(pnml: &mut pn_pnml::Document, new: impl Fn(PageId) -> PageId) {
    pnml.pages.iter_mut().filter_map(|page| page.parent.as_mut()).for_each(|page| *page = new(*page));
    pnml.nodes.iter_mut().for_each(|node| node.page = new(node.page));
    pnml.arcs.iter_mut().for_each(|arc| arc.page = new(arc.page));
}
