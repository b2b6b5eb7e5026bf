//! Depth-first search that fires only stubborn sets: fewer markings, the same answers.
//!
//! One property at a time, since the sets are made for it. Every marking found keeps the firing
//! that found it, 8 bytes, from which runs are read off. What [`super::stubborn`] proves of firing
//! sequences makes a search in any order find what it looks for; no marking has to be expanded
//! twice.

use super::predicate::{holds_in, value_in};
use super::space::{Scratch, Space, Step};
use super::stubborn::Stubborn;
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Evidence, Exploration, Explored, Formula, Linear, Property, Reason, Verdict};
use pn_net::{Net, Trace, TransitionId};
use std::time::Instant;

/// Depth-first search with stubborn sets. Takes what single markings settle: `possibly`, `always`
/// and `bound`.
pub struct StubbornDepthFirst;

/// The most properties that are worth a search each.
const MOST: usize = 64;

impl Engine for StubbornDepthFirst {
    fn name(&self) -> &'static str {
        "depth-first search with stubborn sets"
    }

    fn techniques(&self) -> &'static str {
        "EXPLICIT STATE_COMPRESSION STUBBORN_SETS"
    }

    fn takes(&self, property: &Property) -> bool {
        !matches!(property, Property::InevitablyBackTo { .. })
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        if properties.len() > MOST {
            return vec![Answer::unknown(Reason::Unsupported); properties.len()];
        }
        let each = properties.iter().enumerate().map(|(number, property)| {
            let left = u32::try_from(properties.len() - number).expect("there are few");
            let now = Instant::now();
            let end = run.deadline().map(|deadline| now + deadline.saturating_duration_since(now) / left);
            match search(net, property, &mut run.part(end)) {
                Ok((verdict, evidence)) => Answer { verdict, method: self.name(), evidence },
                Err(reason) => Answer::unknown(reason),
            }
        });
        each.collect()
    }
}

fn search(net: &Net, property: &Property, run: &mut Run<'_>) -> Result<(Verdict, Evidence), Reason> {
    let stubborn = Stubborn::for_property(net, property).ok_or(Reason::Unsupported)?;
    let space = Space::new(net, run.memory())?;
    let mut search = Search { space, stubborn, found_by: vec![(0, 0)], waiting: vec![0], edges: 0 };
    match property {
        Property::Possibly(formula) => search.witness(formula, Verdict::Holds, Verdict::Fails, run),
        Property::Always(formula) => {
            let violated = formula.clone().negated();
            search.witness(&violated, Verdict::Fails, Verdict::Holds, run)
        }
        Property::Bound(expression) => search.maximum(expression, run),
        Property::InevitablyBackTo { .. } => Err(Reason::Unsupported),
    }
}

struct Search<'n> {
    space: Space<'n>,
    stubborn: Stubborn,
    /// For each marking but the first, the marking and the transition that it was found by.
    found_by: Vec<(u32, u32)>,
    /// Markings that are not expanded yet.
    waiting: Vec<u32>,
    edges: u64,
}

impl Search<'_> {
    /// Looks for a marking that satisfies `formula`.
    fn witness(
        &mut self,
        formula: &Formula,
        with: Verdict,
        without: Verdict,
        run: &mut Run<'_>,
    ) -> Result<(Verdict, Evidence), Reason> {
        let mut steps = Vec::new();
        let mut expanded = 0;
        while let Some(number) = self.waiting.pop() {
            let number = number as usize;
            self.tick(expanded, run)?;
            let stubborn = &mut self.stubborn;
            let dead = self.space.expand_some(
                number,
                &mut |at, enabled| stubborn.retain(at, enabled),
                &mut steps,
            )?;
            if holds_in(&self.space.latest().marking, dead, formula) {
                return Ok((with, Evidence::Run(self.run_to(number))));
            }
            self.discover(number, &steps);
            expanded += 1;
        }
        Ok((without, Evidence::Exhaustion(self.exploration())))
    }

    /// Looks for the largest value of `expression`.
    fn maximum(&mut self, expression: &Linear, run: &mut Run<'_>) -> Result<(Verdict, Evidence), Reason> {
        let mut steps = Vec::new();
        let mut expanded = 0;
        let initial = value_in(&self.space.marking(0, &mut Scratch::default()), expression);
        let mut largest = (initial, 0);
        while let Some(number) = self.waiting.pop() {
            let number = number as usize;
            self.tick(expanded, run)?;
            let stubborn = &mut self.stubborn;
            self.space.expand_some(number, &mut |at, enabled| stubborn.retain(at, enabled), &mut steps)?;
            let here = value_in(&self.space.latest().marking, expression);
            if here > largest.0 {
                largest = (here, number);
            }
            self.discover(number, &steps);
            expanded += 1;
        }
        let evidence = Evidence::RunAndExhaustion(self.run_to(largest.1), self.exploration());
        Ok((Verdict::Bounded(largest.0), evidence))
    }

    fn discover(&mut self, number: usize, steps: &[Step]) {
        self.edges += steps.len() as u64;
        for step in steps.iter().rev().filter(|step| step.is_new) {
            debug_assert!(step.target < self.space.len());
            self.waiting.push(short(step.target));
        }
        // Markings are numbered in the order of the steps.
        for step in steps.iter().filter(|step| step.is_new) {
            debug_assert_eq!(step.target, self.found_by.len());
            self.found_by.push((short(number), short(step.transition.index())));
        }
    }

    fn run_to(&self, number: usize) -> Trace {
        let mut firings = Vec::new();
        let mut at = number;
        while at > 0 {
            let (from, transition) = self.found_by[at];
            firings.push(TransitionId::new(transition as usize));
            at = from as usize;
        }
        firings.reverse();
        Trace { firings }
    }

    fn exploration(&self) -> Exploration {
        Exploration { states: self.space.len() as u64, edges: self.edges, of: Explored::Stubborn }
    }

    fn tick(&self, expanded: u64, run: &mut Run<'_>) -> Result<(), Reason> {
        if !expanded.is_multiple_of(64) {
            return Ok(());
        }
        let links = size_of::<(u32, u32)>() * self.found_by.capacity();
        let bytes = self.space.bytes() + self.stubborn.bytes() + links + 4 * self.waiting.capacity();
        if bytes > run.memory() {
            return Err(Reason::Memory);
        }
        let states = self.space.len() as u64;
        run.tick(Progress { states, expanded, edges: self.edges, bytes: bytes as u64 })
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a store numbers markings in 32 bits")
}
