//! Reading nets, pages, nodes and arcs.

use super::annotation;
use super::attributes::Attribute;
use super::cursor::{Cursor, Element, Stop, shortened};
use super::drawing;
use super::label::{self, Least};
use super::meaning::{NetType, changes_behaviour, is_ordinary, net_type};
use super::symbols::{Meaning, Symbol, Symbols};
use crate::diagnostic::{Diagnostics, Problem, Severity};
use crate::document::{Document, DrawnArc, Foreign, Label, Node, NodeId, NodeKind, Page, PageId};
use crate::graphics::NodeGraphics;
use compact_str::CompactString;
use pn_deployment::annotation::TransitionAnnotation;
use pn_logic::Span;
use std::borrow::Cow;

/// Reads a whole file.
pub(super) fn file(cursor: Cursor<'_>) -> (Option<Document>, Diagnostics) {
    // Few elements are shorter than this; room that stays unused is never touched.
    let elements = cursor.length() / 96;
    let mut reader = NetReader {
        symbols: Symbols::with_capacity(elements),
        cursor,
        document: Document { arcs: Vec::with_capacity(elements), ..Document::default() },
        ends: Vec::with_capacity(elements),
        references: Vec::new(),
        renamed: Vec::new(),
        net_span: Span::default(),
        loose_page: None,
        odd_id_seen: false,
    };
    let read = reader.file();
    let document = match read {
        // What is missing after a break-off is not known to be missing.
        Err(Stop) => None,
        Ok(Found::Nothing) => None,
        Ok(Found::Net) => {
            reader.resolve();
            reader.document.arcs.shrink_to_fit();
            Some(reader.document)
        }
    };
    (document, reader.cursor.diagnostics)
}

enum Found {
    Net,
    Nothing,
}

/// The ends of an arc as identifiers.
pub(super) struct Ends {
    pub(super) source: Symbol,
    pub(super) target: Symbol,
    /// Where the two identifiers stand.
    pub(super) source_start: u32,
    pub(super) target_start: u32,
}

pub(super) struct NetReader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) symbols: Symbols<'a>,
    pub(super) document: Document,
    /// Beside the document's arcs: what they join.
    pub(super) ends: Vec<Ends>,
    /// The reference nodes: which node, what it refers to, where it says so.
    pub(super) references: Vec<(NodeId, Symbol, Span)>,
    /// Identifiers of nodes that an arc, a page or the net had before.
    pub(super) renamed: Vec<Symbol>,
    /// The start tag of the net.
    pub(super) net_span: Span,
    /// The page of the nodes that stand on none.
    loose_page: Option<PageId>,
    odd_id_seen: bool,
}

/// What places, transitions, references, pages and nets have in common.
#[derive(Default)]
struct Common {
    name: Option<Label>,
    graphics: Option<Box<NodeGraphics>>,
    is_pinned: bool,
    foreign: Vec<Foreign>,
}

impl<'a> NetReader<'a> {
    fn file(&mut self) -> Result<Found, Stop> {
        let Some(root) = self.cursor.root()? else {
            self.cursor.error(Problem::NoNet, Span::default());
            return Ok(Found::Nothing);
        };
        if root.name != "pnml" {
            self.cursor.error(Problem::NotPnml(format!("<{}>", shortened(root.name))), root.span);
            return Err(Stop);
        }
        let [] = self.cursor.attributes(&root, [], |_, _| {});
        self.document.namespaces = self.cursor.take_prefixes();
        let mut found = Found::Nothing;
        while let Some(child) = self.cursor.child()? {
            if child.name == "net" && matches!(found, Found::Nothing) {
                found = Found::Net;
                self.net(&child)?;
                continue;
            }
            if child.name != "net" {
                self.warn_unknown_label(&root, &child);
            }
            let other = self.cursor.foreign(&child)?;
            self.document.others.push(other);
        }
        if matches!(found, Found::Nothing) {
            self.cursor.error(Problem::NoNet, root.span);
        }
        self.cursor.finish()?;
        Ok(found)
    }

