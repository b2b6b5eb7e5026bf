//! Pages: how they lie inside each other, what stands on them, where their symbols stand.
//!
//! A page stands behind the page that holds it, and the pages within a page stand in a row behind
//! it; nodes stand in the order of their pages. So what a page holds, with the pages inside it, is
//! a range: O(pages + log nodes).

use super::{Bounds, Document, RADIUS, position};
use pn_pnml::graphics::Point;
use pn_pnml::{DrawnArc, NodeId, Page, PageId};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Half the width of a page's symbol.
pub const SHEET_HALF_WIDTH: f64 = 30.0;
/// Half the height of a page's symbol.
pub const SHEET_HALF_HEIGHT: f64 = 21.0;
/// The distance of symbols for which the file knows no place.
const APART: f64 = 100.0;

/// A page inside another hangs together with a node there: arcs within it join the same node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Link {
    /// The page.
    pub page: PageId,
    /// The node beside its symbol.
    pub node: NodeId,
    /// Where the arcs lead.
    pub way: Way,
}

/// Whether arcs lead from a node into a page, or out of the page to the node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// They begin at the node.
    In,
    /// They end there.
    Out,
}

impl Document {
    /// All pages with their ids.
    pub fn pages(&self) -> impl Iterator<Item = (PageId, &Page)> {
        (0u32..).map(PageId).zip(&self.pnml.pages)
    }

    /// A page.
    #[must_use]
    pub fn page(&self, id: PageId) -> &Page {
        &self.pnml.pages[id.index()]
    }

    /// What people call a page: its name, or its identifier.
    #[must_use]
    pub fn page_title(&self, id: PageId) -> &str {
        let page = self.page(id);
        match &page.name {
            Some(name) if !name.text.is_empty() => &name.text,
            _ => &page.id,
        }
    }

    /// What people call the net: its name, or `Net`.
    #[must_use]
    pub fn net_title(&self) -> &str {
        match &self.pnml.name {
            Some(name) if !name.text.is_empty() => &name.text,
            _ => "Net",
        }
    }

