//! How a walk chooses what fires next.
//!
//! No way of choosing is best: of the deadlocks in the Model Checking Contest's nets most are found
//! by the uniform choice, and of the rest each other mode finds some alone. Walks therefore take
//! turns. The modes that need a goal go by its distance ([`crate::distance`]); the weights of
//! [`Mode::Potency`] double when a firing brought the goal nearer and halve when it led away,
//! after Henriksen and others, "Potency-based heuristic search with randomness for explicit model
//! checking" (2023), who take the first weights from a linear program; here they are alike.

use super::compact::{Compact, NONE};
use super::walker::{Nobody, Walker};
use crate::distance::Goal;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A way of choosing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Each enabled transition alike.
    Uniform,
    /// Every other time the one after which the fewest transitions are enabled.
    FewestEnabled,
    /// By an order of the transitions that is drawn once a walk, but for one choice in twenty.
    Priorities,
    /// The same as before while it is enabled.
    Repeat,
    /// Of a few, the one that fired the least so far.
    Rarest,
    /// The one that leads nearest to the goal, but for one choice in eight.
    Nearest,
    /// By weights that grow with what the transition did for the goal.
    Potency,
    /// One that the plan has firings left for, while there is one.
    Planned,
}

/// So many firings of each kind of transition, in whatever order is possible.
#[derive(Debug)]
pub(crate) struct Plan {
    /// By transition: its kind, if firing it counts.
    pub(crate) kinds: Vec<Option<usize>>,
    /// By kind.
    pub(crate) firings: Vec<u64>,
}

/// Random numbers for choices.
#[derive(Debug)]
pub(super) struct Chance(Xoshiro256PlusPlus);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number below `count`, which fits in 32 bits; each is as likely as the others but for a
    /// difference of less than `count` in 2³².
    #[inline]
    pub(super) fn below(&mut self, count: usize) -> usize {
        let bits: u64 = self.0.random();
        (((bits >> 32) * count as u64) >> 32) as usize
    }

    #[inline]
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The most enabled transitions that one choice compares.
const WINDOW: usize = 200;
/// Potencies at the beginning and at most; at least 1.
const POTENCY: u32 = 64;
const MOST_POTENCY: u32 = 4096;

/// What one walk remembers for its choices.
#[derive(Debug)]
pub(super) struct Guide {
    mode: Mode,
    salt: u64,
    last: u32,
    /// By number: how often it fired, in all walks.
    fired: Box<[u32]>,
    potency: Box<[u32]>,
    /// By number: whether it changes a place that the goal speaks of.
    is_near: Box<[bool]>,
    distance: u64,
    candidates: Vec<u32>,
    /// By number: the kind in the plan.
    kinds: Vec<Option<usize>>,
    /// By kind: the firings that are left of the plan.
    left: Vec<u64>,
}

