//! Automatic layout in layers (Sugiyama, Tagawa and Toda, "Methods for visual understanding of
//! hierarchical system structures", 1981), from left to right.
//!
//! Arcs that close a cycle are turned round in depth-first order; each node's layer is the longest
//! way to it; within a layer, nodes are ordered by the mean position of their neighbours, some
//! sweeps there and back; connected parts are stacked. Long arcs get no bend points. The same net
//! gives the same drawing. O(sweeps · (nodes + arcs) · log nodes).
//!
//! Pinned nodes take part and stay: a part that has some is drawn as if they were free, and moved so
//! that these are on average where they stand. What would then cover a pinned node gives way
//! downwards, and so on.

mod pins;

use crate::document::{Bounds, Document, Item, Way, position};
use pins::Pins;
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, PageId};
use std::collections::{BTreeSet, HashMap};

/// The distance of layers.
const ACROSS: f64 = 80.0;
/// The distance of nodes in a layer.
const DOWN: f64 = 70.0;
const SWEEPS: usize = 12;

/// Positions for nodes and for the symbols of pages.
#[derive(Clone, PartialEq, Debug)]
pub struct Arranged {
    /// The nodes.
    pub nodes: Vec<(NodeId, Point)>,
    /// The pages.
    pub pages: Vec<(PageId, Point)>,
}

/// Positions for those of these nodes that are not pinned, by the arcs among all of them. What stays
/// where it is lies to their left or
/// above: the arranged nodes begin where they began, or below everything if they have no position.
#[must_use]
pub fn layered(document: &Document, nodes: &BTreeSet<NodeId>) -> Vec<(NodeId, Point)> {
    arranged(document, nodes, &BTreeSet::new()).nodes
}

/// Positions for these nodes and for the symbols of these pages, which are arranged like nodes: a
/// page takes from what its arcs take from, and gives what they give to.
#[must_use]
pub fn arranged(document: &Document, nodes: &BTreeSet<NodeId>, pages: &BTreeSet<PageId>) -> Arranged {
    let ids: Vec<NodeId> = nodes.iter().copied().collect();
    let index: HashMap<NodeId, usize> = ids.iter().enumerate().map(|(index, id)| (*id, index)).collect();
    let count = ids.len() + pages.len();
    let mut graph = Graph { next: vec![Vec::new(); count], previous: vec![Vec::new(); count] };
    for (_, arc) in document.arcs() {
        if let (Some(from), Some(to)) = (index.get(&arc.source), index.get(&arc.target)) {
            graph.next[*from].push(*to);
        }
    }
    let symbols: HashMap<PageId, usize> = pages.iter().copied().zip(ids.len()..).collect();
    let holders: BTreeSet<PageId> = pages.iter().filter_map(|page| document.page(*page).parent).collect();
    for link in holders.into_iter().flat_map(|page| document.links(page)) {
        match (index.get(&link.node), symbols.get(&link.page), link.way) {
            (Some(node), Some(symbol), Way::In) => graph.next[*node].push(*symbol),
            (Some(node), Some(symbol), Way::Out) => graph.next[*symbol].push(*node),
            _ => {}
        }
    }
    graph.break_cycles();
    let layer = graph.layers();
    let corner = corner(document, nodes, pages);
    let mut positions = vec![Point::default(); count];
    let pins = Pins::of(document, nodes);
    let mut top = corner.y;
    let is_held =
        |part: &Vec<usize>| part.iter().any(|node| ids.get(*node).is_some_and(|id| pins.at(*id).is_some()));
    // What is held by pins stands somewhere; the other parts are stacked below it.
    let (held, free): (Vec<Vec<usize>>, Vec<Vec<usize>>) = graph.parts().into_iter().partition(is_held);
    let held_parts = held.len();
    for (number, part) in held.into_iter().chain(free).enumerate() {
        if number == held_parts && number > 0 {
            top = pins.lowest().max(top) + 1.5 * DOWN;
        }
        let mut layers: Vec<Vec<usize>> = Vec::new();
        for node in &part {
            let at = layer[*node];
            if layers.len() <= at {
                layers.resize(at + 1, Vec::new());
            }
            layers[at].push(*node);
        }
        let heights = graph.arrange(&mut layers);
        let least = part.iter().map(|node| heights[node]).fold(f64::INFINITY, f64::min);
        let most = part.iter().map(|node| heights[node]).fold(f64::NEG_INFINITY, f64::max);
        for node in &part {
            let node = *node;
            let (x, y) = (corner.x + ACROSS * layer[node] as f64, top + heights[&node] - least);
            positions[node] = Point { x, y: (y / 10.0).round() * 10.0 };
        }
        if number < held_parts {
            let lowest = pins.hold(&ids, &part, &mut positions);
            top = top.max(lowest);
        } else {
            top += most - least + 1.5 * DOWN;
        }
    }
    let items = ids.into_iter().map(Item::Node).chain(pages.iter().copied().map(Item::Page));
    let mut placed: Vec<(Item, Point)> = items.zip(positions).collect();
    placed.retain(|(item, _)| !matches!(item, Item::Node(id) if pins.at(*id).is_some()));
    pins.make_way(&mut placed);
    let mut arranged = Arranged { nodes: Vec::new(), pages: Vec::new() };
    for (item, at) in placed {
        match item {
            Item::Node(id) => arranged.nodes.push((id, at)),
            Item::Page(id) => arranged.pages.push((id, at)),
            Item::Arc(_) | Item::Note(_) => {}
        }
    }
    arranged
}

