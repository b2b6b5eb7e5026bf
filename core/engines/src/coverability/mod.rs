//! Coverability: what can be reached in nets with infinitely many markings, up to covering.
//!
//! The [`tree`] of Karp and Miller gives finitely many ω-markings that cover every reachable
//! marking and are limits of reachable ones. They are an inductive invariant, which a checker can
//! look through by itself; [`concrete`] makes of each a real run, or the words that pump. So
//! bounds are exact, ω comes with what makes it grow, and formulas that hold once there are enough
//! tokens are decided either way. For other formulas covering may be too coarse, and then nothing
//! is said.

mod concrete;
mod tree;

use crate::{Engine, Progress, Run};
use concrete::Program;
use pn_logic::{
    Answer, Comparison, Covering, Evidence, Formula, Linear, Property, Pumping, Reason, Verdict, holds_in,
    may_hold_below, most_below, value_in,
};
use pn_net::{Net, Trace, replay};
use tree::Tree;

/// The tree of Karp and Miller. Takes `possibly`, `always` and `bound`; meant for unbounded nets.
pub struct KarpMiller;

impl Engine for KarpMiller {
    fn name(&self) -> &'static str {
        "coverability tree"
    }

    fn techniques(&self) -> &'static str {
        "EXPLICIT COVERABILITY"
    }

    fn takes(&self, property: &Property) -> bool {
        !matches!(property, Property::InevitablyBackTo { .. })
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let (tree, end) = Tree::grow(net, run);
        if end == Err(Reason::Unsupported) {
            return vec![Answer::unknown(Reason::Unsupported); properties.len()];
        }
        let covering = end.map(|()| tree.covering());
        let each = properties.iter().map(|property| {
            if let Err(reason) = run.tick(Progress { states: tree.len() as u64, ..Progress::default() }) {
                return Answer::unknown(reason);
            }
            let settled = match property {
                Property::Possibly(formula) => {
                    witness(net, &tree, &covering, formula).map(|found| match found {
                        Evidence::Run(run) => (Verdict::Holds, Evidence::Run(run)),
                        covering => (Verdict::Fails, covering),
                    })
                }
                Property::Always(formula) => {
                    let violated = formula.clone().negated();
                    witness(net, &tree, &covering, &violated).map(|found| match found {
                        Evidence::Run(run) => (Verdict::Fails, Evidence::Run(run)),
                        covering => (Verdict::Holds, covering),
                    })
                }
                Property::Bound(expression) => bound(net, &tree, &covering, expression),
                Property::InevitablyBackTo { .. } => Err(Reason::Unsupported),
            };
            match settled {
                Ok((verdict, evidence)) => Answer { verdict, method: self.name(), evidence },
                Err(reason) => Answer::unknown(reason),
            }
        });
        each.collect()
    }
}

/// A run to a marking that satisfies `formula`, or the proof that there is none.
fn witness(
    net: &Net,
    tree: &Tree,
    covering: &Result<Covering, Reason>,
    formula: &Formula,
) -> Result<Evidence, Reason> {
    let plenty = enough(net, formula);
    let mut excuse = Reason::Unsupported;
    let mut may_hold = false;
    for number in 0..tree.len() {
        if !may_hold_below(net, tree.marking(number), formula) {
            continue;
        }
        may_hold = true;
        match Program::to(net, tree, number).and_then(|program| program.run(net, plenty)) {
            Some(run) if leads_to(net, &run, formula) => return Ok(Evidence::Run(run)),
            Some(_) => {}
            None => excuse = Reason::Memory,
        }
        // Where covering is too coarse, the next marking is hardly better.
        if !is_upward_closed(formula) {
            break;
        }
    }
    match covering {
        Ok(covering) if !may_hold => Ok(Evidence::Covering(covering.clone())),
        Ok(_) => Err(excuse),
        Err(reason) => Err(*reason),
    }
}

fn leads_to(net: &Net, run: &Trace, formula: &Formula) -> bool {
    replay(net, net.initial(), run).is_ok_and(|end| holds_in(net, &end, formula))
}

/// Whether more tokens never make the formula false; it is in doubt below negations.
fn is_upward_closed(formula: &Formula) -> bool {
    let rises = |expression: &Linear| expression.terms().iter().all(|(_, c)| *c > 0);
    let falls = |expression: &Linear| expression.terms().iter().all(|(_, c)| *c < 0);
    match formula {
        Formula::True | Formula::False | Formula::Fireable(_) => true,
        Formula::Compare(left, Comparison::AtLeast | Comparison::Greater, right) => {
            rises(left) && falls(right)
        }
        Formula::Compare(left, Comparison::AtMost | Comparison::Less, right) => falls(left) && rises(right),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().all(is_upward_closed),
        Formula::Not(inner) => matches!(**inner, Formula::Dead),
        Formula::Compare(..) | Formula::Dead => false,
    }
}

/// As many tokens on a place as an upward-closed formula can ask for.
fn enough(net: &Net, formula: &Formula) -> u64 {
    match formula {
        Formula::True | Formula::False => 0,
        Formula::Compare(left, _, right) => {
            let difference = left.offset().unsigned_abs().saturating_add(right.offset().unsigned_abs());
            difference.saturating_add(1)
        }
        Formula::Fireable(transitions) => {
            let weights = transitions.iter().flat_map(|t| net.pre(*t)).map(|(_, weight)| weight);
            weights.max().unwrap_or(0)
        }
        Formula::Dead => net.transitions().flat_map(|t| net.pre(t)).map(|(_, w)| w).max().unwrap_or(0),
        Formula::Not(inner) => enough(net, inner),
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().map(|part| enough(net, part)).max().unwrap_or(0)
        }
    }
}

fn bound(
    net: &Net,
    tree: &Tree,
    covering: &Result<Covering, Reason>,
    expression: &Linear,
) -> Result<(Verdict, Evidence), Reason> {
    let grows = |number: &usize| {
        let is_omega = |place| tree.marking(*number).tokens(place).is_none();
        let omegas = expression.terms().iter().filter(|(place, _)| is_omega(*place));
        let signs: Vec<bool> = omegas.map(|(_, coefficient)| *coefficient > 0).collect();
        !signs.is_empty() && signs.iter().all(|is_positive| *is_positive)
    };
    if let Some(number) = (0..tree.len()).find(grows) {
        let program = Program::to(net, tree, number).ok_or(Reason::TokenOverflow)?;
        let evidence = match program.pumping(net, expression) {
            Some(Pumping { run, word }) => Evidence::Pumping(run, word),
            None => Evidence::Pumpings(program.pumpings()),
        };
        return Ok((Verdict::Unbounded, evidence));
    }
    let covering = covering.as_ref().map_err(|reason| *reason)?;
    let mut best = None;
    for number in 0..tree.len() {
        let most = most_below(tree.marking(number), expression).ok_or(Reason::Unsupported)?;
        if best.is_none_or(|(largest, _)| most > largest) {
            best = Some((most, number));
        }
    }
    let (most, number) = best.ok_or(Reason::Unsupported)?;
    let program = Program::to(net, tree, number).ok_or(Reason::TokenOverflow)?;
    let run = program.run(net, 0).ok_or(Reason::Memory)?;
    // With negative coefficients the largest value may be smaller than what covering can tell.
    match replay(net, net.initial(), &run).map(|end| value_in(&end, expression)) {
        Ok(value) if value == most => {
            Ok((Verdict::Bounded(most), Evidence::RunAndCovering(run, covering.clone())))
        }
        _ => Err(Reason::Unsupported),
    }
}
