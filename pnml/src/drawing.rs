//! A net as shapes on paper, at the positions that its file gives: what every picture is made of.
//!
//! Places are circles with their tokens, transitions bars in the colour of their kind, arcs lines
//! through their bend points. Node names are wrapped and stand where their offsets lead
//! ([`crate::placement`]), else places' below and transitions' above. Which marks a format makes for
//! a shape is its own affair ([`crate::svg`], [`crate::pdf`], [`crate::tikz`]).

use crate::graphics::Point;
use crate::note::{FONT, LINE, Note, PADDING};
use crate::pages::{SHEET_FOLD, SHEET_HALF_HEIGHT, SHEET_HALF_WIDTH};
use crate::placement::{self, Half};
use crate::{Document, DrawnArc, Node, NodeId, NodeKind, PageId};
use pn_deployment::annotation::KindText;

/// The radius of a place.
pub(crate) const RADIUS: f64 = 15.0;
/// The radius of a token.
pub(crate) const TOKEN: f64 = 3.5;
const HALF_WIDTH: f64 = 6.0;
const HALF_HEIGHT: f64 = 16.0;
const MARGIN: f64 = 55.0;
const LINE_HEIGHT: f64 = 10.0;
/// About the mean width of a letter of a name.
const LETTER: f64 = 4.8;
/// How far the base line of the first line of a name lies below the top of the name.
const ASCENT: f64 = 8.0;
/// Names are broken into lines of at most this many characters, where they have a gap.
const LINE_LENGTH: usize = 15;

/// The colours of a note: its inside and its edge.
pub(crate) const PAPER: &str = "#fff8d6";
pub(crate) const EDGE: &str = "#d9c774";

/// What a transition is drawn as: its colour and its word in the legend.
const KINDS: [(&str, &str); 10] = [
    ("#3d4450", "control"),
    ("#1f6feb", "action"),
    ("#2a9d8f", "outcome"),
    ("#8250df", "timer"),
    ("#e08600", "approval"),
    ("#57892b", "event"),
    ("#c93c37", "undo"),
    ("#9a6ee0", "retry"),
    ("#8b5a2b", "drift"),
    ("#1b8a9e", "refresh"),
];

/// Why a net cannot be drawn.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DrawError {
    /// A node without a position.
    #[error("`{0}` has no position")]
    NoPosition(String),
    /// Several pages, each with coordinates of its own, and it was not said which one.
    #[error("only nets of one page can be drawn")]
    SeveralPages,
}

/// A drawing: its edges, and what is on it, from back to front.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Drawing {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) shapes: Vec<Shape>,
}