    /// The pages right inside a page, or those of the net itself.
    pub fn pages_in(&self, parent: Option<PageId>) -> impl Iterator<Item = PageId> + '_ {
        self.pages().filter(move |(_, page)| page.parent == parent).map(|(id, _)| id)
    }

    /// A page and all pages within it, by their indices.
    #[must_use]
    pub fn within(&self, page: PageId) -> Range<u32> {
        let behind = &self.pnml.pages[page.index() + 1..];
        let is_outside = |other: &Page| other.parent.is_none_or(|parent| parent < page);
        let count = behind.iter().position(is_outside).unwrap_or(behind.len());
        page.0..page.0 + 1 + u32::try_from(count).expect("a document has fewer than 2^32 pages")
    }

    /// The nodes that stand on these pages, by their indices.
    #[must_use]
    pub fn nodes_on(&self, pages: &Range<u32>) -> Range<NodeId> {
        let first = |page: u32| {
            let count = self.pnml.nodes.partition_point(|node| node.page.0 < page);
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

    /// The way to a page: from a page of the net itself to the page.
    #[must_use]
    pub fn trail(&self, page: PageId) -> Vec<PageId> {
        let mut trail: Vec<PageId> = std::iter::successors(Some(page), |id| self.page(*id).parent).collect();
        trail.reverse();
        trail
    }

    /// The symbols on a page: the pages right inside it and where they are drawn. Those for which
    /// the file knows no place stand in a row below everything else. O(nodes + pages).
    #[must_use]
    pub fn symbols(&self, page: PageId) -> Vec<(PageId, Point)> {
        let placed = |id: PageId| self.page(id).graphics.as_ref().map(|graphics| graphics.position);
        if self.pages_in(Some(page)).all(|id| placed(id).is_some()) {
            return self.pages_in(Some(page)).filter_map(|id| Some((id, placed(id)?))).collect();
        }
        let nodes = self.nodes_on(&(page.0..page.0 + 1));
        let nodes = self.pnml.nodes[nodes.start.index()..nodes.end.index()].iter().map(position);
        let others = self.pages_in(Some(page)).filter_map(placed);
        let corner = match Bounds::around(nodes.chain(others)) {
            Some(bounds) => Point {
                x: bounds.least.x + SHEET_HALF_WIDTH - RADIUS,
                y: bounds.most.y + RADIUS + 3.0 * SHEET_HALF_HEIGHT,
            },
            None => Point { x: 60.0, y: 60.0 },
        };
        let mut row = (0u32..).map(|rank| Point { x: corner.x + APART * f64::from(rank), y: corner.y });
        let at = |id| (id, placed(id).or_else(|| row.next()).unwrap_or(corner));
        self.pages_in(Some(page)).map(at).collect()
    }

    /// How the pages right inside a page hang together with the nodes on it. Of several appearances
    /// of a node the first one counts. O(nodes + arcs · log pages).
    #[must_use]
    pub fn links(&self, page: PageId) -> BTreeSet<Link> {
        let inner: Vec<(PageId, Range<u32>)> =
            self.pages_in(Some(page)).map(|id| (id, self.within(id))).collect();
        if inner.is_empty() {
            return BTreeSet::new();
        }
        let own = self.nodes_on(&(page.0..page.0 + 1));
        let mut beside: HashMap<NodeId, NodeId> = HashMap::new();
        for id in (own.start.0..own.end.0).map(NodeId) {
            beside.entry(self.behind(id)).or_insert(id);
        }
        let holder = |arc: &DrawnArc| {
            let at = inner.partition_point(|(_, within)| within.end <= arc.page.0);
            inner.get(at).filter(|(_, within)| within.contains(&arc.page.0)).map(|(id, _)| *id)
        };
        let arcs = self.pnml.arcs.iter().filter_map(|arc| Some((holder(arc)?, arc)));
        let links = arcs.flat_map(|(page, arc)| {
            let ends = [(arc.source, Way::In), (arc.target, Way::Out)];
            ends.map(|(end, way)| beside.get(&self.behind(end)).map(|node| Link { page, node: *node, way }))
        });
        links.flatten().collect()
    }

    /// Where the symbol of a page stands on the page that holds it; the origin for a page of the
    /// net itself.
    #[must_use]
    pub fn symbol(&self, page: PageId) -> Point {
        let Some(parent) = self.page(page).parent else { return Point::default() };
        let symbols = self.symbols(parent);
        symbols.iter().find(|(id, _)| *id == page).map_or(Point::default(), |(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(pages: &str) -> Document {
        let text = format!(
            r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">{pages}</net></pnml>"#
        );
        Document::new(pn_pnml::read(text.as_bytes()).document.unwrap())
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
        assert_eq!(document.trail(PageId(2)), [PageId(0), PageId(1), PageId(2)]);
        assert_eq!(document.pages_in(None).collect::<Vec<_>>(), [PageId(0), PageId(4)]);
    }

    #[test]
    fn a_page_hangs_together_with_the_nodes_that_its_arcs_join_elsewhere() {
        let document = document(
            r#"<page id="a"><place id="p"/><referencePlace id="q" ref="inner"/><place id="alone"/>
              <page id="b"><transition id="t"/><referencePlace id="r" ref="p"/>
                <arc id="x" source="r" target="t"/>
                <page id="c"><place id="inner"/><referenceTransition id="s" ref="t"/>
                  <arc id="y" source="s" target="inner"/></page>
              </page>
              <page id="d"><referencePlace id="u" ref="alone"/></page>
            </page>"#,
        );
        let link = |node, way| Link { page: PageId(1), node: NodeId(node), way };
        let links: Vec<Link> = document.links(PageId(0)).into_iter().collect();
        assert_eq!(links, [link(0, Way::In), link(1, Way::Out)]);
        // Within the inner page, the transition of the outer one is an appearance of its own.
        let inner: Vec<Link> = document.links(PageId(1)).into_iter().collect();
        assert_eq!(inner, [Link { page: PageId(2), node: NodeId(3), way: Way::In }]);
        assert!(document.links(PageId(3)).is_empty());
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
        assert_eq!(document.symbol(PageId(3)), d);
    }
}
