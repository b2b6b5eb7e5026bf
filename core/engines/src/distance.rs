//! How far a marking is from a goal: 0 where the goal holds, else about how many tokens are amiss.
//!
//! The distance of a comparison is by how much it is missed, of `fireable` the tokens that the
//! nearest of its transitions lacks, of `and` the sum and of `or` the least. Negations are pushed
//! to the leaves once, when the goal is compiled. A guide for searches, without any promise but
//! that it is 0 exactly where the formula holds (Jensen, Nielsen, Oestergaard and Srba, "TAPAAL
//! and reachability analysis of P/T nets", 2016).
//! Cost: the formula's size, its presets included.

use pn_logic::{Comparison, Formula, Linear};
use pn_net::{Net, PlaceId, TransitionId};

/// A goal in the form in which its distance is computed.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// Holds everywhere, or nowhere.
    Constant(bool),
    /// The sum is not negative.
    AtLeastZero(Sum),
    /// The sum is zero.
    Zero(Sum),
    /// The sum is not zero.
    NotZero(Sum),
    /// One of these transitions is enabled.
    AnyEnabled(Box<[Preset]>),
    /// None of these transitions is enabled.
    NoneEnabled(Box<[Preset]>),
    /// No transition of the net is enabled.
    Dead,
    /// Some transition of the net is enabled.
    Alive,
    /// All hold.
    All(Box<[Goal]>),
    /// At least one holds.
    Any(Box<[Goal]>),
}

/// A linear expression with room for sums and differences.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    pub(crate) terms: Box<[(u32, i64)]>,
    pub(crate) constant: i128,
}

/// A transition and what it takes.
#[derive(Clone, Debug)]
pub(crate) struct Preset {
    pub(crate) transition: TransitionId,
    pub(crate) inputs: Box<[(u32, u64)]>,
}

/// No distance is larger, so that sums of distances do not wrap.
const FAR: u64 = u64::MAX >> 16;
/// More ways than one search can go after at once.
const MANY: usize = 16;

impl Goal {
    /// The goal that `formula` holds.
    pub(crate) fn of(net: &Net, formula: &Formula) -> Self {
        Self::signed(net, formula, Sign::Plain)
    }

    /// The goal that `formula` does not hold.
    pub(crate) fn violating(net: &Net, formula: &Formula) -> Self {
        Self::signed(net, formula, Sign::Negated)
    }

    fn signed(net: &Net, formula: &Formula, sign: Sign) -> Self {
        let each = |parts: &[Formula]| parts.iter().map(|part| Self::signed(net, part, sign)).collect();
        match (formula, sign) {
            (Formula::True, Sign::Plain) | (Formula::False, Sign::Negated) => Self::Constant(true),
            (Formula::False, Sign::Plain) | (Formula::True, Sign::Negated) => Self::Constant(false),
            (Formula::Dead, Sign::Plain) => Self::Dead,
            (Formula::Dead, Sign::Negated) => Self::Alive,
            (Formula::Fireable(transitions), Sign::Plain) => Self::AnyEnabled(presets(net, transitions)),
            (Formula::Fireable(transitions), Sign::Negated) => Self::NoneEnabled(presets(net, transitions)),
            (Formula::Not(inner), _) => Self::signed(net, inner, sign.flipped()),
            (Formula::And(parts), Sign::Plain) | (Formula::Or(parts), Sign::Negated) => {
                Self::All(each(parts))
            }
            (Formula::Or(parts), Sign::Plain) | (Formula::And(parts), Sign::Negated) => {
                Self::Any(each(parts))
            }
            (Formula::Compare(left, comparison, right), _) => {
                let comparison = if sign == Sign::Plain { *comparison } else { comparison.negated() };
                match comparison {
                    Comparison::AtLeast => Self::AtLeastZero(difference(left, right, 0)),
                    Comparison::Greater => Self::AtLeastZero(difference(left, right, -1)),
                    Comparison::AtMost => Self::AtLeastZero(difference(right, left, 0)),
                    Comparison::Less => Self::AtLeastZero(difference(right, left, -1)),
                    Comparison::Equal => Self::Zero(difference(left, right, 0)),
                    Comparison::NotEqual => Self::NotZero(difference(left, right, 0)),
                }
            }
        }
    }

    /// The distance of a marking, given by its tokens and how many transitions it enables, as far
    /// as that is known: only whether it is 0 decides anything.
    pub(crate) fn distance(&self, tokens: &impl Fn(u32) -> u64, enabled: usize) -> u64 {
        match self {
            Self::Constant(true) => 0,
            Self::Constant(false) => FAR,
            Self::AtLeastZero(sum) => short(-sum.value(tokens)),
            Self::Zero(sum) => short(sum.value(tokens).abs()),
            Self::NotZero(sum) => u64::from(sum.value(tokens) == 0),
            Self::AnyEnabled(presets) => {
                presets.iter().map(|preset| preset.lacking(tokens)).min().unwrap_or(FAR)
            }
            Self::NoneEnabled(presets) => {
                presets.iter().fold(0, |sum, preset| (sum + preset.surplus(tokens)).min(FAR))
            }
            Self::Dead => enabled as u64,
            Self::Alive => u64::from(enabled == 0),
            Self::All(parts) => {
                parts.iter().fold(0, |sum, part| (sum + part.distance(tokens, enabled)).min(FAR))
            }
            Self::Any(parts) => parts.iter().map(|part| part.distance(tokens, enabled)).min().unwrap_or(FAR),
        }
    }

