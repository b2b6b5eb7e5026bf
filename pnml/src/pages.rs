//! Pages: how they lie inside each other, what stands on them, where their symbols stand.
//!
//! A page stands behind the page that holds it, and the pages within a page stand in a row behind
//! it; nodes stand in the order of their pages. So what a page holds, with the pages inside it, is
//! a range: O(pages + log nodes).

use crate::document::{Document, Node, NodeId, NodeKind, Page, PageId};
use crate::drawing::RADIUS;
use crate::graphics::Point;
use std::ops::Range;

/// Half the width of a page's symbol.
pub const SHEET_HALF_WIDTH: f64 = 30.0;
/// Half the height of a page's symbol.
pub const SHEET_HALF_HEIGHT: f64 = 21.0;
/// The part of its height that is folded over at the corner.
pub const SHEET_FOLD: f64 = 0.28;
/// The distance of symbols for which the file knows no place.
const APART: f64 = 100.0;

/// What people call a node by itself: its name, or its identifier.
#[must_use]
pub fn title(node: &Node) -> &str {
    match &node.name {
        Some(name) if !name.text.is_empty() => &name.text,
        _ => &node.id,
    }
}

impl Document {
    /// What stands behind a node: itself, or what its references lead to. O(references).
    #[must_use]
    pub fn behind(&self, id: NodeId) -> NodeId {
        let mut at = id;
        // References that lead back to themselves end after as many steps as there are nodes.
        for _ in 0..self.nodes.len() {
            match self.nodes[at.index()].kind {
                NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => at = to,
                NodeKind::Place { .. } | NodeKind::Transition { .. } => break,
            }
        }
        at
    }

    /// What people call a node: its name, or its identifier. A reference without a name is called
    /// like what stands behind it.
    #[must_use]
    pub fn title(&self, id: NodeId) -> &str {
        let node = &self.nodes[id.index()];
        match node.name.as_ref().is_some_and(|name| !name.text.is_empty()) {
            true => title(node),
            false => title(&self.nodes[self.behind(id).index()]),
        }
    }

    /// What people call a page: its name, or its identifier.
    #[must_use]
    pub fn page_title(&self, id: PageId) -> &str {
        let page = &self.pages[id.index()];
        match &page.name {
            Some(name) if !name.text.is_empty() => &name.text,
            _ => &page.id,
        }
    }

    /// The pages right inside a page, or those of the net itself.
    pub fn pages_in(&self, parent: Option<PageId>) -> impl Iterator<Item = PageId> + '_ {
        let pages = (0u32..).map(PageId).zip(&self.pages);
        pages.filter(move |(_, page)| page.parent == parent).map(|(id, _)| id)
    }

    /// A page and all pages within it, by their indices.
    #[must_use]
    pub fn within(&self, page: PageId) -> Range<u32> {
        let behind = &self.pages[page.index() + 1..];
        let is_outside = |other: &Page| other.parent.is_none_or(|parent| parent < page);
        let count = behind.iter().position(is_outside).unwrap_or(behind.len());
        page.0..page.0 + 1 + u32::try_from(count).expect("a document has fewer than 2^32 pages")
    }

    /// The nodes that stand on these pages, by their indices.
    #[must_use]
    pub fn nodes_on(&self, pages: &Range<u32>) -> Range<NodeId> {
        let first = |page: u32| {
            let count = self.nodes.partition_point(|node| node.page.0 < page);
            NodeId(u32::try_from(count).expect("a document has fewer than 2^32 nodes"))
        };
        first(pages.start)..first(pages.end)
    }

    /// How many nodes stand on a page and on the pages within it.
    #[must_use]
    pub fn population(&self, page: PageId) -> usize {
        let nodes = self.nodes_on(&self.within(page));
        nodes.end.index() - nodes.start.index()
    }

    /// The symbols on a page: the pages right inside it and where they are drawn. Those for which
    /// the file knows no place stand in a row below everything else. O(nodes + pages).
    #[must_use]
    pub fn symbols(&self, page: PageId) -> Vec<(PageId, Point)> {
        let place = |id: PageId| self.pages[id.index()].graphics.as_ref().map(|graphics| graphics.position);
        let placed = || self.pages_in(Some(page)).filter_map(place);
        if self.pages_in(Some(page)).count() == placed().count() {
            return self.pages_in(Some(page)).zip(placed()).collect();
        }
        let nodes = self.nodes_on(&(page.0..page.0 + 1));
        let nodes = self.nodes[nodes.start.index()..nodes.end.index()].iter();
        let centres = nodes.map(|node| node.graphics.as_ref().map_or(Point::default(), |own| own.position));
        let corner = centres.chain(placed()).fold(None, |corner: Option<Point>, Point { x, y }| {
            let before = corner.unwrap_or(Point { x, y });
            Some(Point { x: before.x.min(x), y: before.y.max(y) })
        });
        let corner = corner.map_or(Point { x: 60.0, y: 60.0 }, |Point { x, y }| Point {
            x: x + SHEET_HALF_WIDTH - RADIUS,
            y: y + RADIUS + 3.0 * SHEET_HALF_HEIGHT,
        });
        let mut row = (0u32..).map(|rank| Point { x: corner.x + APART * f64::from(rank), y: corner.y });
        let at = |id| (id, place(id).or_else(|| row.next()).unwrap_or(corner));
        self.pages_in(Some(page)).map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(pages: &str) -> Document {
        let text = format!(
            r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">{pages}</net></pnml>"#
        );
        crate::read(text.as_bytes()).document.unwrap()
    }

    #[test]
    fn what_lies_within_a_page_is_a_range() {
        let document = document(
            r#"<page id="a"><place id="p1"/>
              <page id="b"><place id="p2"/><page id="c"><place id="p3"/></page></page>
              <page id="d"/></page>
            <page id="e"><place id="p4"/></page>"#,
        );
        let within = [0, 1, 2, 3, 4].map(|page| document.within(PageId(page)));
        assert_eq!(within, [0..4, 1..3, 2..3, 3..4, 4..5]);
        let population = [0, 1, 2, 3, 4].map(|page| document.population(PageId(page)));
        assert_eq!(population, [3, 2, 1, 0, 1]);
        assert_eq!(document.pages_in(None).collect::<Vec<_>>(), [PageId(0), PageId(4)]);
    }

    #[test]
    fn symbols_without_a_place_stand_in_a_row_below_the_nodes() {
        let document = document(
            r#"<page id="a"><place id="p"><graphics><position x="0" y="200"/></graphics></place>
              <page id="b"/><page id="c"><graphics><position x="7" y="8"/></graphics></page><page id="d"/></page>"#,
        );
        let symbols = document.symbols(PageId(0));
        assert_eq!(symbols[1], (PageId(2), Point { x: 7.0, y: 8.0 }));
        let (b, d) = (symbols[0].1, symbols[2].1);
        assert!(b.y > 200.0 && b.y == d.y && d.x > b.x, "{symbols:?}");
    }

    #[test]
    fn a_reference_without_a_name_is_called_like_what_stands_behind_it() {
        let document = document(
            r#"<page id="a"><place id="p"><name><text>lock</text></name></place>
              <referencePlace id="q" ref="p"/><referencePlace id="r" ref="q"><name><text>own</text></name></referencePlace>
              <referencePlace id="s" ref="r"/></page>"#,
        );
        assert_eq!([0, 1, 2, 3].map(|id| document.title(NodeId(id))), ["lock", "lock", "own", "lock"]);
    }
}
