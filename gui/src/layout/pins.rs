//! Pinned nodes: they stay, and the others are arranged around them.

use super::DOWN;
use crate::document::{Document, position};
use pn_pnml::NodeId;
use pn_pnml::graphics::Point;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Nodes that are nearer than this in both directions cover each other or each other's names.
const NEAR: Point = Point { x: 60.0, y: 50.0 };

/// The pinned nodes of the pages that are arranged, and where they stand.
pub(super) struct Pins {
    at: BTreeMap<NodeId, Point>,
}

impl Pins {
    pub(super) fn of(document: &Document, nodes: &BTreeSet<NodeId>) -> Self {
        let pages: BTreeSet<_> = nodes.iter().map(|id| document.node(*id).page).collect();
        // A node without a position cannot stay there.
        let pinned = document
            .nodes()
            .filter(|(_, node)| node.is_pinned && node.graphics.is_some() && pages.contains(&node.page));
        Self { at: pinned.map(|(id, node)| (id, position(node))).collect() }
    }

    /// Where a node stands, if it is pinned.
    pub(super) fn at(&self, id: NodeId) -> Option<Point> {
        self.at.get(&id).copied()
    }

    /// The lowest pinned node.
    pub(super) fn lowest(&self) -> f64 {
        self.at.values().map(|at| at.y).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Moves a part so that its pinned nodes are on average where they stand; what has no id is no
    /// node. Says how far down it reaches.
    pub(super) fn hold(&self, ids: &[NodeId], part: &[usize], positions: &mut [Point]) -> f64 {
        let (mut count, mut by) = (0.0, Point::default());
        for node in part {
            if let Some(at) = ids.get(*node).and_then(|id| self.at(*id)) {
                count += 1.0;
                by = Point { x: by.x + at.x - positions[*node].x, y: by.y + at.y - positions[*node].y };
            }
        }
        let round = |sum: f64| (sum / f64::max(count, 1.0) / 10.0).round() * 10.0;
        let by = Point { x: round(by.x), y: round(by.y) };
        for node in part {
            let Point { x, y } = positions[*node];
            positions[*node] = Point { x: x + by.x, y: y + by.y };
        }
        part.iter().map(|node| positions[*node].y).fold(f64::NEG_INFINITY, f64::max)
    }

    /// What would cover a pinned node, or one that gave way before, gives way downwards. O(nodes ·
    /// log nodes) where few do.
    pub(super) fn make_way<T: Ord>(&self, placed: &mut [(T, Point)]) {
        if self.at.is_empty() {
            return;
        }
        let mut taken = Taken::default();
        self.at.values().for_each(|at| taken.add(*at));
        let mut order: Vec<usize> = (0..placed.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&placed[*a], &placed[*b]);
            a.1.y.total_cmp(&b.1.y).then(a.1.x.total_cmp(&b.1.x)).then(a.0.cmp(&b.0))
        });
        for index in order {
            let at = &mut placed[index].1;
            while let Some(lower) = taken.covers(*at) {
                at.y = lower + DOWN;
            }
            taken.add(*at);
        }
    }
}

/// Where something stands, by cells of the size of [`NEAR`].
#[derive(Default)]
struct Taken {
    cells: HashMap<(i64, i64), Vec<Point>>,
}

impl Taken {
    fn cell(at: Point) -> (i64, i64) {
        ((at.x / NEAR.x).floor() as i64, (at.y / NEAR.y).floor() as i64)
    }

    fn add(&mut self, at: Point) {
        self.cells.entry(Self::cell(at)).or_default().push(at);
    }

    /// The height of the lowest thing that covers a point, if anything does.
    fn covers(&self, at: Point) -> Option<f64> {
        let (column, row) = Self::cell(at);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy)));
        let near = around.filter_map(|cell| self.cells.get(&cell)).flatten();
        let covering =
            near.filter(|other| (other.x - at.x).abs() < NEAR.x && (other.y - at.y).abs() < NEAR.y);
        covering.map(|other| other.y).reduce(f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_covers_a_pin_moves_down_and_pushes_what_is_below() {
        let at = |x, y| Point { x, y };
        let pins = Pins { at: BTreeMap::from([(NodeId(0), at(100.0, 100.0))]) };
        let mut placed = vec![
            (NodeId(1), at(90.0, 110.0)),
            (NodeId(2), at(90.0, 180.0)),
            (NodeId(3), at(300.0, 100.0)),
            (NodeId(4), at(100.0, 20.0)),
        ];
        pins.make_way(&mut placed);
        let heights: Vec<f64> = placed.iter().map(|(_, at)| at.y).collect();
        assert_eq!(heights, [170.0, 240.0, 100.0, 20.0]);
    }
}
