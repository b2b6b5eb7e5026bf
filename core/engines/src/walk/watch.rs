//! What walks look out for: many goals at once, noticed as markings change.
//!
//! A goal that is met when the count of some place leaves a range, or when some transition is
//! enabled, costs nothing until that happens, however many there are. Other goals are evaluated
//! when a place changes of which they speak, and those about dead markings in dead ones.

use super::compact::{Compact, NONE};
use super::walker::{Observer, Walker};
use crate::distance::{Goal, Sum};

/// Tells whether the latest firing may have met a goal.
pub(super) trait Lookout: Observer {
    /// Whether there is anything to look at.
    fn has_news(&self) -> bool;
}

/// The goals of a batch.
#[derive(Debug)]
pub(super) struct Watch {
    goals: Vec<Goal>,
    is_open: Vec<bool>,
    open: usize,
    places: Box<[Place]>,
    /// By place, in the ranges that [`Place`] gives.
    exits: Box<[Exit]>,
    formulas: Box<[u32]>,
    /// By number of a transition: its row in `fires`, or [`NONE`].
    wanted: Box<[u32]>,
    fires: Vec<Vec<u32>>,
    about_death: Vec<u32>,
    /// The places of each goal's exits, to look at again when it is closed.
    exit_places: Vec<Vec<u32>>,
    /// Formulas to be evaluated.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    /// Goals that the latest firing met.
    met: Vec<u32>,
}

/// What is looked out for on a place.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Nothing happens while the count is at least this …
    low: u64,
    /// … and exceeds it by no more than this.
    span: u64,
    exits: (u32, u32),
    formulas: (u32, u32),
}

/// A goal that is met when a count is not from `low` to `high`.
#[derive(Clone, Copy, Debug)]
struct Exit {
    goal: u32,
    low: u64,
    high: u64,
}

impl Exit {
    const fn is_taken(&self, tokens: u64) -> bool {
        tokens < self.low || tokens > self.high
    }
}

impl Watch {
    /// Looks out for `goals`.
    pub(super) fn new(net: &Compact, goals: Vec<Goal>) -> Self {
        let mut exits: Vec<(u32, Exit)> = Vec::new();
        let mut formulas: Vec<(u32, u32)> = Vec::new();
        let mut wanted = vec![NONE; net.len()];
        let mut fires: Vec<Vec<u32>> = Vec::new();
        let mut about_death = Vec::new();
        let mut exit_places = vec![Vec::new(); goals.len()];
        for (index, goal) in (0u32..).zip(&goals) {
            if let Some(found) = exits_of(goal) {
                exit_places[index as usize] = found.iter().map(|(place, ..)| *place).collect();
                exits.extend(
                    found.into_iter().map(|(place, low, high)| (place, Exit { goal: index, low, high })),
                );
            } else if let Goal::AnyEnabled(presets) = goal {
                for preset in presets {
                    let row = &mut wanted[net.number(preset.transition) as usize];
                    if *row == NONE {
                        *row = u32::try_from(fires.len()).expect("no more rows than transitions");
                        fires.push(Vec::new());
                    }
                    fires[*row as usize].push(index);
                }
            } else {
                let mut places = Vec::new();
                goal.places(&mut places);
                formulas.extend(places.into_iter().map(|place| (place, index)));
                if goal.is_about_death() {
                    about_death.push(index);
                }
            }
        }
        exits.sort_by_key(|(place, exit)| (*place, exit.goal));
        formulas.sort_unstable();
        formulas.dedup();
        let (mut exit_at, mut formula_at) = (0, 0);
        let places = (0..net.initial().len() as u32).map(|place| {
            let exit_start = exit_at;
            exit_at += exits[exit_at..].iter().take_while(|(at, _)| *at == place).count();
            let formula_start = formula_at;
            formula_at += formulas[formula_at..].iter().take_while(|(at, _)| *at == place).count();
            let range = |from: usize, to: usize| (from as u32, to as u32);
            Place {
                low: 0,
                span: u64::MAX,
                exits: range(exit_start, exit_at),
                formulas: range(formula_start, formula_at),
            }
        });
        let places: Box<[Place]> = places.collect();
        let mut watch = Self {
            is_open: vec![true; goals.len()],
            open: goals.len(),
            is_touched: vec![false; goals.len()],
            goals,
            exits: exits.into_iter().map(|(_, exit)| exit).collect(),
            formulas: formulas.into_iter().map(|(_, goal)| goal).collect(),
            wanted: wanted.into(),
            fires,
            about_death,
            exit_places,
            touched: Vec::new(),
            met: Vec::new(),
            places,
        };
        (0..watch.places.len()).for_each(|place| watch.narrow(place as u32));
        watch
    }

