//! Which rule when: the order of the rules, and when to stop.
//!
//! The rules stand in rounds. After a round that changed something, the first begins again; the
//! costlier rounds are reached only when the cheaper ones have nothing left to do. Duplicates go
//! before agglomerations, which would multiply them. A rule looks at the nodes near which
//! something changed since it last looked; when nothing is left to do, all rules look at
//! everything once more.

use crate::draft::Draft;
use crate::rules::{self, Rule};
use crate::{Interest, Questions, Reduced};
use pn_net::{Net, TransitionId};
use std::ops::ControlFlow;

/// Rules in order, cheap rounds first.
pub const ROUNDS: &[&[&Rule]] = &[
    &[
        &rules::dead_transitions::RULE,
        &rules::sink_place::RULE,
        &rules::never_limiting::RULE,
        &rules::scaled_place::RULE,
        &rules::initial_firing::RULE,
        &rules::source_transition::RULE,
        &rules::no_effect::RULE,
        &rules::sink_transition::RULE,
        &rules::dominated_transition::RULE,
        &rules::parallel_transitions::RULE,
        &rules::parallel_places::RULE,
        &rules::free_component::RULE,
        &rules::prefix_of_interest::RULE,
        &rules::suffix::RULE,
        &rules::post_agglomeration::SIMPLE,
    ],
    &[&rules::pre_agglomeration::SIMPLE],
    &[&rules::post_agglomeration::COMPLEX, &rules::pre_agglomeration::COMPLEX],
    &[&rules::composed_transition::RULE, &rules::equivalent_places::RULE],
    &[&rules::free_agglomeration::RULE, &rules::partial_agglomeration::RULE],
];

/// In how many rounds in succession the number of transitions may grow.
const GROWTHS: usize = 3;

/// Reduces `net` while preserving what `interest` asks. The transitions in `never` are known to fire
/// in no reachable marking. `go_on` is asked between rules; whenever it breaks, what has been
/// reached so far is the result.
#[must_use]
pub fn reduce<'n>(
    net: &'n Net,
    interest: &Interest,
    never: &[TransitionId],
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Reduced<'n> {
    reduce_by(net, interest, never, ROUNDS, go_on)
}

/// As [`reduce`], by these rules alone.
#[must_use]
pub fn reduce_by<'n>(
    net: &'n Net,
    interest: &Interest,
    never: &[TransitionId],
    rounds: &[&[&Rule]],
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Reduced<'n> {
    let mut scheduler = Scheduler::new(net, interest, rounds);
    never.iter().for_each(|transition| scheduler.draft.drop_transition(*transition));
    // A stop is not an error: every application leaves a net that can be used.
    let _ = scheduler.run(interest.questions, go_on);
    let applied = scheduler.turns.iter().map(|turn| (turn.rule.name, turn.applied)).collect();
    Reduced::of(net, interest, scheduler.draft, applied)
}

/// A rule with what it has done so far.
struct Turn<'r> {
    round: usize,
    rule: &'r Rule,
    applied: usize,
    /// When it last looked.
    looked: u32,
}

struct Scheduler<'r> {
    draft: Draft,
    turns: Vec<Turn<'r>>,
    rounds: usize,
}

impl<'r> Scheduler<'r> {
    fn new(net: &Net, interest: &Interest, rounds: &[&[&'r Rule]]) -> Self {
        let rules =
            rounds.iter().enumerate().flat_map(|(round, rules)| rules.iter().map(move |r| (round, *r)));
        let turns = rules.map(|(round, rule)| Turn { round, rule, applied: 0, looked: 0 });
        Self { draft: Draft::of(net, interest), turns: turns.collect(), rounds: rounds.len() }
    }

    fn run(&mut self, asked: Questions, go_on: &mut dyn FnMut() -> ControlFlow<()>) -> ControlFlow<()> {
        let mut growths = 0;
        let mut round = 0;
        let mut looks_at_everything = true;
        while growths < GROWTHS {
            if round == self.rounds {
                if looks_at_everything {
                    return ControlFlow::Continue(());
                }
                self.turns.iter_mut().for_each(|turn| turn.looked = 0);
                (round, looks_at_everything) = (0, true);
            }
            let before = self.draft.alive_transitions();
            if self.round(round, asked, go_on)? == 0 {
                round += 1;
                continue;
            }
            looks_at_everything = false;
            growths = if self.draft.alive_transitions() > before { growths + 1 } else { 0 };
            round = 0;
        }
        ControlFlow::Continue(())
    }

    /// Applies the rules of a round once, and tells how often they were applicable.
    fn round(
        &mut self,
        round: usize,
        asked: Questions,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<(), usize> {
        let mut applied = 0;
        for turn in self.turns.iter_mut().filter(|turn| turn.round == round) {
            if !turn.rule.preserves.contain(asked) {
                continue;
            }
            go_on()?;
            let since = turn.looked;
            turn.looked = self.draft.tick();
            let times = (turn.rule.apply)(&mut self.draft, since);
            turn.applied += times;
            applied += times;
        }
        ControlFlow::Continue(applied)
    }
}
