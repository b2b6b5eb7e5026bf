//! An engine's turn on a reduced net.
//!
//! Properties are reduced for, translated, solved, and their answers brought back: runs are lifted
//! to the net itself, where the checker replays them like any other; exhaustion says of which net
//! it speaks. What cannot be brought back stays open.

use crate::facts::Facts;
use pn_engines::{Engine, Progress, Run};
use pn_logic::{Answer, Evidence, Exploration, Explored, Proof, Property, Reason, Verdict};
use pn_net::{Net, Trace, TransitionId, replay};
use pn_reduce::{Asked, Interest, Reduced, reduce};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;
use std::time::Instant;

/// The method of answers that need no search.
pub(crate) const REDUCTIONS: &str = "structural reductions";

/// The most properties that are worth a reduction each.
const MOST_APART: usize = 64;

/// The latest reduction: engines that take turns on the same open properties share it.
pub(crate) struct Reductions<'f, 'n> {
    facts: &'f Facts<'n>,
    latest: Option<(Interest, Reduced<'n>)>,
}

impl<'f, 'n> Reductions<'f, 'n> {
    /// No reduction yet, of the net that the facts are about.
    pub(crate) const fn with(facts: &'f Facts<'n>) -> Self {
        Self { facts, latest: None }
    }

    /// Answers `properties` by `engine` on the net reduced for all of them together.
    pub(crate) fn together(
        &mut self,
        engine: &dyn Engine,
        method: &'static str,
        properties: &[&Property],
        run: &mut Run<'_>,
    ) -> Vec<Answer> {
        let net = self.facts.net();
        let mut interest = Interest::none(net);
        let asked: Vec<bool> = properties.iter().map(|property| interest.add(net, property)).collect();
        let mut answers = vec![Answer::unknown(Reason::Unsupported); properties.len()];
        if !asked.contains(&true) {
            return answers;
        }
        let reduced = self.reduced_for(interest, run);
        let asked: Vec<usize> = (0..properties.len()).filter(|index| asked[*index]).collect();
        let open: Vec<&Property> = asked.iter().map(|index| properties[*index]).collect();
        for (index, answer) in asked.into_iter().zip(solve(reduced, engine, method, &open, run)) {
            answers[index] = answer;
        }
        answers
    }

    fn reduced_for(&mut self, interest: Interest, run: &mut Run<'_>) -> &Reduced<'n> {
        if self.latest.as_ref().is_none_or(|(latest, _)| *latest != interest) {
            self.latest = None;
            // Half of the turn is the engine's.
            let now = Instant::now();
            let half = run.deadline().map(|deadline| now + deadline.saturating_duration_since(now) / 2);
            let mut limits = run.part(half);
            let mut go_on = || match limits.tick(Progress::default()) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            };
            let reduced = reduce(self.facts.net(), &interest, self.facts.never(), &mut go_on);
            self.latest = Some((interest, reduced));
        }
        &self.latest.as_ref().expect("it was just made").1
    }
}

/// Answers `properties` by `engine` on the net reduced for each of them alone, in turn, with equal
/// shares of the time. Where there are very many, none is.
pub(crate) fn each(
    facts: &Facts<'_>,
    engine: &dyn Engine,
    method: &'static str,
    properties: &[&Property],
    run: &mut Run<'_>,
) -> Vec<Answer> {
    let mut answers = vec![Answer::unknown(Reason::Unsupported); properties.len()];
    if properties.len() > MOST_APART {
        return answers;
    }
    for (number, property) in properties.iter().enumerate() {
        if let Err(reason) = run.tick(Progress::default()) {
            answers[number] = Answer::unknown(reason);
            continue;
        }
        let mut part = run.share(properties.len() - number);
        let mut reductions = Reductions::with(facts);
        answers[number] = reductions.together(engine, method, &[property], &mut part).remove(0);
    }
    answers
}

fn solve(
    reduced: &Reduced<'_>,
    engine: &dyn Engine,
    method: &'static str,
    properties: &[&Property],
    run: &mut Run<'_>,
) -> Vec<Answer> {
    let asked: Vec<Option<Asked>> = properties.iter().map(|property| reduced.question(property)).collect();
    let mut questions = Questions::default();
    asked.iter().flatten().for_each(|asked| questions.add(asked));
    let taken: Vec<&Property> = questions.all.iter().filter(|question| engine.takes(question)).collect();
    let solved = if taken.is_empty() { Vec::new() } else { engine.solve(&reduced.net, &taken, run) };
    let found: FxHashMap<&Property, &Answer> = taken.into_iter().zip(&solved).collect();
    let unknown = Answer::unknown(Reason::Unsupported);
    let answer = |question: &Property| *found.get(question).unwrap_or(&&unknown);
    let pairs = properties.iter().zip(&asked);
    pairs
        .map(|(property, asked)| {
            let back = match asked {
                None => Err(Reason::Unsupported),
                Some(Asked::Settled(verdict)) => Ok(settled(verdict)),
                Some(Asked::Property(question)) => brought_back(reduced, property, method, answer(question)),
                Some(Asked::AnyFires(images)) => {
                    let each = images.iter().map(|image| answer(&Questions::fires(*image)));
                    any_fires(reduced, property, method, &each.collect::<Vec<_>>())
                }
            };
            back.unwrap_or_else(Answer::unknown)
        })
        .collect()
}

/// Questions about the reduced net, each once.
#[derive(Default)]
struct Questions {
    all: Vec<Property>,
    seen: rustc_hash::FxHashSet<Property>,
}

impl Questions {
    fn fires(image: TransitionId) -> Property {
        Property::Possibly(pn_logic::Formula::Fireable(vec![image]))
    }

