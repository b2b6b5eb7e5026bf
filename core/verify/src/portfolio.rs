//! Runs the engines of a schedule on a batch of properties and checks what they say.

use crate::ceiling::Ceilings;
use crate::facts::Facts;
use crate::on_reduced::{self, Reductions};
use crate::schedule::AFTER_REDUCTIONS;
use crate::{Checker, On, Schedule, Trust};
use pn_engines::{Engine, Run, registry};
use pn_logic::{Answer, Property, Reason, Verdict};
use pn_net::Net;
use std::ops::ControlFlow;
use std::time::Instant;

/// An answer whose evidence has been looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// The answer; `Unknown` if its evidence was rejected.
    pub answer: Answer,
    /// How far the evidence carries. `None` for an unknown verdict.
    pub trust: Option<Trust>,
}

/// Answers `properties` in order, within the limits of `run`, by the engines of `schedule`.
///
/// # Panics
///
/// When the schedule names an engine that the registry does not have.
pub fn verify(
    net: &Net,
    properties: &[Property],
    schedule: Schedule,
    checker: &mut Checker<'_>,
    run: &mut Run<'_>,
) -> Vec<Checked> {
    verify_in_turns(net, properties, schedule, checker, run, &mut |_| ControlFlow::Continue(()))
}

/// As [`verify`], and hands out all answers after each turn that gave one, until `after_turn`
/// breaks.
///
/// # Panics
///
/// When the schedule names an engine that the registry does not have.
pub fn verify_in_turns(
    net: &Net,
    properties: &[Property],
    schedule: Schedule,
    checker: &mut Checker<'_>,
    run: &mut Run<'_>,
    after_turn: &mut dyn FnMut(&[Checked]) -> ControlFlow<()>,
) -> Vec<Checked> {
    let unknown = Checked { answer: Answer::unknown(Reason::Unsupported), trust: None };
    let mut answers = vec![unknown; properties.len()];
    let facts = Facts::about(net);
    let mut reductions = Reductions::with(&facts);
    let mut ceilings = Ceilings::none(properties.len());
    for turn in schedule {
        let engine = engine(turn.engine);
        // Rejected evidence is a bug; another engine's answer must not hide it.
        let is_open = |index: &usize| match answers[*index].answer.verdict {
            Verdict::Unknown(reason) => reason != Reason::EvidenceRejected,
            _ => false,
        };
        let open: Vec<usize> = (0..properties.len()).filter(is_open).collect();
        // One property alone is what the turn before was about.
        if open.is_empty() || (turn.on == On::ReducedForEach && properties.len() == 1) {
            continue;
        }
        let end = run.deadline().map(|deadline| {
            let now = Instant::now();
            now + deadline.saturating_duration_since(now).mul_f64(turn.share)
        });
        let mut part = run.part(end);
        if turn.on == On::Net {
            ceilings.prove(net, engine, properties, &open, &mut part);
        }
        let question = |index: &usize| ceilings.question(*index, &properties[*index]);
        let takes = |index: &usize| turn.on != On::Net || engine.takes(question(index));
        let open: Vec<usize> = open.into_iter().filter(takes).collect();
        let asked: Vec<&Property> = open.iter().map(question).collect();
        let found = match turn.on {
            On::Net => engine.solve(net, &asked, &mut part),
            On::Reduced => reductions.together(engine, turn.method(), &asked, &mut part),
            On::ReducedForEach => on_reduced::each(&facts, engine, turn.method(), &asked, &mut part),
        };
        let mut news = false;
        for (index, answer) in open.into_iter().zip(found) {
            let answer = ceilings.answer(index, answer);
            // Why an earlier turn gave up says more than that a later one cannot help.
            if answer.is_definite() || answer.verdict != Verdict::Unknown(Reason::Unsupported) {
                news |= answer.is_definite();
                answers[index] = checked(checker, &properties[index], answer);
            }
        }
        if news && after_turn(&answers).is_break() {
            break;
        }
    }
    answers
}

/// The names of a method in the Model Checking Contest's vocabulary.
#[must_use]
pub fn techniques(method: &str) -> Vec<&'static str> {
    let plain = AFTER_REDUCTIONS.iter().find(|(_, after)| *after == method).map(|(engine, _)| *engine);
    let name = plain.unwrap_or(method);
    let engine = registry().iter().find(|engine| engine.name() == name);
    let own = engine.map(|engine| engine.techniques().split(' ')).into_iter().flatten();
    let reduced = (plain.is_some() || method == on_reduced::REDUCTIONS).then_some("STRUCTURAL_REDUCTION");
    own.chain(reduced).collect()
}

fn engine(name: &str) -> &'static dyn Engine {
    let engine = registry().iter().find(|engine| engine.name() == name);
    *engine.expect("a schedule names engines of the registry")
}

fn checked(checker: &mut Checker<'_>, property: &Property, answer: Answer) -> Checked {
    if let Verdict::Unknown(_) = answer.verdict {
        return Checked { answer, trust: None };
    }
    match checker.check(property, &answer.verdict, &answer.evidence) {
        Ok(trust) => Checked { answer, trust: Some(trust) },
        Err(_) => Checked { answer: Answer::unknown(Reason::EvidenceRejected), trust: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CONTEST, SHORTEST};

    #[test]
    fn schedules_name_engines_that_exist() {
        for turn in SHORTEST.iter().chain(CONTEST) {
            assert_eq!(engine(turn.engine).name(), turn.engine);
            assert_eq!(turn.method() == turn.engine, turn.on == On::Net);
            assert!(turn.share > 0.0 && turn.share <= 1.0);
        }
    }
}
