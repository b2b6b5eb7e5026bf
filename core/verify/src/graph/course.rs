//! How a firing is drawn between the rectangles of two markings.
//!
//! To a lower layer it is straight; within a layer or back it leaves at the right side and comes in
//! there, bent the more the farther it leads; to the same marking it is a loop at the right side.

use super::Rectangle;

/// A point of the picture.
type Point = (f64, f64);

/// The course of an edge, and where its names begin.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Course {
    /// From point to point.
    Straight {
        /// The two ends.
        ends: [Point; 2],
        /// Where its names begin.
        names: Point,
    },
    /// A cubic Bézier curve.
    Curve {
        /// Start, two control points, end.
        points: [Point; 4],
        /// Where its names begin.
        names: Point,
    },
}

/// The course of an edge between two markings; the same rectangle twice is a loop.
#[must_use]
pub fn course(from: &Rectangle, to: &Rectangle) -> Course {
    let right = from.x + from.width / 2.0;
    if from == to {
        let (out, back) = (right + 22.0, from.y);
        let points = [(right, back - 5.0), (out, back - 14.0), (out, back + 14.0), (right, back + 5.0)];
        return Course::Curve { points, names: (right + 20.0, back) };
    }
    if to.y > from.y {
        let (start, end) = ((from.x, from.y + from.height / 2.0), (to.x, to.y - to.height / 2.0));
        // Off the middle, so that the names of edges that cross do not meet.
        let names = (start.0 + 0.35 * (end.0 - start.0), start.1 + 0.35 * (end.1 - start.1));
        return Course::Straight { ends: [start, end], names };
    }
    let (start, end) = ((right, from.y), (to.x + to.width / 2.0, to.y + 4.0));
    let aside = start.0.max(end.0) + 20.0 + 0.12 * (start.1 - end.1).abs() + 0.08 * (start.0 - end.0).abs();
    let names = (0.125 * (start.0 + end.0) + 0.75 * aside, (start.1 + end.1) / 2.0);
    Course::Curve { points: [start, (aside, start.1), (aside, end.1), end], names }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_begin_and_end_at_the_edges_of_their_markings() {
        let high = Rectangle { x: 50.0, y: 10.0, width: 40.0, height: 20.0 };
        let low = Rectangle { x: 90.0, y: 100.0, width: 60.0, height: 20.0 };
        let Course::Straight { ends, .. } = course(&high, &low) else { panic!("it leads down") };
        assert_eq!(ends, [(50.0, 20.0), (90.0, 90.0)]);
        let Course::Curve { points, .. } = course(&low, &high) else { panic!("it leads back") };
        assert_eq!((points[0], points[3]), ((120.0, 100.0), (70.0, 14.0)));
        assert!(points[1].0 > 120.0);
        let Course::Curve { points, .. } = course(&low, &low) else { panic!("it is a loop") };
        assert_eq!((points[0].0, points[3].0), (120.0, 120.0));
    }
}
