//! Small closed sets with an enabled transition: what dead markings need.
//!
//! In the graph of [`super::dependencies`] a set is closed when no edge leaves it. Tarjan's
//! algorithm completes strongly connected components after everything that they lead to, so a
//! component with an enabled transition, none of which is met below it, makes a closed set
//! together with what lies below, and its own enabled transitions are all there are. Every enabled
//! transition is a starting point; of the sets found the one with the fewest enabled transitions
//! is taken. R. E. Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972; K. Schmidt,
//! "LoLA: A Low Level Analyser", 2000, for the idea. O(arcs).

use super::Counts;
use super::dependencies::Situation;
use pn_net::TransitionId;
use std::ops::ControlFlow;

/// The chosen set, and room for the next.
#[derive(Debug)]
pub(super) struct Components {
    nodes: Vec<Node>,
    /// The time at which the present marking was entered; what was found before is not found.
    start: u32,
    time: u32,
    /// Nodes whose components are not complete.
    pending: Vec<u32>,
    path: Vec<Frame>,
    /// The enabled transitions of the best set so far, ascending in the end.
    best: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// When the node was discovered.
    found: u32,
    /// When the earliest pending node was discovered that it leads to; 0 when its component is
    /// complete.
    low: u32,
    /// For a disabled transition, the list that it depends on.
    choice: u32,
    /// Once complete: whether it is, or leads to, an enabled transition.
    meets_enabled: bool,
}

/// A node whose successors are being looked at.
#[derive(Clone, Copy, Debug)]
struct Frame {
    node: usize,
    next: usize,
    /// Whether a complete component below it has, or leads to, an enabled transition.
    is_above_enabled: bool,
}

impl Components {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            nodes: vec![Node::default(); nodes],
            start: 0,
            time: 0,
            pending: Vec::new(),
            path: Vec::new(),
            best: Vec::new(),
        }
    }

    /// Finds a closed set with few, but at least one, of the transitions that are `enabled`.
    pub(super) fn find(&mut self, situation: &Situation<'_, impl Counts>, enabled: &[TransitionId]) {
        self.begin();
        for transition in enabled {
            if !self.is_found(transition.index()) && self.search(situation, transition.index()).is_break() {
                break;
            }
        }
        self.best.sort_unstable();
    }

    fn begin(&mut self) {
        let nodes = u32::try_from(self.nodes.len()).expect("nodes are numbered in 32 bits");
        if self.time > u32::MAX - nodes {
            self.nodes.fill(Node::default());
            self.time = 0;
        }
        self.start = self.time;
        self.pending.clear();
        self.path.clear();
        self.best.clear();
    }

    fn is_found(&self, node: usize) -> bool {
        self.nodes[node].found > self.start
    }

    /// Completes everything that can be reached from `root`, or breaks when no better set can be.
    fn search(&mut self, situation: &Situation<'_, impl Counts>, root: usize) -> ControlFlow<()> {
        self.discover(situation, root);
        while let Some(frame) = self.path.last_mut() {
            let node = frame.node;
            let needs = situation.needs(node, self.nodes[node].choice);
            let Some(next) = needs.get(frame.next) else {
                self.leave(situation)?;
                continue;
            };
            frame.next += 1;
            let next = *next as usize;
            let Node { found, low, meets_enabled, .. } = self.nodes[next];
            if found <= self.start {
                self.discover(situation, next);
            } else if low > 0 {
                let own = &mut self.nodes[node].low;
                *own = found.min(*own);
            } else {
                frame.is_above_enabled |= meets_enabled;
            }
        }
        ControlFlow::Continue(())
    }

    fn discover(&mut self, situation: &Situation<'_, impl Counts>, node: usize) {
        let choice = situation.choice(node, |list| self.is_found(list));
        self.time += 1;
        self.nodes[node] = Node { found: self.time, low: self.time, choice, meets_enabled: false };
        self.pending.push(u32::try_from(node).expect("nodes are numbered in 32 bits"));
        self.path.push(Frame { node, next: 0, is_above_enabled: false });
    }

    /// Leaves the last node of the path, all of whose successors were looked at.
    fn leave(&mut self, situation: &Situation<'_, impl Counts>) -> ControlFlow<()> {
        let Some(Frame { node, is_above_enabled, .. }) = self.path.pop() else {
            return ControlFlow::Break(());
        };
        let Node { found, low, .. } = self.nodes[node];
        let mut meets_enabled = is_above_enabled;
        let mut end = ControlFlow::Continue(());
        if low == found {
            let first = self.pending.iter().rposition(|member| *member as usize == node);
            let members = self.pending.split_off(first.expect("an incomplete node is pending"));
            let is_enabled = |member: &u32| situation.is_enabled_transition(*member as usize);
            let enabled = members.iter().filter(|member| is_enabled(member)).count();
            if enabled > 0 && !is_above_enabled && (self.best.is_empty() || enabled < self.best.len()) {
                self.best.clear();
                self.best.extend(members.iter().copied().filter(is_enabled));
                if enabled == 1 {
                    end = ControlFlow::Break(());
                }
            }
            meets_enabled |= enabled > 0;
            for member in members {
                let member = &mut self.nodes[member as usize];
                (member.low, member.meets_enabled) = (0, meets_enabled);
            }
        }
        if let Some(parent) = self.path.last_mut() {
            parent.is_above_enabled |= meets_enabled;
            if low < found {
                let parent = &mut self.nodes[parent.node].low;
                *parent = low.min(*parent);
            }
        }
        end
    }

    /// Whether the set contains this enabled transition.
    pub(super) fn contains(&self, transition: usize) -> bool {
        self.best.binary_search_by(|best| (*best as usize).cmp(&transition)).is_ok()
    }

    /// All nodes of the set.
    pub(super) fn members(&self, situation: &Situation<'_, impl Counts>) -> Vec<usize> {
        let mut members: Vec<usize> = self.best.iter().map(|node| *node as usize).collect();
        let mut is_member = vec![false; self.nodes.len()];
        members.iter().for_each(|node| is_member[*node] = true);
        let mut done = 0;
        while done < members.len() {
            let node = members[done];
            for next in situation.needs(node, self.nodes[node].choice) {
                if !std::mem::replace(&mut is_member[*next as usize], true) {
                    members.push(*next as usize);
                }
            }
            done += 1;
        }
        members
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.nodes)
            + 4 * (self.pending.capacity() + self.best.capacity())
            + size_of::<Frame>() * self.path.capacity()
    }
}
