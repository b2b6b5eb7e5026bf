//! Bounded model checking: runs of few steps, found by a SAT solver (Biere, Cimatti, Clarke and Zhu,
//! "Symbolic model checking without BDDs", 1999).
//!
//! Nothing is proved by it; what it finds is a run, which is followed and shortened like those of
//! walks. All properties share the steps. Each question may take an equal part of half the time that
//! is left; one that the solver cannot answer in it is asked again after the next step, some times.
//! Places that are not known to be one-safe are counters of as many bits as tokens, weights and the
//! constants of the formulas ask for, and one more.

use super::patience::Patience;
use super::unrolled::{Found, Unrolled};
use crate::engine::questioned;
use crate::walk::errands;
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Monotone, Property, Reason};
use pn_net::Net;
use pn_structure::{WEIGHTINGS, one_safe};

/// Bounded model checking. Takes what a run can settle.
pub struct BoundedModelChecking;

/// How many steps are looked at: what is not found in that many is not found.
const MOST_STEPS: u64 = 256;

/// How many conflicts the solver may come to where no time is given.
const CONFLICTS: u64 = 500;

/// How often the solver may give up on a goal.
const MOST_FAILURES: usize = 3;

/// The widest counter, in bits.
const WIDEST: usize = 16;

/// Bytes that the solver takes for each literal of a clause, what it learns included.
const BYTES_A_LITERAL: usize = 40;

/// What a run is looked for to.
struct Wanted {
    /// Which property it settles.
    index: usize,
    formula: Monotone,
    failures: usize,
}

impl Engine for BoundedModelChecking {
    fn name(&self) -> &'static str {
        "bounded model checking"
    }

    fn techniques(&self) -> &'static str {
        "SAT_SMT"
    }

    fn takes(&self, property: &Property) -> bool {
        questioned(property).is_some()
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let mut wanted = Vec::with_capacity(properties.len());
        for (index, property) in properties.iter().enumerate() {
            let Some((formula, sense, _)) = questioned(property) else { continue };
            wanted.push(Wanted { index, formula: Monotone::of(net, formula, sense), failures: 0 });
        }
        errands(net, properties, self.name(), run, |errands, run| {
            let Some(widths) = widths(net, &wanted) else { return Ok(()) };
            let mut unrolled = Unrolled::new(net, &widths, Patience::new(run.stop()));
            let mut end_of_time = Ok(());
            for step in 1..=MOST_STEPS {
                wanted.retain(|wanted| errands.is_open(wanted.index) && wanted.failures < MOST_FAILURES);
                if wanted.is_empty() {
                    break;
                }
                unrolled.add_step();
                tick(&unrolled, step, run)?;
                let count = wanted.len();
                for (number, wanted) in wanted.iter_mut().enumerate() {
                    if !errands.is_open(wanted.index) {
                        continue;
                    }
                    let end = run.share(2 * (count - number)).deadline();
                    match unrolled.find(&wanted.formula, end) {
                        Ok(Found::None) => {}
                        Ok(Found::Run(firings)) => {
                            errands.follow(&firings);
                            wanted.failures = MOST_FAILURES;
                        }
                        Ok(Found::TooLarge) => wanted.failures = MOST_FAILURES,
                        Err(Reason::Time) => {
                            wanted.failures += 1;
                            end_of_time = Err(Reason::Time);
                        }
                        Err(reason) => return Err(reason),
                    }
                    tick(&unrolled, step, run)?;
                    if run.deadline().is_none() && unrolled.conflicts() > CONFLICTS {
                        return Err(Reason::Unsupported);
                    }
                }
            }
            end_of_time
        })
    }
}

fn tick(unrolled: &Unrolled<'_, '_>, step: u64, run: &mut Run<'_>) -> Result<(), Reason> {
    let bytes = unrolled.size().saturating_mul(BYTES_A_LITERAL);
    if bytes > run.memory() {
        return Err(Reason::Memory);
    }
    run.tick(Progress { expanded: step, bytes: bytes as u64, ..Progress::default() })
}

/// How many bits each place has; `None` if one would have too many.
fn widths(net: &Net, wanted: &[Wanted]) -> Option<Vec<usize>> {
    let one_safe = one_safe(net, WEIGHTINGS);
    let mut most: Vec<u64> = net
        .places()
        .map(|place| {
            let weights = net.producers(place).chain(net.consumers(place)).map(|(_, weight)| weight);
            weights.fold(net.initial().tokens(place), u64::max)
        })
        .collect();
    wanted.iter().for_each(|wanted| constants(&wanted.formula, &mut most));
    let width = |place| match one_safe.by(place) {
        Some(_) => 1,
        None => 1 + (u64::BITS - most[place.index()].leading_zeros()) as usize,
    };
    let widths: Vec<usize> = net.places().map(width).collect();
    widths.iter().all(|width| *width <= WIDEST).then_some(widths)
}

/// What the inequalities compare the count of a place with, if it is small.
fn constants(formula: &Monotone, most: &mut [u64]) {
    match formula {
        Monotone::True | Monotone::False => {}
        Monotone::And(parts) | Monotone::Or(parts) => {
            parts.iter().for_each(|part| constants(part, most));
        }
        Monotone::Atom(atom) => {
            for (place, coefficient) in atom.terms() {
                let bound = atom.bound().unsigned_abs() / u128::from(coefficient.unsigned_abs());
                let bound = u64::try_from(bound).unwrap_or(u64::MAX).min(LARGEST);
                let most = &mut most[place.index()];
                *most = bound.max(*most);
            }
        }
    }
}

/// The largest constant of a formula for which places are made wider.
const LARGEST: u64 = 1 << 8;
