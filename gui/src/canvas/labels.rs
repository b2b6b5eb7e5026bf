//! Labels: where the names of nodes and the weights of arcs stand, and which of them lies under the
//! pointer.
//!
//! How large a text is, only painting tells, so the labels of the last frame are remembered:
//! O(labels that are seen) to write down and to look through.

use crate::document::{Item, half};
use egui::{Pos2, Rect, Vec2};
use pn_pnml::graphics::Point;
use pn_pnml::placement::{self, Half};
use pn_pnml::{Decoration, Node};

/// A label of the last frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Painted {
    /// What it belongs to.
    pub(super) item: Item,
    /// Where it is on the screen.
    pub(super) rect: Rect,
    /// From the middle of the node or the arc to its own, in the drawing.
    pub(super) offset: Point,
}

/// The label under a point of the screen; names and weights lie where they were painted last.
pub(super) fn under(labels: &[Painted], at: Pos2) -> Option<Painted> {
    labels.iter().rev().find(|label| label.rect.contains(at)).copied()
}

/// Where the name of a node stands: from the node to the middle of a text of this size, on the
/// screen.
pub(super) fn name(node: &Node, given: Option<Point>, text: Vec2, zoom: f32) -> Vec2 {
    let is_place = node.kind.is_placelike();
    let own = half(node);
    let given = given.or_else(|| placement::offset(decoration(node)));
    let Some(given) = given.filter(|given| *given != Point::default()) else {
        let away = own.y as f32 * zoom + text.y / 2.0;
        return Vec2::new(0.0, if is_place { away + 2.0 } else { -away - 3.0 });
    };
    let text = Half { x: f64::from(text.x / zoom) / 2.0, y: f64::from(text.y / zoom) / 2.0 };
    let clear = placement::clear(given, own, text);
    Vec2::new(clear.x as f32, clear.y as f32) * zoom
}

/// What the name of a node carries beside its text.
fn decoration(node: &Node) -> Option<&Decoration> {
    node.name.as_ref()?.decoration.as_deref()
}

/// Where the weight of an arc stands, from the middle of the arc.
pub(super) fn weight(arc: &pn_pnml::DrawnArc, given: Option<Point>) -> Point {
    given.or_else(|| placement::offset(arc.inscription.as_deref())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_pnml::NodeId;

    #[test]
    fn the_label_that_was_painted_last_lies_on_top() {
        let label = |id, x| Painted {
            item: Item::Node(NodeId(id)),
            rect: Rect::from_min_size(Pos2::new(x, 0.0), Vec2::new(20.0, 10.0)),
            offset: Point::default(),
        };
        let labels = [label(0, 0.0), label(1, 10.0)];
        let found = |x, y| under(&labels, Pos2::new(x, y)).map(|label| label.item);
        assert_eq!(found(5.0, 5.0), Some(Item::Node(NodeId(0))));
        assert_eq!(found(15.0, 5.0), Some(Item::Node(NodeId(1))));
        assert_eq!(found(15.0, 15.0), None);
    }
}
