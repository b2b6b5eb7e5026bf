//! Proofs module by module, for nets of parts that influence each other by reads alone, as the
//! resources of a deployment do: no marking of the whole net is looked at (`docs/decisions/0015`).

mod division;
mod domains;
mod homes;
mod sharing;
mod space;
mod steer;
mod tour;

use crate::run::Stop;
use crate::{Engine, Progress, Run};
use division::Division;
use domains::Domains;
use homes::Homes;
use pn_logic::{
    Answer, Evidence, Formula, Linear, Modular, Modules, Monotone, Prefix, Property, Reason, Sense, Verdict,
};
use pn_net::Net;
use space::LocalSpace;
use std::sync::Arc;
use tour::{Tour, Wish};

/// Proofs by modules.
pub struct ByModules {
    /// Nets whose modules have fewer combinations of local markings than 2 to this are left alone.
    few: f64,
}

impl ByModules {
    /// For nets that a search would not look through at once; the others are left to it, as it finds
    /// the shortest runs and counts.
    pub const FOR_LARGE_NETS: Self = Self { few: 16.0 };

    /// For every net of several modules.
    pub const FOR_ALL_NETS: Self = Self { few: 0.0 };
}

impl Engine for ByModules {
    fn name(&self) -> &'static str {
        "proof by modules"
    }

    fn techniques(&self) -> &'static str {
        "COMPOSITIONAL"
    }

    fn takes(&self, _: &Property) -> bool {
        true
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        match Proofs::new(net, self.few, run) {
            Ok(proofs) => proofs.answers(self.name(), properties, run),
            Err(reason) => vec![Answer::unknown(reason); properties.len()],
        }
    }
}

/// What is known of a net, module by module.
struct Proofs<'n> {
    net: &'n Net,
    division: Division,
    spaces: Vec<LocalSpace>,
    modules: Arc<Modules>,
}

impl<'n> Proofs<'n> {
    fn new(net: &'n Net, few: f64, run: &mut Run<'_>) -> Result<Self, Reason> {
        let (division, spaces) = sharing::divide(net, &run.stop())?;
        let combinations: f64 = spaces.iter().map(|space| (space.markings.len() as f64).log2()).sum();
        if combinations < few {
            return Err(Reason::Unsupported);
        }
        let bytes: usize = spaces.iter().map(LocalSpace::bytes).sum();
        if bytes > run.memory() {
            return Err(Reason::Memory);
        }
        run.tick(Progress { states: spaces.len() as u64, bytes: bytes as u64, ..Progress::default() })?;
        let modules = Arc::new(Modules { places: division.places.clone() });
        Ok(Self { net, division, spaces, modules })
    }

