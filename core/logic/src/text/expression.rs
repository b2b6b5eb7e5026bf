//! Conditions and numbers: operator precedence over one kind of expression.
//!
//! `(` may start a condition or a number, and only what follows tells which. So both are read by
//! one function (Pratt, "Top Down Operator Precedence", 1973), and each operator checks what it
//! is given.

use super::lexer::{Lexer, Symbol};
use super::names::Names;
use super::sum::Sum;
use super::{MAX_NESTING, TextError, TextErrorKind};
use crate::{Comparison, Formula, Linear, Span};
use pn_net::Net;

/// The words that start a property.
pub(super) const QUANTIFIERS: [&str; 6] = ["always", "possibly", "inevitably", "bound", "AG", "EF"];

const CONNECTIVES: [&str; 4] = ["and", "or", "implies", "unless"];

/// What an expression stands for.
pub(super) enum Value {
    Formula(Formula),
    Number(Sum),
    /// An error is reported already: fits everywhere.
    Wrong,
}

/// The syntax is broken and the reason recorded: reading ends.
pub(super) struct Stop;

/// Whether a place may stand for its tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    InTokens,
    Bare,
}

/// How tightly an operator binds; `not` stands between `And` and `Compare`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Power {
    Implies,
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Operand,
}

/// Reads a text about a net.
pub(super) struct Parser<'n, 't> {
    pub(super) names: Names<'n>,
    pub(super) lexer: Lexer<'t>,
    pub(super) errors: Vec<TextError>,
    pub(super) places: Places,
    depth: usize,
}

impl<'n, 't> Parser<'n, 't> {
    pub(super) fn new(net: &'n Net, text: &'t str) -> Self {
        Self {
            names: Names::new(net),
            lexer: Lexer::new(text),
            errors: Vec::new(),
            places: Places::InTokens,
            depth: 0,
        }
    }

    pub(super) fn report(&mut self, span: Span, kind: TextErrorKind) {
        self.errors.push(TextError { span, kind });
    }

    pub(super) fn stop<T>(&mut self, span: Span, kind: TextErrorKind) -> Result<T, Stop> {
        self.report(span, kind);
        Err(Stop)
    }

    /// A condition; [`Formula::False`] in place of a wrong one.
    pub(super) fn formula(&mut self) -> Result<Formula, Stop> {
        let (value, span) = self.expression(Power::Implies)?;
        Ok(self.as_formula(value, span))
    }

    /// `(`, numbers separated by commas, `)`: their sum. Places stand for their tokens.
    pub(super) fn bound(&mut self) -> Result<Linear, Stop> {
        let open = self.open()?;
        self.places = Places::Bare;
        let start = self.lexer.peek().1.start;
        let mut total = Sum::default();
        let end = loop {
            let (value, span) = self.expression(Power::Sum)?;
            let number = self.as_number(value, span);
            total = match total.plus(number) {
                Some(total) => total,
                None => self.too_large(span),
            };
            if !self.another(open)? {
                break span.end;
            }
        };
        self.places = Places::InTokens;
        Ok(self.linear(total, Span::new(start, end)))
    }

    pub(super) fn expression(&mut self, least: Power) -> Result<(Value, Span), Stop> {
        if self.depth == MAX_NESTING {
            let span = self.lexer.peek().1;
            return self.stop(span, TextErrorKind::TooDeep);
        }
        self.depth += 1;
        let (mut value, mut span) = self.operand()?;
        loop {
            let (symbol, at) = self.lexer.peek();
            let power = match symbol {
                Symbol::Implies => Power::Implies,
                Symbol::Or => Power::Or,
                Symbol::And => Power::And,
                Symbol::Compare(_) => Power::Compare,
                Symbol::Plus | Symbol::Minus => Power::Sum,
                Symbol::Times => Power::Product,
                // At once: what is to its left is probably half of a comparison.
                Symbol::Strange(_) => return self.unexpected("an operator"),
                _ => break,
            };
            if power < least {
                break;
            }
            (value, span) = match symbol {
                Symbol::Implies => self.implication(value, span, at)?,
                Symbol::Or | Symbol::And => self.chain(value, span, symbol)?,
                Symbol::Compare(comparison) => self.comparison(value, span, at, comparison)?,
                Symbol::Times => self.product(value, span, at)?,
                _ => self.sum(value, span, at, symbol)?,
            };
        }
        self.depth -= 1;
        Ok((value, span))
    }

    fn implication(&mut self, left: Value, span: Span, at: Span) -> Result<(Value, Span), Stop> {
        self.lexer.skip(at);
        let left = self.as_formula(left, span);
        let (right, right_span) = self.expression(Power::Implies)?;
        let right = self.as_formula(right, right_span);
        let formula = Formula::Or(vec![Formula::Not(Box::new(left)), right]);
        Ok((Value::Formula(formula), Span::new(span.start, right_span.end)))
    }

    /// `a and b and c`, one connective over all; the same for `or`.
    fn chain(&mut self, first: Value, span: Span, symbol: Symbol<'t>) -> Result<(Value, Span), Stop> {
        let tighter = if symbol == Symbol::And { Power::Not } else { Power::And };
        let mut parts = vec![self.as_formula(first, span)];
        let mut end = span.end;
        loop {
            let (next, at) = self.lexer.peek();
            if next != symbol {
                break;
            }
            self.lexer.skip(at);
            let (part, span) = self.expression(tighter)?;
            parts.push(self.as_formula(part, span));
            end = span.end;
        }
        let formula = if symbol == Symbol::And { Formula::And(parts) } else { Formula::Or(parts) };
        Ok((Value::Formula(formula), Span::new(span.start, end)))
    }