    /// Whether the goal holds; as [`Goal::distance`] is 0, and sooner known.
    pub(crate) fn holds(&self, tokens: &impl Fn(u32) -> u64, enabled: usize) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(tokens, enabled)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(tokens, enabled)),
            Self::AnyEnabled(presets) => presets.iter().any(|preset| preset.is_there(tokens)),
            Self::NoneEnabled(presets) => !presets.iter().any(|preset| preset.is_there(tokens)),
            _ => self.distance(tokens, enabled) == 0,
        }
    }

    /// The places that the goal speaks of, with repetitions.
    pub(crate) fn places(&self, found: &mut Vec<u32>) {
        match self {
            Self::Constant(_) | Self::Dead | Self::Alive => {}
            Self::AtLeastZero(sum) | Self::Zero(sum) | Self::NotZero(sum) => {
                found.extend(sum.terms.iter().map(|(place, _)| *place));
            }
            Self::AnyEnabled(presets) | Self::NoneEnabled(presets) => {
                found.extend(presets.iter().flat_map(|preset| &preset.inputs).map(|(place, _)| *place));
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.places(found)),
        }
    }

    /// The summands and weights of the goal.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Constant(_) | Self::Dead | Self::Alive => 1,
            Self::AtLeastZero(sum) | Self::Zero(sum) | Self::NotZero(sum) => sum.terms.len(),
            Self::AnyEnabled(presets) | Self::NoneEnabled(presets) => {
                presets.iter().map(|preset| preset.inputs.len()).sum()
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::size).sum(),
        }
    }

    /// Where there are many ways to meet the goal, one that `draw` chooses, given how many.
    pub(crate) fn one_way(&self, draw: impl FnOnce(usize) -> usize) -> &Self {
        match self {
            Self::Any(parts) if parts.len() > MANY => &parts[draw(parts.len())],
            _ => self,
        }
    }

    /// Whether it matters to the goal that a marking is dead.
    pub(crate) fn is_about_death(&self) -> bool {
        match self {
            Self::Dead | Self::Alive => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::is_about_death),
            _ => false,
        }
    }
}

impl Sum {
    /// The value in a marking.
    pub(crate) fn value(&self, tokens: &impl Fn(u32) -> u64) -> i128 {
        let terms = self.terms.iter();
        terms.map(|(place, factor)| i128::from(*factor) * i128::from(tokens(*place))).sum::<i128>()
            + self.constant
    }
}

impl Preset {
    /// Whether the transition is enabled.
    pub(crate) fn is_there(&self, tokens: &impl Fn(u32) -> u64) -> bool {
        self.inputs.iter().all(|(place, weight)| tokens(*place) >= *weight)
    }

    /// How many tokens the transition lacks.
    fn lacking(&self, tokens: &impl Fn(u32) -> u64) -> u64 {
        self.inputs
            .iter()
            .fold(0, |sum, (place, weight)| (sum + weight.saturating_sub(tokens(*place))).min(FAR))
    }

    /// How many tokens have to go until the transition is not enabled.
    fn surplus(&self, tokens: &impl Fn(u32) -> u64) -> u64 {
        let each = self.inputs.iter().map(|(place, weight)| (tokens(*place) + 1).saturating_sub(*weight));
        each.min().unwrap_or(FAR).min(FAR)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plain,
    Negated,
}

impl Sign {
    const fn flipped(self) -> Self {
        match self {
            Self::Plain => Self::Negated,
            Self::Negated => Self::Plain,
        }
    }
}

fn difference(left: &Linear, right: &Linear, constant: i128) -> Sum {
    let positive = left.terms().iter().map(|(place, factor)| (*place, i64::from(*factor)));
    let negative = right.terms().iter().map(|(place, factor)| (*place, -i64::from(*factor)));
    let mut terms: Vec<(PlaceId, i64)> = positive.chain(negative).collect();
    terms.sort_unstable();
    let merged =
        terms.chunk_by(|a, b| a.0 == b.0).map(|same| (number(same[0].0), same.iter().map(|t| t.1).sum()));
    let constant = i128::from(left.offset()) - i128::from(right.offset()) + constant;
    Sum { terms: merged.filter(|(_, factor)| *factor != 0).collect(), constant }
}

fn presets(net: &Net, transitions: &[TransitionId]) -> Box<[Preset]> {
    let preset = |t: &TransitionId| {
        let inputs = net.pre(*t).map(|(place, weight)| (number(place), weight)).collect();
        Preset { transition: *t, inputs }
    };
    transitions.iter().map(preset).collect()
}

fn number(place: PlaceId) -> u32 {
    u32::try_from(place.index()).expect("ids of places fit in 32 bits")
}

fn short(distance: i128) -> u64 {
    u64::try_from(distance.max(0)).unwrap_or(FAR).min(FAR)
}
