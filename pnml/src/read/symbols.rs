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

pub(super) struct Symbols<'a> {
    entries: Vec<Entry<'a>>,
    /// Hash and index: most comparisons end at the hash, without a look at the entry.
    table: HashTable<(u32, u32)>,
}

impl<'a> Symbols<'a> {
    /// An empty table with room for so many identifiers.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { entries: Vec::with_capacity(count), table: HashTable::with_capacity(count) }
    }

    pub(super) fn intern(&mut self, text: Cow<'a, str>) -> Symbol {
        let Self { entries, table } = self;
        let hash = hash(&text);
        let same = |(other, index): &(u32, u32)| *other == hash && entries[*index as usize].text == text;
        if let Some((_, found)) = table.find(spread(hash), same) {
            return Symbol(*found);
        }
        let index = u32::try_from(entries.len()).expect("a file of less than 4 GiB has fewer identifiers");
        entries.push(Entry { text, meaning: Meaning::Undefined, start: 0 });
        table.insert_unique(spread(hash), (hash, index), |(hash, _)| spread(*hash));
        Symbol(index)
    }

    pub(super) fn find(&self, text: &str) -> Option<Symbol> {
        let hash = hash(text);
        let same = |(other, index): &(u32, u32)| *other == hash && self.entries[*index as usize].text == text;
        self.table.find(spread(hash), same).map(|(_, index)| Symbol(*index))
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

/// The upper half of the hash, which is the better mixed one.
fn hash(text: &str) -> u32 {
    let hash = rustc_hash::FxBuildHasher.hash_one(text).wrapping_mul(SPREAD);
    u32::try_from(hash >> 32).expect("the upper half has 32 bits")
}

/// The table wants 64 bits with entropy at both ends.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(SPREAD)
}

/// 2⁶⁴ divided by the golden ratio (Knuth, TAOCP 3, section 6.4).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
