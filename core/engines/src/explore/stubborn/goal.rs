//! What brings a marking nearer to a goal: transitions one of which every run to it fires.
//!
//! For a formula that is false in m, condition W holds for these sets, the *interesting*
//! transitions: of a comparison those that change the difference of its sides in the right
//! direction; of `fireable(t)` those that raise one short place of t; of `not fireable(t)` those
//! that lower an input place of t; of a conjunction those of one part that is false, and the one
//! with the fewest is taken; of a disjunction those of all its parts. `dead` is the conjunction of
//! all `not fireable(t)`. For `bound(e)`, whatever the largest value is, a run to it from a marking
//! with a smaller one fires a transition that raises e. K. Schmidt 1999; L. M. Kristensen,
//! A. Valmari, "Improved Question-Guided Stubborn Set Methods for State Properties", 2000.

use super::Counts;
use super::dependencies::{List, Situation};
use pn_logic::{Comparison, Formula, Linear, Property};
use pn_net::{Net, PlaceId, TransitionId, effect};

/// A formula in negation normal form, with the transitions that matter for its comparisons.
#[derive(Debug)]
pub(super) enum Goal {
    True,
    False,
    Compare(Difference, Comparison),
    Fireable(Vec<TransitionId>),
    /// None of these is enabled.
    Unfireable(Vec<TransitionId>),
    Dead,
    Alive,
    All(Vec<Goal>),
    Any(Vec<Goal>),
    /// A larger value than any seen.
    Raise(Difference),
}

/// An expression that is compared with 0, and the transitions that change it.
#[derive(Debug)]
pub(super) struct Difference {
    terms: Vec<(PlaceId, i64)>,
    constant: i128,
    raising: Vec<u32>,
    lowering: Vec<u32>,
}

impl Goal {
    /// What settles `property`; `None` if no single marking does.
    pub(super) fn of(net: &Net, property: &Property) -> Option<Self> {
        match property {
            Property::Possibly(formula) => Some(Self::sought(net, formula)),
            Property::Always(formula) => Some(Self::refuted(net, formula)),
            Property::Bound(expression) => {
                Some(Self::Raise(Difference::new(net, expression, &Linear::constant(0))))
            }
            Property::InevitablyBackTo { .. } => None,
        }
    }

    fn sought(net: &Net, formula: &Formula) -> Self {
        let parts = |parts: &[Formula]| parts.iter().map(|part| Self::sought(net, part)).collect();
        match formula {
            Formula::True => Self::True,
            Formula::False => Self::False,
            Formula::Compare(left, comparison, right) => {
                Self::Compare(Difference::new(net, left, right), *comparison)
            }
            Formula::Fireable(transitions) => Self::Fireable(transitions.clone()),
            Formula::Dead => Self::Dead,
            Formula::Not(inner) => Self::refuted(net, inner),
            Formula::And(all) => Self::All(parts(all)),
            Formula::Or(any) => Self::Any(parts(any)),
        }
    }

    fn refuted(net: &Net, formula: &Formula) -> Self {
        let parts = |parts: &[Formula]| parts.iter().map(|part| Self::refuted(net, part)).collect();
        match formula {
            Formula::True => Self::False,
            Formula::False => Self::True,
            Formula::Compare(left, comparison, right) => {
                Self::Compare(Difference::new(net, left, right), comparison.negated())
            }
            Formula::Fireable(transitions) => Self::Unfireable(transitions.clone()),
            Formula::Dead => Self::Alive,
            Formula::Not(inner) => Self::sought(net, inner),
            Formula::And(all) => Self::Any(parts(all)),
            Formula::Or(any) => Self::All(parts(any)),
        }
    }

    /// Whether only dead markings satisfy it.
    pub(super) fn implies_dead(&self) -> bool {
        match self {
            Self::Dead | Self::False => true,
            Self::All(parts) => parts.iter().any(Self::implies_dead),
            Self::Any(parts) => parts.iter().all(Self::implies_dead),
            _ => false,
        }
    }

    /// Puts the interesting transitions, or the lists that contain them, into `seeds`. Their
    /// number; `None`, and nothing put, where the goal holds.
    pub(super) fn interesting(
        &self,
        situation: &Situation<'_, impl Counts>,
        enabled: &[TransitionId],
        seeds: &mut Vec<u32>,
    ) -> Option<usize> {
        match self {
            Self::True => None,
            Self::False => Some(0),
            Self::Compare(difference, comparison) => {
                difference.towards(*comparison, situation.marking).map(|lists| put(lists, seeds))
            }
            Self::Raise(difference) => Some(put([&difference.raising, &[]], seeds)),
            Self::Fireable(transitions) => {
                if transitions.iter().any(|t| situation.is_enabled(t.index())) {
                    return None;
                }
                let lists = transitions.iter().map(|t| situation.scapegoat(t.index(), |_| false));
                Some(lists.map(|list| put_list(situation, list, seeds)).sum())
            }
            Self::Unfireable(transitions) => {
                let firing = transitions.iter().filter(|t| situation.is_enabled(t.index()));
                disabled(situation, firing, seeds)
            }
            Self::Dead => disabled(situation, enabled.iter(), seeds),
            Self::Alive if enabled.is_empty() => Some(0),
            Self::Alive => None,
            Self::All(parts) => fewest(parts, situation, enabled, seeds),
            Self::Any(parts) => {
                let (start, mut count) = (seeds.len(), 0);
                for part in parts {
                    let Some(of_part) = part.interesting(situation, enabled, seeds) else {
                        seeds.truncate(start);
                        return None;
                    };
                    count += of_part;
                }
                Some(count)
            }
        }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Compare(difference, _) | Self::Raise(difference) => difference.bytes(),
                Self::Fireable(transitions) | Self::Unfireable(transitions) => size_of_val(&**transitions),
                Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::bytes).sum(),
                Self::True | Self::False | Self::Dead | Self::Alive => 0,
            }
    }
}

