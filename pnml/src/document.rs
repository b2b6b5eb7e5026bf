//! The document: everything that a PNML file says, as plain data.
//!
//! A document holds one net with its pages, nodes and arcs in flat tables that refer to each
//! other by index, so that a dangling reference cannot be written down. Whatever the toolkit does
//! not understand is kept word for word at its node ([`Foreign`]).
//!
//! Pages stand before the pages inside them; nodes and arcs stand in the order of their pages,
//! and within a page in file order. The reader establishes this order, the writer needs it only
//! to give the same document back.

use crate::graphics::{ArcGraphics, LabelGraphics, NodeGraphics};
use crate::note::Note;
use compact_str::CompactString;
use pn_deployment::annotation::{NetAnnotation, TransitionAnnotation};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The index, counted from 0.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A page, by its index in [`Document::pages`].
    PageId
);
index!(
    /// A node, by its index in [`Document::nodes`].
    NodeId
);

/// A place/transition net as a PNML file holds it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Document {
    /// Namespace prefixes of the file and what they stand for; foreign content may use them.
    pub namespaces: Vec<(String, String)>,
    /// The identifier of the net.
    pub id: CompactString,
    /// The name of the net.
    pub name: Option<Label>,
    /// What our own section says about the net as a whole.
    pub annotation: NetAnnotation,
    /// Other tools' sections and unknown labels of the net.
    pub foreign: Vec<Foreign>,
    /// The pages; a page stands behind the page that holds it. PNML wants at least one.
    pub pages: Vec<Page>,
    /// Places, transitions and references to them.
    pub nodes: Vec<Node>,
    /// The arcs.
    pub arcs: Vec<DrawnArc>,
    /// Further nets of the file, word for word.
    pub others: Vec<Foreign>,
}

/// A page: a sheet of the drawing, without meaning of its own.
#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    /// Its identifier.
    pub id: CompactString,
    /// The page that holds it; `None` for a page of the net itself.
    pub parent: Option<PageId>,
    /// Its name.
    pub name: Option<Label>,
    /// How it is drawn on the page that holds it.
    pub graphics: Option<Box<NodeGraphics>>,
    /// Free text on it, from back to front.
    pub notes: Vec<Note>,
    /// Other tools' sections and unknown labels.
    pub foreign: Vec<Foreign>,
}

impl Page {
    /// A page with nothing on it.
    pub fn new(id: impl Into<CompactString>, parent: Option<PageId>) -> Self {
        Self { id: id.into(), parent, name: None, graphics: None, notes: Vec::new(), foreign: Vec::new() }
    }
}

/// A place, a transition, or a reference to one.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Its identifier: what formulas, traces and reports call it.
    pub id: CompactString,
    /// The page on which it stands.
    pub page: PageId,
    /// What it is.
    pub kind: NodeKind,
    /// Its name, for people.
    pub name: Option<Label>,
    /// How it is drawn.
    pub graphics: Option<Box<NodeGraphics>>,
    /// Whether layouts leave it where it is.
    pub is_pinned: bool,
    /// Other tools' sections and unknown labels.
    pub foreign: Vec<Foreign>,
}

/// What a node is.
#[derive(Clone, PartialEq, Debug)]
pub enum NodeKind {
    /// A place.
    Place {
        /// Its tokens in the initial marking.
        tokens: u64,
        /// What the label of the initial marking carries beside the number.
        marking: Option<Box<Decoration>>,
    },
    /// A transition.
    Transition {
        /// What our own section says about it.
        annotation: Option<Box<TransitionAnnotation>>,
    },
    /// Another appearance of a place, maybe of another page.
    ReferencePlace {
        /// A place or a reference to one.
        to: NodeId,
    },
    /// Another appearance of a transition, maybe of another page.
    ReferenceTransition {
        /// A transition or a reference to one.
        to: NodeId,
    },
}

impl NodeKind {
    /// Whether this is a place or a reference to one.
    #[must_use]
    pub const fn is_placelike(&self) -> bool {
        matches!(self, Self::Place { .. } | Self::ReferencePlace { .. })
    }
}

/// An arc, as drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct DrawnArc {
    /// Its identifier.
    pub id: CompactString,
    /// The page on which it stands.
    pub page: PageId,
    /// Where it starts.
    pub source: NodeId,
    /// Where it ends.
    pub target: NodeId,
    /// Its weight, at least 1.
    pub weight: u64,
    /// What the inscription carries beside the number.
    pub inscription: Option<Box<Decoration>>,
    /// Its name.
    pub name: Option<Box<Label>>,
    /// How it is drawn.
    pub graphics: Option<Box<ArcGraphics>>,
    /// Other tools' sections and unknown labels.
    pub foreign: Vec<Foreign>,
}

/// A text label.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Label {
    /// The text.
    pub text: CompactString,
    /// What it carries beside the text.
    pub decoration: Option<Box<Decoration>>,
}

impl Label {
    /// A label of mere text.
    pub fn new(text: impl Into<CompactString>) -> Self {
        Self { text: text.into(), decoration: None }
    }
}

/// What a label carries beside its value.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decoration {
    /// How it is drawn.
    pub graphics: Option<LabelGraphics>,
    /// Other tools' sections and unknown elements.
    pub foreign: Vec<Foreign>,
}

/// An XML element that means nothing to us, word for word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foreign {
    /// The element from `<` to `>`.
    pub xml: Box<str>,
    /// The value of `tool`, if the element is a `toolspecific` one.
    pub tool: Option<CompactString>,
}
