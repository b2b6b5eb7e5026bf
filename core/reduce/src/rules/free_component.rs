//! Places among which a token moves freely.
//!
//! **Condition.** A strongly connected set S of at least two unobserved places, with edges p → q
//! for transitions t with Pre(·,t) = {p}, Post(t,·) = {q}, both with weight 1. S becomes one place
//! that holds the sum; arcs to members lead to it, with weights added. Moves within S become
//! self-loops: of those that are not observed one is kept where `Deadlock` is asked, else none.
//!
//! **Proof.** A marking of N and the one with sums are related. Every firing of N is one of N'
//! or leaves the sums alone. Conversely, what the sums enable is enabled after some moves within
//! S, which change nothing else; so the same is ahead of related markings, for places outside S
//! and for firings. A dead marking has no token in S, and a marked S has the self-loop in N' and a
//! move in N.
//!
//! **Way back.** Before a transition that takes from S, tokens are gathered where it takes them.
//!
//! **Source.** Thierry-Mieg (2020), "free SCC". Tarjan's algorithm, O(arcs).

use super::Rule;
use crate::draft::{Draft, New};
use crate::recipe::{Group, GroupId, Recipe, Tally};
use crate::vector::Weights;
use crate::{Question, Questions};
use pn_net::{MAX_TOKENS, PlaceId, TransitionId};
use rustc_hash::FxHashMap;

/// The rule.
pub static RULE: Rule = Rule { name: "free component", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.transitions_since(since).is_empty() {
        return 0;
    }
    let (places, _) = draft.made();
    let edges: Vec<(usize, usize)> = draft
        .transitions()
        .filter_map(|t| moved(draft, t).map(|(from, to)| (from.index(), to.index())))
        .collect();
    if edges.is_empty() {
        return 0;
    }
    let components = components(&Graph::new(places, &edges));
    let mut members: FxHashMap<usize, Vec<PlaceId>> = FxHashMap::default();
    for place in draft.places() {
        members.entry(components[place.index()]).or_default().push(place);
    }
    let mut groups: Vec<Vec<PlaceId>> = members.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    groups.into_iter().filter(|group| fuse(draft, group).is_some()).count()
}

/// The places between which a transition moves one token, if that is all it does.
fn moved(draft: &Draft, t: TransitionId) -> Option<(PlaceId, PlaceId)> {
    let transition = draft.transition(t);
    match (&*transition.pre, &*transition.post) {
        ([(from, 1)], [(to, 1)]) if from != to => {
            let free = |place: &PlaceId| !draft.place(*place).observed;
            (free(from) && free(to)).then_some((*from, *to))
        }
        _ => None,
    }
}

fn fuse(draft: &mut Draft, members: &[PlaceId]) -> Option<()> {
    let position: FxHashMap<PlaceId, u32> = members.iter().copied().zip(0..).collect();
    let tokens = members.iter().try_fold(0u64, |sum, place| sum.checked_add(draft.place(*place).tokens))?;
    let mut around: Vec<TransitionId> = members
        .iter()
        .flat_map(|place| draft.consumers(*place).chain(draft.producers(*place)).map(|(t, _)| t))
        .collect();
    around.sort_unstable();
    around.dedup();
    // Everything that may fail comes before the first change.
    let new = PlaceId::new(draft.made().0);
    let mut fused = Vec::with_capacity(around.len());
    for t in &around {
        let transition = draft.transition(*t);
        fused.push((
            renamed(&transition.pre, |p| position.contains_key(&p), new)?,
            renamed(&transition.post, |p| position.contains_key(&p), new)?,
        ));
    }
    if tokens > MAX_TOKENS {
        return None;
    }
    let inner = |draft: &Draft, t| {
        let (from, to) = moved(draft, t)?;
        Some((*position.get(&from)?, *position.get(&to)?))
    };
    let mut moves: Vec<_> = around
        .iter()
        .filter_map(|t| inner(draft, *t).map(|(from, to)| (from, to, draft.transition(*t).recipe)))
        .collect();
    moves.sort_unstable_by_key(|(from, to, _)| (*to, *from));
    let tallies: Box<[_]> = members.iter().map(|place| draft.place(*place).tally).collect();
    let group = draft.recipes.group(Group { members: tallies.clone(), moves: moves.into() });
    let tally = draft.recipes.tally(Tally::Sum(tallies));
    draft.add_place(tokens, tally);
    let mut loops_wanted = usize::from(draft.questions.contain(Questions::of(&[Question::Deadlock])));
    for (t, (pre, post)) in around.into_iter().zip(fused) {
        let observed = draft.transition(t).observed;
        let keep = observed || inner(draft, t).is_none() || loops_wanted > 0;
        if inner(draft, t).is_some() && !observed && keep {
            loops_wanted -= 1;
        }
        if keep {
            let recipe = gathering(draft, group, &position, t);
            draft.add_transition(New { pre, post, recipe, observed });
        }
        draft.drop_transition(t);
    }
    members.iter().for_each(|place| draft.drop_place(*place));
    Some(())
}

