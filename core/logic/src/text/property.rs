//! Whole texts: a condition, or a property that says of which markings it speaks.

use super::expression::{Parser, QUANTIFIERS, Stop};
use super::lexer::Symbol;
use super::{TextError, TextErrorKind};
use crate::{Formula, Property, Span};
use pn_net::Net;

pub(super) fn whole_formula(net: &Net, text: &str) -> Result<Formula, Vec<TextError>> {
    let mut parser = Parser::new(net, text);
    let result = match parser.lexer.peek() {
        (Symbol::End, span) => parser.stop(span, TextErrorKind::Empty("a condition, as in `tokens(p) >= 1`")),
        (Symbol::Word(word), span) if QUANTIFIERS.contains(&word) => {
            let advice = Some("the condition alone");
            parser.stop(span, TextErrorKind::QuantifierInside { word: word.to_owned(), advice })
        }
        _ => parser.formula().and_then(|formula| parser.end(Rest::Formula).map(|()| formula)),
    };
    finished(parser, result)
}

pub(super) fn whole_property(net: &Net, text: &str) -> Result<Property, Vec<TextError>> {
    let mut parser = Parser::new(net, text);
    let result = parser.property();
    finished(parser, result)
}

fn finished<T>(mut parser: Parser<'_, '_>, result: Result<T, Stop>) -> Result<T, Vec<TextError>> {
    match result {
        Ok(value) if parser.errors.is_empty() => Ok(value),
        _ => {
            parser.errors.sort_by_key(|error| error.span);
            Err(parser.errors)
        }
    }
}

/// What may still follow before the end.
#[derive(Clone, Copy)]
enum Rest {
    /// The operators of a formula.
    Formula,
    /// The operators of a formula, and `unless`.
    Goal,
    /// Nothing.
    Nothing,
}

impl Parser<'_, '_> {
    fn property(&mut self) -> Result<Property, Stop> {
        let (symbol, span) = self.lexer.peek();
        let property = match symbol {
            Symbol::End => {
                let kind = TextErrorKind::Empty("a property, as in `always tokens(p) <= 1`");
                return self.stop(span, kind);
            }
            Symbol::Word("possibly" | "EF") => {
                self.lexer.skip(span);
                self.quantified(Nested::Possibly)?;
                Property::Possibly(self.formula()?)
            }
            Symbol::Word(word @ ("always" | "AG")) => {
                self.lexer.skip(span);
                match self.lexer.peek() {
                    (Symbol::Word("EF"), span) if word == "AG" => {
                        self.lexer.skip(span);
                        return self.back_to();
                    }
                    _ => self.quantified(Nested::Always)?,
                }
                Property::Always(self.formula()?)
            }
            Symbol::Word("inevitably") => {
                self.lexer.skip(span);
                self.keyword("back", "`back to`")?;
                self.keyword("to", "`to`")?;
                return self.back_to();
            }
            Symbol::Word("bound") => {
                self.lexer.skip(span);
                let expression = self.bound()?;
                self.end(Rest::Nothing)?;
                return Ok(Property::Bound(expression));
            }
            _ => return self.formula_alone(),
        };
        self.end(Rest::Formula)?;
        Ok(property)
    }

    fn back_to(&mut self) -> Result<Property, Stop> {
        let goal = self.formula()?;
        let unless = match self.lexer.peek() {
            (Symbol::Word("unless"), span) => {
                self.lexer.skip(span);
                let unless = self.formula()?;
                self.end(Rest::Formula)?;
                unless
            }
            _ => {
                self.end(Rest::Goal)?;
                Formula::False
            }
        };
        Ok(Property::InevitablyBackTo { goal, unless })
    }

    fn keyword(&mut self, word: &str, wanted: &'static str) -> Result<(), Stop> {
        match self.lexer.peek() {
            (Symbol::Word(found), span) if found == word => {
                self.lexer.skip(span);
                Ok(())
            }
            _ => self.unexpected(wanted),
        }
    }

    /// Refuses a second quantifier, with what to write instead.
    fn quantified(&mut self, outer: Nested) -> Result<(), Stop> {
        let (Symbol::Word(word), span) = self.lexer.peek() else { return Ok(()) };
        if !QUANTIFIERS.contains(&word) {
            return Ok(());
        }
        let advice = match (outer, word) {
            (Nested::Always, "possibly" | "EF") => Some("`inevitably back to …`"),
            (Nested::Always, "always" | "AG") | (Nested::Possibly, "possibly" | "EF") => Some("it once"),
            _ => None,
        };
        self.stop(span, TextErrorKind::QuantifierInside { word: word.to_owned(), advice })
    }

    /// A condition where a property is wanted: its own mistakes first.
    fn formula_alone(&mut self) -> Result<Property, Stop> {
        let start = self.lexer.peek().1.start;
        self.formula()?;
        let end = self.lexer.behind();
        self.end(Rest::Formula)?;
        self.stop(Span::new(start, end), TextErrorKind::NoQuantifier)
    }

    fn end(&mut self, rest: Rest) -> Result<(), Stop> {
        match self.lexer.peek() {
            (Symbol::End, _) => Ok(()),
            (Symbol::Close, span) => self.stop(span, TextErrorKind::ClosesNothing),
            _ => self.unexpected(match rest {
                Rest::Formula => "an operator or the end",
                Rest::Goal => "an operator, `unless` or the end",
                Rest::Nothing => "the end",
            }),
        }
    }
}

#[derive(Clone, Copy)]
enum Nested {
    Always,
    Possibly,
}