    fn net(&mut self, element: &Element<'a>) -> Result<(), Stop> {
        self.net_span = element.span;
        let [id, kind] = self.attributes(element, ["id", "type"]);
        let uri = kind.map(|kind| (self.cursor.value(&kind), kind.span));
        match &uri {
            None => {
                let problem = Problem::MissingAttribute { element: "net".to_owned(), attribute: "type" };
                self.cursor.warning(problem, element.span);
            }
            Some((uri, span)) => match net_type(uri.trim_ascii()) {
                NetType::Exact => {}
                NetType::Loose => self.cursor.warning(Problem::LooseNetType(shortened(uri)), *span),
                NetType::Coloured => {
                    let kind = uri.rsplit('/').next().unwrap_or_default();
                    self.cursor.error(Problem::Coloured(shortened(kind)), *span);
                    return Err(Stop);
                }
                NetType::Unknown => {
                    self.cursor.error(Problem::UnknownNetType(shortened(uri)), *span);
                    return Err(Stop);
                }
            },
        }
        self.document.id = self.other_id(element, id);
        let mut common = Common::default();
        self.contents(element, None, &mut common)?;
        self.document.name = common.name;
        self.document.foreign = common.foreign;
        Ok(())
    }

    /// Reads what a net or a page holds.
    fn contents(
        &mut self,
        element: &Element<'a>,
        page: Option<PageId>,
        common: &mut Common,
    ) -> Result<(), Stop> {
        while let Some(child) = self.cursor.child()? {
            match child.name {
                "page" => self.page(&child, page)?,
                "place" => {
                    let page = self.page_of(page, &child);
                    self.place(&child, page)?;
                }
                "transition" => {
                    let page = self.page_of(page, &child);
                    self.transition(&child, page)?;
                }
                "arc" => {
                    let page = self.page_of(page, &child);
                    self.arc(&child, page)?;
                }
                "referencePlace" | "referenceTransition" => {
                    let page = self.page_of(page, &child);
                    self.reference(&child, page)?;
                }
                "toolspecific" if self.is_ours(&child) => {
                    self.cursor.element_in_text = Severity::Error;
                    match page {
                        None => annotation::net(&mut self.cursor, &child, &mut self.document.annotation)?,
                        Some(page) => {
                            let notes = &mut self.document.pages[page.index()].notes;
                            annotation::page(&mut self.cursor, &child, notes)?;
                        }
                    }
                    self.cursor.element_in_text = Severity::Warning;
                }
                _ => self.common(element, &child, common)?,
            }
        }
        Ok(())
    }

    fn page_of(&mut self, page: Option<PageId>, child: &Element<'a>) -> PageId {
        if let Some(page) = page.or(self.loose_page) {
            return page;
        }
        let problem = Problem::Legacy("nodes and arcs stand outside of any page; they are put on one");
        self.cursor.warning_once(problem, child.span);
        let page = self.add_page(CompactString::default(), None);
        self.loose_page = Some(page);
        page
    }

    fn add_page(&mut self, id: CompactString, parent: Option<PageId>) -> PageId {
        let index =
            u32::try_from(self.document.pages.len()).expect("a file of less than 4 GiB has fewer pages");
        self.document.pages.push(Page::new(id, parent));
        PageId(index)
    }

    fn page(&mut self, element: &Element<'a>, parent: Option<PageId>) -> Result<(), Stop> {
        let [id] = self.attributes(element, ["id"]);
        let id = self.other_id(element, id);
        let page = self.add_page(id, parent);
        let mut common = Common::default();
        self.contents(element, Some(page), &mut common)?;
        let page = &mut self.document.pages[page.index()];
        page.name = common.name;
        page.graphics = common.graphics;
        page.foreign = common.foreign;
        Ok(())
    }

