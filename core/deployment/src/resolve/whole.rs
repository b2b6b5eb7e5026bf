//! What is said of the net as a whole: formulas, parameters, faults (rules D9, D17 and D18).

use super::{Resolver, part_of};
use crate::annotation::Located;
use crate::problem::{FormulaOf, ProblemKind};
use crate::{Faults, Invariant, template};
use pn_logic::Formula;
use pn_logic::text::parse_formula;
use std::collections::HashSet;

impl Resolver<'_> {
    pub(super) fn parameters(&mut self) -> Vec<(String, Option<String>)> {
        let parameters = &self.annotation.parameters;
        let mut names = HashSet::new();
        for parameter in parameters {
            let name = &parameter.name;
            if !template::is_name(&name.value) {
                self.problem(ProblemKind::BadParameterName(name.value.clone()), name.span);
            } else if !names.insert(&name.value) {
                self.problem(ProblemKind::DuplicateParameter(name.value.clone()), name.span);
            }
        }
        parameters.iter().map(|p| (p.name.value.clone(), p.default.clone())).collect()
    }

    pub(super) fn invariants(&mut self) -> Vec<Invariant> {
        let mut names = HashSet::new();
        let mut invariants = Vec::new();
        for text in &self.annotation.invariants {
            let name = &text.name;
            self.filled("`name` of an invariant", name);
            if !names.insert(&name.value) {
                self.problem(ProblemKind::DuplicateInvariant(name.value.clone()), name.span);
            }
            let formula = self.formula(FormulaOf::Invariant(name.value.clone()), &text.formula);
            invariants.push(Invariant { name: name.value.clone(), formula });
        }
        invariants
    }

    /// The formula, or any other once a problem is noted.
    pub(super) fn formula(&mut self, which: FormulaOf, text: &Located<String>) -> Formula {
        match parse_formula(self.net, &text.value) {
            Ok(formula) => formula,
            Err(errors) => {
                for error in errors {
                    let span = part_of(text, error.span.start..error.span.end);
                    self.problem(ProblemKind::Formula(which.clone(), error), span);
                }
                Formula::False
            }
        }
    }

    pub(super) fn faults(&mut self, text: &Located<String>) -> Faults {
        let words: Vec<&str> = text.value.split_whitespace().collect();
        let drifts = match words[..] {
            ["none"] => return Faults::None,
            ["any"] => return Faults::Any,
            [number, "drift" | "drifts"] => number.parse().ok(),
            _ => None,
        };
        match drifts {
            Some(0) => Faults::None,
            Some(most) => Faults::Drifts(most),
            None => {
                self.problem(ProblemKind::BadFaults(text.value.clone()), text.span);
                Faults::None
            }
        }
    }
}
