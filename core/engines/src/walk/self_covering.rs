//! Self-covering runs: the evidence that a net is unbounded.
//!
//! If m → … → m' with m' ≥ m and m' > m on some place, the part between can be repeated for ever
//! and the place grows without limit (Karp and Miller, "Parallel program schemata", 1969). A walk
//! compares each marking with one earlier marking, the *post*, which moves up whenever the walk's
//! length doubles (Brent's cycle finder). The effort is bounded by a number of elementary
//! operations, not by time, so that the answer does not depend on the machine.

use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Evidence, Linear, Property, Reason, Verdict, value_in};
use pn_net::{Marking, Net, Trace, TransitionId, firing};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Walks that look for a marking covering an earlier one. Takes bounds; never says "bounded".
pub struct SelfCovering;

/// Arcs looked at, over all walks together.
const EFFORT: usize = 4_000_000;
const WALKS: u64 = 8;

impl Engine for SelfCovering {
    fn name(&self) -> &'static str {
        "self-covering walk"
    }

    fn techniques(&self) -> &'static str {
        "WALK"
    }

    fn takes(&self, property: &Property) -> bool {
        matches!(property, Property::Bound(_))
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let mut answers = vec![Answer::unknown(Reason::Unsupported); properties.len()];
        let steps = EFFORT / usize::try_from(WALKS).expect("few walks") / net.arc_count().max(1);
        for seed in 0..WALKS {
            let mut settle =
                |before: &Marking, after: &Marking, prefix: &[TransitionId], word: &[TransitionId]| {
                    for (property, answer) in properties.iter().zip(&mut answers) {
                        if !answer.is_definite() && grows(property, before, after) {
                            let (prefix, word) =
                                (Trace { firings: prefix.into() }, Trace { firings: word.into() });
                            let evidence = Evidence::Pumping(prefix, word);
                            *answer = Answer { verdict: Verdict::Unbounded, method: self.name(), evidence };
                        }
                    }
                };
            if walk(net, seed, steps, run, &mut settle).is_err() || answers.iter().all(Answer::is_definite) {
                break;
            }
        }
        answers
    }
}

fn grows(property: &Property, before: &Marking, after: &Marking) -> bool {
    let value = |marking, expression: &Linear| value_in(marking, expression);
    matches!(property, Property::Bound(expression) if value(after, expression) > value(before, expression))
}

/// Walks up to `steps` firings at random and reports every covering of the post.
fn walk(
    net: &Net,
    seed: u64,
    steps: usize,
    run: &mut Run<'_>,
    covered: &mut impl FnMut(&Marking, &Marking, &[TransitionId], &[TransitionId]),
) -> Result<(), Reason> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut marking = net.initial().clone();
    let (mut post, mut post_at) = (marking.clone(), 0);
    let mut firings = Vec::new();
    let mut enabled = Vec::new();
    for step in 0..steps {
        if step % 256 == 0 {
            run.tick(Progress { expanded: step as u64, ..Progress::default() })?;
        }
        enabled.clear();
        enabled.extend(firing::enabled(net, &marking));
        if enabled.is_empty() {
            return Ok(());
        }
        let chosen = enabled[random.random_range(0..enabled.len())];
        if firing::fire(net, &mut marking, chosen).is_err() {
            return Ok(());
        }
        firings.push(chosen);
        if marking != post && marking.covers(&post) {
            covered(&post, &marking, &firings[..post_at], &firings[post_at..]);
            (post, post_at) = (marking.clone(), firings.len());
        }
        if firings.len() == 2 * post_at.max(1) {
            (post, post_at) = (marking.clone(), firings.len());
        }
    }
    Ok(())
}
