//! The elements of a formula and what each makes of its operands.

use crate::{Comparison, Formula, Linear, Property};
use pn_net::{Net, PlaceId, TransitionId};

/// An element inside `formula` that has a meaning here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Element {
    AllPaths,
    ExistsPath,
    Globally,
    Finally,
    Negation,
    Conjunction,
    Disjunction,
    Implication,
    True,
    False,
    Deadlock,
    IsFireable,
    Compare(Comparison),
    TokensCount,
    Constant,
    Sum,
    Difference,
    PlaceBound,
    Place,
    Transition,
}

impl Element {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all-paths" => Self::AllPaths,
            "exists-path" => Self::ExistsPath,
            "globally" => Self::Globally,
            "finally" => Self::Finally,
            "negation" => Self::Negation,
            "conjunction" => Self::Conjunction,
            "disjunction" => Self::Disjunction,
            "implication" => Self::Implication,
            "true" => Self::True,
            "false" => Self::False,
            "deadlock" => Self::Deadlock,
            "is-fireable" => Self::IsFireable,
            "integer-lt" => Self::Compare(Comparison::Less),
            "integer-le" => Self::Compare(Comparison::AtMost),
            "integer-eq" => Self::Compare(Comparison::Equal),
            "integer-ne" => Self::Compare(Comparison::NotEqual),
            "integer-ge" => Self::Compare(Comparison::AtLeast),
            "integer-gt" => Self::Compare(Comparison::Greater),
            "tokens-count" => Self::TokensCount,
            "integer-constant" => Self::Constant,
            "integer-sum" => Self::Sum,
            "integer-difference" => Self::Difference,
            "place-bound" => Self::PlaceBound,
            "place" => Self::Place,
            "transition" => Self::Transition,
            _ => return None,
        })
    }

    /// Whether the element holds text rather than elements.
    pub(super) fn has_text(self) -> bool {
        matches!(self, Self::Constant | Self::Place | Self::Transition)
    }
}

/// What an element stands for.
#[derive(Debug)]
pub(super) enum Value {
    Formula(Formula),
    Property(Property),
    /// `globally` before its path quantifier is known.
    Globally(Box<Value>),
    /// `finally` before its path quantifier is known.
    Finally(Box<Value>),
    Linear(Linear),
    Place(PlaceId),
    Transition(TransitionId),
}

/// Why an element stands for nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Problem {
    UnknownPlace,
    UnknownTransition,
    Unsupported,
    BadOperands,
    BadNumber,
}

/// What `element` stands for with these operands, or with this text.
pub(super) fn value_of(
    net: &Net,
    element: Element,
    operands: Vec<Value>,
    text: &str,
) -> Result<Value, Problem> {
    match element {
        Element::AllPaths => all_paths(single(operands)?),
        Element::ExistsPath => exists_path(single(operands)?),
        Element::Globally => Ok(Value::Globally(Box::new(single(operands)?))),
        Element::Finally => Ok(Value::Finally(Box::new(single(operands)?))),
        Element::Negation => negation(single(operands)?),
        Element::Conjunction => conjunction(operands),
        Element::Disjunction => disjunction(operands),
        Element::Implication => {
            let [left, right] = pair(operands)?;
            disjunction(vec![negation(left)?, right])
        }
        Element::True | Element::False | Element::Deadlock if !operands.is_empty() => {
            Err(Problem::BadOperands)
        }
        Element::True => Ok(Value::Formula(Formula::True)),
        Element::False => Ok(Value::Formula(Formula::False)),
        Element::Deadlock => Ok(Value::Formula(Formula::Dead)),
        Element::IsFireable => is_fireable(operands),
        Element::Compare(comparison) => {
            let [left, right] = pair(operands)?;
            Ok(Value::Formula(Formula::Compare(linear(left)?, comparison, linear(right)?)))
        }
        Element::TokensCount => Ok(Value::Linear(tokens(operands)?)),
        Element::Constant => {
            text.parse().map(Linear::constant).map(Value::Linear).map_err(|_| Problem::BadNumber)
        }
        Element::Sum => sum(operands, 1),
        Element::Difference => sum(Vec::from(pair(operands)?), -1),
        Element::PlaceBound => Ok(Value::Property(Property::Bound(tokens(operands)?))),
        Element::Place => net.find_place(text).map(Value::Place).ok_or(Problem::UnknownPlace),
        Element::Transition => {
            net.find_transition(text).map(Value::Transition).ok_or(Problem::UnknownTransition)
        }
    }
}

fn single(operands: Vec<Value>) -> Result<Value, Problem> {
    let [operand] = <[Value; 1]>::try_from(operands).map_err(|_| Problem::BadOperands)?;
    Ok(operand)
}

fn pair(operands: Vec<Value>) -> Result<[Value; 2], Problem> {
    operands.try_into().map_err(|_| Problem::BadOperands)
}

fn linear(value: Value) -> Result<Linear, Problem> {
    if let Value::Linear(linear) = value { Ok(linear) } else { Err(Problem::BadOperands) }
}

fn all_paths(operand: Value) -> Result<Value, Problem> {
    let Value::Globally(inner) = operand else { return Err(Problem::Unsupported) };
    match *inner {
        Value::Formula(formula) | Value::Property(Property::Always(formula)) => {
            Ok(Value::Property(Property::Always(formula)))
        }
        Value::Property(Property::Possibly(goal)) => {
            Ok(Value::Property(Property::InevitablyBackTo { goal, unless: Formula::False }))
        }
        _ => Err(Problem::Unsupported),
    }
}