    fn place(&mut self, element: &Element<'a>, page: PageId) -> Result<(), Stop> {
        let [id, attribute] = self.attributes(element, ["id", "initialMarking"]);
        if let Some(attribute) = attribute {
            let problem = "the attribute `initialMarking` (TAPAAL's own format)".to_owned();
            self.cursor.diagnostics.error_once(Problem::UnsupportedMeaning(problem), attribute.span);
        }
        let mut common = Common::default();
        let (mut marking, mut pin) = (None, None);
        while let Some(child) = self.cursor.child()? {
            if child.name == "initialMarking" {
                let number = label::number(&mut self.cursor, &child, Least::Zero)?;
                self.once(element, &child, &mut marking, number);
            } else if child.name == "toolspecific" && self.is_ours(&child) {
                self.pin(element, &child, &mut pin)?;
            } else {
                self.common(element, &child, &mut common)?;
            }
        }
        let (tokens, marking) = marking.unwrap_or_default();
        common.is_pinned = pin.is_some();
        self.add_node(element, id, page, NodeKind::Place { tokens, marking }, common);
        Ok(())
    }

    fn transition(&mut self, element: &Element<'a>, page: PageId) -> Result<(), Stop> {
        let [id] = self.attributes(element, ["id"]);
        let mut common = Common::default();
        let mut annotation: Option<(Option<TransitionAnnotation>, bool)> = None;
        while let Some(child) = self.cursor.child()? {
            if child.name == "toolspecific" && self.is_ours(&child) {
                self.cursor.element_in_text = Severity::Error;
                let read = annotation::transition(&mut self.cursor, &child)?;
                self.cursor.element_in_text = Severity::Warning;
                self.once(element, &child, &mut annotation, read);
            } else {
                self.common(element, &child, &mut common)?;
            }
        }
        let (annotation, is_pinned) = annotation.unwrap_or_default();
        common.is_pinned = is_pinned;
        let annotation = annotation.map(Box::new);
        self.add_node(element, id, page, NodeKind::Transition { annotation }, common);
        Ok(())
    }

    /// Reads our own section of a node that can only be pinned.
    fn pin(
        &mut self,
        element: &Element<'a>,
        section: &Element<'a>,
        pin: &mut Option<()>,
    ) -> Result<(), Stop> {
        self.cursor.element_in_text = Severity::Error;
        annotation::pin(&mut self.cursor, element, section)?;
        self.cursor.element_in_text = Severity::Warning;
        self.once(element, section, pin, ());
        Ok(())
    }

    fn reference(&mut self, element: &Element<'a>, page: PageId) -> Result<(), Stop> {
        let [id, reference] = self.attributes(element, ["id", "ref"]);
        let mut common = Common::default();
        let mut pin = None;
        while let Some(child) = self.cursor.child()? {
            if child.name == "toolspecific" && self.is_ours(&child) {
                self.pin(element, &child, &mut pin)?;
            } else {
                self.common(element, &child, &mut common)?;
            }
        }
        common.is_pinned = pin.is_some();
        let to = NodeId(u32::MAX);
        let kind = match element.name {
            "referencePlace" => NodeKind::ReferencePlace { to },
            _ => NodeKind::ReferenceTransition { to },
        };
        let node = self.add_node(element, id, page, kind, common);
        let target = self.endpoint(element, "ref", reference);
        if let (Some(node), Some((target, span))) = (node, target) {
            self.references.push((node, target, span));
        }
        Ok(())
    }

