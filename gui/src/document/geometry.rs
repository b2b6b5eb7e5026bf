//! Where things are, in the coordinates of the drawing: sizes of nodes, courses of arcs.
//!
//! Places are circles, transitions bars; an arc runs from the edge of its source through its bend
//! points to the edge of its target. The sizes are those of the pictures of the examples.

use super::Document;
use pn_pnml::graphics::Point;
use pn_pnml::placement::Half;
use pn_pnml::{DrawnArc, Node};

/// The radius of a place.
pub const RADIUS: f64 = 15.0;
/// Half the width of a transition.
pub const HALF_WIDTH: f64 = 7.0;
/// Half the height of a transition.
pub const HALF_HEIGHT: f64 = 16.0;

/// The centre of a node; the origin for one without a position.
#[must_use]
pub fn position(node: &Node) -> Point {
    node.graphics.as_ref().map_or(Point::default(), |graphics| graphics.position)
}

/// Half the width and half the height of a node.
#[must_use]
pub fn half(node: &Node) -> Half {
    match node.kind.is_placelike() {
        true => Half { x: RADIUS, y: RADIUS },
        false => Half { x: HALF_WIDTH, y: HALF_HEIGHT },
    }
}

/// Where the line from the centre of `node` towards `other` leaves the node, with a gap around it.
#[must_use]
pub fn edge(node: &Node, centre: Point, other: Point, gap: f64) -> Point {
    let (dx, dy) = (other.x - centre.x, other.y - centre.y);
    let distance = dx.hypot(dy);
    if distance < 1e-9 {
        return centre;
    }
    let part = if node.kind.is_placelike() {
        (RADIUS + gap) / distance
    } else {
        ((HALF_WIDTH + gap) / dx.abs()).min((HALF_HEIGHT + gap) / dy.abs())
    };
    Point { x: centre.x + dx * part, y: centre.y + dy * part }
}

/// The points of an arc from edge to edge, nodes being where `at` says. An arc without bends that
/// has a partner in the opposite direction is bent aside, so that both are seen.
#[must_use]
pub fn route(
    document: &Document,
    arc: &DrawnArc,
    has_partner: bool,
    at: impl Fn(pn_pnml::NodeId) -> Point,
) -> Vec<Point> {
    let (source, target) = (at(arc.source), at(arc.target));
    let bends: &[Point] = arc.graphics.as_ref().map_or(&[], |graphics| &graphics.bends);
    let aside = [beside(source, target)];
    let bends = if bends.is_empty() && has_partner { &aside } else { bends };
    let first = bends.first().copied().unwrap_or(target);
    let last = bends.last().copied().unwrap_or(source);
    let mut points = Vec::with_capacity(bends.len() + 2);
    points.push(edge(document.node(arc.source), source, first, 0.5));
    points.extend_from_slice(bends);
    points.push(edge(document.node(arc.target), target, last, 2.0));
    points
}

/// A point a little to the left of the middle between two others, as seen on the way.
fn beside(from: Point, to: Point) -> Point {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(1e-9);
    Point {
        x: f64::midpoint(from.x, to.x) + dy / length * 9.0,
        y: f64::midpoint(from.y, to.y) - dx / length * 9.0,
    }
}

/// A rectangle with sides along the axes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bounds {
    /// Least x and y.
    pub least: Point,
    /// Greatest x and y.
    pub most: Point,
}

impl Bounds {
    /// The smallest one that holds these points; `None` without points.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().fold(None, |bounds, point| {
            let Self { least, most } = bounds.unwrap_or(Self { least: point, most: point });
            Some(Self {
                least: Point { x: least.x.min(point.x), y: least.y.min(point.y) },
                most: Point { x: most.x.max(point.x), y: most.y.max(point.y) },
            })
        })
    }

    /// Grown by `margin` on every side.
    #[must_use]
    pub fn grown(self, margin: f64) -> Self {
        let Self { least, most } = self;
        Self {
            least: Point { x: least.x - margin, y: least.y - margin },
            most: Point { x: most.x + margin, y: most.y + margin },
        }
    }

    /// Whether the point lies in it.
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        (self.least.x..=self.most.x).contains(&point.x) && (self.least.y..=self.most.y).contains(&point.y)
    }

    /// The middle.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point { x: f64::midpoint(self.least.x, self.most.x), y: f64::midpoint(self.least.y, self.most.y) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_all_points() {
        let points = [(3.0, 1.0), (-2.0, 5.0)].map(|(x, y)| Point { x, y });
        let bounds = Bounds::around(points).unwrap();
        assert!(points.into_iter().all(|point| bounds.contains(point)));
        assert_eq!(bounds.centre(), Point { x: 0.5, y: 3.0 });
        assert_eq!(Bounds::around([]), None);
    }
}
