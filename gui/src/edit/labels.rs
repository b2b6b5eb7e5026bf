//! Edits of where labels stand: names of nodes, weights of arcs. Font, fill and whatever else the
//! file says of a label stays.

use super::{Change, Edit};
use crate::document::{Document, Item, half};
use pn_pnml::Decoration;
use pn_pnml::graphics::Point;
use pn_pnml::placement::{self, Half};

/// About half the width of a letter of a name, half the height of a line, and the letters of a line.
const LETTER: f64 = 2.6;
const LINE: f64 = 6.5;
const LETTERS: usize = 20;

/// Whether the file gives the label of an item a place of its own.
#[must_use]
pub fn is_label_apart(document: &Document, item: Item) -> bool {
    let graphics = decoration(document, item).and_then(|decoration| decoration.graphics.as_ref());
    graphics.is_some_and(|graphics| graphics.offset != Point::default())
}

/// Whether the item has a label that can be moved: a node has, an arc that shows its weight.
#[must_use]
pub fn has_label(document: &Document, item: Item) -> bool {
    match item {
        Item::Node(_) => true,
        Item::Arc(id) => document.arc(id).weight > 1,
        Item::Note(_) | Item::Page(_) => false,
    }
}

/// Puts the label of a node or an arc at an offset; none puts it back to where it stands by itself.
/// `None` if that changes nothing.
#[must_use]
pub fn place_labels(
    document: &Document,
    labels: impl IntoIterator<Item = (Item, Option<Point>)>,
) -> Option<Edit> {
    let changes = labels.into_iter().filter_map(|(item, offset)| placed(document, item, offset));
    let changes: Vec<Change> = changes.collect();
    let label = match changes.len() {
        0 => return None,
        1 => "move a label".to_owned(),
        count => format!("move {count} labels"),
    };
    Some(Edit { label, changes, field: None })
}

/// Moves the labels of these items from where they stand.
#[must_use]
pub fn move_labels(document: &Document, items: impl IntoIterator<Item = Item>, by: Point) -> Option<Edit> {
    let moved = items.into_iter().filter(|item| has_label(document, *item)).map(|item| {
        let Point { x, y } = standing(document, item);
        (item, Some(Point { x: x + by.x, y: y + by.y }))
    });
    place_labels(document, moved)
}

/// Puts the labels of these items back to where they stand by themselves.
#[must_use]
pub fn put_labels_back(document: &Document, items: impl IntoIterator<Item = Item>) -> Option<Edit> {
    let apart = items.into_iter().filter(|item| is_label_apart(document, *item));
    let mut edit = place_labels(document, apart.map(|item| (item, None)))?;
    edit.label = edit.label.replacen("move", "put back", 1);
    Some(edit)
}

fn decoration(document: &Document, item: Item) -> Option<&Decoration> {
    match item {
        Item::Node(id) => document.node(id).name.as_ref()?.decoration.as_deref(),
        Item::Arc(id) => document.arc(id).inscription.as_deref(),
        Item::Note(_) | Item::Page(_) => None,
    }
}

fn placed(document: &Document, item: Item, offset: Option<Point>) -> Option<Change> {
    let offset = offset.map(placement::allowed).unwrap_or_default();
    match item {
        Item::Node(id) => {
            let mut node = document.node(id).clone();
            let mut name = node.name.take().unwrap_or_default();
            name.decoration = with_offset(name.decoration, offset);
            node.name = Some(name).filter(|name| !name.text.is_empty() || name.decoration.is_some());
            (node != *document.node(id)).then(|| Change::Node(id, Box::new(node)))
        }
        Item::Arc(id) => {
            let mut arc = document.arc(id).clone();
            arc.inscription = with_offset(arc.inscription, offset);
            (arc != *document.arc(id)).then(|| Change::Arc(id, Box::new(arc)))
        }
        Item::Note(_) | Item::Page(_) => None,
    }
}

