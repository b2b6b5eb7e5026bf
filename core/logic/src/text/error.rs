//! What can be wrong with a text, where, and what was probably meant.

use super::MAX_NESTING;
use crate::Span;

/// One mistake in a text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{kind}")]
pub struct TextError {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: TextErrorKind,
}

/// The kinds of mistakes. The messages say what to do about them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TextErrorKind {
    /// The text is empty.
    #[error("there is nothing here; write {0}")]
    Empty(&'static str),
    /// Something else is needed here.
    #[error("expected {wanted}, found {found}")]
    Expected {
        /// What the grammar allows.
        wanted: &'static str,
        /// What is there.
        found: String,
    },
    /// A parenthesis without its partner.
    #[error("this `(` is never closed")]
    NeverClosed,
    /// A closing parenthesis without its partner.
    #[error("this `)` closes nothing")]
    ClosesNothing,
    /// A quoted name without an end.
    #[error("this name has no closing quote")]
    NoClosingQuote,
    /// An escape that does not exist.
    #[error("`\\{0}` is no escape; there are `\\\\`, `\\\"`, `\\n`, `\\r` and `\\t`")]
    BadEscape(char),
    /// A name that cannot stand bare.
    #[error("a name that does not start with a letter or `_` is quoted: `\"{0}\"`")]
    NeedsQuotes(String),
    /// A character that the language does not use.
    #[error("`{found}` has no meaning here{}", did_you_mean(instead.as_deref()))]
    StrangeCharacter {
        /// The character.
        found: char,
        /// What is probably meant.
        instead: Option<String>,
    },
    /// A word that the language does not have.
    #[error("`{word}` has no meaning here{}", did_you_mean(suggestion.as_deref()))]
    UnknownWord {
        /// The word.
        word: String,
        /// The nearest word of the language.
        suggestion: Option<String>,
    },
    /// The net has no such place.
    #[error("the net has no place `{name}`{}", did_you_mean(suggestion.as_deref()))]
    UnknownPlace {
        /// Its name.
        name: String,
        /// The nearest place.
        suggestion: Option<String>,
    },
    /// The net has no such transition.
    #[error("the net has no transition `{name}`{}", did_you_mean(suggestion.as_deref()))]
    UnknownTransition {
        /// Its name.
        name: String,
        /// The nearest transition.
        suggestion: Option<String>,
    },
    /// A transition where a place is wanted.
    #[error("`{0}` is a transition, not a place: use fireable({0})")]
    TransitionAsPlace(String),
    /// A place where a transition is wanted.
    #[error("`{0}` is a place, not a transition: use tokens({0})")]
    PlaceAsTransition(String),
    /// A place by itself.
    #[error("`{0}` is a place: write tokens({0}) for the tokens on it")]
    BarePlace(String),
    /// A transition by itself.
    #[error("`{0}` is a transition: write fireable({0})")]
    BareTransition(String),
    /// A number outside the range of the language, also as the result of arithmetic.
    #[error("numbers here fit in 64 bits, factors of a place in 32; `{0}` does not")]
    TooLarge(String),
    /// A product in which neither factor is a number.
    #[error("token counts are multiplied by numbers only, not by one another")]
    NotLinear,
    /// A number where a formula is wanted.
    #[error("this is a number, not a condition: compare it, as in `… >= 1`")]
    NumberAsFormula,
    /// A formula where a number is wanted.
    #[error("this is a condition, not a number: only numbers and tokens(…) are counted and compared")]
    FormulaAsNumber,
    /// `a < b < c`.
    #[error("comparisons do not chain: write `a <= b and b <= c`")]
    ChainedComparison,
    /// A state formula where a property is wanted.
    #[error("a condition alone says nothing about runs: put `always` or `possibly` before it")]
    NoQuantifier,
    /// A word that starts a property, inside a formula or where only a formula is wanted.
    #[error("`{word}` starts a property and cannot stand inside a condition{}", instead(*advice))]
    QuantifierInside {
        /// The word.
        word: String,
        /// What to write instead, if that is known.
        advice: Option<&'static str>,
    },
    /// Nesting exceeds [`MAX_NESTING`].
    #[error("this nests deeper than {MAX_NESTING} levels")]
    TooDeep,
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

fn instead(advice: Option<&str>) -> String {
    advice.map_or_else(String::new, |words| format!("; write {words}"))
}
