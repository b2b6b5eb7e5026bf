//! Bounds from two sides: a proof that nothing exceeds a value, and a run that attains it.
//!
//! Once an engine has proved a ceiling, "how large can it grow" becomes "can it grow to this",
//! which walks and searches answer with a run. If an exhaustive search says that it cannot, the
//! ceiling was too high, and the question is asked as it was.

use pn_engines::{Ceiling, Engine, Run};
use pn_logic::{Answer, Comparison, Evidence, Formula, Linear, Proof, Property, Reason, Verdict};
use pn_net::Net;

/// What is known about the bounds among a batch of properties.
pub(crate) struct Ceilings {
    /// By property: the ceiling, and the question whether it is attained.
    of: Vec<Option<(Ceiling, Property)>>,
}

impl Ceilings {
    pub(crate) fn none(properties: usize) -> Self {
        Self { of: vec![None; properties] }
    }

    /// Lets `engine` prove ceilings of the open bounds.
    pub(crate) fn prove(
        &mut self,
        net: &Net,
        engine: &dyn Engine,
        properties: &[Property],
        open: &[usize],
        run: &mut Run<'_>,
    ) {
        let bound = |index: &usize| match &properties[*index] {
            Property::Bound(expression) if self.of[*index].is_none() => Some((*index, expression)),
            _ => None,
        };
        let (wanted, expressions): (Vec<usize>, Vec<&Linear>) = open.iter().filter_map(bound).unzip();
        if wanted.is_empty() {
            return;
        }
        for ((index, expression), ceiling) in
            wanted.into_iter().zip(&expressions).zip(engine.ceilings(net, &expressions, run))
        {
            self.of[index] = ceiling.and_then(|ceiling| {
                let value = Linear::constant(i64::try_from(ceiling.value).ok()?);
                let attained = Formula::Compare((*expression).clone(), Comparison::AtLeast, value);
                Some((ceiling, Property::Possibly(attained)))
            });
        }
    }

    /// What to ask for a property.
    pub(crate) fn question<'a>(&'a self, index: usize, property: &'a Property) -> &'a Property {
        self.of[index].as_ref().map_or(property, |(_, question)| question)
    }

    /// The answer to the property, from that to the question.
    pub(crate) fn answer(&mut self, index: usize, answer: Answer) -> Answer {
        let Some((ceiling, _)) = &self.of[index] else { return answer };
        match (&answer.verdict, answer.evidence) {
            (Verdict::Holds, Evidence::Run(run)) => {
                let proof = Proof::Itself(ceiling.refutation.clone());
                let evidence = Evidence::RunAndRefutation(run, proof);
                Answer { verdict: Verdict::Bounded(ceiling.value), method: answer.method, evidence }
            }
            (Verdict::Unknown(reason), _) => Answer::unknown(*reason),
            _ => {
                self.of[index] = None;
                Answer::unknown(Reason::Unsupported)
            }
        }
    }
}
