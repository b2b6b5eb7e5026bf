//! The coverability tree, pruned.
//!
//! R. M. Karp, R. E. Miller, "Parallel Program Schemata", 1969: where a run from an ancestor adds
//! tokens and loses none, it can be repeated, and the places that gain get ω. Pruning: a new node
//! that an earlier node covers is dropped, and a node that a later node covers strictly is not
//! expanded any more. Nothing that was expanded is ever taken back, and acceleration looks at real
//! ancestors. (A. Finkel's pruning of 1991 takes whole subtrees away and may lose markings:
//! A. Finkel, G. Geeraerts, J.-F. Raskin, L. Van Begin, "A Counter-Example to the Minimal
//! Coverability Tree Algorithm", 2005. See G. Geeraerts, J.-F. Raskin, L. Van Begin, "On the
//! Efficient Computation of the Minimal Coverability Set of Petri Nets", 2010; P.-A. Reynier,
//! F. Servais, "Minimal Coverability Set for Petri Nets: Karp and Miller Algorithm with Pruning",
//! 2013; A. Piipponen, A. Valmari, "Constructing Minimal Coverability Sets", 2016.)
//!
//! *Nothing is lost:* a node that is not expanded is covered strictly by another, and this ends in
//! an expanded one, for there are finitely many nodes. So if an expanded node covers a marking m
//! and t is enabled in m, t is enabled in the node, and what it leads to is a node, or covered by
//! one, and then by an expanded one: by induction every reachable marking is covered.
//! *Nothing is made up:* ω is only put where a word from an ancestor can be repeated.
//! *It ends:* an infinite tree has an infinite branch; on it a node covers an earlier one again and
//! again (Dickson). If they are equal the later was dropped; if not, an ω was added, which stays.
//!
//! Not primitive recursive in the worst case.

use crate::{Progress, Run};
use pn_logic::{Covering, Reason};
use pn_net::{Net, OmegaMarking, TransitionId};
use rustc_hash::FxHashSet;

/// Nodes without any ω before the net is taken for a bounded one, which other engines explore
/// better.
const PATIENCE: usize = 10_000;

/// All nodes, parents before children.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

struct Node {
    marking: OmegaMarking,
    parent: usize,
    /// What led here from the parent; `None` for the root.
    by: Option<TransitionId>,
    /// Ancestors from which the runs to this node can be repeated, in the order in which ω was put.
    repeats: Vec<usize>,
    is_covered: bool,
}

/// Nodes that no other covers, with what tells quickly that one marking does not cover another.
struct Front {
    entries: Vec<(Outline, usize)>,
    /// All nodes, by their markings: most of what is covered equals an earlier node.
    known: FxHashSet<OmegaMarking>,
}

/// The places that are marked and those that hold ω, folded into a word each.
#[derive(Clone, Copy)]
struct Outline {
    marked: u64,
    omega: u64,
}

impl Outline {
    fn of(marking: &OmegaMarking) -> Self {
        let mut outline = Self { marked: 0, omega: 0 };
        for (place, count) in marking.counts().enumerate() {
            let bit = 1 << (place % 64);
            match count {
                Some(0) => {}
                Some(_) => outline.marked |= bit,
                None => {
                    outline.marked |= bit;
                    outline.omega |= bit;
                }
            }
        }
        outline
    }

    const fn may_cover(self, other: Self) -> bool {
        other.marked & !self.marked == 0 && other.omega & !self.omega == 0
    }
}

impl Tree {
    /// Grows the tree of `net`; completely, or until a limit is reached, which is told.
    pub(super) fn grow(net: &Net, run: &mut Run<'_>) -> (Self, Result<(), Reason>) {
        let marking = OmegaMarking::from(net.initial());
        let root = Node { marking, parent: 0, by: None, repeats: Vec::new(), is_covered: false };
        let mut tree = Self { nodes: vec![root] };
        let mut front = Front { entries: Vec::new(), known: FxHashSet::default() };
        front.add(&tree, 0);
        let (mut waiting, mut expanded, mut edges, mut omegas) = (vec![0], 0u64, 0u64, 0u64);
        while let Some(number) = waiting.pop() {
            if tree.nodes[number].is_covered {
                continue;
            }
            let bytes = tree.bytes(net);
            let progress = Progress { states: tree.nodes.len() as u64, expanded, edges, bytes: bytes as u64 };
            let limit = match run.tick(progress) {
                Err(reason) => Some(reason),
                Ok(()) if bytes > run.memory() => Some(Reason::Memory),
                Ok(()) if omegas == 0 && tree.len() > PATIENCE => Some(Reason::Unsupported),
                Ok(()) => None,
            };
            if let Some(reason) = limit {
                return (tree, Err(reason));
            }
            expanded += 1;
            for transition in net.transitions() {
                if !tree.nodes[number].marking.enables(net, transition) {
                    continue;
                }
                edges += 1;
                match tree.child(net, &mut front, number, transition) {
                    Ok(Some(child)) => {
                        omegas += tree.nodes[child].repeats.len() as u64;
                        waiting.push(child);
                    }
                    Ok(None) => {}
                    Err(reason) => return (tree, Err(reason)),
                }
            }
        }
        (tree, Ok(()))
    }