impl Guide {
    pub(super) fn new(transitions: usize) -> Self {
        Self {
            mode: Mode::Uniform,
            salt: 0,
            last: NONE,
            fired: vec![0; transitions].into(),
            potency: vec![POTENCY; transitions].into(),
            is_near: vec![false; transitions].into(),
            distance: 0,
            candidates: Vec::new(),
            kinds: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Prepares for a walk by this plan, of the transitions of `net`.
    pub(super) fn plan(&mut self, plan: &Plan, net: &Compact) {
        let numbers = 0..u32::try_from(net.len()).expect("transitions have numbers of 32 bits");
        self.kinds = numbers.map(|number| plan.kinds[net.transition(number).index()]).collect();
        self.left.clone_from(&plan.firings);
    }

    /// Prepares for a walk towards `goal`, from where `walker` is.
    pub(super) fn begin(&mut self, mode: Mode, goal: &Goal, walker: &Walker<'_>, chance: &mut Chance) {
        (self.mode, self.last) = (mode, NONE);
        self.salt = chance.0.random();
        match mode {
            Mode::Potency => self.potency.fill(POTENCY),
            Mode::Nearest => {
                let mut places = Vec::new();
                goal.places(&mut places);
                let mut speaks = vec![false; walker.tokens().len()];
                places.into_iter().for_each(|place| speaks[place as usize] = true);
                for (number, is_near) in (0..).zip(&mut self.is_near) {
                    let changes = walker.net().changes(number);
                    *is_near = changes.iter().any(|change| speaks[change.place as usize]);
                }
            }
            _ => {}
        }
        self.distance = distance(goal, walker.tokens(), walker.enabled_count());
    }

    /// The next to fire, of at least one that is enabled; and how many transitions were compared.
    #[inline]
    pub(super) fn choose(
        &mut self,
        walker: &mut Walker<'_>,
        goal: &Goal,
        chance: &mut Chance,
    ) -> (u32, usize) {
        match self.mode {
            Mode::Uniform => (uniform(walker, chance), 0),
            _ => self.compare(walker, goal, chance),
        }
    }

    fn compare(&mut self, walker: &mut Walker<'_>, goal: &Goal, chance: &mut Chance) -> (u32, usize) {
        let noise = match self.mode {
            Mode::FewestEnabled => chance.once_in(2),
            Mode::Priorities => chance.once_in(20),
            Mode::Nearest => chance.once_in(8),
            Mode::Uniform | Mode::Repeat | Mode::Rarest | Mode::Potency | Mode::Planned => false,
        };
        if noise || walker.enabled().len() == 1 {
            return (uniform(walker, chance), 0);
        }
        match self.mode {
            Mode::Repeat => {
                let again = self.last != NONE && walker.is_enabled(self.last) && !chance.once_in(1024);
                (if again { self.last } else { uniform(walker, chance) }, 0)
            }
            Mode::Rarest => {
                let drawn = [(); 4].map(|()| uniform(walker, chance));
                let rarest = drawn.into_iter().min_by_key(|number| self.fired[*number as usize]);
                (rarest.expect("four were drawn"), 0)
            }
            Mode::Potency => {
                let weight = |number: u32| self.potency[number as usize] as usize;
                let candidates = window(walker.enabled(), chance);
                let total: usize = candidates.clone().map(weight).sum();
                let mut left = chance.below(total);
                let drawn = candidates.clone().find(|number| match left.checked_sub(weight(*number)) {
                    Some(rest) => {
                        left = rest;
                        false
                    }
                    None => true,
                });
                (drawn.expect("a number below the total falls to one"), candidates.count() / 8)
            }
            Mode::Planned => {
                let Self { kinds, left, candidates, .. } = self;
                let is_planned = |number: &u32| kinds[*number as usize].is_some_and(|kind| left[kind] > 0);
                candidates.clear();
                candidates.extend(window(walker.enabled(), chance).filter(is_planned));
                match candidates.len() {
                    0 => (uniform(walker, chance), 0),
                    count => (candidates[chance.below(count)], 0),
                }
            }
            Mode::Uniform | Mode::FewestEnabled | Mode::Priorities | Mode::Nearest => {
                self.candidates.clear();
                self.candidates.extend(window(walker.enabled(), chance));
                self.least(walker, goal, chance)
            }
        }
    }

    /// Of the candidates one of those with the least value, and what the comparison cost.
    fn least(&mut self, walker: &mut Walker<'_>, goal: &Goal, chance: &mut Chance) -> (u32, usize) {
        let mut best = (u64::MAX, NONE);
        let (mut ties, mut cost) = (0, 0);
        for number in &self.candidates {
            let value = match self.mode {
                Mode::FewestEnabled => {
                    cost += 2;
                    enabled_after(walker, *number)
                }
                Mode::Nearest if self.is_near[*number as usize] => {
                    cost += 1;
                    let enabled = walker.enabled_count();
                    walker.with_fired(*number, |tokens| distance(goal, tokens, enabled))
                }
                Mode::Nearest => self.distance,
                _ => (u64::from(*number) ^ self.salt).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            };
            if value < best.0 || best.1 == NONE {
                (best, ties) = ((value, *number), 1);
            } else if value == best.0 {
                ties += 1;
                if chance.once_in(ties) {
                    best.1 = *number;
                }
            }
        }
        (best.1, cost + self.candidates.len() / 8)
    }

    /// Learns from a firing, in the marking that it led to.
    #[inline]
    pub(super) fn learn(&mut self, number: u32, walker: &Walker<'_>, goal: &Goal) {
        match self.mode {
            Mode::Uniform | Mode::Priorities | Mode::FewestEnabled => {}
            Mode::Repeat => self.last = number,
            Mode::Planned => {
                if let Some(kind) = self.kinds[number as usize] {
                    self.left[kind] = self.left[kind].saturating_sub(1);
                }
            }
            Mode::Rarest => {
                let fired = &mut self.fired[number as usize];
                *fired = fired.saturating_add(1);
            }
            Mode::Nearest => self.distance = distance(goal, walker.tokens(), walker.enabled_count()),
            Mode::Potency => {
                let now = distance(goal, walker.tokens(), walker.enabled_count());
                let potency = &mut self.potency[number as usize];
                match now.cmp(&self.distance) {
                    std::cmp::Ordering::Less => *potency = (*potency * 2).min(MOST_POTENCY),
                    std::cmp::Ordering::Greater => *potency = (*potency / 2).max(1),
                    std::cmp::Ordering::Equal => {}
                }
                self.distance = now;
            }
        }
    }
}

#[inline]
fn uniform(walker: &Walker<'_>, chance: &mut Chance) -> u32 {
    let enabled = walker.enabled();
    enabled[chance.below(enabled.len())]
}

/// Some of the enabled transitions: all, if they are few.
fn window<'e>(enabled: &'e [u32], chance: &mut Chance) -> impl Iterator<Item = u32> + Clone + use<'e> {
    let start = if enabled.len() > WINDOW { chance.below(enabled.len()) } else { 0 };
    enabled[start..].iter().chain(&enabled[..start]).copied().take(WINDOW)
}

fn distance(goal: &Goal, tokens: &[u64], enabled: usize) -> u64 {
    goal.distance(&|place| tokens[place as usize], enabled)
}

/// How many transitions are enabled after a firing; very many after one that is not possible.
fn enabled_after(walker: &mut Walker<'_>, number: u32) -> u64 {
    if walker.would_overflow(number) {
        return u64::MAX;
    }
    walker.fire(number, &mut Nobody).expect("it was looked at");
    let enabled = walker.enabled_count() as u64;
    walker.unfire(number);
    enabled
}
