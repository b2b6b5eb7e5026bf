//! Runs the engines of a schedule on a batch of properties and checks what they say.

use crate::{Checker, Schedule, Trust};
use pn_engines::{Engine, Run, registry};
use pn_logic::{Answer, Property, Reason, Verdict};
use pn_net::Net;
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
    let mut answers = vec![Answer::unknown(Reason::Unsupported); properties.len()];
    for turn in schedule {
        let engine = engine(turn.engine);
        let takes = |index: &usize| !answers[*index].is_definite() && engine.takes(&properties[*index]);
        let open: Vec<usize> = (0..properties.len()).filter(takes).collect();
        if open.is_empty() {
            continue;
        }
        let asked: Vec<&Property> = open.iter().map(|index| &properties[*index]).collect();
        let end = run.deadline().map(|deadline| {
            let now = Instant::now();
            now + deadline.saturating_duration_since(now).mul_f64(turn.share)
        });
        for (index, answer) in open.iter().zip(engine.solve(net, &asked, &mut run.part(end))) {
            answers[*index] = answer;
        }
    }
    let pairs = properties.iter().zip(answers);
    pairs.map(|(property, answer)| checked(checker, property, answer)).collect()
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
            assert!(turn.share > 0.0 && turn.share <= 1.0);
        }
    }
}
