//! What operators stand between: constants, token counts, fireability, parentheses.

use super::expression::{Parser, Places, Power, QUANTIFIERS, Stop, Value, instead_of};
use super::lexer::{Symbol, starts_name};
use super::sum::Sum;
use super::{TextError, TextErrorKind};
use crate::{Formula, Span};
use pn_net::PlaceId;

const STARTS: [&str; 8] = ["tokens", "fireable", "dead", "true", "false", "not", "all", "any"];

impl<'t> Parser<'_, 't> {
    pub(super) fn operand(&mut self) -> Result<(Value, Span), Stop> {
        let (symbol, span) = self.lexer.peek();
        match symbol {
            Symbol::Open => {
                let open = self.open()?;
                let (value, _) = self.expression(Power::Implies)?;
                let close = self.close(open)?;
                Ok((value, Span::new(open.start, close.end)))
            }
            Symbol::Not => {
                self.lexer.skip(span);
                let (inner, inner_span) = self.expression(Power::Not)?;
                let inner = self.as_formula(inner, inner_span);
                let formula = Formula::Not(Box::new(inner));
                Ok((Value::Formula(formula), Span::new(span.start, inner_span.end)))
            }
            Symbol::Minus => {
                self.lexer.skip(span);
                let (inner, inner_span) = self.expression(Power::Product)?;
                let whole = Span::new(span.start, inner_span.end);
                let number = self.as_number(inner, inner_span);
                let negative = match number.times(-1) {
                    Some(negative) => negative,
                    None => self.too_large(whole),
                };
                Ok((Value::Number(negative), whole))
            }
            Symbol::Number(digits) => {
                self.lexer.skip(span);
                let number = match digits.parse() {
                    Ok(number) => Sum::constant(number),
                    Err(_) => self.too_large(span),
                };
                Ok((Value::Number(number), span))
            }
            Symbol::Quote => self.place_by_itself(),
            Symbol::Word(word) => self.word(word, span),
            Symbol::Strange(found) => {
                let instead = instead_of(found).map(str::to_owned);
                self.stop(span, TextErrorKind::StrangeCharacter { found, instead })
            }
            _ => {
                let wanted = match self.places {
                    Places::InTokens => "a condition or a number",
                    Places::Bare => "a place or a number",
                };
                self.unexpected(wanted)
            }
        }
    }

    fn word(&mut self, word: &'t str, span: Span) -> Result<(Value, Span), Stop> {
        let opens = self.lexer.opens_behind(span);
        // `tokens` is read as a keyword only when `(` follows: a place may be called so.
        if self.places == Places::Bare && !(word == "tokens" && opens) {
            return self.place_by_itself();
        }
        let constant = match word {
            "true" => Some(Formula::True),
            "false" => Some(Formula::False),
            "dead" => Some(Formula::Dead),
            _ => None,
        };
        if let Some(formula) = constant {
            self.lexer.skip(span);
            return Ok((Value::Formula(formula), span));
        }
        match word {
            "tokens" => self.tokens(span),
            "fireable" => self.fireable(span),
            "all" | "any" if opens => self.connective(word, span),
            _ => self.foreign_word(word, span),
        }
    }

    fn tokens(&mut self, word: Span) -> Result<(Value, Span), Stop> {
        self.lexer.skip(word);
        let (names, close) = self.name_list()?;
        let span = Span::new(word.start, close.end);
        if names.is_empty() {
            let kind = TextErrorKind::Expected { wanted: "the name of a place", found: "`)`".to_owned() };
            self.report(close, kind);
            return Ok((Value::Wrong, span));
        }
        let mut places: Vec<PlaceId> = Vec::with_capacity(names.len());
        for (name, at) in names {
            match self.names.place(&name) {
                Ok(place) => places.push(place),
                Err(kind) => self.report(at, kind),
            }
        }
        Ok((Value::Number(Sum::tokens(&places)), span))
    }

    fn fireable(&mut self, word: Span) -> Result<(Value, Span), Stop> {
        self.lexer.skip(word);
        let (names, close) = self.name_list()?;
        let mut transitions = Vec::with_capacity(names.len());
        for (name, at) in names {
            match self.names.transition(&name) {
                Ok(transition) => transitions.push(transition),
                Err(kind) => self.report(at, kind),
            }
        }
        Ok((Value::Formula(Formula::Fireable(transitions)), Span::new(word.start, close.end)))
    }

    /// `all(a, b)` and `any(a, b)`: connectives over any number of conditions, none included.
    fn connective(&mut self, word: &str, span: Span) -> Result<(Value, Span), Stop> {
        self.lexer.skip(span);
        let open = self.open()?;
        let mut parts = Vec::new();
        if self.lexer.peek().0 == Symbol::Close {
            self.close(open)?;
        } else {
            loop {
                parts.push(self.formula()?);
                if !self.another(open)? {
                    break;
                }
            }
        }
        let formula = if word == "all" { Formula::And(parts) } else { Formula::Or(parts) };
        Ok((Value::Formula(formula), Span::new(span.start, self.lexer.behind())))
    }

    /// `(`, names separated by commas, `)`; the names and where the list is closed.
    fn name_list(&mut self) -> Result<(Vec<(String, Span)>, Span), Stop> {
        let open = self.open()?;
        let mut names = Vec::new();
        if let (Symbol::Close, close) = self.lexer.peek() {
            self.lexer.skip(close);
            return Ok((names, close));
        }
        loop {
            match self.name()? {
                Some(name) => names.push(name),
                None => return self.unexpected("a name"),
            }
            let (symbol, span) = self.lexer.peek();
            match symbol {
                Symbol::Comma => self.lexer.skip(span),
                Symbol::Close => {
                    self.lexer.skip(span);
                    return Ok((names, span));
                }
                Symbol::End => return self.stop(open, TextErrorKind::NeverClosed),
                _ => return self.unexpected("`,` or `)`"),
            }
        }
    }

    fn name(&mut self) -> Result<Option<(String, Span)>, Stop> {
        let name = match self.lexer.name() {
            Ok(Some(name)) => name,
            Ok(None) => return Ok(None),
            Err(TextError { span, kind }) => return self.stop(span, kind),
        };
        let quoted = self.lexer.text()[name.span.start..].starts_with('"');
        if !quoted && !name.text.starts_with(starts_name) {
            return self.stop(name.span, TextErrorKind::NeedsQuotes(name.text));
        }
        Ok(Some((name.text, name.span)))
    }

    /// A place that stands for its tokens, or should not.
    fn place_by_itself(&mut self) -> Result<(Value, Span), Stop> {
        let Some((name, span)) = self.name()? else { return self.unexpected("a name") };
        if self.places == Places::InTokens {
            self.bare_name(&name, span);
            return Ok((Value::Wrong, span));
        }
        match self.names.place(&name) {
            Ok(place) => Ok((Value::Number(Sum::tokens(&[place])), span)),
            Err(kind) => {
                self.report(span, kind);
                Ok((Value::Wrong, span))
            }
        }
    }

    fn bare_name(&mut self, name: &str, span: Span) {
        let kind = if self.names.net.find_place(name).is_some() {
            TextErrorKind::BarePlace(name.to_owned())
        } else if self.names.net.find_transition(name).is_some() {
            TextErrorKind::BareTransition(name.to_owned())
        } else {
            TextErrorKind::UnknownWord { word: name.to_owned(), suggestion: None }
        };
        self.report(span, kind);
    }

    /// A word that starts no condition: a name without `tokens(…)`, a word of a property, a slip.
    fn foreign_word(&mut self, word: &'t str, span: Span) -> Result<(Value, Span), Stop> {
        if QUANTIFIERS.contains(&word) {
            let kind = TextErrorKind::QuantifierInside { word: word.to_owned(), advice: None };
            return self.stop(span, kind);
        }
        let (name, name_span) = self.lexer.peek_name();
        for (candidate, span) in [(name, name_span), (word, span)] {
            let net = self.names.net;
            if net.find_place(candidate).is_some() || net.find_transition(candidate).is_some() {
                self.lexer.skip(span);
                self.bare_name(candidate, span);
                return Ok((Value::Wrong, span));
            }
        }
        let suggestion = self.names.suggestions.nearest(word, STARTS.into_iter().chain(QUANTIFIERS));
        self.stop(span, TextErrorKind::UnknownWord { word: word.to_owned(), suggestion })
    }
}