/// Where the arranged nodes begin.
fn corner(document: &Document, nodes: &BTreeSet<NodeId>, pages: &BTreeSet<PageId>) -> Point {
    let sheets: BTreeSet<PageId> = nodes.iter().map(|id| document.node(*id).page).collect();
    let placed = |inside: bool| {
        let here = document.nodes().filter(|(_, node)| sheets.contains(&node.page));
        let wanted = here.filter(move |(id, node)| node.graphics.is_some() && nodes.contains(id) == inside);
        wanted.map(|(_, node)| position(node))
    };
    let own = placed(true).chain(pages.iter().map(|page| document.symbol(*page)));
    match (Bounds::around(own), Bounds::around(placed(false))) {
        (Some(own), _) => own.least,
        (None, Some(others)) => Point { x: others.least.x, y: others.most.y + 2.0 * DOWN },
        (None, None) => Point { x: 60.0, y: 60.0 },
    }
}

struct Graph {
    next: Vec<Vec<usize>>,
    previous: Vec<Vec<usize>>,
}

impl Graph {
    /// Turns the arcs round that lead back to a node on the depth-first path.
    fn break_cycles(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            Unseen,
            OnPath,
            Done,
        }
        let count = self.next.len();
        let mut marks = vec![Mark::Unseen; count];
        let mut indegree = vec![0usize; count];
        self.next.iter().flatten().for_each(|to| indegree[*to] += 1);
        // Where nothing leads to, a drawing begins.
        let sources = (0..count).filter(|node| indegree[*node] == 0);
        let roots: Vec<usize> = sources.chain(0..count).collect();
        let mut forward: Vec<Vec<usize>> = vec![Vec::new(); count];
        for root in roots {
            if marks[root] != Mark::Unseen {
                continue;
            }
            marks[root] = Mark::OnPath;
            let mut path = vec![(root, 0)];
            while let Some((node, at)) = path.last_mut() {
                let node = *node;
                let Some(to) = self.next[node].get(*at).copied() else {
                    marks[node] = Mark::Done;
                    path.pop();
                    continue;
                };
                *at += 1;
                match marks[to] {
                    Mark::OnPath => forward[to].push(node),
                    Mark::Done => forward[node].push(to),
                    Mark::Unseen => {
                        forward[node].push(to);
                        marks[to] = Mark::OnPath;
                        path.push((to, 0));
                    }
                }
            }
        }
        self.next = forward;
        for node in 0..count {
            self.next[node].sort_unstable();
            self.next[node].dedup();
            self.next[node].retain(|to| *to != node);
            for to in self.next[node].clone() {
                self.previous[to].push(node);
            }
        }
    }

    /// The length of the longest way to each node.
    fn layers(&self) -> Vec<usize> {
        let mut layer = vec![0; self.next.len()];
        let mut open: Vec<usize> = self.previous.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..open.len()).filter(|node| open[*node] == 0).collect();
        while let Some(node) = ready.pop() {
            for to in &self.next[node] {
                layer[*to] = layer[*to].max(layer[node] + 1);
                open[*to] -= 1;
                if open[*to] == 0 {
                    ready.push(*to);
                }
            }
        }
        layer
    }

    /// The connected parts, each in ascending order.
    fn parts(&self) -> Vec<Vec<usize>> {
        let mut is_seen = vec![false; self.next.len()];
        let mut parts = Vec::new();
        for root in 0..self.next.len() {
            if std::mem::replace(&mut is_seen[root], true) {
                continue;
            }
            let (mut part, mut open) = (Vec::new(), vec![root]);
            while let Some(node) = open.pop() {
                part.push(node);
                for near in self.next[node].iter().chain(&self.previous[node]) {
                    if !std::mem::replace(&mut is_seen[*near], true) {
                        open.push(*near);
                    }
                }
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts
    }

    /// Orders each layer by its neighbours and gives each node a height.
    fn arrange(&self, layers: &mut [Vec<usize>]) -> HashMap<usize, f64> {
        let mut height = HashMap::new();
        for layer in layers.iter() {
            for (rank, node) in layer.iter().enumerate() {
                height.insert(*node, DOWN * rank as f64);
            }
        }
        for sweep in 0..SWEEPS {
            let order: Vec<usize> = match sweep % 2 {
                0 => (0..layers.len()).collect(),
                _ => (0..layers.len()).rev().collect(),
            };
            for at in order {
                let wish = |node: &usize| {
                    let near = match sweep % 2 {
                        0 if !self.previous[*node].is_empty() => &self.previous[*node],
                        1 if !self.next[*node].is_empty() => &self.next[*node],
                        0 => &self.next[*node],
                        _ => &self.previous[*node],
                    };
                    match near.len() {
                        0 => height[node],
                        count => near.iter().map(|near| height[near]).sum::<f64>() / count as f64,
                    }
                };
                let mut wished: Vec<(f64, usize)> =
                    layers[at].iter().map(|node| (wish(node), *node)).collect();
                wished.sort_by(|a, b| a.0.total_cmp(&b.0));
                for ((_, node), placed) in wished.iter().zip(spread(&wished)) {
                    height.insert(*node, placed);
                }
                layers[at] = wished.into_iter().map(|(_, node)| node).collect();
            }
        }
        height
    }
}

/// Heights near the wished ones and at least [`DOWN`] apart: those that come too close are spread
/// around their common middle.
fn spread(wished: &[(f64, usize)]) -> Vec<f64> {
    // Blocks of nodes that touch: the sum of their wishes less their offsets, and how many.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let start = |block: &(f64, usize)| block.0 / block.1 as f64;
    for (wish, _) in wished {
        blocks.push((*wish, 1));
        while let [.., before, last] = &blocks[..] {
            if start(before) + DOWN * before.1 as f64 <= start(last) {
                break;
            }
            let merged = (before.0 + last.0 - DOWN * (before.1 * last.1) as f64, before.1 + last.1);
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }
    blocks.iter().flat_map(|block| (0..block.1).map(|rank| start(block) + DOWN * rank as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Kind, add_node, apply, connect};

    fn ring(length: u32) -> Document {
        let mut document = Document::empty();
        let kinds = [Kind::Place, Kind::Transition];
        for (index, kind) in (0..length).zip(kinds.into_iter().cycle()) {
            let (edit, _) = add_node(&document, document.first_page(), kind, Point::default());
            edit.changes.into_iter().for_each(|change| drop(apply(&mut document, change)));
            if index > 0 {
                let (edit, _) = connect(&document, NodeId(index - 1), NodeId(index)).unwrap();
                edit.changes.into_iter().for_each(|change| drop(apply(&mut document, change)));
            }
        }
        let (edit, _) = connect(&document, NodeId(length - 1), NodeId(0)).unwrap();
        edit.changes.into_iter().for_each(|change| drop(apply(&mut document, change)));
        document
    }

    #[test]
    fn a_cycle_is_cut_once_and_drawn_from_left_to_right() {
        let document = ring(6);
        let all: BTreeSet<NodeId> = document.nodes().map(|(id, _)| id).collect();
        let positions = layered(&document, &all);
        assert!(positions.windows(2).all(|pair| pair[1].1.x == pair[0].1.x + ACROSS));
        assert_eq!(positions, layered(&document, &all));
    }

    #[test]
    fn nodes_of_a_layer_keep_their_distance() {
        let placed = spread(&[(0.0, 0), (1.0, 1), (2.0, 2), (500.0, 3)]);
        assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= DOWN - 1e-9));
        assert_eq!(placed[1], 1.0);
        assert_eq!(placed[3], 500.0);
    }
}