    pub(super) fn goal(&self, index: usize) -> &Goal {
        &self.goals[index]
    }

    pub(super) fn is_open(&self, index: usize) -> bool {
        self.is_open[index]
    }

    /// How many goals are open.
    pub(super) const fn open(&self) -> usize {
        self.open
    }

    /// How many goals there are, open or not.
    pub(super) const fn len(&self) -> usize {
        self.goals.len()
    }

    /// Whether dead markings are all that any goal is about.
    pub(super) fn is_only_about_death(&self) -> bool {
        self.goals.iter().all(|goal| matches!(goal, Goal::Dead))
    }

    /// No further news of this goal.
    pub(super) fn close(&mut self, index: usize) {
        if std::mem::take(&mut self.is_open[index]) {
            self.open -= 1;
            for place in std::mem::take(&mut self.exit_places[index]) {
                self.narrow(place);
            }
        }
    }

    /// Asks for more of a sum, which reaches `value` in a goal "at least 0": for more than that.
    pub(super) fn raise(&mut self, index: usize, value: i128) {
        let Goal::AtLeastZero(sum) = &mut self.goals[index] else { return };
        sum.constant -= value + 1;
        let goal = &self.goals[index];
        for (place, low, high) in exits_of(goal).into_iter().flatten() {
            let (start, end) = self.places[place as usize].exits;
            let exits = &mut self.exits[start as usize..end as usize];
            exits.iter_mut().filter(|exit| exit.goal as usize == index).for_each(|exit| {
                (exit.low, exit.high) = (low, high);
            });
            self.narrow(place);
        }
    }

    /// The range of a place in which no open goal is met.
    fn narrow(&mut self, place: u32) {
        let Place { exits: (start, end), .. } = self.places[place as usize];
        let (mut low, mut high) = (0, u64::MAX);
        for exit in &self.exits[start as usize..end as usize] {
            if self.is_open[exit.goal as usize] {
                (low, high) = (low.max(exit.low), high.min(exit.high));
            }
        }
        // An empty range, in which every count is news, is that of one count that none reaches.
        let (low, span) = if low > high { (u64::MAX, 0) } else { (low, high - low) };
        (self.places[place as usize].low, self.places[place as usize].span) = (low, span);
    }

    /// Looks at a whole marking.
    pub(super) fn look_around(&mut self, walker: &Walker<'_>) {
        for (place, tokens) in (0u32..).zip(walker.tokens()) {
            self.changed(place, *tokens, *tokens);
        }
        (0..self.wanted.len() as u32).filter(|number| walker.is_enabled(*number)).for_each(|number| {
            self.enabled(number);
        });
        // Goals that speak of no place at all.
        (0..self.goals.len()).for_each(|index| self.touch(index as u32));
    }

    /// The marking is dead.
    pub(super) fn death(&mut self) {
        for index in 0..self.about_death.len() {
            self.touch(self.about_death[index]);
        }
    }

    /// Forgets what the latest firing touched: it did not come to anything.
    pub(super) fn forget(&mut self) {
        self.touched.drain(..).for_each(|index| self.is_touched[index as usize] = false);
        self.met.clear();
    }

