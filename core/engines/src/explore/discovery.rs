//! The order of discovery of a breadth-first search, which stands for the search tree.
//!
//! Markings are expanded in the order in which they were discovered. One bit a discovery and one
//! bit an expansion therefore tell every marking's parent: it is the last one whose expansion
//! began before the discovery. Two bits a marking replace a parent array of 32.

use std::collections::BTreeMap;

/// The log of a breadth-first search in which marking 0 is known from the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Discovery {
    /// 1: the next marking is expanded; 0: the next marking is discovered.
    bits: Vec<u64>,
    length: usize,
    discoveries: usize,
}

impl Discovery {
    pub(super) fn expansion(&mut self) {
        self.push(1);
    }

    pub(super) fn discovery(&mut self) {
        self.push(0);
        self.discoveries += 1;
    }

    fn push(&mut self, bit: u64) {
        if self.length.is_multiple_of(64) {
            if self.bits.len() == self.bits.capacity() {
                // By an eighth: little of it is empty, and little is held twice.
                self.bits.reserve_exact(self.bits.len() / 8 + 64);
            }
            self.bits.push(0);
        }
        *self.bits.last_mut().expect("a word was just made sure of") |= bit << (self.length % 64);
        self.length += 1;
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bits.capacity() * size_of::<u64>()
    }

    /// The parents of all discovered markings, from the last to the first: `(child, parent)`.
    fn backwards(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let ones: usize = self.bits.iter().map(|word| word.count_ones() as usize).sum();
        let (mut expansions, mut child) = (ones, self.discoveries);
        (0..self.length).rev().filter_map(move |position| {
            if self.bits[position / 64] >> (position % 64) & 1 == 1 {
                expansions -= 1;
                return None;
            }
            child -= 1;
            Some((child + 1, expansions - 1))
        })
    }

    /// The markings on the way from marking 0 to each of `targets`, both ends included. O(size of
    /// the log + length of the paths) for all targets together. `None` for paths not finished when
    /// all paths together have `budget` markings.
    pub(super) fn paths(&self, targets: &[usize], budget: usize) -> Vec<Option<Vec<usize>>> {
        let mut paths: Vec<Vec<usize>> = targets.iter().map(|target| vec![*target]).collect();
        // The paths that have been followed back to a marking, by that marking.
        let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, target) in targets.iter().enumerate() {
            at.entry(*target).or_default().push(index);
        }
        let mut left = budget;
        for (child, parent) in self.backwards() {
            let Some(arrived) = at.remove(&child) else { continue };
            if arrived.len() > left {
                break;
            }
            left -= arrived.len();
            arrived.iter().for_each(|index| paths[*index].push(parent));
            at.entry(parent).or_default().extend(arrived);
        }
        let finished = paths.into_iter().map(|mut path| {
            path.reverse();
            (path.first() == Some(&0)).then_some(path)
        });
        finished.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_search_tree() {
        // 0 → 1, 2; 1 → 3; 2 → nothing; 3 → 4, 5.
        let mut log = Discovery::default();
        for found in [2, 1, 0, 2, 0, 0] {
            log.expansion();
            (0..found).for_each(|_| log.discovery());
        }
        let paths = [vec![0, 1, 3, 5], vec![0, 2], vec![0], vec![0, 1, 3]];
        assert_eq!(log.paths(&[5, 2, 0, 3], 6), paths.clone().map(Some));
        assert_eq!(log.paths(&[5, 2, 0, 3], 2), [None, None, Some(vec![0]), None]);
    }
}