/// Something on a drawing.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Shape {
    /// An arc through these points, with a head at the last.
    Arc(Vec<Point>),
    /// The weight of an arc, on a bright ground.
    Weight(Point, u64),
    /// A place.
    Place(Point),
    /// A reference to a place.
    ReferencePlace(Point),
    /// A token.
    Token(Point),
    /// A number of tokens; the point is that of the base line.
    Count(Point, u64),
    /// The bar of a transition: its corner, its size, its colour.
    Bar { corner: Point, width: f64, height: f64, color: &'static str },
    /// A line of a name, centred on the point of its base line, on a bright ground.
    Name(Point, String),
    /// A colour of the legend.
    Swatch { corner: Point, width: f64, height: f64, color: &'static str },
    /// A word of the legend, which begins at the point.
    Word(Point, &'static str),
    /// The paper of a note.
    Paper { corner: Point, width: f64, height: f64 },
    /// A line of a note, which begins at the point.
    Text(Point, String),
    /// The symbol of a page: an outline, and the corner that is folded over.
    Sheet { outline: [Point; 5], fold: [Point; 3] },
}

/// The page of a document that has but one.
pub(crate) fn only_page(document: &Document) -> Result<PageId, DrawError> {
    match document.pages.len() {
        0 | 1 => Ok(PageId(0)),
        _ => Err(DrawError::SeveralPages),
    }
}

/// The drawing of a page of the net in `document`. O(size).
pub(crate) fn drawing(document: &Document, page: PageId) -> Result<Drawing, DrawError> {
    let nodes: Vec<NodeId> = {
        let on_page = document.nodes_on(&(page.0..page.0 + 1));
        (on_page.start.0..on_page.end.0).map(NodeId).collect()
    };
    let arcs = || document.arcs.iter().filter(|arc| arc.page == page);
    let at = |id: NodeId| centre(&document.nodes[id.index()]);
    let centres = nodes.iter().map(|id| at(*id)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<Name> = nodes.iter().zip(&centres).map(|(id, at)| name(document, *id, *at)).collect();
    let symbols = document.symbols(page);
    let bends = arcs().flat_map(bends);
    let apart = names.iter().filter(|name| name.stands == Stands::Apart).map(|name| &name.middle);
    let notes = || document.pages.get(page.index()).into_iter().flat_map(|page| &page.notes);
    let corners: Vec<Point> = notes().flat_map(corners).collect();
    let sheets = symbols.iter().map(|(_, at)| at);
    let points =
        || centres.iter().chain(bends.clone()).chain(apart.clone()).chain(&corners).chain(sheets.clone());
    let least = |of: fn(&Point) -> f64| points().map(of).fold(f64::INFINITY, f64::min) - MARGIN;
    let most = |of: fn(&Point) -> f64| points().map(of).fold(f64::NEG_INFINITY, f64::max) + MARGIN;
    let entries = legend_entries(nodes.iter().map(|id| &document.nodes[id.index()]));
    let (left, top, right) = (least(|p| p.x), least(|p| p.y), most(|p| p.x).max(right_of_legend(&entries)));
    let bottom = most(|p| p.y);
    let mut shapes = Vec::new();
    notes().for_each(|note| draw_note(&mut shapes, note));
    for arc in arcs() {
        draw_arc(&mut shapes, document, [at(arc.source)?, at(arc.target)?], arc);
    }
    for ((id, centre), name) in nodes.iter().zip(&centres).zip(names) {
        draw_node(&mut shapes, &document.nodes[id.index()], *centre);
        draw_name(&mut shapes, name);
    }
    for (id, centre) in symbols {
        draw_symbol(&mut shapes, document, id, centre);
    }
    legend(&mut shapes, entries, left + 20.0, bottom + 6.0);
    Ok(Drawing { left, top, width: right - left, height: bottom - top + 20.0, shapes })
}

fn centre(node: &Node) -> Result<Point, DrawError> {
    let graphics = node.graphics.as_ref().ok_or_else(|| DrawError::NoPosition(node.id.to_string()))?;
    Ok(graphics.position)
}

fn bends(arc: &DrawnArc) -> &[Point] {
    arc.graphics.as_ref().map_or(&[], |graphics| &graphics.bends)
}

/// Two opposite corners of a note, less the margin of the drawing: notes reach to its edge.
fn corners(note: &Note) -> [Point; 2] {
    let Point { x, y } = note.corner;
    let inner = MARGIN - 10.0;
    let far = Point { x: x + note.size.x - inner, y: y + note.height() - inner };
    [Point { x: x + inner, y: y + inner }, far]
}

fn draw_note(shapes: &mut Vec<Shape>, note: &Note) {
    let Point { x, y } = note.corner;
    shapes.push(Shape::Paper { corner: note.corner, width: note.size.x, height: note.height() });
    for (index, line) in note.lines().into_iter().enumerate() {
        let base = y + PADDING + FONT + LINE * index as f64;
        shapes.push(Shape::Text(Point { x: x + PADDING, y: base }, line));
    }
}

fn draw_arc(shapes: &mut Vec<Shape>, document: &Document, [source, target]: [Point; 2], arc: &DrawnArc) {
    let bends = bends(arc);
    let start = edge(&document.nodes[arc.source.index()], source, *bends.first().unwrap_or(&target));
    let end = edge(&document.nodes[arc.target.index()], target, *bends.last().unwrap_or(&source));
    let points: Vec<Point> =
        std::iter::once(start).chain(bends.iter().copied()).chain(std::iter::once(end)).collect();
    let (before, after) = (points[(points.len() - 1) / 2], points[points.len() / 2]);
    shapes.push(Shape::Arc(points));
    if arc.weight > 1 {
        let Point { x, y } = placement::offset(arc.inscription.as_deref()).unwrap_or_default();
        let middle =
            Point { x: f64::midpoint(before.x, after.x) + x, y: f64::midpoint(before.y, after.y) + y };
        shapes.push(Shape::Weight(middle, arc.weight));
    }
}

/// Where the line from the centre of `node` towards `other` leaves the node.
fn edge(node: &Node, centre: Point, other: Point) -> Point {
    let (dx, dy) = (other.x - centre.x, other.y - centre.y);
    let distance = dx.hypot(dy);
    if distance == 0.0 {
        return centre;
    }
    let part = if node.kind.is_placelike() {
        RADIUS / distance
    } else {
        (HALF_WIDTH / dx.abs()).min(HALF_HEIGHT / dy.abs())
    };
    Point { x: centre.x + dx * part, y: centre.y + dy * part }
}

fn draw_node(shapes: &mut Vec<Shape>, node: &Node, centre: Point) {
    match &node.kind {
        NodeKind::Place { tokens, .. } => {
            shapes.push(Shape::Place(centre));
            draw_tokens(shapes, centre, *tokens);
        }
        NodeKind::ReferencePlace { .. } => shapes.push(Shape::ReferencePlace(centre)),
        NodeKind::Transition { .. } | NodeKind::ReferenceTransition { .. } => {
            let (color, _) = KINDS[kind(node)];
            let corner = Point { x: centre.x - HALF_WIDTH, y: centre.y - HALF_HEIGHT };
            shapes.push(Shape::Bar { corner, width: 2.0 * HALF_WIDTH, height: 2.0 * HALF_HEIGHT, color });
        }
    }
}

/// The symbol of a page, with how many nodes are inside, and its name below.
fn draw_symbol(shapes: &mut Vec<Shape>, document: &Document, id: PageId, centre: Point) {
    let (half_width, half_height) = (SHEET_HALF_WIDTH, SHEET_HALF_HEIGHT);
    let fold = 2.0 * half_height * SHEET_FOLD;
    let at = |x, y| Point { x: centre.x + x, y: centre.y + y };
    let (top, side) = (at(half_width - fold, -half_height), at(half_width, fold - half_height));
    let outline =
        [at(-half_width, -half_height), top, side, at(half_width, half_height), at(-half_width, half_height)];
    shapes.push(Shape::Sheet { outline, fold: [top, at(half_width - fold, fold - half_height), side] });
    let count = match document.population(id) {
        1 => "1 node".to_owned(),
        count => format!("{count} nodes"),
    };
    shapes.push(Shape::Name(at(0.0, 3.0), count));
    for (index, line) in wrapped(document.page_title(id)).into_iter().enumerate() {
        let base = at(0.0, half_height + LINE_HEIGHT + LINE_HEIGHT * index as f64);
        shapes.push(Shape::Name(base, line));
    }
}

fn draw_tokens(shapes: &mut Vec<Shape>, centre: Point, tokens: u64) {
    let offsets: &[(f64, f64)] = match tokens {
        0 => &[],
        1 => &[(0.0, 0.0)],
        2 => &[(-5.0, 0.0), (5.0, 0.0)],
        3 => &[(0.0, -5.0), (-5.0, 4.0), (5.0, 4.0)],
        4 => &[(-5.0, -5.0), (5.0, -5.0), (-5.0, 5.0), (5.0, 5.0)],
        many => {
            shapes.push(Shape::Count(Point { x: centre.x, y: centre.y + 4.0 }, many));
            return;
        }
    };
    shapes.extend(offsets.iter().map(|(dx, dy)| Shape::Token(Point { x: centre.x + dx, y: centre.y + dy })));
}

/// A name on the drawing.
struct Name {
    lines: Vec<String>,
    /// The middle of its text.
    middle: Point,
    /// The base line of its first line.
    first: f64,
    stands: Stands,
}

/// Whether the file says where a label stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stands {
    ByItself,
    Apart,
}

/// The name of a node and where it stands.
fn name(document: &Document, id: NodeId, centre: Point) -> Name {
    let node = &document.nodes[id.index()];
    let lines = wrapped(document.title(id));
    let height = LINE_HEIGHT * lines.len() as f64;
    let half = if node.kind.is_placelike() {
        Half { x: RADIUS, y: RADIUS }
    } else {
        Half { x: HALF_WIDTH, y: HALF_HEIGHT }
    };
    let decoration = node.name.as_ref().and_then(|name| name.decoration.as_deref());
    if let Some(offset) = placement::offset(decoration) {
        let letters = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let text = Half { x: letters as f64 * LETTER / 2.0, y: height / 2.0 };
        let offset = placement::clear(offset, half, text);
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        let middle = Point { x: tenths(centre.x + offset.x), y: tenths(centre.y + offset.y) };
        let first = middle.y - height / 2.0 + ASCENT;
        return Name { lines, middle, first, stands: Stands::Apart };
    }
    let first = match node.kind.is_placelike() {
        true => centre.y + half.y + LINE_HEIGHT,
        false => centre.y - half.y - 4.0 - (height - LINE_HEIGHT),
    };
    let middle = Point { x: centre.x, y: first - ASCENT + height / 2.0 };
    Name { lines, middle, first, stands: Stands::ByItself }
}

fn draw_name(shapes: &mut Vec<Shape>, name: Name) {
    for (index, line) in name.lines.into_iter().enumerate() {
        let base = Point { x: name.middle.x, y: name.first + LINE_HEIGHT * index as f64 };
        shapes.push(Shape::Name(base, line));
    }
}

/// The lines of a name: broken at spaces, and behind dots in identifiers.
fn wrapped(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_inclusive([' ', '.']) {
        let last = lines.last_mut().expect("there is one line to begin with");
        if last.is_empty() || last.chars().count() + word.trim_end().chars().count() <= LINE_LENGTH {
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Index into [`KINDS`].
fn kind(node: &Node) -> usize {
    let NodeKind::Transition { annotation: Some(annotation) } = &node.kind else { return 0 };
    match annotation.kind {
        KindText::Control => 0,
        KindText::Action(_) => 1,
        KindText::Outcome { .. } => 2,
        KindText::Timer { .. } => 3,
        KindText::Approval { .. } => 4,
        KindText::Event(_) => 5,
        KindText::Undo { .. } => 6,
        KindText::Retry { .. } => 7,
        KindText::Drift { .. } => 8,
        KindText::Refresh { .. } => 9,
    }
}

/// The kinds of transition that the page has; none for a page of plain transitions only.
fn legend_entries<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<(&'static str, &'static str)> {
    let transitions = nodes.filter(|node| !node.kind.is_placelike());
    let mut used: Vec<usize> = transitions.map(kind).collect();
    used.sort_unstable();
    used.dedup();
    if used == [0] { Vec::new() } else { used.into_iter().map(|kind| KINDS[kind]).collect() }
}

fn right_of_legend(entries: &[(&'static str, &'static str)]) -> f64 {
    40.0 + 70.0 * entries.len() as f64
}

fn legend(shapes: &mut Vec<Shape>, entries: Vec<(&'static str, &'static str)>, left: f64, y: f64) {
    for (index, (color, word)) in entries.into_iter().enumerate() {
        let x = left + 70.0 * index as f64;
        shapes.push(Shape::Swatch { corner: Point { x, y: y - 9.0 }, width: 6.0, height: 12.0, color });
        shapes.push(Shape::Word(Point { x: x + 10.0, y }, word));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::graphics::NodeGraphics;
    use crate::{Page, PageId};

    pub(crate) fn document(position: Option<Point>) -> Document {
        let place = NodeKind::Place { tokens: 2, marking: None };
        let graphics =
            position.map(|position| Box::new(NodeGraphics { position, ..NodeGraphics::default() }));
        let node = Node {
            id: "a<b".into(),
            page: PageId(0),
            kind: place,
            name: None,
            graphics,
            is_pinned: false,
            foreign: Vec::new(),
        };
        Document { pages: vec![Page::new("page", None)], nodes: vec![node], ..Document::default() }
    }

    #[test]
    fn a_node_without_a_position_is_named() {
        assert_eq!(drawing(&document(None), PageId(0)), Err(DrawError::NoPosition("a<b".to_owned())));
    }

    #[test]
    fn a_page_is_drawn_by_itself_with_the_symbols_of_the_pages_inside() {
        let text = r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">
          <page id="top"><place id="p"><name><text>lock</text></name><graphics><position x="10" y="20"/></graphics></place>
            <page id="inner"><graphics><position x="90" y="20"/></graphics>
              <referencePlace id="r" ref="p"><graphics><position x="5" y="5"/></graphics></referencePlace>
              <transition id="t"><graphics><position x="50" y="5"/></graphics></transition>
              <arc id="a" source="r" target="t"/></page></page>
          <page id="other"><place id="nowhere"/></page></net></pnml>"#;
        let document = crate::read(text.as_bytes()).document.unwrap();
        let count = |page: u32, wanted: fn(&Shape) -> bool| {
            let drawing = drawing(&document, PageId(page)).unwrap();
            drawing.shapes.iter().filter(|shape| wanted(shape)).count()
        };
        let sheets: fn(&Shape) -> bool = |shape| matches!(shape, Shape::Sheet { .. });
        let arcs: fn(&Shape) -> bool = |shape| matches!(shape, Shape::Arc(_));
        let locks: fn(&Shape) -> bool = |shape| matches!(shape, Shape::Name(_, name) if name == "lock");
        assert_eq!([sheets, arcs, locks].map(|wanted| count(0, wanted)), [1, 0, 1]);
        assert_eq!([sheets, arcs, locks].map(|wanted| count(1, wanted)), [0, 1, 1]);
        assert_eq!(drawing(&document, PageId(2)), Err(DrawError::NoPosition("nowhere".to_owned())));
        assert_eq!(only_page(&document), Err(DrawError::SeveralPages));
        for draw in [crate::svg::draw_page, crate::pdf::draw_page, crate::tikz::draw_page] {
            assert!(draw(&document, PageId(0)).unwrap().contains("2 nodes"));
        }
    }

    #[test]
    fn long_names_are_wrapped_at_their_gaps() {
        assert_eq!(wrapped("web1 in the balancer"), ["web1 in the", "balancer"]);
        assert_eq!(wrapped("migrate.lock-database"), ["migrate.", "lock-database"]);
        assert_eq!(wrapped("web1.drain"), ["web1.drain"]);
    }

    #[test]
    fn a_name_stands_where_its_offset_leads() {
        let at = |x, y| {
            let mut document = document(Some(Point { x: 10.0, y: 20.0 }));
            let graphics = crate::graphics::LabelGraphics { offset: Point { x, y }, ..Default::default() };
            let decoration = crate::Decoration { graphics: Some(graphics), foreign: Vec::new() };
            document.nodes[0].name =
                Some(crate::Label { text: "name".into(), decoration: Some(Box::new(decoration)) });
            let drawing = drawing(&document, PageId(0)).unwrap();
            let name = drawing.shapes.iter().find_map(|shape| match shape {
                Shape::Name(at, _) => Some(*at),
                _ => None,
            });
            (name.unwrap(), drawing.left + drawing.width)
        };
        let (below, right) = at(0.0, 0.0);
        assert_eq!((below.x, below.y), (10.0, 20.0 + RADIUS + LINE_HEIGHT));
        let (beside, farther) = at(60.0, 0.0);
        assert_eq!((beside.x, beside.y), (70.0, 20.0 - LINE_HEIGHT / 2.0 + ASCENT));
        assert_eq!(farther - right, 60.0);
        let (above, _) = at(0.0, -10.0);
        assert_eq!((above.x, above.y), (10.0, 17.0 - RADIUS - LINE_HEIGHT + ASCENT));
    }

    /// With a note of two lines beside the place.
    pub(crate) fn noted() -> Document {
        let mut document = document(Some(Point { x: 10.0, y: 20.0 }));
        let note = Note { text: "a<b\n50%".to_owned(), ..Note::new(Point { x: 100.0, y: -200.0 }) };
        document.pages[0].notes.push(note);
        document
    }

    #[test]
    fn a_note_lies_behind_the_net_and_within_the_drawing() {
        let Drawing { left, top, width, shapes, .. } = drawing(&noted(), PageId(0)).unwrap();
        let Shape::Paper { corner, width: wide, .. } = &shapes[0] else { panic!("{shapes:?}") };
        assert!(corner.y - top >= 10.0 && left + width - corner.x - wide >= 10.0);
        assert_eq!(shapes[2], Shape::Text(Point { x: 107.0, y: -170.0 }, "50%".to_owned()));
    }

    #[test]
    fn an_arc_ends_at_the_edge_of_its_node() {
        let node = &document(None).nodes[0];
        let end = edge(node, Point { x: 0.0, y: 0.0 }, Point { x: 30.0, y: 40.0 });
        assert_eq!((end.x, end.y), (9.0, 12.0));
    }
}