/// The recipe of `t` after gathering what it takes from members of the group.
fn gathering(
    draft: &mut Draft,
    group: GroupId,
    position: &FxHashMap<PlaceId, u32>,
    t: TransitionId,
) -> crate::recipe::RecipeId {
    let transition = draft.transition(t);
    let needs: Box<[(u32, u64)]> =
        transition.pre.iter().filter_map(|(place, w)| Some((*position.get(place)?, *w))).collect();
    let recipe = transition.recipe;
    if needs.is_empty() {
        return recipe;
    }
    let gather = draft.recipes.recipe(Recipe::Gather(group, needs));
    draft.recipes.then(gather, recipe, 1)
}

/// The weights with some places replaced by one new place, the last of all; `None` on overflow.
pub(super) fn renamed(
    weights: &Weights,
    is_replaced: impl Fn(PlaceId) -> bool,
    new: PlaceId,
) -> Option<Weights> {
    let mut sum = 0u64;
    let mut renamed: Weights = Vec::with_capacity(weights.len());
    for (place, weight) in weights {
        if is_replaced(*place) {
            sum = sum.checked_add(*weight).filter(|sum| *sum <= MAX_TOKENS)?;
        } else {
            renamed.push((*place, *weight));
        }
    }
    if sum > 0 {
        renamed.push((new, sum));
    }
    Some(renamed)
}

/// A directed graph in compressed rows.
pub(super) struct Graph {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Graph {
    pub(super) fn new(nodes: usize, edges: &[(usize, usize)]) -> Self {
        let mut starts = vec![0; nodes + 1];
        edges.iter().for_each(|(from, _)| starts[from + 1] += 1);
        (0..nodes).for_each(|node| starts[node + 1] += starts[node]);
        let mut next = starts.clone();
        let mut ends = vec![0; edges.len()];
        for (from, to) in edges {
            ends[next[*from]] = *to;
            next[*from] += 1;
        }
        Self { starts, ends }
    }

    fn successors(&self, node: usize) -> &[usize] {
        &self.ends[self.starts[node]..self.starts[node + 1]]
    }
}

/// The number of each node's strongly connected component (Tarjan 1972, with an explicit stack).
pub(super) fn components(graph: &Graph) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let nodes = graph.starts.len() - 1;
    let (mut order, mut low) = (vec![UNSEEN; nodes], vec![0; nodes]);
    let mut component = vec![UNSEEN; nodes];
    let (mut seen, mut found) = (0, 0);
    let mut path: Vec<usize> = Vec::new();
    let mut calls: Vec<(usize, usize)> = Vec::new();
    for root in 0..nodes {
        if order[root] != UNSEEN {
            continue;
        }
        calls.push((root, 0));
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                (order[node], low[node]) = (seen, seen);
                seen += 1;
                path.push(node);
            } else {
                low[node] = low[node].min(low[graph.successors(node)[edge - 1]]);
            }
            let mut rest = edge;
            let mut descended = false;
            while let Some(next) = graph.successors(node).get(rest) {
                rest += 1;
                if order[*next] == UNSEEN {
                    calls.push((node, rest));
                    calls.push((*next, 0));
                    descended = true;
                    break;
                }
                if component[*next] == UNSEEN {
                    low[node] = low[node].min(order[*next]);
                }
            }
            if descended || low[node] != order[node] {
                continue;
            }
            while let Some(member) = path.pop() {
                component[member] = found;
                if member == node {
                    break;
                }
            }
            found += 1;
        }
    }
    component
}
