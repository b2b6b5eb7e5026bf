//! The identifiers of a file: each is stored once, and known by a number from then on.
//!
//! Arcs may stand before the nodes that they join, so reading only notes numbers; when the file
//! has been read, every number is a node or a dangling reference. O(1) an identifier.

use crate::document::NodeId;
use hashbrown::HashTable;
use pn_logic::Span;
use std::borrow::Cow;
use std::hash::BuildHasher;

/// An identifier of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Symbol(u32);

/// What an identifier stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Nothing so far.
    Undefined,
    /// A node.
    Node(NodeId),
    /// The net, a page or an arc.
    Other,
}

struct Entry<'a> {
    text: Cow<'a, str>,
    meaning: Meaning,
    /// Where it was defined.
    start: u32,
}

#[derive(Default)]
pub(super) struct Symbols<'a> {
    entries: Vec<Entry<'a>>,
    table: HashTable<u32>,
}

impl<'a> Symbols<'a> {
    pub(super) fn intern(&mut self, text: Cow<'a, str>) -> Symbol {
        let Self { entries, table } = self;
        let hash = hash(&text);
        if let Some(found) = table.find(hash, |index| entries[*index as usize].text == text) {
            return Symbol(*found);
        }
        let index = u32::try_from(entries.len()).expect("a file of less than 4 GiB has fewer identifiers");
        entries.push(Entry { text, meaning: Meaning::Undefined, start: 0 });
        table.insert_unique(hash, index, |index| self::hash(&entries[*index as usize].text));
        Symbol(index)
    }

    pub(super) fn find(&self, text: &str) -> Option<Symbol> {
        self.table.find(hash(text), |index| self.entries[*index as usize].text == text).map(|i| Symbol(*i))
    }

    /// Gives an identifier a meaning. If it has one, that is kept and returned with its place.
    pub(super) fn define(&mut self, symbol: Symbol, meaning: Meaning, span: Span) -> Option<(Meaning, Span)> {
        let entry = &mut self.entries[symbol.0 as usize];
        if entry.meaning != Meaning::Undefined {
            let start = entry.start as usize;
            return Some((entry.meaning, Span::new(start, start + entry.text.len())));
        }
        entry.meaning = meaning;
        entry.start = u32::try_from(span.start).expect("files are smaller than 4 GiB");
        None
    }

    /// Replaces what an identifier stands for: its node has moved.
    pub(super) fn redefine(&mut self, symbol: Symbol, meaning: Meaning) {
        self.entries[symbol.0 as usize].meaning = meaning;
    }

    pub(super) fn meaning(&self, symbol: Symbol) -> Meaning {
        self.entries[symbol.0 as usize].meaning
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        &self.entries[symbol.0 as usize].text
    }

    /// The identifiers of the nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &str> {
        let nodes = self.entries.iter().filter(|entry| matches!(entry.meaning, Meaning::Node(_)));
        nodes.map(|entry| &*entry.text)
    }
}

fn hash(text: &str) -> u64 {
    rustc_hash::FxBuildHasher.hash_one(text)
}
