//! Outcomes and repetitions that the author draws (rules D11, D12 and D15).

use super::{Resolver, span_of};
use crate::annotation::{KindText, Located};
use crate::problem::{Problem, ProblemKind};
use crate::{Outcome, Role};
use pn_logic::Span;
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};

impl Resolver<'_> {
    pub(super) fn outcome(&mut self, id: TransitionId, of: &Located<String>, is: &Located<String>) -> Role {
        let starts = |kind: &KindText| matches!(kind, KindText::Action(_) | KindText::Undo { .. });
        let action = self.reference(id, "of", of, "an action or undo", starts);
        let results = self.results(id, is);
        let (Some(of), Some(results)) = (action, results) else {
            self.drawn_in_part = true;
            return Role::Control;
        };
        self.drawn.entry(of).or_default().push((id, is.span, results.clone()));
        Role::Outcome { of, results }
    }

    pub(super) fn retry_transition(&mut self, id: TransitionId, of: &Located<String>) -> Role {
        let acts =
            |kind: &KindText| matches!(kind, KindText::Action(_) | KindText::Undo { action: Some(_), .. });
        let Some(action) = self.reference(id, "of", of, "an action", acts) else { return Role::Control };
        if self.by_id[&action].retry.is_none() {
            let (retry, action) = (self.net.transition_name(id), self.net.transition_name(action));
            let kind = ProblemKind::NoPause { retry: retry.to_owned(), action: action.to_owned() };
            self.problem(kind, of.span);
        }
        self.retried.insert(action, (id, of.span));
        Role::Retry { of: action }
    }

    fn results(&mut self, id: TransitionId, is: &Located<String>) -> Option<BTreeSet<Outcome>> {
        let mut results = BTreeSet::new();
        let mut understood = true;
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | '|');
        for word in is.value.split(separates).filter(|word| !word.is_empty()) {
            if let Some(outcome) = Outcome::from_word(word) {
                results.insert(outcome);
                continue;
            }
            understood = false;
            let suggestion = self.suggestions.nearest(word, Outcome::ALL.iter().map(|o| o.word()));
            let kind = ProblemKind::UnknownResult(word.to_owned());
            self.problems.push(Problem { kind, span: is.span, suggestion });
        }
        if understood && results.is_empty() {
            self.problem(ProblemKind::NoResult(self.net.transition_name(id).to_owned()), is.span);
            understood = false;
        }
        understood.then_some(results)
    }

    /// Whether the outcome transitions of each action claim `ok` and `failed`, and nothing twice:
    /// only where repetitions are drawn, or check and apply apart, may the marking decide what
    /// follows a result.
    pub(super) fn check_drawn_outcomes(&mut self) {
        for (action, (retry, span)) in self.retried.clone() {
            if !self.drawn.contains_key(&action) && !self.drawn_in_part {
                let (retry, action) = (self.net.transition_name(retry), self.net.transition_name(action));
                let (retry, action) = (retry.to_owned(), action.to_owned());
                self.problem(ProblemKind::RetryOfShorthand { retry, action }, span);
            }
        }
        for (action, outcomes) in std::mem::take(&mut self.drawn) {
            let name = |t: TransitionId| self.net.transition_name(t).to_owned();
            let annotation = self.by_id[&action];
            let mut found = Vec::new();
            let mut claimed: BTreeMap<Outcome, TransitionId> = BTreeMap::new();
            let claims = |result: Outcome| outcomes.iter().any(|(_, _, results)| results.contains(&result));
            let by_marking = self.retried.contains_key(&action)
                || (claims(Outcome::Diff) && claims(Outcome::Ok) && !claims_both(&outcomes));
            for (id, span, results) in outcomes {
                for result in results {
                    if let Some(first) = claimed.insert(result, id)
                        && !by_marking
                    {
                        let (action, first, second) = (name(action), name(first), name(id));
                        found.push((ProblemKind::ResultClaimedTwice { action, result, first, second }, span));
                    }
                }
            }
            for result in [Outcome::Ok, Outcome::Failed] {
                if !claimed.contains_key(&result) && !self.drawn_in_part {
                    let kind = ProblemKind::ResultNotCovered { action: name(action), result };
                    found.push((kind, span_of(annotation)));
                }
            }
            let repeated = annotation.retry.as_ref().filter(|retry| retry.value.max > 1);
            if let Some(retry) = repeated.filter(|_| !self.retried.contains_key(&action)) {
                found.push((ProblemKind::RetryOfDrawnOutcomes(name(action)), retry.span));
            }
            found.into_iter().for_each(|(kind, span)| self.problem(kind, span));
        }
    }
}

/// Whether one transition fires on a difference and on success alike: then check and apply are
/// one stage, and nothing but the result tells outcomes apart.
fn claims_both(outcomes: &[(TransitionId, Span, BTreeSet<Outcome>)]) -> bool {
    let both =
        |results: &BTreeSet<Outcome>| results.contains(&Outcome::Diff) && results.contains(&Outcome::Ok);
    outcomes.iter().any(|(_, _, results)| both(results))
}