    fn answers(&self, method: &'static str, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let stop = run.stop();
        let mut wishes = Vec::new();
        let most: Vec<Option<(Option<usize>, i128)>> = properties
            .iter()
            .map(|property| {
                let Property::Bound(expression) = property else { return None };
                let (wish, most) = self.most(expression)?;
                let wish = wish.map(|wish| {
                    wishes.push(wish);
                    wishes.len() - 1
                });
                Some((wish, most))
            })
            .collect();
        let goal = properties.iter().find_map(|property| match property {
            Property::InevitablyBackTo { goal, .. } => Some(Monotone::of(self.net, goal, Sense::Holds)),
            _ => None,
        });
        let homes = Homes::new(self.net, &self.division, &self.spaces, goal.as_ref());
        let Tour { run: firings, enabled, granted } =
            tour::tour(self.net, &self.division, &self.spaces, (&homes, &wishes), &stop);
        let firings = Arc::new(firings);
        let prefix = |length: usize| Prefix { run: Arc::clone(&firings), length };
        let open = |reason| (Verdict::Unknown(reason), Evidence::None);
        let all = Domains::all(self.net, &self.division, &self.spaces);
        let refute = |formula, sense| self.refute(all.clone(), formula, sense, &stop);
        let mut answers = Vec::with_capacity(properties.len());
        for (number, property) in properties.iter().enumerate() {
            if let Err(reason) = run.tick(Progress { expanded: number as u64, ..Progress::default() }) {
                answers.resize(properties.len(), Answer::unknown(reason));
                break;
            }
            let found = match property {
                Property::Bound(_) => Ok(most[number].and_then(|(wish, most)| {
                    let run = prefix(wish.map_or(Some(0), |wish| granted[wish])?);
                    Some((Verdict::Bounded(most), Evidence::PrefixAndModules(run, self.proof(Vec::new()))))
                })),
                Property::Possibly(formula) => match shown(formula, &enabled) {
                    Some(length) => Ok(Some((Verdict::Holds, Evidence::Prefix(prefix(length))))),
                    None => refute(formula, Sense::Holds),
                },
                Property::Always(formula) => refute(formula, Sense::Fails),
                Property::InevitablyBackTo { goal, unless } => {
                    let found = steer::plan(self.net, &self.division, &self.spaces, (goal, unless), &stop);
                    let holds = |plan| (Verdict::Holds, Evidence::Modules(self.proof(plan)));
                    found.map(|plan| plan.map(holds))
                }
            };
            let (verdict, evidence) = match found {
                Ok(Some(found)) => found,
                Ok(None) => open(Reason::Unsupported),
                Err(reason) => open(reason),
            };
            let method = if evidence == Evidence::None { "" } else { method };
            answers.push(Answer { verdict, method, evidence });
        }
        answers
    }

    fn proof(&self, plan: Vec<pn_logic::Move>) -> Modular {
        Modular { modules: Arc::clone(&self.modules), plan }
    }

    /// That none of the reachable markings, which `domains` have, satisfies `formula`, or violates it:
    /// the verdict about `possibly` or `always`, if it can be proved.
    fn refute(
        &self,
        mut domains: Domains<'_>,
        formula: &Formula,
        sense: Sense,
        stop: &Stop<'_>,
    ) -> Result<Option<(Verdict, Evidence)>, Reason> {
        let verdict = match sense {
            Sense::Holds => Verdict::Fails,
            Sense::Fails => Verdict::Holds,
        };
        domains.narrow(&Monotone::of(self.net, formula, sense), stop)?;
        Ok(domains.is_empty.then(|| (verdict, Evidence::Modules(self.proof(Vec::new())))))
    }

    /// The largest value of an expression over one module, or of the tokens on a shared place, and
    /// where it is attained: initially, without a wish.
    fn most(&self, expression: &Linear) -> Option<(Option<Wish>, i128)> {
        let (first, coefficient) = *expression.terms().first()?;
        let Some(module) = self.division.module(first) else {
            let most = Domains::all(self.net, &self.division, &self.spaces).most_shared(first)?;
            let is_single = expression.terms().len() == 1 && coefficient == 1;
            let is_initial = i128::from(self.net.initial().tokens(first)) == most;
            return (is_single && is_initial).then(|| (None, most + i128::from(expression.offset())));
        };
        if expression.terms().iter().any(|(place, _)| self.division.module(*place) != Some(module)) {
            return None;
        }
        let value = |marking: &[u64]| {
            let share = expression.terms().iter().map(|(place, coefficient)| {
                i128::from(*coefficient) * i128::from(marking[self.division.slot(*place)])
            });
            share.sum::<i128>() + i128::from(expression.offset())
        };
        let values: Vec<i128> = self.spaces[module].markings.iter().map(|marking| value(marking)).collect();
        let most = values.iter().copied().max()?;
        let among = values.into_iter().map(|value| value == most).collect();
        Some((Some(Wish { module, among }), most))
    }
}

/// After how many firings of a tour the formula is seen to hold, if it asks for what may fire.
fn shown(formula: &Formula, enabled: &[Option<usize>]) -> Option<usize> {
    let Formula::Fireable(transitions) = formula else { return None };
    transitions.iter().filter_map(|transition| enabled[transition.index()]).min()
}
