//! From a net to a document without graphics, so that computed nets can be written.

use crate::diagnostic::Problem;
use crate::document::{Document, DrawnArc, Foreign, Label, Node, NodeId, NodeKind, Page, PageId};
use compact_str::{CompactString, format_compact};
use hashbrown::HashSet;
use pn_deployment::annotation::{NetAnnotation, TransitionAnnotation};
use pn_net::{Net, Nupn, TransitionId};
use std::fmt::Write;

impl Document {
    /// A document of one page that draws `net`: the places, then the transitions, in order.
    /// [`Document::net`] of it equals `net`, but for the net's own name if that is taken by a node
    /// or cannot be written. O(nodes + arcs).
    ///
    /// # Errors
    ///
    /// When a place and a transition share an identifier, or an identifier cannot stand in an XML
    /// attribute: it is empty, begins or ends with a blank, or holds a control character.
    pub fn from_net(net: &Net) -> Result<Self, Problem> {
        let mut taken = HashSet::new();
        let mut nodes = Vec::with_capacity(net.place_count() + net.transition_count());
        let page = PageId(0);
        for place in net.places() {
            let (tokens, marking) = (net.initial().tokens(place), None);
            let kind = NodeKind::Place { tokens, marking };
            nodes.push(node(net.place_name(place), net.place_label(place), page, kind));
        }
        for transition in net.transitions() {
            let kind = NodeKind::Transition { annotation: None };
            nodes.push(node(net.transition_name(transition), net.transition_label(transition), page, kind));
        }
        let lists = net.nupn().is_some();
        for node in &nodes {
            if !is_writable(&node.id) || lists && node.id.contains(char::is_whitespace) {
                return Err(Problem::UnwritableId(node.id.to_string()));
            }
            if !taken.insert(node.id.clone()) {
                return Err(Problem::SharedId(node.id.to_string()));
            }
        }
        let mut fresh = |stem: &str| fresh(&mut taken, stem);
        let id = fresh(if is_writable(net.name()) { net.name() } else { "net" });
        let page_id = fresh("page");
        let mut arc_stem = CompactString::from("arc");
        while taken.iter().any(|id| id.starts_with(arc_stem.as_str())) {
            arc_stem.push('_');
        }
        let mut document = Self {
            id,
            pages: vec![Page::new(page_id, None)],
            nodes,
            arcs: Vec::with_capacity(net.arc_count()),
            ..Self::default()
        };
        document.draw_arcs(net, &arc_stem);
        if let Some(nupn) = net.nupn() {
            document.pages[0].foreign.push(units(net, nupn));
        }
        Ok(document)
    }

    fn draw_arcs(&mut self, net: &Net, stem: &str) {
        let index = |index: usize| NodeId(u32::try_from(index).expect("a net has fewer than 2^32 nodes"));
        for transition in net.transitions() {
            let here = index(net.place_count() + transition.index());
            let inputs = net.pre(transition).map(|(place, weight)| (index(place.index()), here, weight));
            let outputs = net.post(transition).map(|(place, weight)| (here, index(place.index()), weight));
            for (source, target, weight) in inputs.chain(outputs) {
                let id = format_compact!("{stem}{}", self.arcs.len());
                self.arcs.push(DrawnArc {
                    id,
                    page: PageId(0),
                    source,
                    target,
                    weight,
                    inscription: None,
                    name: None,
                    graphics: None,
                    foreign: Vec::new(),
                });
            }
        }
    }

    /// The document with these annotations instead of its own; the transitions are numbered as in
    /// [`Document::net`].
    #[must_use]
    pub fn with_annotations(
        mut self,
        net: NetAnnotation,
        transitions: impl IntoIterator<Item = (TransitionId, TransitionAnnotation)>,
    ) -> Self {
        self.annotation = net;
        let mut slots: Vec<_> = self
            .nodes
            .iter_mut()
            .filter_map(|node| match &mut node.kind {
                NodeKind::Transition { annotation } => {
                    *annotation = None;
                    Some(annotation)
                }
                _ => None,
            })
            .collect();
        for (transition, annotation) in transitions {
            if let Some(slot) = slots.get_mut(transition.index()) {
                **slot = Some(Box::new(annotation));
            }
        }
        self
    }
}

fn node(id: &str, label: &str, page: PageId, kind: NodeKind) -> Node {
    Node {
        id: id.into(),
        page,
        kind,
        name: Some(Label::new(label)),
        graphics: None,
        is_pinned: false,
        foreign: Vec::new(),
    }
}

fn is_writable(id: &str) -> bool {
    !id.is_empty()
        && id.trim_ascii() == id
        && !id.contains(|c: char| c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}')
}

/// An identifier that is not taken; now it is.
fn fresh(taken: &mut HashSet<CompactString>, stem: &str) -> CompactString {
    let mut id = CompactString::from(stem);
    while !taken.insert(id.clone()) {
        id.push('_');
    }
    id
}

/// The section for nested units.
fn units(net: &Net, nupn: &Nupn) -> Foreign {
    let mut xml = String::from("<toolspecific tool=\"nupn\" version=\"1.1\">");
    let (places, transitions, arcs) = (net.place_count(), net.transition_count(), net.arc_count());
    let root = &nupn.units[nupn.root].id;
    let (count, safe) = (nupn.units.len(), nupn.claims_safe);
    write!(
        xml,
        "<size places=\"{places}\" transitions=\"{transitions}\" arcs=\"{arcs}\"/>\n\
         <structure units=\"{count}\" root=\"{}\" safe=\"{safe}\">",
        escaped(root)
    )
    .expect("writing to a string succeeds");
    for unit in &nupn.units {
        let places: Vec<&str> = unit.places.iter().map(|place| net.place_name(*place)).collect();
        let subunits: Vec<&str> = unit.subunits.iter().map(|index| nupn.units[*index].id.as_str()).collect();
        write!(
            xml,
            "\n<unit id=\"{}\"><places>{}</places><subunits>{}</subunits></unit>",
            escaped(&unit.id),
            escaped(&places.join(" ")),
            escaped(&subunits.join(" "))
        )
        .expect("writing to a string succeeds");
    }
    xml.push_str("\n</structure></toolspecific>");
    Foreign { xml: xml.into(), tool: Some("nupn".into()) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
