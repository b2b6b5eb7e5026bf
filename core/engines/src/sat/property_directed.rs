//! Property-directed reachability as an engine, for nets with places that are one-safe by
//! weightings.
//!
//! What it proves is an inductive invariant, as clauses over places that are marked or empty; what it
//! finds is a run. Places that are not known to be one-safe are left out of the proof, and a run that
//! they stand against is none.

use super::frames::Cube;
use super::goal::Goal;
use super::moves::{Moves, marked, place_of};
use super::search::{Outcome, Search};
use crate::engine::questioned;
use crate::{Engine, Progress, Run};
use batsat::Lit;
use pn_logic::{
    Answer, Evidence, Formula, Inductive, Monotone, Occupancy, Property, Reason, Sense, Verdict, holds_in,
};
use pn_net::{Net, Trace, replay};
use pn_structure::{OneSafe, WEIGHTINGS, one_safe};
use std::sync::Arc;

/// Property-directed reachability.
pub struct PropertyDirected;

impl Engine for PropertyDirected {
    fn name(&self) -> &'static str {
        "property-directed reachability"
    }

    fn techniques(&self) -> &'static str {
        "SAT_SMT"
    }

    fn takes(&self, property: &Property) -> bool {
        questioned(property).is_some()
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let mut answers = vec![Answer::unknown(Reason::Unsupported); properties.len()];
        let one_safe = one_safe(net, WEIGHTINGS);
        if one_safe.weightings().is_empty() {
            return answers;
        }
        if let Err(reason) = run.tick(Progress::default()) {
            return vec![Answer::unknown(reason); properties.len()];
        }
        let moves = Moves::new(net, &one_safe);
        let mut proofs = Proofs { net, moves: &moves, search: Search::new(&moves, run.stop()) };
        let mut found = Vec::with_capacity(properties.len());
        for (number, property) in properties.iter().enumerate() {
            if let Err(reason) = run.tick(Progress { expanded: number as u64, ..Progress::default() }) {
                found.resize(properties.len(), Found::Nothing(reason));
                break;
            }
            found.push(proofs.look(property, &mut run.share(properties.len() - number)));
        }
        // All proofs together are one, and are checked once.
        let inductive = Arc::new(proofs.inductive(&one_safe));
        for ((answer, property), found) in answers.iter_mut().zip(properties).zip(found) {
            let is_possibly = matches!(property, Property::Possibly(_));
            let verdict = |holds| if holds == is_possibly { Verdict::Holds } else { Verdict::Fails };
            let (verdict, evidence) = match found {
                Found::Run(run) => (verdict(true), Evidence::Run(run)),
                Found::Never => (verdict(false), Evidence::Inductive(Arc::clone(&inductive))),
                Found::Nothing(reason) => {
                    *answer = Answer::unknown(reason);
                    continue;
                }
            };
            *answer = Answer { verdict, method: self.name(), evidence };
        }
        answers
    }
}

/// What is known of the markings that settle a property.
#[derive(Clone)]
enum Found {
    /// This run leads to one.
    Run(Trace),
    /// What is never reached excludes them.
    Never,
    /// Nothing, for this reason.
    Nothing(Reason),
}

/// A net, what moves in it, and what is known of it by now.
struct Proofs<'n, 'm, 'r> {
    net: &'n Net,
    moves: &'m Moves,
    search: Search<'m, 'r>,
}

impl Proofs<'_, '_, '_> {
    fn look(&mut self, property: &Property, run: &mut Run<'_>) -> Found {
        let Some((formula, sense, _)) = questioned(property) else {
            return Found::Nothing(Reason::Unsupported);
        };
        let bit = |place| self.moves.is_known(place).then(|| [marked(place)]);
        let goal = Goal::of(&Monotone::of(self.net, formula, sense), &bit);
        match self.search.decide(&goal, run) {
            Ok(Outcome::Never) => Found::Never,
            Ok(Outcome::Leads(firings)) => {
                let run = Trace { firings };
                if self.leads(&run, formula, sense) {
                    Found::Run(run)
                } else {
                    Found::Nothing(Reason::Unsupported)
                }
            }
            Ok(Outcome::TooLarge) => Found::Nothing(Reason::Unsupported),
            Err(reason) => Found::Nothing(reason),
        }
    }

    /// Whether the net itself, with all its places, has this run to where the formula holds or fails.
    fn leads(&self, run: &Trace, formula: &Formula, sense: Sense) -> bool {
        let end = replay(self.net, self.net.initial(), run);
        end.is_ok_and(|end| holds_in(self.net, &end, formula) == (sense == Sense::Holds))
    }

    /// All that is known.
    fn inductive(&self, one_safe: &OneSafe) -> Inductive {
        let occupancy = |literal: Lit| match literal.sign() {
            true => Occupancy::Marked(place_of(literal)),
            false => Occupancy::Empty(place_of(literal)),
        };
        let given = self.moves.clauses().map(|clause| clause.into_iter().map(occupancy).collect());
        let negated = |cube: &Cube| cube.iter().map(|literal| occupancy(!*literal)).collect();
        let found = self.search.never().iter().map(negated);
        Inductive {
            weightings: one_safe.weightings().iter().map(|weighting| weighting.terms().to_vec()).collect(),
            clauses: given.chain(found).collect(),
        }
    }
}
