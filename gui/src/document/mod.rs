//! The document: one net with its drawing, as its file has it. The file is the truth.
//!
//! A [`Document`] wraps the lossless document of `pn-pnml` and counts its changes. Views read it;
//! only [`crate::history::History`] changes it, by the changes of [`crate::edit`].

mod facts;
mod geometry;
mod identifier;
mod pages;
mod selection;

pub use facts::{Facts, Meaning, Remark};
pub use geometry::{Bounds, HALF_HEIGHT, HALF_WIDTH, RADIUS, edge, half, position, route};
pub use identifier::{Names, is_xml_name};
pub use pages::{Link, Way};
pub use pn_pnml::pages::{SHEET_HALF_HEIGHT, SHEET_HALF_WIDTH, title};
pub use selection::{Item, Selection};

use pn_pnml::{Node, NodeId, Note, Page, PageId};

/// An arc, by its index in [`pn_pnml::Document::arcs`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ArcId(pub u32);

impl ArcId {
    /// The index, counted from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A note, by its page and its index there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NoteId {
    /// The page.
    pub page: PageId,
    /// The index among the notes of the page, counted from 0.
    pub index: u32,
}

/// A net and its drawing, with a count of its changes.
#[derive(Clone, Debug)]
pub struct Document {
    pnml: pn_pnml::Document,
    revision: u64,
}

impl Document {
    /// An empty net with one page.
    #[must_use]
    pub fn empty() -> Self {
        let pages = vec![Page::new("page", None)];
        Self::new(pn_pnml::Document { id: "net".into(), pages, ..Default::default() })
    }

    /// The document that a file holds.
    #[must_use]
    pub fn new(mut pnml: pn_pnml::Document) -> Self {
        if pnml.pages.is_empty() {
            let id = Names::of(&pnml).fresh("page");
            pnml.pages.push(Page::new(id, None));
        }
        Self { pnml, revision: 0 }
    }

    /// What the file holds.
    #[must_use]
    pub fn pnml(&self) -> &pn_pnml::Document {
        &self.pnml
    }

    /// How many changes there were; what is derived from the document is kept as long as it stays.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// For [`crate::edit`] alone.
    pub(crate) fn pnml_mut(&mut self) -> &mut pn_pnml::Document {
        self.revision += 1;
        &mut self.pnml
    }

    /// The file's text. O(size).
    #[must_use]
    pub fn text(&self) -> String {
        pn_pnml::write(&self.pnml)
    }

    /// All nodes with their ids.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0u32..).map(NodeId).zip(&self.pnml.nodes)
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.pnml.nodes[id.index()]
    }

    /// All arcs with their ids.
    pub fn arcs(&self) -> impl Iterator<Item = (ArcId, &pn_pnml::DrawnArc)> {
        (0u32..).map(ArcId).zip(&self.pnml.arcs)
    }

    /// An arc.
    #[must_use]
    pub fn arc(&self, id: ArcId) -> &pn_pnml::DrawnArc {
        &self.pnml.arcs[id.index()]
    }

    /// All notes of a page with their ids.
    pub fn notes(&self, page: PageId) -> impl Iterator<Item = (NoteId, &Note)> {
        let notes = self.pnml.pages.get(page.index()).map_or(&[][..], |page| &page.notes);
        (0u32..).zip(notes).map(move |(index, note)| (NoteId { page, index }, note))
    }

    /// A note, if it is there.
    #[must_use]
    pub fn note(&self, id: NoteId) -> Option<&Note> {
        self.pnml.pages.get(id.page.index())?.notes.get(id.index as usize)
    }

    /// The first page.
    #[must_use]
    pub fn first_page(&self) -> PageId {
        PageId(0)
    }

    /// What people call a node: its name, or its identifier. A reference without a name is called
    /// like what stands behind it.
    #[must_use]
    pub fn title(&self, id: NodeId) -> &str {
        self.pnml.title(id)
    }

    /// What stands behind a node: itself, or what its references lead to. O(references).
    #[must_use]
    pub fn behind(&self, id: NodeId) -> NodeId {
        self.pnml.behind(id)
    }
}
