//! Rows of the incidence matrix with the combination of nodes that they stand for, and the limit
//! on the work with them.

use pn_net::{Net, effect};
use thiserror::Error;

/// How much work may be spent, in matrix entries looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort(pub u64);

impl Effort {
    pub(crate) fn spend(&mut self, entries: usize) -> Result<(), Incomplete> {
        self.0 = self.0.checked_sub(entries as u64).ok_or(Incomplete::Effort)?;
        Ok(())
    }
}

/// Why there is no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Incomplete {
    /// The effort was spent.
    #[error("the effort was spent")]
    Effort,
    /// A weight does not fit in 64 bits.
    #[error("a weight does not fit in 64 bits")]
    Overflow,
}

/// Entries by index, ascending, none of them 0.
pub(crate) type Sparse = Vec<(u32, i64)>;

/// A combination of nodes and its effect: what is left of it to be made 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) effect: Sparse,
    pub(crate) nodes: Sparse,
}

impl Row {
    pub(crate) fn len(&self) -> usize {
        self.effect.len() + self.nodes.len()
    }

    /// The effect on column `column`.
    pub(crate) fn at(&self, column: u32) -> i64 {
        self.effect.binary_search_by_key(&column, |(index, _)| *index).map_or(0, |at| self.effect[at].1)
    }

    /// The combination of `self` and `other` with the smallest positive factor for `self` that has
    /// no effect on `column`, divided by what its entries have in common.
    pub(crate) fn without(&self, column: u32, other: &Self) -> Result<Self, Incomplete> {
        let (own, its) = (self.at(column), other.at(column));
        let common =
            i64::try_from(gcd(own.unsigned_abs(), its.unsigned_abs())).map_err(|_| Incomplete::Overflow)?;
        // own · factor + its · other_factor = 0, and factor > 0.
        let sign = its.signum();
        let factor = its.checked_abs().ok_or(Incomplete::Overflow)? / common;
        let other_factor = (own / common).checked_mul(-sign).ok_or(Incomplete::Overflow)?;
        let mut row = Self {
            effect: sum(&self.effect, factor, &other.effect, other_factor)?,
            nodes: sum(&self.nodes, factor, &other.nodes, other_factor)?,
        };
        let entries = row.effect.iter().chain(&row.nodes);
        let common = entries.fold(0, |common, (_, entry)| gcd(common, entry.unsigned_abs()));
        if let (2.., Ok(common)) = (common, i64::try_from(common)) {
            row.effect.iter_mut().chain(&mut row.nodes).for_each(|(_, entry)| *entry /= common);
        }
        Ok(row)
    }
}

/// One row a place, one column a transition.
pub(crate) fn rows_of_places(net: &Net) -> Result<Vec<Row>, Incomplete> {
    let mut rows = unit_rows(net.place_count());
    for transition in net.transitions() {
        for (place, change) in effect(net, transition) {
            let change = i64::try_from(change).map_err(|_| Incomplete::Overflow)?;
            rows[place.index()].effect.push((index(transition.index()), change));
        }
    }
    Ok(rows)
}

/// One row a transition, one column a place.
pub(crate) fn rows_of_transitions(net: &Net) -> Result<Vec<Row>, Incomplete> {
    let mut rows = unit_rows(net.transition_count());
    for (row, transition) in rows.iter_mut().zip(net.transitions()) {
        for (place, change) in effect(net, transition) {
            row.effect.push((index(place.index()), i64::try_from(change).map_err(|_| Incomplete::Overflow)?));
        }
    }
    Ok(rows)
}

fn unit_rows(count: usize) -> Vec<Row> {
    (0..count).map(|node| Row { effect: Vec::new(), nodes: vec![(index(node), 1)] }).collect()
}

fn sum(a: &Sparse, by_a: i64, b: &Sparse, by_b: i64) -> Result<Sparse, Incomplete> {
    let times = |entry: i64, factor: i64| entry.checked_mul(factor).ok_or(Incomplete::Overflow);
    let mut result = Vec::with_capacity(a.len() + b.len());
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let column = match (left.peek(), right.peek()) {
            (None, None) => return Ok(result),
            (Some((c, _)), None) | (None, Some((c, _))) => *c,
            (Some((c, _)), Some((d, _))) => *c.min(d),
        };
        let own = left.next_if(|(c, _)| *c == column).map_or(Ok(0), |(_, e)| times(*e, by_a))?;
        let its = right.next_if(|(c, _)| *c == column).map_or(Ok(0), |(_, e)| times(*e, by_b))?;
        match own.checked_add(its).ok_or(Incomplete::Overflow)? {
            0 => {}
            entry => result.push((column, entry)),
        }
    }
}

const fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

pub(crate) fn index(n: usize) -> u32 {
    u32::try_from(n).expect("a net has fewer than 2^32 nodes of a kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_has_no_effect_on_its_column_and_no_common_divisor() {
        let a = Row { effect: vec![(0, 4), (1, 2)], nodes: vec![(0, 2)] };
        let b = Row { effect: vec![(0, -6), (2, 3)], nodes: vec![(1, 3)] };
        let row = a.without(0, &b).expect("the entries are small");
        assert_eq!(row, Row { effect: vec![(1, 1), (2, 1)], nodes: vec![(0, 1), (1, 1)] });
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let a = Row { effect: vec![(0, 3), (1, i64::MAX)], nodes: vec![(0, 1)] };
        let b = Row { effect: vec![(0, -2)], nodes: vec![(1, 1)] };
        assert_eq!(a.without(0, &b), Err(Incomplete::Overflow));
    }
}
