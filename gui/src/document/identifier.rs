//! Identifiers: which are taken, and new ones.

use std::collections::HashSet;

/// The identifiers of a document.
#[derive(Clone, Debug)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// All identifiers that a document uses: of the net, pages, nodes and arcs. O(size).
    #[must_use]
    pub fn of(document: &pn_pnml::Document) -> Self {
        let pages = document.pages.iter().map(|page| page.id.to_string());
        let nodes = document.nodes.iter().map(|node| node.id.to_string());
        let arcs = document.arcs.iter().map(|arc| arc.id.to_string());
        Self { taken: pages.chain(nodes).chain(arcs).chain([document.id.to_string()]).collect() }
    }

    /// Whether something is called so.
    #[must_use]
    pub fn is_taken(&self, id: &str) -> bool {
        self.taken.contains(id)
    }

    /// `stem1`, `stem2` and so on: the first that is free, which is then taken.
    pub fn fresh(&mut self, stem: &str) -> String {
        let mut numbered = (1u64..).map(|number| format!("{stem}{number}"));
        let free = numbered.find(|id| !self.taken.contains(id));
        let id = free.expect("a document has fewer than 2^64 identifiers");
        self.taken.insert(id.clone());
        id
    }

    /// `wanted` if it is free, otherwise the first free one with a number behind it.
    pub fn like(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        let stem = wanted.trim_end_matches(|c: char| c.is_ascii_digit());
        self.fresh(if stem.is_empty() { "n" } else { stem })
    }
}

/// Whether other tools accept it as an identifier: a letter or `_`, then letters, digits, `.`,
/// `-`, `_`.
#[must_use]
pub fn is_xml_name(id: &str) -> bool {
    let mut characters = id.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_identifier_is_the_first_free_one() {
        let mut names = Names { taken: ["p1", "p2", "p4"].map(str::to_owned).into() };
        assert_eq!([names.fresh("p"), names.fresh("p"), names.fresh("t")], ["p3", "p5", "t1"]);
    }

    #[test]
    fn a_copy_keeps_its_stem() {
        let mut names = Names { taken: ["web1", "gate"].map(str::to_owned).into() };
        assert_eq!([names.like("web1"), names.like("gate"), names.like("free")], ["web2", "gate1", "free"]);
    }

    #[test]
    fn identifiers_that_other_tools_refuse_are_known() {
        let fine = ["a", "_x", "web1.drain", "größe"];
        let odd = ["", "1a", "a b", "-x", "a<b"];
        assert!(fine.into_iter().all(is_xml_name) && !odd.into_iter().any(is_xml_name));
    }
}
