//! Where a label stands beside what it belongs to, by the offset that its file gives (N36).
//!
//! The standard leaves open which point of the text an offset names; here it is the middle. Tools
//! disagree: some write `(0, -10)` for "above" whatever the size of the text, some the upper left
//! corner, some a point of the page. So a text that would cover its node is moved on along its
//! offset, and an offset that leads far away counts as none.

use crate::document::Decoration;
use crate::graphics::Point;

/// No label stands farther from its node or its arc.
pub const FARTHEST: f64 = 120.0;
/// What stays free between a node and a text that was moved on.
const GAP: f64 = 3.0;

/// Half the width and half the height of something.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Half {
    /// Half its width.
    pub x: f64,
    /// Half its height.
    pub y: f64,
}

/// The offset at which a label is drawn; `None` where it stands as one without.
#[must_use]
pub fn offset(decoration: Option<&Decoration>) -> Option<Point> {
    let offset = decoration?.graphics.as_ref()?.offset;
    let length = offset.x.hypot(offset.y);
    (length > 0.0 && length <= FARTHEST).then_some(offset)
}

/// The offset of a text that leaves its node free: the same, or a longer one in its direction.
#[must_use]
pub fn clear(offset: Point, node: Half, text: Half) -> Point {
    let across = (node.x + GAP + text.x) / offset.x.abs();
    let down = (node.y + GAP + text.y) / offset.y.abs();
    let times = across.min(down);
    match times > 1.0 && times.is_finite() {
        true => Point { x: offset.x * times, y: offset.y * times },
        false => offset,
    }
}

/// The nearest offset that a label can be given: in whole numbers, and not too long.
#[must_use]
pub fn allowed(offset: Point) -> Point {
    let whole = Point { x: offset.x.round() + 0.0, y: offset.y.round() + 0.0 };
    let length = whole.x.hypot(whole.y);
    if length <= FARTHEST {
        return whole;
    }
    // Cut towards the node, so that rounding does not lengthen it again.
    let part = FARTHEST / length;
    Point { x: (whole.x * part).trunc() + 0.0, y: (whole.y * part).trunc() + 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::LabelGraphics;

    const NODE: Half = Half { x: 15.0, y: 15.0 };
    const TEXT: Half = Half { x: 20.0, y: 6.0 };

    fn at(x: f64, y: f64) -> Option<Point> {
        let graphics = LabelGraphics { offset: Point { x, y }, ..LabelGraphics::default() };
        offset(Some(&Decoration { graphics: Some(graphics), foreign: Vec::new() }))
    }

    #[test]
    fn no_offset_and_one_that_leads_far_away_count_as_none() {
        assert_eq!(offset(None), None);
        assert_eq!(offset(Some(&Decoration::default())), None);
        assert_eq!((at(0.0, 0.0), at(500.0, 230.0), at(0.0, -120.5)), (None, None, None));
        assert_eq!(at(-62.0, -30.0), Some(Point { x: -62.0, y: -30.0 }));
        assert_eq!(at(0.0, 120.0), Some(Point { x: 0.0, y: 120.0 }));
    }

    #[test]
    fn a_text_that_would_cover_its_node_stands_beside_it_in_the_direction_of_its_offset() {
        for (from, to) in [
            ((0.0, -10.0), (0.0, -24.0)),
            ((10.0, 0.0), (38.0, 0.0)),
            ((22.0, -11.0), (38.0, -19.0)),
            ((-5.0, 35.0), (-5.0, 35.0)),
            ((-62.0, -30.0), (-62.0, -30.0)),
        ] {
            let moved = clear(Point { x: from.0, y: from.1 }, NODE, TEXT);
            assert_eq!((moved.x, moved.y), to, "{from:?}");
            assert!(moved.x.abs() >= NODE.x + TEXT.x || moved.y.abs() >= NODE.y + TEXT.y, "{from:?}");
        }
        assert_eq!(clear(Point::default(), NODE, TEXT), Point::default());
    }

    #[test]
    fn an_allowed_offset_is_drawn_where_it_leads() {
        for (x, y) in [(3.4, -7.6), (900.0, 1.0), (-85.3, 85.3), (-1e9, 1e9)] {
            let Point { x, y } = allowed(Point { x, y });
            assert_eq!((x.fract(), y.fract()), (0.0, 0.0));
            assert_eq!(at(x, y), Some(Point { x, y }));
        }
        assert_eq!(allowed(Point { x: -0.4, y: 0.3 }), Point::default());
    }
}
