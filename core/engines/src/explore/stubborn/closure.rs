//! The smallest closed set that contains some given transitions: what a goal needs.
//!
//! A worklist over the graph of [`super::dependencies`]. O(arcs).

use super::Counts;
use super::dependencies::Situation;

/// A closed set under construction, and room for the next.
#[derive(Debug)]
pub(super) struct Closure {
    /// The marking at which a node was last in the set.
    stamp: Vec<u32>,
    now: u32,
    /// The nodes of the set; those from `done` on are not closed yet.
    members: Vec<u32>,
    seeds: Vec<u32>,
}

impl Closure {
    pub(super) fn new(nodes: usize) -> Self {
        Self { stamp: vec![0; nodes], now: 0, members: Vec::new(), seeds: Vec::new() }
    }

    /// Starts anew with the empty set.
    pub(super) fn begin(&mut self) {
        if self.now == u32::MAX {
            self.stamp.fill(0);
            self.now = 0;
        }
        self.now += 1;
        self.members.clear();
        self.seeds.clear();
    }

    /// Where the nodes are put that the set has to contain.
    pub(super) const fn seeds(&mut self) -> &mut Vec<u32> {
        &mut self.seeds
    }

    /// Adds the seeds and everything that they need.
    pub(super) fn close(&mut self, situation: &Situation<'_, impl Counts>) {
        let Self { stamp, now, members, seeds } = self;
        let add = |stamp: &mut Vec<u32>, members: &mut Vec<u32>, node: u32| {
            if std::mem::replace(&mut stamp[node as usize], *now) != *now {
                members.push(node);
            }
        };
        seeds.iter().for_each(|node| add(stamp, members, *node));
        let mut done = 0;
        while done < members.len() {
            let node = members[done] as usize;
            let choice = situation.choice(node, |list| stamp[list] == *now);
            let needs = situation.needs(node, choice);
            needs.iter().for_each(|node| add(stamp, members, *node));
            done += 1;
        }
    }

    pub(super) fn contains(&self, node: usize) -> bool {
        self.stamp[node] == self.now
    }

    /// All nodes of the set.
    pub(super) fn members(&self) -> Vec<usize> {
        self.members.iter().map(|node| *node as usize).collect()
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.stamp) + 4 * (self.members.capacity() + self.seeds.capacity())
    }
}