/// The same with another offset; nothing if nothing is left to say.
fn with_offset(old: Option<Box<Decoration>>, offset: Point) -> Option<Box<Decoration>> {
    let mut decoration = old.unwrap_or_default();
    let mut graphics = decoration.graphics.take().unwrap_or_default();
    graphics.offset = offset;
    decoration.graphics = Some(graphics).filter(|graphics| *graphics != Default::default());
    Some(decoration).filter(|decoration| **decoration != Decoration::default())
}

/// About where the middle of a label is, from the middle of what it belongs to.
fn standing(document: &Document, item: Item) -> Point {
    let given = placement::offset(decoration(document, item));
    match item {
        Item::Arc(_) | Item::Note(_) | Item::Page(_) => given.unwrap_or_default(),
        Item::Node(id) => {
            let node = document.node(id);
            let text = Half { x: document.title(id).chars().count().min(LETTERS) as f64 * LETTER, y: LINE };
            let own = half(node);
            let away = own.y + text.y + 2.0;
            let by_itself = Point { x: 0.0, y: if node.kind.is_placelike() { away } else { -away } };
            placement::clear(given.unwrap_or(by_itself), own, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ArcId;
    use crate::edit::apply;
    use pn_pnml::NodeId;

    const FILE: &str = r##"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet"><page id="g">
      <place id="p"><name><text>ready</text><graphics><offset x="3" y="-40"/><fill color="#abcdef"/><font size="12"/></graphics></name></place>
      <transition id="t"/>
      <arc id="a" source="p" target="t"><inscription><text>2</text></inscription></arc>
    </page></net></pnml>"##;

    fn file() -> Document {
        Document::new(pn_pnml::read(FILE.as_bytes()).document.unwrap())
    }

    fn perform(document: &mut Document, edit: Edit) {
        edit.changes.into_iter().for_each(|change| drop(apply(document, change)));
    }

    #[test]
    fn a_moved_label_keeps_its_font_and_fill() {
        let mut document = file();
        let item = Item::Node(NodeId(0));
        let edit = move_labels(&document, [item], Point { x: -5.0, y: 5.0 }).unwrap();
        perform(&mut document, edit);
        let text = document.text();
        assert!(
            text.contains(r##"<offset x="-2" y="-35"/><fill color="#abcdef"/><font size="12"/>"##),
            "{text}"
        );
        let edit = put_labels_back(&document, [item]).unwrap();
        assert_eq!(edit.label, "put back a label");
        perform(&mut document, edit);
        let text = document.text();
        assert!(
            text.contains(r##"<offset x="0" y="0"/><fill color="#abcdef"/><font size="12"/>"##),
            "{text}"
        );
        assert!(put_labels_back(&document, [item]).is_none() && !is_label_apart(&document, item));
    }

    #[test]
    fn a_label_that_is_put_back_leaves_nothing_in_the_file() {
        let mut document = file();
        let before = document.text();
        let items = [Item::Node(NodeId(1)), Item::Arc(ArcId(0))];
        let edit = move_labels(&document, items, Point { x: 0.0, y: -5.0 }).unwrap();
        assert_eq!(edit.label, "move 2 labels");
        perform(&mut document, edit);
        assert!(
            document.text().contains(r#"<text>2</text><graphics><offset x="0" y="-5"/>"#),
            "{}",
            document.text()
        );
        assert_eq!(document.title(NodeId(1)), "t");
        assert_eq!(document.pnml().net(), file().pnml().net());
        let edit = put_labels_back(&document, items).unwrap();
        perform(&mut document, edit);
        assert_eq!(document.text(), before);
    }

    #[test]
    fn only_labels_that_are_seen_can_be_moved() {
        let mut document = file();
        let edit = crate::edit::set_arc_weight(&document, ArcId(0), 1);
        perform(&mut document, edit);
        assert!(move_labels(&document, [Item::Arc(ArcId(0))], Point { x: 5.0, y: 0.0 }).is_none());
    }
}
