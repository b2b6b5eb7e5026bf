//! Pages: the way to one, and how the pages inside a page hang together with the nodes on it.

use super::Document;
use pn_pnml::graphics::Point;
use pn_pnml::{DrawnArc, NodeId, Page, PageId};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

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
        self.pnml.page_title(id)
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
        self.pnml.pages_in(parent)
    }

    /// A page and all pages within it, by their indices.
    #[must_use]
    pub fn within(&self, page: PageId) -> Range<u32> {
        self.pnml.within(page)
    }

    /// The nodes that stand on these pages, by their indices.
    #[must_use]
    pub fn nodes_on(&self, pages: &Range<u32>) -> Range<NodeId> {
        self.pnml.nodes_on(pages)
    }

    /// How many nodes stand on a page and on the pages within it.
    #[must_use]
    pub fn population(&self, page: PageId) -> usize {
        self.pnml.population(page)
    }

    /// The way to a page: from a page of the net itself to the page.
    #[must_use]
    pub fn trail(&self, page: PageId) -> Vec<PageId> {
        let mut trail: Vec<PageId> = std::iter::successors(Some(page), |id| self.page(*id).parent).collect();
        trail.reverse();
        trail
    }

    /// The symbols on a page: the pages right inside it and where they are drawn.
    #[must_use]
    pub fn symbols(&self, page: PageId) -> Vec<(PageId, Point)> {
        self.pnml.symbols(page)
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
    fn the_way_to_a_page_begins_at_a_page_of_the_net() {
        let document = document(r#"<page id="a"/><page id="b"><page id="c"><page id="d"/></page></page>"#);
        assert_eq!(document.trail(PageId(3)), [PageId(1), PageId(2), PageId(3)]);
        assert_eq!(document.trail(PageId(0)), [PageId(0)]);
    }
}
