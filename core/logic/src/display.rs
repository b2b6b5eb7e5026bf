//! Writes formulas and properties in the text syntax; what is written reads back equal.

use crate::text::{is_in_name, starts_name};
use crate::{Comparison, Formula, Linear, Property};
use pn_net::Net;
use std::fmt::{self, Formatter};

pub(crate) fn property(f: &mut Formatter<'_>, net: &Net, property: &Property) -> fmt::Result {
    match property {
        Property::Possibly(inner) => write!(f, "possibly {}", inner.display(net)),
        Property::Always(inner) => write!(f, "always {}", inner.display(net)),
        Property::InevitablyBackTo { goal, unless } => {
            write!(f, "inevitably back to {}", goal.display(net))?;
            if *unless == Formula::False { Ok(()) } else { write!(f, " unless {}", unless.display(net)) }
        }
        Property::Bound(expression) => {
            f.write_str("bound(")?;
            linear(f, net, expression)?;
            f.write_str(")")
        }
    }
}

pub(crate) fn formula(f: &mut Formatter<'_>, net: &Net, formula: &Formula) -> fmt::Result {
    match formula {
        Formula::True => f.write_str("true"),
        Formula::False => f.write_str("false"),
        Formula::Dead => f.write_str("dead"),
        Formula::Compare(left, comparison, right) => {
            linear(f, net, left)?;
            f.write_str(match comparison {
                Comparison::Less => " < ",
                Comparison::AtMost => " <= ",
                Comparison::Equal => " = ",
                Comparison::NotEqual => " != ",
                Comparison::AtLeast => " >= ",
                Comparison::Greater => " > ",
            })?;
            linear(f, net, right)
        }
        Formula::Fireable(transitions) => {
            f.write_str("fireable(")?;
            for (index, transition) in transitions.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                name(f, net.transition_name(*transition))?;
            }
            f.write_str(")")
        }
        Formula::Not(inner) => {
            f.write_str("not ")?;
            operand(f, net, inner)
        }
        Formula::And(parts) => joined(f, net, parts, " and ", "all"),
        Formula::Or(parts) => joined(f, net, parts, " or ", "any"),
    }
}

/// `a and b`; connectives over fewer than two parts are written `all()` and `all(a)`.
fn joined(f: &mut Formatter<'_>, net: &Net, parts: &[Formula], infix: &str, prefix: &str) -> fmt::Result {
    match parts {
        [] => write!(f, "{prefix}()"),
        [part] => {
            write!(f, "{prefix}(")?;
            formula(f, net, part)?;
            f.write_str(")")
        }
        [first, rest @ ..] => {
            operand(f, net, first)?;
            rest.iter().try_for_each(|part| {
                f.write_str(infix)?;
                operand(f, net, part)
            })
        }
    }
}

fn operand(f: &mut Formatter<'_>, net: &Net, part: &Formula) -> fmt::Result {
    match part {
        Formula::And(parts) | Formula::Or(parts) if parts.len() > 1 => {
            f.write_str("(")?;
            formula(f, net, part)?;
            f.write_str(")")
        }
        _ => formula(f, net, part),
    }
}

fn linear(f: &mut Formatter<'_>, net: &Net, expression: &Linear) -> fmt::Result {
    let mut first = true;
    for (place, coefficient) in expression.terms() {
        match (first, *coefficient < 0) {
            (true, false) => {}
            (true, true) => f.write_str("-")?,
            (false, false) => f.write_str(" + ")?,
            (false, true) => f.write_str(" - ")?,
        }
        first = false;
        match coefficient.unsigned_abs() {
            1 => {}
            many => write!(f, "{many} * ")?,
        }
        f.write_str("tokens(")?;
        name(f, net.place_name(*place))?;
        f.write_str(")")?;
    }
    match (first, expression.offset()) {
        (true, constant) => write!(f, "{constant}"),
        (false, 0) => Ok(()),
        (false, constant) if constant < 0 => write!(f, " - {}", constant.unsigned_abs()),
        (false, constant) => write!(f, " + {constant}"),
    }
}

/// A bare word where the grammar allows one, otherwise quoted.
fn name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if name.starts_with(starts_name) && name.chars().all(is_in_name) {
        return f.write_str(name);
    }
    f.write_str("\"")?;
    for c in name.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