    fn arc(&mut self, element: &Element<'a>, page: PageId) -> Result<(), Stop> {
        let [id, source, target, kind] = self.attributes(element, ["id", "source", "target", "type"]);
        let source = self.endpoint(element, "source", source);
        let target = self.endpoint(element, "target", target);
        if let Some(kind) = kind
            && !is_ordinary(kind.raw)
        {
            self.cursor.error(Problem::UnsupportedArc(shortened(kind.raw)), kind.span);
        }
        let mut common = Common::default();
        let (mut graphics, mut inscription) = (None, None);
        while let Some(child) = self.cursor.child()? {
            match child.name {
                "inscription" => {
                    let number = label::number(&mut self.cursor, &child, Least::One)?;
                    self.once(element, &child, &mut inscription, number);
                }
                "graphics" => {
                    let drawn = drawing::arc(&mut self.cursor, &child)?;
                    graphics = graphics.or(drawn);
                }
                _ => self.common(element, &child, &mut common)?,
            }
        }
        let (weight, inscription) = inscription.unwrap_or((1, None));
        let (Some((source, source_span)), Some((target, target_span))) = (source, target) else {
            return Ok(());
        };
        let id = id.map_or_else(CompactString::default, |id| self.define(element, &id, Meaning::Other));
        let offset = |span: Span| u32::try_from(span.start).expect("files are smaller than 4 GiB");
        let (source_start, target_start) = (offset(source_span), offset(target_span));
        self.ends.push(Ends { source, target, source_start, target_start });
        self.document.arcs.push(DrawnArc {
            id,
            page,
            source: NodeId(u32::MAX),
            target: NodeId(u32::MAX),
            weight,
            inscription,
            name: common.name.map(Box::new),
            graphics,
            foreign: common.foreign,
        });
        Ok(())
    }

    /// Reads a child that several kinds of elements may have, or an unknown one.
    fn common(&mut self, parent: &Element<'a>, child: &Element<'a>, common: &mut Common) -> Result<(), Stop> {
        match child.name {
            "name" if common.name.is_none() => common.name = Some(label::name(&mut self.cursor, child)?),
            "graphics" if common.graphics.is_none() => {
                common.graphics = drawing::node(&mut self.cursor, child)?;
            }
            "name" | "graphics" => {
                let (element, found) = (parent.name.to_owned(), child.name.to_owned());
                self.cursor.warning(Problem::Repeated { element, found }, child.span);
                self.cursor.skip(child)?;
            }
            "toolspecific" => {
                if self.is_ours(child) {
                    self.cursor.error(Problem::MisplacedAnnotation(parent.name.to_owned()), child.span);
                }
                common.foreign.push(self.cursor.foreign(child)?);
            }
            _ => {
                let kept = self.cursor.foreign(child)?;
                match changes_behaviour(parent, child, &kept) {
                    Some(problem) => self.cursor.diagnostics.error_once(problem, child.span),
                    None => self.warn_unknown_label(parent, child),
                }
                common.foreign.push(kept);
            }
        }
        Ok(())
    }

    fn warn_unknown_label(&mut self, parent: &Element<'a>, child: &Element<'a>) {
        let (element, label) = (parent.name.to_owned(), shortened(child.name));
        self.cursor.warning_once(Problem::UnknownLabel { element, label }, child.span);
    }

    fn once<T>(&mut self, parent: &Element<'a>, child: &Element<'a>, slot: &mut Option<T>, value: T) {
        if slot.is_some() {
            let (element, found) = (parent.name.to_owned(), child.name.to_owned());
            self.cursor.error(Problem::Repeated { element, found }, child.span);
        }
        *slot = Some(value);
    }

    /// Whether a `toolspecific` element is our own. One of another version is reported.
    fn is_ours(&mut self, element: &Element<'a>) -> bool {
        let find = |name| element.attributes().flatten().find(|attribute| attribute.name == name);
        if find("tool").is_none_or(|tool| tool.raw != "pn") {
            return false;
        }
        if let Some(version) = find("version").filter(|version| version.raw != "1") {
            self.cursor.error(Problem::AnnotationVersion(shortened(version.raw)), version.span);
        }
        true
    }

    fn attributes<const N: usize>(
        &mut self,
        element: &Element<'a>,
        names: [&str; N],
    ) -> [Option<Attribute<'a>>; N] {
        self.cursor.attributes(element, names, |cursor, attribute| {
            let (element, attribute_name) = (element.name.to_owned(), shortened(attribute.name));
            let problem = Problem::UnknownAttribute { element, attribute: attribute_name };
            cursor.warning_once(problem, attribute.span);
        })
    }