/// Those of the false part with the fewest.
fn fewest(
    parts: &[Goal],
    situation: &Situation<'_, impl Counts>,
    enabled: &[TransitionId],
    seeds: &mut Vec<u32>,
) -> Option<usize> {
    let start = seeds.len();
    let mut best = None;
    for part in parts {
        let end = seeds.len();
        let Some(count) = part.interesting(situation, enabled, seeds) else { continue };
        if best.is_none_or(|fewest| count < fewest) {
            best = Some(count);
            seeds.drain(start..end);
        } else {
            seeds.truncate(end);
        }
    }
    best
}

/// What disables one of the enabled `transitions`; `None` if there are none.
fn disabled<'a>(
    situation: &Situation<'_, impl Counts>,
    transitions: impl Iterator<Item = &'a TransitionId>,
    seeds: &mut Vec<u32>,
) -> Option<usize> {
    let lists = |t: &TransitionId| {
        let places = situation.inputs(t.index());
        places.map(|place| situation.dependencies.list(List::Lowering, place)).collect::<Vec<_>>()
    };
    let weight = |lists: &Vec<usize>| lists.iter().map(|list| situation.list_length(*list)).sum::<usize>();
    let best = transitions.map(lists).min_by_key(weight)?;
    Some(best.into_iter().map(|list| put_list(situation, list, seeds)).sum())
}

fn put_list(situation: &Situation<'_, impl Counts>, list: usize, seeds: &mut Vec<u32>) -> usize {
    seeds.push(u32::try_from(list).expect("nodes are numbered in 32 bits"));
    situation.list_length(list)
}

fn put(lists: [&[u32]; 2], seeds: &mut Vec<u32>) -> usize {
    lists.iter().for_each(|list| seeds.extend_from_slice(list));
    lists.iter().map(|list| list.len()).sum()
}

impl Difference {
    fn new(net: &Net, left: &Linear, right: &Linear) -> Self {
        let mut terms: Vec<(PlaceId, i64)> =
            left.terms().iter().map(|(place, c)| (*place, i64::from(*c))).collect();
        for (place, coefficient) in right.terms() {
            match terms.iter_mut().find(|(other, _)| other == place) {
                Some((_, sum)) => *sum -= i64::from(*coefficient),
                None => terms.push((*place, -i64::from(*coefficient))),
            }
        }
        terms.sort_unstable_by_key(|(place, _)| *place);
        let coefficient = |place: PlaceId| {
            let found = terms.binary_search_by_key(&place, |(place, _)| *place);
            found.map_or(0, |index| i128::from(terms[index].1))
        };
        let (mut raising, mut lowering) = (Vec::new(), Vec::new());
        for transition in net.transitions() {
            let change: i128 = effect(net, transition).map(|(place, by)| by * coefficient(place)).sum();
            let number = u32::try_from(transition.index()).expect("nodes are numbered in 32 bits");
            match change.signum() {
                1 => raising.push(number),
                -1 => lowering.push(number),
                _ => {}
            }
        }
        let constant = i128::from(left.offset()) - i128::from(right.offset());
        Self { terms, constant, raising, lowering }
    }

    /// The transitions that change the value towards where it compares with 0 as wanted; `None`
    /// if it does.
    fn towards(&self, comparison: Comparison, marking: &impl Counts) -> Option<[&[u32]; 2]> {
        let terms = self.terms.iter();
        let value = terms.map(|(p, c)| i128::from(*c) * i128::from(marking.tokens(*p))).sum::<i128>();
        let value = value + self.constant;
        if comparison.holds(value, 0) {
            return None;
        }
        Some(match comparison {
            Comparison::Less | Comparison::AtMost => [&self.lowering, &[]],
            Comparison::AtLeast | Comparison::Greater => [&self.raising, &[]],
            Comparison::Equal if value > 0 => [&self.lowering, &[]],
            Comparison::Equal => [&self.raising, &[]],
            Comparison::NotEqual => [&self.raising, &self.lowering],
        })
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.terms) + size_of_val(&*self.raising) + size_of_val(&*self.lowering)
    }
}
