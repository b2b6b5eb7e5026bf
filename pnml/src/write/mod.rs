//! Writing PNML: UTF-8, ISO/IEC 15909-2, valid against the grammar of P/T nets.
//!
//! Elements stand in the order that the grammar wants everywhere: name, value, sections of tools,
//! graphics; nodes before arcs before inner pages. Foreign content stands word for word.

mod annotation;
mod drawing;
mod xml;

use crate::document::{Decoration, Document, DrawnArc, Foreign, Label, Node, NodeKind, PageId};
use crate::graphics::NodeGraphics;
use xml::Xml;

const PNML: &str = "http://www.pnml.org/version-2009/grammar/pnml";
const PTNET: &str = "http://www.pnml.org/version-2009/grammar/ptnet";

/// Writes a document as a PNML file. O(size).
///
/// Reading the result gives an equal document, if this one was read from a file or keeps to the
/// order that [`Document`] describes.
#[must_use]
pub fn write(document: &Document) -> String {
    let mut xml = Xml::new(256 + 160 * (document.nodes.len() + document.arcs.len()));
    xml.line();
    xml.tag("pnml");
    xml.attribute("xmlns", PNML);
    for (prefix, uri) in &document.namespaces {
        xml.attribute(&format!("xmlns:{prefix}"), uri);
    }
    xml.open();
    xml.line();
    xml.tag("net");
    xml.attribute("id", &document.id);
    xml.attribute("type", PTNET);
    xml.open();
    label(&mut xml, "name", document.name.as_ref());
    annotation::net(&mut xml, &document.annotation);
    foreign(&mut xml, &document.foreign);
    pages(&mut xml, document);
    xml.close("net");
    foreign(&mut xml, &document.others);
    xml.close("pnml");
    xml.finish()
}

/// What is left to write of the pages.
enum Step {
    Open(PageId),
    Close,
}

fn pages(xml: &mut Xml, document: &Document) {
    let count = document.pages.len();
    let mut inner: Vec<Vec<PageId>> = vec![Vec::new(); count];
    let mut steps = Vec::new();
    // From the last to the first, because the stack turns the order round.
    for (index, page) in document.pages.iter().enumerate().rev() {
        let id = PageId(u32::try_from(index).expect("a document has fewer than 2^32 pages"));
        match page.parent.filter(|parent| *parent < id) {
            Some(parent) => inner[parent.index()].push(id),
            None => steps.push(Step::Open(id)),
        }
    }
    let nodes = by_page(count, document.nodes.iter().map(|node| node.page));
    let arcs = by_page(count, document.arcs.iter().map(|arc| arc.page));
    while let Some(step) = steps.pop() {
        let Step::Open(id) = step else {
            xml.close("page");
            continue;
        };
        let page = &document.pages[id.index()];
        xml.line();
        xml.tag("page");
        xml.attribute("id", &page.id);
        xml.open();
        label(xml, "name", page.name.as_ref());
        annotation::page(xml, &page.notes);
        foreign(xml, &page.foreign);
        node_graphics(xml, page.graphics.as_deref());
        for index in &nodes[id.index()] {
            node(xml, document, &document.nodes[*index]);
        }
        for index in &arcs[id.index()] {
            arc(xml, document, &document.arcs[*index]);
        }
        steps.push(Step::Close);
        steps.extend(inner[id.index()].iter().copied().map(Step::Open));
    }
}

/// The indices of the elements of each page.
fn by_page(pages: usize, elements: impl Iterator<Item = PageId>) -> Vec<Vec<usize>> {
    let mut buckets = vec![Vec::new(); pages];
    for (index, page) in elements.enumerate() {
        buckets[page.index()].push(index);
    }
    buckets
}

fn node(xml: &mut Xml, document: &Document, node: &Node) {
    let (element, reference) = match &node.kind {
        NodeKind::Place { .. } => ("place", None),
        NodeKind::Transition { .. } => ("transition", None),
        NodeKind::ReferencePlace { to } => ("referencePlace", Some(to)),
        NodeKind::ReferenceTransition { to } => ("referenceTransition", Some(to)),
    };
    xml.line();
    xml.tag(element);
    xml.attribute("id", &node.id);
    xml.optional("ref", reference.map(|to| document.nodes[to.index()].id.as_str()));
    let bare = match &node.kind {
        NodeKind::Place { tokens, marking } => *tokens == 0 && marking.is_none(),
        NodeKind::Transition { annotation } => annotation.is_none(),
        NodeKind::ReferencePlace { .. } | NodeKind::ReferenceTransition { .. } => true,
    };
    if bare && !node.is_pinned && node.name.is_none() && node.graphics.is_none() && node.foreign.is_empty() {
        xml.empty();
        return;
    }
    xml.open();
    label(xml, "name", node.name.as_ref());
    match &node.kind {
        NodeKind::Place { tokens, marking } if *tokens > 0 || marking.is_some() => {
            value(xml, "initialMarking", *tokens, marking.as_deref());
        }
        _ => {}
    }
    let annotation = match &node.kind {
        NodeKind::Transition { annotation } => annotation.as_deref(),
        _ => None,
    };
    annotation::node(xml, node.is_pinned, annotation);
    foreign(xml, &node.foreign);
    node_graphics(xml, node.graphics.as_deref());
    xml.close(element);
}

fn arc(xml: &mut Xml, document: &Document, arc: &DrawnArc) {
    xml.line();
    xml.tag("arc");
    xml.attribute("id", &arc.id);
    xml.attribute("source", &document.nodes[arc.source.index()].id);
    xml.attribute("target", &document.nodes[arc.target.index()].id);
    let weighted = arc.weight != 1 || arc.inscription.is_some();
    if !weighted && arc.name.is_none() && arc.graphics.is_none() && arc.foreign.is_empty() {
        xml.empty();
        return;
    }
    xml.open();
    label(xml, "name", arc.name.as_deref());
    if weighted {
        value(xml, "inscription", arc.weight, arc.inscription.as_deref());
    }
    foreign(xml, &arc.foreign);
    if let Some(graphics) = &arc.graphics {
        drawing::arc(xml, graphics);
    }
    xml.close("arc");
}

fn node_graphics(xml: &mut Xml, graphics: Option<&NodeGraphics>) {
    if let Some(graphics) = graphics {
        drawing::node(xml, graphics);
    }
}

fn label(xml: &mut Xml, element: &str, label: Option<&Label>) {
    if let Some(Label { text, decoration: rest }) = label {
        xml.line();
        xml.tag(element);
        xml.begin();
        xml.tag("text");
        xml.begin();
        xml.text(text);
        xml.end("text");
        decoration(xml, rest.as_deref());
        xml.end(element);
    }
}

fn value(xml: &mut Xml, element: &str, value: u64, rest: Option<&Decoration>) {
    xml.line();
    xml.tag(element);
    xml.begin();
    xml.tag("text");
    xml.begin();
    xml.raw(&value.to_string());
    xml.end("text");
    decoration(xml, rest);
    xml.end(element);
}

fn decoration(xml: &mut Xml, decoration: Option<&Decoration>) {
    let Some(decoration) = decoration else { return };
    if let Some(graphics) = &decoration.graphics {
        drawing::label(xml, graphics);
    }
    for element in &decoration.foreign {
        xml.raw(&element.xml);
    }
}

fn foreign(xml: &mut Xml, elements: &[Foreign]) {
    for element in elements {
        xml.line();
        xml.raw(&element.xml);
    }
}