    fn comparison(
        &mut self,
        left: Value,
        span: Span,
        at: Span,
        comparison: Comparison,
    ) -> Result<(Value, Span), Stop> {
        self.lexer.skip(at);
        let left = self.as_number(left, span);
        let left = self.linear(left, span);
        let (right, right_span) = self.expression(Power::Sum)?;
        let right = self.as_number(right, right_span);
        let right = self.linear(right, right_span);
        if let (Symbol::Compare(_), next) = self.lexer.peek() {
            return self.stop(next, TextErrorKind::ChainedComparison);
        }
        let formula = Formula::Compare(left, comparison, right);
        Ok((Value::Formula(formula), Span::new(span.start, right_span.end)))
    }

    fn sum(&mut self, left: Value, span: Span, at: Span, symbol: Symbol<'t>) -> Result<(Value, Span), Stop> {
        self.lexer.skip(at);
        let left = self.as_number(left, span);
        let (right, right_span) = self.expression(Power::Product)?;
        let right = self.as_number(right, right_span);
        let whole = Span::new(span.start, right_span.end);
        let right = if symbol == Symbol::Minus { right.times(-1) } else { Some(right) };
        let sum = match right.and_then(|right| left.plus(right)) {
            Some(sum) => sum,
            None => self.too_large(whole),
        };
        Ok((Value::Number(sum), whole))
    }

    fn product(&mut self, left: Value, span: Span, at: Span) -> Result<(Value, Span), Stop> {
        self.lexer.skip(at);
        let left = self.as_number(left, span);
        let (right, right_span) = self.expression(Power::Operand)?;
        let right = self.as_number(right, right_span);
        let whole = Span::new(span.start, right_span.end);
        let Some((sum, factor)) = left.and_factor(right) else {
            self.report(whole, TextErrorKind::NotLinear);
            return Ok((Value::Wrong, whole));
        };
        let product = match sum.times(factor) {
            Some(product) => product,
            None => self.too_large(whole),
        };
        Ok((Value::Number(product), whole))
    }

    pub(super) fn open(&mut self) -> Result<Span, Stop> {
        match self.lexer.peek() {
            (Symbol::Open, span) => {
                self.lexer.skip(span);
                Ok(span)
            }
            _ => self.unexpected("`(`"),
        }
    }

    pub(super) fn close(&mut self, open: Span) -> Result<Span, Stop> {
        match self.lexer.peek() {
            (Symbol::Close, span) => {
                self.lexer.skip(span);
                Ok(span)
            }
            (Symbol::End, _) => self.stop(open, TextErrorKind::NeverClosed),
            _ => self.unexpected("an operator or `)`"),
        }
    }

    /// Goes past `,` or `)` and says whether another element follows.
    pub(super) fn another(&mut self, open: Span) -> Result<bool, Stop> {
        match self.lexer.peek() {
            (Symbol::Comma, span) => {
                self.lexer.skip(span);
                Ok(true)
            }
            _ => self.close(open).map(|_| false),
        }
    }

    /// Stops at the next symbol, which is none of those wanted.
    pub(super) fn unexpected<T>(&mut self, wanted: &'static str) -> Result<T, Stop> {
        let (symbol, span) = self.lexer.peek();
        let kind = match symbol {
            Symbol::Strange(found) => {
                TextErrorKind::StrangeCharacter { found, instead: instead_of(found).map(str::to_owned) }
            }
            Symbol::Word(word) => match self.names.suggestions.nearest(word, CONNECTIVES) {
                Some(near) if near != word => {
                    TextErrorKind::UnknownWord { word: word.to_owned(), suggestion: Some(near) }
                }
                _ => TextErrorKind::Expected { wanted, found: format!("`{word}`") },
            },
            Symbol::End => TextErrorKind::Expected { wanted, found: "the end".to_owned() },
            _ => {
                let found = format!("`{}`", &self.lexer.text()[span.start..span.end]);
                TextErrorKind::Expected { wanted, found }
            }
        };
        self.stop(span, kind)
    }

    pub(super) fn as_formula(&mut self, value: Value, span: Span) -> Formula {
        match value {
            Value::Formula(formula) => formula,
            Value::Number(_) => {
                self.report(span, TextErrorKind::NumberAsFormula);
                Formula::False
            }
            Value::Wrong => Formula::False,
        }
    }

    pub(super) fn as_number(&mut self, value: Value, span: Span) -> Sum {
        match value {
            Value::Number(sum) => sum,
            Value::Formula(_) => {
                self.report(span, TextErrorKind::FormulaAsNumber);
                Sum::default()
            }
            Value::Wrong => Sum::default(),
        }
    }

    fn linear(&mut self, sum: Sum, span: Span) -> Linear {
        sum.into_linear().unwrap_or_else(|| {
            self.too_large(span);
            Linear::default()
        })
    }

    pub(super) fn too_large(&mut self, span: Span) -> Sum {
        let text: String = self.lexer.text()[span.start..span.end].chars().take(60).collect();
        self.report(span, TextErrorKind::TooLarge(text));
        Sum::default()
    }
}

/// What people write instead of the symbols of the language.
pub(super) fn instead_of(found: char) -> Option<&'static str> {
    Some(match found {
        '&' | '∧' => "and",
        '|' | '∨' => "or",
        '¬' | '~' => "not",
        '→' | '⇒' => "->",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '·' | '×' => "*",
        '[' | '{' => "(",
        ']' | '}' => ")",
        '\'' | '`' => "\"",
        _ => return None,
    })
}