    fn identifier(&mut self, attribute: &Attribute<'a>) -> Cow<'a, str> {
        match self.cursor.value(attribute) {
            Cow::Borrowed(id) => Cow::Borrowed(id.trim_ascii()),
            Cow::Owned(id) => Cow::Owned(id.trim_ascii().to_owned()),
        }
    }

    fn add_node(
        &mut self,
        element: &Element<'a>,
        id: Option<Attribute<'a>>,
        page: PageId,
        kind: NodeKind,
        common: Common,
    ) -> Option<NodeId> {
        let Some(id) = id.filter(|id| !id.raw.trim_ascii().is_empty()) else {
            let problem = Problem::MissingAttribute { element: element.name.to_owned(), attribute: "id" };
            self.cursor.error(problem, element.span);
            return None;
        };
        let index =
            u32::try_from(self.document.nodes.len()).expect("a file of less than 4 GiB has fewer nodes");
        let node = NodeId(index);
        let id = self.define(element, &id, Meaning::Node(node));
        let Common { name, graphics, is_pinned, foreign } = common;
        self.document.nodes.push(Node { id, page, kind, name, graphics, is_pinned, foreign });
        Some(node)
    }

    /// The identifier of a net or page. One that is missing is made up at the end.
    fn other_id(&mut self, element: &Element<'a>, id: Option<Attribute<'a>>) -> CompactString {
        match id {
            Some(id) => self.define(element, &id, Meaning::Other),
            None => {
                let problem = Problem::MissingAttribute { element: element.name.to_owned(), attribute: "id" };
                self.cursor.warning(problem, element.span);
                CompactString::default()
            }
        }
    }

    /// Notes what an identifier stands for and returns it; empty if the element gets another.
    fn define(
        &mut self,
        element: &Element<'a>,
        attribute: &Attribute<'a>,
        meaning: Meaning,
    ) -> CompactString {
        let id = self.identifier(attribute);
        let compact = CompactString::from(&*id);
        if !self.odd_id_seen && !is_xml_name(&id) {
            self.odd_id_seen = true;
            self.cursor.warning(Problem::OddId(shortened(&id)), attribute.span);
        }
        let symbol = self.symbols.intern(id);
        if let Some((earlier, first)) = self.symbols.define(symbol, meaning, attribute.span) {
            let id = shortened(&compact);
            match (earlier, meaning) {
                (Meaning::Node(_), Meaning::Node(_)) => {
                    self.cursor.error(Problem::RepeatedId { id, first }, attribute.span);
                }
                (Meaning::Other, Meaning::Node(_)) => {
                    // Arcs mean nodes; nothing refers to a page, an arc or the net.
                    self.symbols.redefine(symbol, meaning);
                    self.renamed.push(symbol);
                    let problem = Problem::RenamedId { id, element: "arc or page".to_owned(), first };
                    self.cursor.warning(problem, first);
                }
                _ => {
                    let problem = Problem::RenamedId { id, element: element.name.to_owned(), first };
                    self.cursor.warning(problem, attribute.span);
                    return CompactString::default();
                }
            }
        }
        compact
    }

    fn endpoint(
        &mut self,
        element: &Element<'a>,
        name: &'static str,
        attribute: Option<Attribute<'a>>,
    ) -> Option<(Symbol, Span)> {
        let Some(attribute) = attribute else {
            let problem = Problem::MissingAttribute { element: element.name.to_owned(), attribute: name };
            self.cursor.error(problem, element.span);
            return None;
        };
        let id = self.identifier(&attribute);
        Some((self.symbols.intern(id), attribute.span))
    }
}

/// Whether `text` is an XML name without a colon, as the type ID wants it. Letters beyond ASCII
/// are taken as Unicode sees them.
pub(crate) fn is_xml_name(text: &str) -> bool {
    let mut chars = text.chars();
    let starts = |c: char| c.is_alphabetic() || c == '_';
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{B7}');
    chars.next().is_some_and(starts) && chars.all(continues)
}