fn exists_path(operand: Value) -> Result<Value, Problem> {
    let Value::Finally(inner) = operand else { return Err(Problem::Unsupported) };
    match *inner {
        Value::Formula(formula) | Value::Property(Property::Possibly(formula)) => {
            Ok(Value::Property(Property::Possibly(formula)))
        }
        _ => Err(Problem::Unsupported),
    }
}

/// `not EF φ` is `AG not φ`, `not AG φ` is `EF not φ`.
fn negation(operand: Value) -> Result<Value, Problem> {
    match operand {
        Value::Formula(formula) => Ok(Value::Formula(formula.negated())),
        Value::Property(Property::Possibly(formula)) => {
            Ok(Value::Property(Property::Always(formula.negated())))
        }
        Value::Property(Property::Always(formula)) => {
            Ok(Value::Property(Property::Possibly(formula.negated())))
        }
        Value::Property(_) | Value::Globally(_) | Value::Finally(_) => Err(Problem::Unsupported),
        Value::Linear(_) | Value::Place(_) | Value::Transition(_) => Err(Problem::BadOperands),
    }
}

/// `AG φ and AG ψ` is `AG (φ and ψ)`.
fn conjunction(operands: Vec<Value>) -> Result<Value, Problem> {
    let always = |value: Value| match value {
        Value::Property(Property::Always(formula)) => Some(formula),
        _ => None,
    };
    match combined(operands, always)? {
        Combined::Formulas(parts) => Ok(Value::Formula(joined(parts, Formula::And))),
        Combined::Quantified(parts) => Ok(Value::Property(Property::Always(joined(parts, Formula::And)))),
        Combined::One(value) => Ok(value),
    }
}

/// `EF φ or EF ψ` is `EF (φ or ψ)`.
fn disjunction(operands: Vec<Value>) -> Result<Value, Problem> {
    let possibly = |value: Value| match value {
        Value::Property(Property::Possibly(formula)) => Some(formula),
        _ => None,
    };
    match combined(operands, possibly)? {
        Combined::Formulas(parts) => Ok(Value::Formula(joined(parts, Formula::Or))),
        Combined::Quantified(parts) => Ok(Value::Property(Property::Possibly(joined(parts, Formula::Or)))),
        Combined::One(value) => Ok(value),
    }
}

enum Combined {
    Formulas(Vec<Formula>),
    Quantified(Vec<Formula>),
    One(Value),
}

fn combined(
    mut operands: Vec<Value>,
    quantified: impl Fn(Value) -> Option<Formula>,
) -> Result<Combined, Problem> {
    if operands.is_empty() {
        return Err(Problem::BadOperands);
    }
    if operands.len() == 1 {
        return Ok(Combined::One(operands.remove(0)));
    }
    if operands.iter().all(|value| matches!(value, Value::Formula(_))) {
        let formulas = operands.into_iter().filter_map(|value| match value {
            Value::Formula(formula) => Some(formula),
            _ => None,
        });
        return Ok(Combined::Formulas(formulas.collect()));
    }
    if operands.iter().any(|value| matches!(value, Value::Linear(_) | Value::Place(_) | Value::Transition(_)))
    {
        return Err(Problem::BadOperands);
    }
    let parts: Option<Vec<Formula>> = operands.into_iter().map(quantified).collect();
    parts.map(Combined::Quantified).ok_or(Problem::Unsupported)
}

/// One connective over all parts; parts that are the same connective dissolve in it, so that the
/// contest's chains of binary operators become shallow.
fn joined(parts: Vec<Formula>, connective: fn(Vec<Formula>) -> Formula) -> Formula {
    let mut flat: Vec<Formula> = Vec::with_capacity(parts.len());
    let is_and = matches!(connective(Vec::new()), Formula::And(_));
    for part in parts {
        match part {
            Formula::And(inner) if is_and => append(&mut flat, inner),
            Formula::Or(inner) if !is_and => append(&mut flat, inner),
            other => flat.push(other),
        }
    }
    connective(flat)
}

/// Appends at the cost of the new parts only, also when a long chain leans to the left.
fn append(flat: &mut Vec<Formula>, inner: Vec<Formula>) {
    if flat.is_empty() { *flat = inner } else { flat.extend(inner) }
}

fn is_fireable(operands: Vec<Value>) -> Result<Value, Problem> {
    let transitions = operands.into_iter().map(|value| match value {
        Value::Transition(transition) => Ok(transition),
        _ => Err(Problem::BadOperands),
    });
    Ok(Value::Formula(Formula::Fireable(transitions.collect::<Result<_, _>>()?)))
}

fn tokens(operands: Vec<Value>) -> Result<Linear, Problem> {
    let terms = operands.into_iter().map(|value| match value {
        Value::Place(place) => Ok((place, 1)),
        _ => Err(Problem::BadOperands),
    });
    Linear::new(terms.collect::<Result<Vec<_>, _>>()?, 0).ok_or(Problem::BadNumber)
}

/// The first operand plus `sign` times each of the others.
fn sum(operands: Vec<Value>, sign: i32) -> Result<Value, Problem> {
    let (mut terms, mut constant) = (Vec::new(), 0i64);
    for (index, operand) in operands.into_iter().enumerate() {
        let operand = linear(operand)?;
        let factor = if index == 0 { 1 } else { sign };
        for (place, coefficient) in operand.terms() {
            terms.push((*place, coefficient.checked_mul(factor).ok_or(Problem::BadNumber)?));
        }
        let summand = operand.offset().checked_mul(i64::from(factor)).ok_or(Problem::BadNumber)?;
        constant = constant.checked_add(summand).ok_or(Problem::BadNumber)?;
    }
    Linear::new(terms, constant).map(Value::Linear).ok_or(Problem::BadNumber)
}