    /// Adds what `transition` leads to from node `number`, unless a node covers it.
    fn child(
        &mut self,
        net: &Net,
        front: &mut Front,
        number: usize,
        transition: TransitionId,
    ) -> Result<Option<usize>, Reason> {
        let marking = self.nodes[number].marking.fired(net, transition).map_err(|_| Reason::TokenOverflow)?;
        if front.covers(self, &marking) {
            return Ok(None);
        }
        let (marking, repeats) = self.accelerated(number, marking);
        if !repeats.is_empty() && front.covers(self, &marking) {
            return Ok(None);
        }
        front.drop_below(self, &marking);
        let child = self.nodes.len();
        self.nodes.push(Node { marking, parent: number, by: Some(transition), repeats, is_covered: false });
        front.add(self, child);
        Ok(Some(child))
    }

    /// Puts ω wherever a run from an ancestor of a child of `parent` gains and loses nothing.
    fn accelerated(&self, parent: usize, mut marking: OmegaMarking) -> (OmegaMarking, Vec<usize>) {
        let mut repeats = Vec::new();
        loop {
            let before = repeats.len();
            let mut ancestor = parent;
            loop {
                let Node { marking: earlier, parent, by, .. } = &self.nodes[ancestor];
                if marking != *earlier && marking.covers(earlier) {
                    let limit = marking.accelerated(earlier, &marking);
                    if limit != marking {
                        marking = limit;
                        repeats.push(ancestor);
                    }
                }
                if by.is_none() {
                    break;
                }
                ancestor = *parent;
            }
            if repeats.len() == before {
                return (marking, repeats);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn marking(&self, number: usize) -> &OmegaMarking {
        &self.nodes[number].marking
    }

    /// The largest ω-markings: they cover everything.
    pub(super) fn covering(&self) -> Covering {
        self.nodes.iter().filter(|node| !node.is_covered).map(|node| node.marking.clone()).collect()
    }

    /// The nodes from the root to `number`.
    pub(super) fn path(&self, number: usize) -> Vec<usize> {
        let mut path = vec![number];
        while let Some(last) = path.last().filter(|last| self.nodes[**last].by.is_some()) {
            path.push(self.nodes[*last].parent);
        }
        path.reverse();
        path
    }

    /// What led to node `number` from its parent.
    pub(super) fn by(&self, number: usize) -> Option<TransitionId> {
        self.nodes[number].by
    }

    /// The ancestors from which runs to node `number` are repeated there, in this order.
    pub(super) fn repeats(&self, number: usize) -> &[usize] {
        &self.nodes[number].repeats
    }

    fn bytes(&self, net: &Net) -> usize {
        // Each marking is kept twice.
        self.nodes.len() * (16 * net.place_count() + size_of::<Node>() + size_of::<(Outline, usize)>() + 32)
    }
}

impl Front {
    fn add(&mut self, tree: &Tree, number: usize) {
        let marking = &tree.nodes[number].marking;
        self.entries.push((Outline::of(marking), number));
        self.known.insert(marking.clone());
    }

    fn covers(&self, tree: &Tree, marking: &OmegaMarking) -> bool {
        if self.known.contains(marking) {
            return true;
        }
        let outline = Outline::of(marking);
        let mut entries = self.entries.iter().rev();
        entries.any(|(other, number)| other.may_cover(outline) && tree.nodes[*number].marking.covers(marking))
    }

    /// Drops what `marking` covers, which it does strictly, as nothing covers it.
    fn drop_below(&mut self, tree: &mut Tree, marking: &OmegaMarking) {
        let outline = Outline::of(marking);
        self.entries.retain(|(other, number)| {
            let is_below = outline.may_cover(*other) && marking.covers(&tree.nodes[*number].marking);
            tree.nodes[*number].is_covered |= is_below;
            !is_below
        });
    }
}
