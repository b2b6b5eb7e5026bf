//! Identifiers and display names of the nodes of one kind.
//!
//! All text lies in one string; a node costs about a dozen bytes beside its text. Identifiers
//! are unique within a kind (PNML's `id` attribute), display names (its `name` label) need not be.

use hashbrown::HashTable;
use std::hash::BuildHasher;

#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    text: String,
    /// Where the identifier of each node ends and, behind it, its display name (maybe empty).
    ends: Vec<(u32, u32)>,
    index: HashTable<u32>,
}

/// Why a name cannot be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NameError {
    /// An earlier node has this identifier.
    Taken,
    /// All names together are longer than 4 GiB.
    TooMuchText,
}

impl Names {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn reserve(&mut self, nodes: usize) {
        let Self { text, ends, index } = self;
        ends.reserve(nodes);
        index.reserve(nodes, |node| hash(id_of(text, ends, *node as usize)));
    }

    /// Adds a node; its display name is its identifier unless `label` says otherwise.
    pub(crate) fn add(&mut self, id: &str, label: Option<&str>) -> Result<(), NameError> {
        let hash = hash(id);
        if self.index.find(hash, |node| self.id(*node as usize) == id).is_some() {
            return Err(NameError::Taken);
        }
        let label = label.filter(|label| *label != id).unwrap_or("");
        let id_end = self.text.len() + id.len();
        let fits = |n: usize| u32::try_from(n).map_err(|_| NameError::TooMuchText);
        let (node, ends) = (fits(self.ends.len())?, (fits(id_end)?, fits(id_end + label.len())?));
        self.text.push_str(id);
        self.text.push_str(label);
        self.ends.push(ends);
        let Self { text, ends, index } = self;
        index.insert_unique(hash, node, |node| self::hash(id_of(text, ends, *node as usize)));
        Ok(())
    }

    pub(crate) fn id(&self, node: usize) -> &str {
        id_of(&self.text, &self.ends, node)
    }

    pub(crate) fn label(&self, node: usize) -> &str {
        let (start, end) = self.ends[node];
        if start == end { self.id(node) } else { &self.text[start as usize..end as usize] }
    }

    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let node = self.index.find(hash(id), |node| self.id(*node as usize) == id)?;
        Some(*node as usize)
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.ends == other.ends
    }
}

impl Eq for Names {}

fn id_of<'a>(text: &'a str, ends: &[(u32, u32)], node: usize) -> &'a str {
    let start = if node == 0 { 0 } else { ends[node - 1].1 as usize };
    &text[start..ends[node].0 as usize]
}

fn hash(id: &str) -> u64 {
    rustc_hash::FxBuildHasher.hash_one(id)
}
