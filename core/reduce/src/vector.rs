//! Sparse vectors over places: the arcs of one transition in one direction, and its effect.
//!
//! All are sorted by place, each place once, no entry 0. Vectors are short, so they are merged,
//! not indexed.

use pn_net::{MAX_TOKENS, PlaceId};

/// Weights by place.
pub(crate) type Weights = Vec<(PlaceId, u64)>;
/// Changes by place.
pub(crate) type Effect = Vec<(PlaceId, i128)>;

/// The entry of `place`, 0 where there is none.
pub(crate) fn weight(weights: &[(PlaceId, u64)], place: PlaceId) -> u64 {
    match weights.binary_search_by_key(&place, |entry| entry.0) {
        Ok(index) => weights[index].1,
        Err(_) => 0,
    }
}

/// The places of either vector with both entries.
pub(crate) fn both<'a>(
    left: &'a [(PlaceId, u64)],
    right: &'a [(PlaceId, u64)],
) -> impl Iterator<Item = (PlaceId, u64, u64)> + 'a {
    let mut left = left.iter().copied().peekable();
    let mut right = right.iter().copied().peekable();
    std::iter::from_fn(move || {
        let place = match (left.peek(), right.peek()) {
            (None, None) => return None,
            (Some(&(p, _)), None) | (None, Some(&(p, _))) => p,
            (Some(&(p, _)), Some(&(q, _))) => p.min(q),
        };
        let a = left.next_if(|(p, _)| *p == place).map_or(0, |(_, w)| w);
        let b = right.next_if(|(p, _)| *p == place).map_or(0, |(_, w)| w);
        Some((place, a, b))
    })
}

/// Post − Pre, without zeros.
pub(crate) fn effect(pre: &[(PlaceId, u64)], post: &[(PlaceId, u64)]) -> Effect {
    let changes = both(pre, post).map(|(place, minus, plus)| (place, i128::from(plus) - i128::from(minus)));
    changes.filter(|(_, change)| *change != 0).collect()
}

/// The sum of two effects, without zeros.
pub(crate) fn sum_of_effects(left: &[(PlaceId, i128)], right: &[(PlaceId, i128)]) -> Effect {
    let mut sum: Effect = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        let take_left = j == right.len() || (i < left.len() && left[i].0 <= right[j].0);
        let take_right = i == left.len() || (j < right.len() && right[j].0 <= left[i].0);
        let place = if take_left { left[i].0 } else { right[j].0 };
        let mut change = 0;
        if take_left {
            change += left[i].1;
            i += 1;
        }
        if take_right {
            change += right[j].1;
            j += 1;
        }
        if change != 0 {
            sum.push((place, change));
        }
    }
    sum
}

/// `left + factor · right` without `place`; `None` when an entry exceeds what an arc can weigh.
pub(crate) fn sum_without(
    left: &[(PlaceId, u64)],
    right: &[(PlaceId, u64)],
    factor: u64,
    place: PlaceId,
) -> Option<Weights> {
    let mut sum = Vec::with_capacity(left.len() + right.len());
    for (at, a, b) in both(left, right).filter(|(at, ..)| *at != place) {
        let entry = b.checked_mul(factor)?.checked_add(a)?;
        if entry > MAX_TOKENS {
            return None;
        }
        sum.push((at, entry));
    }
    Some(sum)
}

/// Whether every entry of `small` is at most that of `large`.
pub(crate) fn is_below(small: &[(PlaceId, u64)], large: &[(PlaceId, u64)]) -> bool {
    small.len() <= large.len() && small.iter().all(|(place, w)| weight(large, *place) >= *w)
}

/// The greatest common divisor; that of 0 and n is n.
pub(crate) const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
