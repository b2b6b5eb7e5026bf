//! What is selected: nodes, arcs, notes and pages, in the order of the document.

use super::{ArcId, Document, NoteId};
use pn_pnml::{NodeId, PageId};
use std::collections::BTreeSet;

/// Something that can be selected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Item {
    /// A place, a transition or a reference.
    Node(NodeId),
    /// An arc.
    Arc(ArcId),
    /// A note.
    Note(NoteId),
    /// A page, by its symbol on the page that holds it.
    Page(PageId),
}

/// A set of items.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selection {
    items: BTreeSet<Item>,
}

impl Selection {
    /// This item and nothing else.
    pub fn only(item: Item) -> Self {
        Self { items: BTreeSet::from([item]) }
    }

    /// Whether it is selected.
    #[must_use]
    pub fn contains(&self, item: Item) -> bool {
        self.items.contains(&item)
    }

    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items are selected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = Item> + '_ {
        self.items.iter().copied()
    }

    /// The selected nodes in order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Node(node) => Some(*node),
            Item::Arc(_) | Item::Note(_) | Item::Page(_) => None,
        })
    }

    /// The selected arcs in order.
    pub fn arcs(&self) -> impl Iterator<Item = ArcId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Arc(arc) => Some(*arc),
            Item::Node(_) | Item::Note(_) | Item::Page(_) => None,
        })
    }

    /// The selected notes in order.
    pub fn notes(&self) -> impl Iterator<Item = NoteId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Note(note) => Some(*note),
            Item::Node(_) | Item::Arc(_) | Item::Page(_) => None,
        })
    }

    /// The selected pages in order.
    pub fn pages(&self) -> impl Iterator<Item = PageId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Page(page) => Some(*page),
            Item::Note(_) => None,
            Item::Node(_) | Item::Arc(_) => None,
        })
    }

    /// Whether anything is selected that stands by itself: a node, a note or a page.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.items.iter().any(|item| !matches!(item, Item::Arc(_)))
    }

    /// The only item, if there is just one.
    #[must_use]
    pub fn single(&self) -> Option<Item> {
        match self.items.len() {
            1 => self.items.first().copied(),
            _ => None,
        }
    }

    /// Adds an item.
    pub fn add(&mut self, item: Item) {
        self.items.insert(item);
    }

    /// Adds an item, or takes it away.
    pub fn toggle(&mut self, item: Item) {
        if !self.items.remove(&item) {
            self.items.insert(item);
        }
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Forgets what the document does not have.
    pub fn keep_within(&mut self, document: &Document) {
        let (nodes, arcs) = (document.pnml().nodes.len(), document.pnml().arcs.len());
        let pages = document.pnml().pages.len();
        self.items.retain(|item| match item {
            Item::Node(node) => node.index() < nodes,
            Item::Arc(arc) => arc.index() < arcs,
            Item::Note(note) => document.note(*note).is_some(),
            Item::Page(page) => page.index() < pages,
        });
    }
}

impl FromIterator<Item> for Selection {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        Self { items: items.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toggling_twice_changes_nothing() {
        let item = Item::Node(NodeId(3));
        let mut selection = Selection::only(Item::Arc(ArcId(1)));
        selection.toggle(item);
        assert_eq!((selection.len(), selection.single()), (2, None));
        selection.toggle(item);
        assert_eq!(selection.single(), Some(Item::Arc(ArcId(1))));
    }

    #[test]
    fn what_is_gone_is_no_longer_selected() {
        let gone = [Item::Node(NodeId(0)), Item::Arc(ArcId(0)), Item::Page(PageId(1))];
        let mut selection: Selection = gone.into_iter().collect();
        selection.keep_within(&Document::empty());
        assert!(selection.is_empty());
    }
}
