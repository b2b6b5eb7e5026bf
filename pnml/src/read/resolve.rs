//! The end of reading: order, references, the ends of arcs, made-up identifiers.

use super::cursor::shortened;
use super::net::NetReader;
use super::symbols::{Meaning, Symbol};
use crate::diagnostic::Problem;
use crate::document::{NodeId, NodeKind};
use crate::flatten::{Followed, follow_references};
use crate::nupn;
use compact_str::{CompactString, format_compact};
use hashbrown::HashSet;
use pn_logic::Span;
use pn_net::{MAX_TOKENS, PlaceId};

/// Looking for a similar identifier costs a pass over all of them.
const MOST_SUGGESTIONS: usize = 10;

impl NetReader<'_> {
    pub(super) fn resolve(&mut self) {
        self.order_by_page();
        let mut suggestions = MOST_SUGGESTIONS;
        self.resolve_references(&mut suggestions);
        self.resolve_arcs(&mut suggestions);
        self.make_up_ids();
        if self.cursor.diagnostics.has_errors() {
            return;
        }
        let total = self.document.arcs.iter().try_fold(0u64, |sum, arc| sum.checked_add(arc.weight));
        if total.is_none_or(|total| total > MAX_TOKENS)
            && let Err(problem) = self.document.net()
        {
            self.cursor.error(problem, self.net_span);
        }
        self.check_units();
    }

    fn check_units(&mut self) {
        let Some(section) = nupn::section(&self.document) else { return };
        let mut numbers = Vec::with_capacity(self.document.nodes.len());
        let mut places = 0;
        for node in &self.document.nodes {
            let is_place = matches!(node.kind, NodeKind::Place { .. });
            numbers.push(is_place.then(|| PlaceId::new(places)));
            places += usize::from(is_place);
        }
        let find_place = |id: &str| match self.symbols.meaning(self.symbols.find(id)?) {
            Meaning::Node(node) => numbers[node.index()],
            _ => None,
        };
        if let Err(problem) = nupn::find(&self.document, find_place) {
            let start = self.cursor.find(&section.xml);
            let span = start.map_or(self.net_span, |start| Span::new(start, start + "<toolspecific".len()));
            self.cursor.warning(problem, span);
        }
    }

    /// Puts nodes and arcs in the order of their pages; within a page they keep the file's.
    fn order_by_page(&mut self) {
        let document = &mut self.document;
        if !document.nodes.is_sorted_by_key(|node| node.page) {
            let mut order: Vec<u32> = (0u32..).take(document.nodes.len()).collect();
            order.sort_by_key(|index| document.nodes[*index as usize].page);
            let mut place = vec![0u32; order.len()];
            for (new, old) in (0u32..).zip(&order) {
                place[*old as usize] = new;
            }
            document.nodes.sort_by_key(|node| node.page);
            for (index, node) in (0u32..).zip(&document.nodes) {
                if let Some(symbol) = self.symbols.find(&node.id) {
                    self.symbols.redefine(symbol, Meaning::Node(NodeId(index)));
                }
            }
            for (node, ..) in &mut self.references {
                *node = NodeId(place[node.index()]);
            }
        }
        if !document.arcs.is_sorted_by_key(|arc| arc.page) {
            let arcs = std::mem::take(&mut document.arcs);
            let ends = std::mem::take(&mut self.ends);
            let mut both: Vec<_> = arcs.into_iter().zip(ends).collect();
            both.sort_by_key(|(arc, _)| arc.page);
            (document.arcs, self.ends) = both.into_iter().unzip();
        }
    }

    fn resolve_references(&mut self, suggestions: &mut usize) {
        let references = std::mem::take(&mut self.references);
        for &(node, symbol, span) in &references {
            let Some(to) = self.node(symbol, span, suggestions) else { continue };
            let document = &mut self.document;
            let placelike = document.nodes[to.index()].kind.is_placelike();
            let target_id = shortened(&document.nodes[to.index()].id);
            let reference = &mut document.nodes[node.index()];
            let wanted = match &mut reference.kind {
                NodeKind::ReferencePlace { to: slot } if placelike => {
                    *slot = to;
                    continue;
                }
                NodeKind::ReferenceTransition { to: slot } if !placelike => {
                    *slot = to;
                    continue;
                }
                kind => {
                    if kind.is_placelike() {
                        "place"
                    } else {
                        "transition"
                    }
                }
            };
            let problem =
                Problem::WrongReference { reference: shortened(&reference.id), id: target_id, wanted };
            self.cursor.error(problem, span);
        }
        if self.cursor.diagnostics.has_errors() {
            return;
        }
        if let Err(Followed::Cycle(node)) = follow_references(&self.document) {
            let id = &self.document.nodes[node.index()].id;
            let problem = Problem::ReferenceCycle(shortened(id));
            let own = references.iter().find(|(reference, ..)| *reference == node);
            self.cursor.error(problem, own.map_or(self.net_span, |(.., span)| *span));
        }
    }

    fn resolve_arcs(&mut self, suggestions: &mut usize) {
        for (index, ends) in std::mem::take(&mut self.ends).into_iter().enumerate() {
            let span = |start: u32, symbol: Symbol| {
                Span::new(start as usize, start as usize + self.symbols.text(symbol).len())
            };
            let source_span = span(ends.source_start, ends.source);
            let target_span = span(ends.target_start, ends.target);
            let source = self.node(ends.source, source_span, suggestions);
            let target = self.node(ends.target, target_span, suggestions);
            let (Some(source), Some(target)) = (source, target) else { continue };
            let document = &mut self.document;
            let from_place = document.nodes[source.index()].kind.is_placelike();
            if from_place == document.nodes[target.index()].kind.is_placelike() {
                let problem = Problem::SameKind {
                    source_id: shortened(&document.nodes[source.index()].id),
                    target_id: shortened(&document.nodes[target.index()].id),
                    kind: if from_place { "places" } else { "transitions" },
                };
                self.cursor.error(problem, target_span);
                continue;
            }
            document.arcs[index].source = source;
            document.arcs[index].target = target;
        }
    }

    fn node(&mut self, symbol: Symbol, span: Span, suggestions: &mut usize) -> Option<NodeId> {
        if let Meaning::Node(node) = self.symbols.meaning(symbol) {
            return Some(node);
        }
        let id = self.symbols.text(symbol);
        let mut similar = None;
        if *suggestions > 0 && id.len() <= 64 {
            *suggestions -= 1;
            let candidates = self.symbols.nodes().filter(|node| node.len() <= 64).take(20_000);
            similar = pn_logic::nearest(id, candidates).map(str::to_owned);
        }
        let problem = Problem::UnknownNode { id: shortened(id), similar };
        self.cursor.error(problem, span);
        None
    }

    /// Gives an identifier to whatever has none but needs one in a valid file.
    fn make_up_ids(&mut self) {
        let symbols = &self.symbols;
        let mut count = 0u32;
        let mut fresh = |stem: &str| -> CompactString {
            loop {
                let id =
                    if count == 0 { CompactString::from(stem) } else { format_compact!("{stem}-{count}") };
                count += 1;
                if symbols.find(&id).is_none() {
                    return id;
                }
            }
        };
        let document = &mut self.document;
        if !self.renamed.is_empty() {
            let taken: HashSet<&str> = self.renamed.iter().map(|symbol| symbols.text(*symbol)).collect();
            let pages = document.pages.iter_mut().map(|page| &mut page.id);
            let arcs = document.arcs.iter_mut().map(|arc| &mut arc.id);
            let ids = std::iter::once(&mut document.id).chain(pages).chain(arcs);
            ids.filter(|id| taken.contains(id.as_str())).for_each(|id| *id = CompactString::default());
        }
        if document.id.is_empty() {
            document.id = fresh("net");
        }
        if document.pages.is_empty() {
            document.pages.push(crate::document::Page::new("", None));
        }
        for page in document.pages.iter_mut().filter(|page| page.id.is_empty()) {
            page.id = fresh("page");
        }
        for arc in document.arcs.iter_mut().filter(|arc| arc.id.is_empty()) {
            arc.id = fresh("arc");
        }
    }
}