    fn add(&mut self, asked: &Asked) {
        let questions = match asked {
            Asked::Settled(_) => Vec::new(),
            Asked::Property(question) => vec![question.clone()],
            Asked::AnyFires(images) => images.iter().map(|image| Self::fires(*image)).collect(),
        };
        for question in questions {
            if self.seen.insert(question.clone()) {
                self.all.push(question);
            }
        }
    }
}

/// The reductions leave nothing to look at: one marking, no firing.
fn settled(verdict: &Verdict) -> Answer {
    let all = Exploration { states: 1, edges: 0, of: Explored::Reduced };
    Answer { verdict: verdict.clone(), method: REDUCTIONS, evidence: Evidence::Exhaustion(all) }
}

const fn reduced_size(all: Exploration) -> Exploration {
    Exploration { of: all.of.after_reductions(), ..all }
}

/// The answer about the net itself, from that about the reduced one.
fn brought_back(
    reduced: &Reduced<'_>,
    property: &Property,
    method: &'static str,
    answer: &Answer,
) -> Result<Answer, Reason> {
    if let Verdict::Unknown(reason) = answer.verdict {
        return Err(reason);
    }
    let lifted = |run: &Trace| reduced.lift(property, run).ok_or(Reason::Memory);
    let evidence = match &answer.evidence {
        Evidence::None => return Err(Reason::Unsupported),
        Evidence::Run(run) => Evidence::Run(lifted(run)?),
        Evidence::Prefix(prefix) => Evidence::Run(lifted(&prefix.to_trace())?),
        Evidence::Exhaustion(all) => Evidence::Exhaustion(reduced_size(*all)),
        Evidence::RunAndExhaustion(run, all) => Evidence::RunAndExhaustion(lifted(run)?, reduced_size(*all)),
        Evidence::Refutation(_) | Evidence::Inductive(_) => Evidence::Refutation(Proof::Reduced),
        Evidence::RunAndRefutation(run, _) => Evidence::RunAndRefutation(lifted(run)?, Proof::Reduced),
        Evidence::Pumping(prefix, word) => {
            let (prefix, word) = reduced.lift_both(prefix, word).ok_or(Reason::Memory)?;
            if !repeats(reduced.original(), &prefix, &word) {
                return Err(Reason::Unsupported);
            }
            Evidence::Pumping(prefix, word)
        }
        // What covers the markings of the reduced net, or divides it, says nothing that could be
        // checked.
        Evidence::Modules(_)
        | Evidence::PrefixAndModules(..)
        | Evidence::Pumpings(_)
        | Evidence::Covering(_)
        | Evidence::RunAndCovering(..) => {
            return Err(Reason::Unsupported);
        }
    };
    Ok(Answer { verdict: answer.verdict.clone(), method, evidence })
}

/// Whether the word loses nothing on any place: dropped places may.
fn repeats(net: &Net, prefix: &Trace, word: &Trace) -> bool {
    let before = replay(net, net.initial(), prefix);
    let after = before.as_ref().ok().and_then(|before| replay(net, before, word).ok());
    matches!((before, after), (Ok(before), Some(after)) if after.covers(&before))
}

/// Whether some transition of the net itself fires, from what is known of those that stand for
/// them.
fn any_fires(
    reduced: &Reduced<'_>,
    property: &Property,
    method: &'static str,
    images: &[&Answer],
) -> Result<Answer, Reason> {
    let (fires, none_fires) = match property {
        Property::Always(_) => (Verdict::Fails, Verdict::Holds),
        _ => (Verdict::Holds, Verdict::Fails),
    };
    if let Some(run) = images.iter().find_map(|answer| match &answer.evidence {
        Evidence::Run(run) => Some(run),
        _ => None,
    }) {
        let run = reduced.lift(property, run).ok_or(Reason::Memory)?;
        return Ok(Answer { verdict: fires, method, evidence: Evidence::Run(run) });
    }
    let mut evidence = None;
    for answer in images {
        match (&answer.verdict, &answer.evidence) {
            (Verdict::Fails, Evidence::Exhaustion(found)) => {
                evidence = Some(Evidence::Exhaustion(reduced_size(*found)));
            }
            (Verdict::Fails, Evidence::Refutation(_) | Evidence::Inductive(_)) => {
                evidence = Some(Evidence::Refutation(Proof::Reduced));
            }
            (Verdict::Unknown(reason), _) => return Err(*reason),
            _ => return Err(Reason::Unsupported),
        }
    }
    let evidence = evidence.ok_or(Reason::Unsupported)?;
    Ok(Answer { verdict: none_fires, method, evidence })
}
