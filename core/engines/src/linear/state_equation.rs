//! The state equation with traps, as an engine: refutes without looking at markings.
//!
//! `possibly` fails, `always` holds and an upper bound is proved when the relaxation of
//! [`super::relaxation`] has no solution. What has one stays open: the solution need not be
//! reachable. Whether a ceiling is ever attained is left to a search for a run that does.

use super::refute::{Outcome, refute};
use super::relaxation::{Relaxation, Said};
use crate::engine::questioned;
use crate::{Ceiling, Engine, Progress, Run};
use pn_logic::{Answer, Evidence, Linear, Monotone, Proof, Property, Reason, Refutation};
use pn_net::{Net, PlaceId};

/// Proofs by the state equation.
pub struct StateEquation;

/// How many traps are added for one ceiling.
const MOST_CUTS: usize = 16;

impl Engine for StateEquation {
    fn name(&self) -> &'static str {
        "state equation"
    }

    fn techniques(&self) -> &'static str {
        "STATE_EQUATION TRAPS"
    }

    fn takes(&self, property: &Property) -> bool {
        questioned(property).is_some()
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let mut answers = vec![Answer::unknown(Reason::Unsupported); properties.len()];
        let Some(mut relaxation) = Relaxation::new(net) else { return answers };
        in_shares(properties, run, |number, property, run| {
            let Some((formula, sense, verdict)) = questioned(property) else { return };
            let goal = Monotone::of(net, formula, sense);
            answers[number] = match refute(&mut relaxation, &goal, run) {
                Outcome::Refuted(lemmas) => {
                    let refutation = Refutation { traps: relaxation.traps().to_vec(), lemmas };
                    let evidence = Evidence::Refutation(Proof::Itself(refutation));
                    Answer { verdict, method: self.name(), evidence }
                }
                Outcome::Candidate(_) => Answer::unknown(Reason::Unsupported),
                Outcome::Open(reason) => Answer::unknown(reason),
            };
        });
        answers
    }

    fn ceilings(&self, net: &Net, expressions: &[&Linear], run: &mut Run<'_>) -> Vec<Option<Ceiling>> {
        let mut ceilings = vec![None; expressions.len()];
        let Some(mut relaxation) = Relaxation::new(net) else { return ceilings };
        in_shares(expressions, run, |number, expression, run| {
            ceilings[number] = ceiling(&mut relaxation, expression, run);
        });
        ceilings
    }
}

/// Calls `each` with every item and an equal share of the time that is left; not at all for those
/// that come after the end of it.
fn in_shares<T>(items: &[T], run: &mut Run<'_>, mut each: impl FnMut(usize, &T, &mut Run<'_>)) {
    for (number, item) in items.iter().enumerate() {
        if run.tick(Progress { expanded: number as u64, ..Progress::default() }).is_err() {
            return;
        }
        each(number, item, &mut run.share(items.len() - number));
    }
}

/// The largest value of the expression in the relaxation, rounded down, with the proof.
fn ceiling(relaxation: &mut Relaxation<'_>, expression: &Linear, run: &mut Run<'_>) -> Option<Ceiling> {
    let terms: Vec<(PlaceId, i64)> = expression.terms().iter().map(|(p, c)| (*p, i64::from(*c))).collect();
    relaxation.assume(std::iter::empty()).ok()?;
    relaxation.maximise(&terms);
    let mut largest = None;
    for _ in 0..=MOST_CUTS {
        let Said::Point(point) = relaxation.solve(run) else { break };
        let sum: f64 = terms.iter().map(|(place, c)| *c as f64 * point.tokens[place.index()]).sum();
        largest = Some(sum);
        if !relaxation.cut(&point) {
            break;
        }
    }
    relaxation.seek_any();
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit is not proved either")]
    let value = (largest? + 1e-6).floor() as i128 + i128::from(expression.offset());
    match refute(relaxation, &Monotone::exceeds(expression, value), run) {
        Outcome::Refuted(lemmas) => {
            let refutation = Refutation { traps: relaxation.traps().to_vec(), lemmas };
            Some(Ceiling { value, refutation })
        }
        Outcome::Candidate(_) | Outcome::Open(_) => None,
    }
}
