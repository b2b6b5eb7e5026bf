//! Random walks as an engine: witnesses and counterexamples, and never the absence of any.
//!
//! A whole batch of properties is looked out for in the same walks. What is met is answered with
//! the run that met it, shortened. Without a deadline the effort is bounded by a number of steps,
//! so that the answer does not depend on the machine. The walks are drawn from [`super::SEED`].

use super::compact::Compact;
use super::hunt::{Hunt, Hunter, Met};
use super::shorten::Shortener;
use super::watch::Watch;
use crate::distance::Goal;
use crate::{Engine, Run};
use pn_logic::{Answer, Evidence, Property, Reason, Verdict};
use pn_net::{Net, Trace};

/// Random walks in several modes. Takes what a run can settle.
pub struct RandomWalk;

/// Firings replayed to shorten all runs of a batch.
const SHORTENING: usize = 20_000_000;
/// Firings replayed to shorten one run.
const SHORTENING_EACH: usize = 4_000_000;

impl Engine for RandomWalk {
    fn name(&self) -> &'static str {
        "random walk"
    }

    fn techniques(&self) -> &'static str {
        "RANDOM_WALK"
    }

    fn takes(&self, property: &Property) -> bool {
        matches!(property, Property::Possibly(_) | Property::Always(_))
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        found(net, properties, self.name(), run, |hunt, finding, run| hunt.series(run, finding))
    }
}

/// The answers that walks find, by this method.
pub(super) fn found(
    net: &Net,
    properties: &[&Property],
    method: &'static str,
    run: &mut Run<'_>,
    walk: impl FnOnce(&mut Hunt<'_>, &mut Finding<'_>, &mut Run<'_>) -> Result<(), Reason>,
) -> Vec<Answer> {
    let Some(compact) = Compact::of(net) else {
        return vec![Answer::unknown(Reason::Unsupported); properties.len()];
    };
    let goals = properties.iter().map(|property| goal(net, property)).collect();
    let mut hunt = Hunt::new(&compact, goals);
    let shortener = Shortener::new(net, &compact);
    let effort = (SHORTENING / properties.len().max(1)).min(SHORTENING_EACH);
    let mut finding =
        Finding { shortener, effort, runs: vec![None; properties.len()], room: run.memory() / 2 };
    let end = walk(&mut hunt, &mut finding, run);
    // Walks that do not find anything say nothing but why they ended.
    let reason = if finding.room == 0 { Reason::Memory } else { end.err().unwrap_or(Reason::Unsupported) };
    let answers = properties.iter().zip(finding.runs).map(|(property, run)| match run {
        None => Answer::unknown(reason),
        Some(run) => {
            let firings = run.into_iter().map(|number| compact.transition(number)).collect();
            Answer { verdict: settled(property), method, evidence: Evidence::Run(Trace { firings }) }
        }
    });
    answers.collect()
}

/// Keeps the first run to each goal.
pub(super) struct Finding<'n> {
    shortener: Shortener<'n>,
    /// Firings that may be replayed to shorten one run.
    effort: usize,
    runs: Vec<Option<Vec<u32>>>,
    /// How many bytes of runs may still be held.
    room: usize,
}

impl Hunter for Finding<'_> {
    fn met(&mut self, watch: &mut Watch, met: Met<'_>) {
        let run = self.shortener.shorten(met.log, met.tokens, watch.goal(met.goal), self.effort);
        watch.close(met.goal);
        self.room = self.room.saturating_sub(size_of_val(&*run));
        if self.room > 0 {
            self.runs[met.goal] = Some(run);
        }
    }

    fn walked(&mut self, _: &mut Watch, _: &[u32]) {}
}

/// What a run to it settles.
fn goal(net: &Net, property: &Property) -> Goal {
    match property {
        Property::Possibly(formula) => Goal::of(net, formula),
        Property::Always(formula) => Goal::violating(net, formula),
        Property::InevitablyBackTo { .. } | Property::Bound(_) => Goal::Constant(false),
    }
}

/// The verdict on a property whose goal is met.
const fn settled(property: &Property) -> Verdict {
    match property {
        Property::Always(_) => Verdict::Fails,
        _ => Verdict::Holds,
    }
}