    /// An open goal that the marking of `walker` meets, of those that may have been met since the
    /// last time there was none.
    pub(super) fn next_met(&mut self, walker: &Walker<'_>) -> Option<usize> {
        let holds =
            |goal: &Goal| goal.holds(&|place| walker.tokens()[place as usize], walker.enabled_count());
        while let Some(index) = self.touched.pop() {
            self.is_touched[index as usize] = false;
            if self.is_open[index as usize] && holds(&self.goals[index as usize]) {
                self.met.push(index);
            }
        }
        loop {
            let index = self.met.pop()? as usize;
            if self.is_open[index] && holds(&self.goals[index]) {
                return Some(index);
            }
        }
    }

    #[inline]
    fn touch(&mut self, index: u32) {
        if !std::mem::replace(&mut self.is_touched[index as usize], true) {
            self.touched.push(index);
        }
    }

    #[cold]
    fn exit(&mut self, place: u32, tokens: u64) {
        let (start, end) = self.places[place as usize].exits;
        for exit in &self.exits[start as usize..end as usize] {
            if self.is_open[exit.goal as usize] && exit.is_taken(tokens) {
                self.met.push(exit.goal);
            }
        }
    }
}

impl Observer for Watch {
    #[inline]
    fn changed(&mut self, place: u32, _: u64, new: u64) {
        let Place { low, span, formulas: (start, end), .. } = self.places[place as usize];
        if new.wrapping_sub(low) > span {
            self.exit(place, new);
        }
        for at in start..end {
            self.touch(self.formulas[at as usize]);
        }
    }

    #[inline]
    fn enabled(&mut self, number: u32) {
        let row = self.wanted[number as usize];
        if row != NONE {
            // Once is enough for all of them, unless a goal cannot be closed.
            for index in &self.fires[row as usize] {
                if self.is_open[*index as usize] {
                    self.met.push(*index);
                }
            }
            if !self.fires[row as usize].iter().any(|index| self.is_open[*index as usize]) {
                self.wanted[number as usize] = NONE;
            }
        }
    }

    #[inline]
    fn disabled(&mut self, _: u32) {}
}

impl Lookout for Watch {
    #[inline]
    fn has_news(&self) -> bool {
        !self.met.is_empty() || !self.touched.is_empty()
    }
}

impl Lookout for super::walker::Nobody {
    #[inline]
    fn has_news(&self) -> bool {
        false
    }
}

/// For a goal that is met when one of some counts leaves a range: the places and the ranges.
fn exits_of(goal: &Goal) -> Option<Vec<(u32, u64, u64)>> {
    match goal {
        Goal::AtLeastZero(Sum { terms, constant }) => {
            let [(place, factor)] = terms[..] else { return None };
            let factor = i128::from(factor);
            let (low, high) = match factor > 0 {
                // Met from ⌈−constant / factor⌉ tokens on.
                true => (0, clamped(-constant.div_euclid(factor) - 1)?),
                // Met up to ⌊constant / −factor⌋ tokens.
                false => (clamped(constant.div_euclid(-factor) + 1)?, u64::MAX),
            };
            Some(vec![(place, low, high)])
        }
        Goal::NotZero(Sum { terms, constant }) => {
            let [(place, factor)] = terms[..] else { return None };
            let factor = i128::from(factor);
            let value = (constant % factor == 0).then_some(-constant / factor)?;
            let value = clamped(value)?;
            Some(vec![(place, value, value)])
        }
        Goal::Any(parts) if !parts.is_empty() => {
            let each: Option<Vec<_>> = parts.iter().map(exits_of).collect();
            Some(each?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// A count; none where the goal holds always, or for no count that there is.
fn clamped(tokens: i128) -> Option<u64> {
    u64::try_from(tokens).ok()
}
