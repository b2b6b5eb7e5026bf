//! The coverability tree as Karp and Miller wrote it down in 1969: nothing is pruned but what an
//! ancestor equals. The oracle for unbounded nets.

use pn_net::{Net, PlaceId, TransitionId};

/// The labels of all nodes of the tree of `net`, each once, ω as `None`; `None` when it has more
/// than `limit` nodes.
///
/// # Panics
///
/// When a count exceeds 64 bits: random nets are small.
#[must_use]
pub fn karp_miller(net: &Net, limit: usize) -> Option<Vec<Vec<Option<u64>>>> {
    let root: Vec<Option<u64>> = net.initial().counts().iter().map(|count| Some(*count)).collect();
    let mut nodes: Vec<(Vec<Option<u64>>, Option<usize>)> = vec![(root, None)];
    let mut number = 0;
    while number < nodes.len() {
        let ancestors = ancestors(&nodes, number);
        let repeats = ancestors[1..].iter().any(|ancestor| nodes[*ancestor].0 == nodes[number].0);
        for transition in net.transitions().filter(|_| !repeats) {
            let Some(mut label) = fired(net, &nodes[number].0, transition) else { continue };
            for ancestor in &ancestors {
                let earlier = &nodes[*ancestor].0;
                if label != *earlier && label.iter().zip(earlier).all(|(a, b)| at_least(*a, *b)) {
                    let pairs = label.iter().zip(earlier);
                    label = pairs.map(|(a, b)| if a == b { *a } else { None }).collect();
                }
            }
            nodes.push((label, Some(number)));
            if nodes.len() > limit {
                return None;
            }
        }
        number += 1;
    }
    let mut labels: Vec<Vec<Option<u64>>> = nodes.into_iter().map(|(label, _)| label).collect();
    labels.sort_unstable();
    labels.dedup();
    Some(labels)
}

/// Whether `a` is at least `b`, where `None` is more than any number.
#[must_use]
pub fn at_least(a: Option<u64>, b: Option<u64>) -> bool {
    match (a, b) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(a), Some(b)) => a >= b,
    }
}

/// The node and those above it, the nearest first.
fn ancestors(nodes: &[(Vec<Option<u64>>, Option<usize>)], number: usize) -> Vec<usize> {
    std::iter::successors(Some(number), |number| nodes[*number].1).collect()
}

fn fired(net: &Net, label: &[Option<u64>], transition: TransitionId) -> Option<Vec<Option<u64>>> {
    let change = |(index, count): (usize, &Option<u64>)| {
        let place = PlaceId::new(index);
        let Some(count) = count else { return Some(None) };
        let left = count.checked_sub(net.input_weight(place, transition))?;
        Some(Some(left + net.output_weight(transition, place)))
    };
    label.iter().enumerate().map(change).collect()
}
